using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portolan.Model;

namespace Portolan.Fleet.Pki;

public enum ClientMode
{
    /// <summary>Clients are not asked for a certificate.</summary>
    None,

    /// <summary>They are asked; one that is shown must be good.</summary>
    Optional,

    Required,
}

/// <summary>Which clients may come in by their certificates; configuration such as <c>syslog.tls-client*</c>.</summary>
/// <param name="Authorities">A PEM file; "": the own authority.</param>
/// <param name="Names">If there are any, a certificate of an authority must carry one; <c>*.example.com</c> stands for one label.</param>
/// <param name="Fingerprints">SHA-256; such a certificate needs no authority.</param>
public sealed record ClientOptions(ClientMode Mode, string Authorities, IReadOnlyList<string> Names, IReadOnlyList<string> Fingerprints)
{
    /// <summary>Hexadecimal digits of a SHA-256 fingerprint as tools write it (RFC 5425 §4.2.2, OpenSSL), or null.</summary>
    public static string? Digits(string text)
    {
        int label = text.StartsWith("sha-256:", StringComparison.OrdinalIgnoreCase) ? 8 : text.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase) ? 7 : 0;
        string digits = text[label..].Replace(":", "", StringComparison.Ordinal).ToUpperInvariant();
        return digits.Length == 64 && digits.All(char.IsAsciiHexDigit) ? digits : null;
    }
}

/// <summary>Judges the certificates of clients (RFC 5425 §5): by fingerprint, or by authority and name. Nothing is fetched to judge one. Any thread.</summary>
public sealed class ClientCertificates
{
    const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    readonly Func<X509Certificate2?> _ownAuthority;
    readonly TimeProvider _clock;
    volatile Rules _now;

    ClientCertificates(Rules now, Func<X509Certificate2?> ownAuthority, TimeProvider clock) => (_now, _ownAuthority, _clock) = (now, ownAuthority, clock);

    /// <exception cref="PkiException">With all that is wrong.</exception>
    public static ClientCertificates Open(ClientOptions options, Func<X509Certificate2?> ownAuthority, TimeProvider clock) =>
        new(Take(options, clock.GetUtcNow()), ownAuthority, clock);

    /// <summary>Reads the authorities again; what has a fault changes nothing. The result puts what was read in force for the next handshake.</summary>
    /// <exception cref="PkiException">With all that is wrong.</exception>
    public Action Read(ClientOptions options)
    {
        var next = Take(options, _clock.GetUtcNow());
        return () => _now = next;
    }

    static Rules Take(ClientOptions options, DateTimeOffset now)
    {
        var faults = new List<PkiFault>();
        var authorities = Look(options, now, faults);
        return faults.Count == 0 ? new(options, authorities, [.. options.Fingerprints.Select(ClientOptions.Digits).OfType<string>()]) : throw new PkiException(faults);
    }

    /// <summary>The authorities of the file, and what is wrong with it.</summary>
    public static X509Certificate2Collection Look(ClientOptions options, DateTimeOffset now, List<PkiFault> faults)
    {
        var authorities = new X509Certificate2Collection();
        string file = options.Authorities;
        if (options.Mode == ClientMode.None || file.Length == 0) return authorities;
        try
        {
            authorities.ImportFromPemFile(file);
            if (authorities.Count == 0) faults.Add(new($"{file}: holds no certificate in PEM form", "the certificates of the authorities that clients' certificates come from"));
            else if (authorities.All(a => now >= a.NotAfter)) faults.Add(new($"{file}: every authority in it has expired", "put the certificate of the authority's renewal there, then SIGHUP"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            faults.Add(new($"{file}: cannot be read: {e.Message}", $"see that it is PEM and that {Environment.UserName} may read it"));
        }
        return authorities;
    }

    /// <summary>Makes a server's handshake ask for and judge a certificate, if the rules say so.</summary>
    /// <param name="refuse">Told a reason of <see cref="LedgerReasons"/> and words for people.</param>
    public SslServerAuthenticationOptions Ask(SslServerAuthenticationOptions options, Action<string, string> refuse)
    {
        var rules = _now;
        if (rules.Options.Mode == ClientMode.None) return options;
        options.ClientCertificateRequired = true;
        // A session resumed would pass by rules that have changed since.
        options.AllowTlsResume = false;
        options.CertificateChainPolicy = Policy(rules);
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            var refused = Judge(rules, certificate as X509Certificate2, chain, _clock.GetUtcNow());
            if (refused is { } r) refuse(r.Reason, r.Why);
            return refused is null;
        };
        return options;
    }

    X509ChainPolicy Policy(Rules rules)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true, // an address in a stranger's certificate is not to be called
            VerificationTime = _clock.GetUtcNow().UtcDateTime,
        };
        policy.ApplicationPolicy.Add(new(ClientAuthentication));
        if (rules.Options.Authorities.Length > 0)
        {
            // An intermediate authority may be named alone, too.
            policy.CustomTrustStore.AddRange(rules.Authorities);
        }
        else if (_ownAuthority() is { } own) policy.CustomTrustStore.Add(own);
        return policy;
    }

    /// <summary>The same outside a handshake: null when the certificate is welcome.</summary>
    public (string Reason, string Why)? Judge(X509Certificate2? certificate)
    {
        var rules = _now;
        using var chain = new X509Chain { ChainPolicy = Policy(rules) };
        try
        {
            if (certificate is not null) chain.Build(certificate);
            return Judge(rules, certificate, chain, _clock.GetUtcNow());
        }
        catch (CryptographicException e)
        {
            return (LedgerReasons.ClientCertificateUntrusted, $"shows a certificate that cannot be understood: {e.Message}");
        }
    }

    static (string Reason, string Why)? Judge(Rules rules, X509Certificate2? certificate, X509Chain? chain, DateTimeOffset now)
    {
        if (certificate is null)
            return rules.Options.Mode == ClientMode.Required ? (LedgerReasons.ClientCertificateMissing, "shows no client certificate, and one is required") : null;
        string subject = Subject(certificate);
        if (now >= certificate.NotAfter) return (LedgerReasons.ClientCertificateExpired, $"shows the certificate of {subject}, which expired at {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC");
        if (now < certificate.NotBefore) return (LedgerReasons.ClientCertificateExpired, $"shows the certificate of {subject}, which is valid only from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC");
        if (rules.Fingerprints.Contains(Convert.ToHexString(SHA256.HashData(certificate.RawData)))) return null;
        var troubles = chain?.ChainStatus.Where(s => s.Status != X509ChainStatusFlags.NoError).ToList();
        // Where only fingerprints count, there is no authority to trust.
        if (rules.Options is { Authorities.Length: 0, Names.Count: 0, Fingerprints.Count: > 0 }) return (LedgerReasons.ClientCertificateNotListed, $"shows the certificate of {subject}, whose fingerprint is not listed");
        if (troubles is null or { Count: > 0 })
        {
            string reason = troubles?.TrueForAll(t => t.Status == X509ChainStatusFlags.NotTimeValid) == true ? LedgerReasons.ClientCertificateExpired : LedgerReasons.ClientCertificateUntrusted;
            return (reason, $"shows the certificate of {subject}, which is not trusted: {string.Join("; ", troubles?.Select(t => t.StatusInformation.Trim()).Distinct() ?? [])}");
        }
        if (rules.Options is { Names.Count: 0, Fingerprints.Count: 0 }) return null;
        var names = CertificateNames.Of(certificate);
        return rules.Options.Names.Any(n => CertificateNames.Match(n, names)) ? null
            : (LedgerReasons.ClientCertificateNotListed, $"shows the certificate of {subject}, of which neither name nor fingerprint is listed");
    }

    static string Subject(X509Certificate2 certificate)
    {
        string name = certificate.Subject.Length > 0 ? certificate.Subject : certificate.SerialNumber;
        return name.Length <= 200 ? name : name[..200] + "…";
    }

    sealed record Rules(ClientOptions Options, X509Certificate2Collection Authorities, HashSet<string> Fingerprints);
}
