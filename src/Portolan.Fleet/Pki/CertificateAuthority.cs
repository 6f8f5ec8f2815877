using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Portolan.Fleet.Pki;

/// <summary>
/// The authority that a data directory has of its own: <c>ca.pem</c>, to be given to clients, and <c>ca.key</c>. ECDSA P-256. Made once; clients
/// that trust it need no care when the server's certificate changes.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    public static readonly TimeSpan Life = TimeSpan.FromDays(3650);

    /// <summary>What browsers take at most is 398 days.</summary>
    public static readonly TimeSpan LeafLife = TimeSpan.FromDays(397);

    // A client whose clock is a little behind shall take a certificate made a moment ago.
    static readonly TimeSpan Skew = TimeSpan.FromHours(1);

    readonly ECDsa _key;

    CertificateAuthority(X509Certificate2 certificate, ECDsa key) => (Certificate, _key) = (certificate, key);

    /// <summary>Without its key.</summary>
    public X509Certificate2 Certificate { get; }

    public static string CertificateFile(string folder) => Path.Combine(folder, "ca.pem");

    static string KeyFile(string folder) => Path.Combine(folder, "ca.key");

    /// <summary>The authority in the folder; one is made when there is none.</summary>
    /// <exception cref="PkiException">It is there and damaged, or the folder refuses.</exception>
    public static CertificateAuthority Open(string folder, DateTimeOffset now)
    {
        try
        {
            PrivateFile.MakeFolder(folder);
            if (File.Exists(CertificateFile(folder))) return Read(folder);
            using var made = Make(now);
            // The certificate last: with it, the authority exists.
            PrivateFile.Write(KeyFile(folder), made._key.ExportPkcs8PrivateKeyPem() + "\n");
            PrivateFile.Write(CertificateFile(folder), made.Certificate.ExportCertificatePem() + "\n");
            return Read(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(folder, e);
        }
    }

    static PkiException Refused(string folder, Exception e) => new(new PkiFault($"{folder}: {e.Message}", "give the folder to the user that runs the server"));

    /// <summary>The authority that is there.</summary>
    /// <exception cref="PkiException">It is damaged, or the folder refuses.</exception>
    public static CertificateAuthority Read(string folder)
    {
        string file = CertificateFile(folder);
        PkiException Fault(string what) => new(new PkiFault($"{file}: {what}",
            $"restore {folder} from a backup; or remove the folder, then a new authority is made, which clients must be given"));
        ECDsa? key = null;
        X509Certificate2? certificate = null;
        try
        {
            certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
            if (!File.Exists(KeyFile(folder))) throw Fault("its key ca.key is missing");
            key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(KeyFile(folder)));
            if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
                throw Fault("the key in ca.key is not its own");
            return new(certificate, key);
        }
        catch (Exception e)
        {
            certificate?.Dispose();
            key?.Dispose();
            throw e switch
            {
                CryptographicException or ArgumentException => Fault($"damaged: {e.Message}"),
                IOException or UnauthorizedAccessException => Refused(folder, e),
                _ => e,
            };
        }
    }

    static CertificateAuthority Make(DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // Two authorities of one host, before and after its data was removed, differ by name too: clients then say which one they miss.
        string mark = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 4));
        var request = new CertificateRequest(Name($"Portolan CA {mark} {Environment.MachineName}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        var id = KeyId(request);
        request.CertificateExtensions.Add(id);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(id));
        using var withKey = request.CreateSelfSigned(now - Skew, now - Skew + Life);
        return new(X509CertificateLoader.LoadCertificate(withKey.RawData), key);
    }

    /// <summary>A new key and a certificate for a host, as PEM, the key first. It ends with the authority at the latest.</summary>
    public string Issue(HostNames host, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Name(host.Names[0]), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        // A client too: of another Portolan, and of receivers of what it forwards.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        foreach (string n in host.Names) names.AddDnsName(n);
        foreach (var a in host.Addresses) names.AddIpAddress(a);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(KeyId(request));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        DateTimeOffset begin = now - Skew, end = begin + LeafLife, last = new(Certificate.NotAfter.ToUniversalTime());
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)(serial[0] & 0x7f | 0x40); // positive, and of one length
        var signer = X509SignatureGenerator.CreateForECDsa(_key);
        using var leaf = request.Create(Certificate.SubjectName, signer, begin, end < last ? end : last, serial);
        return $"{key.ExportPkcs8PrivateKeyPem()}\n{leaf.ExportCertificatePem()}\n{Certificate.ExportCertificatePem()}\n";
    }

    // RFC 5280: a common name has 64 characters at most.
    static X500DistinguishedName Name(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name.Length <= 64 ? name : name[..64]);
        return builder.Build();
    }

    // RFC 7093: the left 160 bits of SHA-256.
    static X509SubjectKeyIdentifierExtension KeyId(CertificateRequest request) => new(request.PublicKey, X509SubjectKeyIdentifierHashAlgorithm.ShortSha256, false);

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }
}
