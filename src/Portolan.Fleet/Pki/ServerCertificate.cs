using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portolan.Model;

namespace Portolan.Fleet.Pki;

/// <summary>Where a server's certificate comes from; configuration <c>tls.*</c>.</summary>
/// <param name="Folder">DATA/pki: the own authority and what it issued.</param>
/// <param name="Certificate">A PEM file, the server's certificate first; "": one of the own authority.</param>
/// <param name="Key">A PEM file; "": in the same file.</param>
/// <param name="Names">Names and addresses of this host that it does not know of itself.</param>
public sealed record PkiOptions(string Folder, string Certificate, string Key, IReadOnlyList<string> Names)
{
    public bool IsOwnAuthority => Certificate.Length == 0;
}

/// <summary>
/// The certificate by which every server of this process is known, now: made at first start by the data directory's own authority and renewed by itself 30 days
/// before its end, or read from files. Servers ask for each connection, so that a new one is in force at once. Any thread.
/// </summary>
public sealed class ServerCertificate
{
    public static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    readonly TimeProvider _clock;
    readonly Action<string> _tell;
    readonly Lock _one = new();
    PkiOptions _options;
    volatile InForce _now;
    DateTimeOffset _looked;

    ServerCertificate(PkiOptions options, InForce now, TimeProvider clock, Action<string> tell) =>
        (_options, _now, _clock, _tell, _looked) = (options, now, clock, tell, clock.GetUtcNow());

    /// <exception cref="PkiException">With all that is wrong.</exception>
    public static ServerCertificate Open(PkiOptions options, TimeProvider clock, Action<string> tell) =>
        new(options, Take(options, clock.GetUtcNow(), tell), clock, tell);

    /// <summary>For one connection of a server that asks for no client certificate. The caller may change it: each call makes one.</summary>
    public SslServerAuthenticationOptions Options() => new()
    {
        ServerCertificateContext = _now.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        // Some devices' stacks ask for it in passing; nothing here needs it.
        AllowRenegotiation = false,
    };

    public X509Certificate2 Certificate => _now.Leaf;

    /// <summary>The own authority; null when the certificate comes from a file.</summary>
    public X509Certificate2? Authority => _now.Authority;

    /// <summary>What a person compares: the authority's SHA-256 fingerprint, or the certificate's when it comes from a file; as <c>openssl x509 -fingerprint</c> writes it.</summary>
    public string Fingerprint => FingerprintOf(_now.Authority ?? _now.Leaf);

    public static string FingerprintOf(X509Certificate2 certificate) => Convert.ToHexString(SHA256.HashData(certificate.RawData)).Chunk(2)
        .Aggregate(new System.Text.StringBuilder(), (text, pair) => (text.Length == 0 ? text : text.Append(':')).Append(pair)).ToString();

    /// <summary>Reads files again, also others than before; what has a fault changes nothing. The result puts what was read in force.</summary>
    /// <exception cref="PkiException">With all that is wrong.</exception>
    public Action Read(PkiOptions options)
    {
        lock (_one)
        {
            var next = Take(options, _clock.GetUtcNow(), _tell);
            return () =>
            {
                lock (_one) (_options, _now) = (options, next);
            };
        }
    }

    /// <summary>To be called every minute or so: renews what is near its end or does not name this host any more, warns of a file's end.</summary>
    public void Tend()
    {
        var now = _clock.GetUtcNow();
        if (now - _looked < LookEvery) return;
        lock (_one)
        {
            _looked = now;
            try
            {
                if (_options.IsOwnAuthority) _now = Take(_options, now, _tell);
                else if (Ending(_now, now)) _tell($"tls: the certificate in {_options.Certificate} ends at {Utc(_now.Leaf.NotAfter)}; try: renew it, then SIGHUP");
            }
            catch (PkiException e)
            {
                foreach (var f in e.Faults) _tell($"tls: {f.What}; try: {f.Try}");
            }
        }
    }

    static bool Ending(InForce current, DateTimeOffset now) => now > current.Leaf.NotAfter - RenewBefore;

    static InForce Take(PkiOptions options, DateTimeOffset now, Action<string> tell) => options.IsOwnAuthority ? TakeOwn(options, now, tell) : TakeFile(options, now);

    static InForce TakeFile(PkiOptions options, DateTimeOffset now)
    {
        var faults = new List<PkiFault>();
        var chain = ChainWithKey.Read(options.Certificate, options.Key, now, faults) ?? throw new PkiException(faults);
        return new(chain.Leaf, null, SslStreamCertificateContext.Create(chain.Leaf, chain.Others, offline: true));
    }

    static InForce TakeOwn(PkiOptions options, DateTimeOffset now, Action<string> tell)
    {
        using var authority = CertificateAuthority.Open(options.Folder, now);
        var host = HostNames.Known(options.Names);
        string file = LeafFile(options);
        // What a crash or a curious hand left of the file is no fault: there can be a new one at any time.
        var chain = File.Exists(file) ? ChainWithKey.Read(file, "", now, []) : null;
        string? reason = chain is null ? File.Exists(file) ? "the one before cannot be used" : "" : WhyRenew(chain.Leaf, authority.Certificate, host, now);
        if (reason is not null)
        {
            if (now >= authority.Certificate.NotAfter)
                throw new PkiException(new PkiFault($"{CertificateAuthority.CertificateFile(options.Folder)} expired at {Utc(authority.Certificate.NotAfter)}",
                    $"remove {options.Folder}: a new authority is made, which clients must be given"));
            try
            {
                PrivateFile.Write(file, authority.Issue(host.WithFullName(), now));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new PkiException(new PkiFault($"{file}: {e.Message}", "give the folder to the user that runs the server"));
            }
            var faults = new List<PkiFault>();
            chain = ChainWithKey.Read(file, "", now, faults) ?? throw new PkiException(faults);
            if (reason.Length > 0) tell($"{LogSeverity.Info}tls: the certificate was renewed, for {reason}; it ends at {Utc(chain.Leaf.NotAfter)}");
        }
        var root = X509CertificateLoader.LoadCertificate(authority.Certificate.RawData);
        return new(chain!.Leaf, root, SslStreamCertificateContext.Create(chain.Leaf, [root], offline: true));
    }

    /// <summary>Null when the certificate may stay.</summary>
    static string? WhyRenew(X509Certificate2 leaf, X509Certificate2 authority, HostNames host, DateTimeOffset now)
    {
        // Near the authority's own end a new certificate ends no later than the old.
        if (now > leaf.NotAfter - RenewBefore && leaf.NotAfter < authority.NotAfter) return $"the one before ends at {Utc(leaf.NotAfter)}";
        if (!leaf.IssuerName.RawData.AsSpan().SequenceEqual(authority.SubjectName.RawData)) return "the authority is another";
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        string? name = host.Names.FirstOrDefault(n => names?.EnumerateDnsNames().Contains(n, StringComparer.OrdinalIgnoreCase) != true);
        if (name is not null) return $"the one before did not name {name}";
        IPAddress? address = host.Addresses.FirstOrDefault(a => names?.EnumerateIPAddresses().Contains(a) != true);
        return address is null ? null : $"the one before did not name {address}";
    }

    static string LeafFile(PkiOptions options) => Path.Combine(options.Folder, "server.pem");

    static string Utc(DateTime local) => $"{local.ToUniversalTime():yyyy-MM-dd HH:mm} UTC";

    /// <summary>What a server would start with, changing nothing: in words, and with what is wrong.</summary>
    public static (string Found, IReadOnlyList<PkiFault> Faults) Look(PkiOptions options, DateTimeOffset now)
    {
        string file = options.IsOwnAuthority ? LeafFile(options) : options.Certificate;
        if (options.IsOwnAuthority && !File.Exists(CertificateAuthority.CertificateFile(options.Folder)))
            return ($"authority and certificate are made in {options.Folder} at the first start", []);
        var faults = new List<PkiFault>();
        if (options.IsOwnAuthority)
        {
            try
            {
                using var authority = CertificateAuthority.Read(options.Folder);
                // The next certificate would be shorter than it could be.
                if (now + CertificateAuthority.LeafLife > authority.Certificate.NotAfter)
                    faults.Add(new($"the authority ends at {Utc(authority.Certificate.NotAfter)}", $"plan for it: without {options.Folder} the next start makes a new one, which clients must be given"));
                // A leaf that cannot be used is no fault: the start makes another.
                var leaf = File.Exists(file) ? ChainWithKey.Read(file, options.Key, now, [])?.Leaf : null;
                return (leaf is null ? $"{file} is made anew at the next start" : Words(leaf, file), faults);
            }
            catch (PkiException e)
            {
                return (options.Folder, e.Faults);
            }
        }
        var chain = ChainWithKey.Read(file, options.Key, now, faults);
        if (chain is not null && now > chain.Leaf.NotAfter - RenewBefore) faults.Add(new("it ends soon", "renew it, then SIGHUP"));
        return (chain is null ? file : Words(chain.Leaf, file), faults);
    }

    static string Words(X509Certificate2 leaf, string file) => $"{leaf.Subject} of {leaf.Issuer}, ends at {Utc(leaf.NotAfter)}, {file}";

    sealed record InForce(X509Certificate2 Leaf, X509Certificate2? Authority, SslStreamCertificateContext Context);
}
