using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Portolan.Fleet.Pki;

/// <summary>A server's certificate with its key, and the certificates between it and its root, as PEM files hold them.</summary>
sealed record ChainWithKey(X509Certificate2 Leaf, X509Certificate2Collection Others)
{
    const string ServerAuthentication = "1.3.6.1.5.5.7.3.1", AnyUse = "2.5.29.37.0";

    /// <summary>Reads and judges; null with at least one fault.</summary>
    /// <param name="keyFile">"" when the key is in the same file.</param>
    public static ChainWithKey? Read(string file, string keyFile, DateTimeOffset now, List<PkiFault> faults)
    {
        if (keyFile.Length == 0) keyFile = file;
        string? text = Text(file, faults), keyText = keyFile == file ? text : Text(keyFile, faults);
        if (text is null || keyText is null) return null;
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(text);
        }
        catch (CryptographicException e)
        {
            faults.Add(new($"{file}: a certificate in it is damaged: {e.Message}", $"openssl x509 -in {file} -noout -text"));
            return null;
        }
        if (chain.Count == 0)
        {
            faults.Add(new($"{file}: holds no certificate in PEM form", $"openssl x509 -inform DER -in {file} -out {file}.pem, if it is in binary form"));
            return null;
        }
        Judge(file, chain[0], now, faults);
        var leaf = WithKey(file, chain[0], keyFile, keyText, faults);
        if (leaf is null || faults.Count > 0) return null;
        chain.RemoveAt(0);
        return new(leaf, chain);
    }

    static string? Text(string file, List<PkiFault> faults)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(new($"{file}: cannot be read: {e.Message}", $"see that {Environment.UserName} may read it"));
            return null;
        }
    }

    static void Judge(string file, X509Certificate2 leaf, DateTimeOffset now, List<PkiFault> faults)
    {
        DateTimeOffset begin = leaf.NotBefore, end = leaf.NotAfter;
        if (now >= end) faults.Add(new($"{file}: the certificate of {leaf.Subject} expired at {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC", "renew it; SIGHUP reads it again"));
        else if (now < begin) faults.Add(new($"{file}: the certificate of {leaf.Subject} is valid only from {begin.UtcDateTime:yyyy-MM-dd HH:mm} UTC", "see whether the clock is right"));
        var uses = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(e => e.EnhancedKeyUsages.Cast<Oid>()).Select(o => o.Value).ToList();
        if (uses.Count > 0 && !uses.Contains(ServerAuthentication) && !uses.Contains(AnyUse))
            faults.Add(new($"{file}: the certificate of {leaf.Subject} is not for servers: its extended key usage lacks serverAuth", "ask its authority for one for a TLS server"));
    }

    static X509Certificate2? WithKey(string file, X509Certificate2 leaf, string keyFile, string keyText, List<PkiFault> faults)
    {
        if (keyText.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            faults.Add(new($"{keyFile}: the key is encrypted", $"openssl pkey -in {keyFile} -out PLAIN.key, readable by {Environment.UserName} alone"));
            return null;
        }
        if (!keyText.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            faults.Add(new($"{keyFile}: holds no private key in PEM form", "tls.key names the file of the key; without it the key is sought behind the certificate"));
            return null;
        }
        using AsymmetricAlgorithm? key = leaf.PublicKey.Oid.Value switch
        {
            "1.2.840.10045.2.1" => ECDsa.Create(),
            "1.2.840.113549.1.1.1" => RSA.Create(),
            _ => null,
        };
        if (key is null)
        {
            faults.Add(new($"{file}: keys of the kind {leaf.PublicKey.Oid.FriendlyName ?? leaf.PublicKey.Oid.Value} are not supported", "a certificate for an EC or RSA key"));
            return null;
        }
        bool own = false;
        try
        {
            key.ImportFromPem(keyText);
            own = key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(leaf.PublicKey.ExportSubjectPublicKeyInfo());
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // A key of another kind than the certificate's.
        }
        if (!own)
        {
            faults.Add(new($"{keyFile}: the key does not belong to the certificate of {leaf.Subject}, the first in {file}",
                "name the key it was asked for with; a chain begins with the server's own certificate"));
            return null;
        }
        if (key is RSA { KeySize: < 2048 })
        {
            faults.Add(new($"{file}: an RSA key of {key.KeySize} bits is too short, TLS clients refuse it", "2048 bits or more, or EC P-256"));
            return null;
        }
        return key is ECDsa ec ? leaf.CopyWithPrivateKey(ec) : leaf.CopyWithPrivateKey((RSA)key);
    }
}
