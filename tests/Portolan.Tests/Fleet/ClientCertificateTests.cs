using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portolan.Fleet.Pki;
using Xunit;

namespace Portolan.Tests.Fleet;

/// <summary>Who may come in by a certificate (RFC 5425 §5).</summary>
public sealed class ClientCertificateTests : IDisposable
{
    static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    const string ForClients = "1.3.6.1.5.5.7.3.2", ForServers = "1.3.6.1.5.5.7.3.1";

    sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    readonly string _folder = Directory.CreateTempSubdirectory("portolan-clients-").FullName;
    readonly Issuer _ours = new("Our CA"), _theirs = new("Their CA");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>An authority as others make them.</summary>
    sealed class Issuer
    {
        readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public Issuer(string name, int begin = -10, int end = 1000)
        {
            var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            Certificate = request.CreateSelfSigned(Now.AddDays(begin), Now.AddDays(end));
        }

        public X509Certificate2 Certificate { get; }

        public X509Certificate2 Issue(string name, string[]? dns = null, string? address = null, int begin = -1, int end = 90, string? use = ForClients)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            if (use != null) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(use)], false));
            var names = new SubjectAlternativeNameBuilder();
            foreach (string d in dns ?? []) names.AddDnsName(d);
            if (address != null) names.AddIpAddress(IPAddress.Parse(address));
            if (dns != null || address != null) request.CertificateExtensions.Add(names.Build());
            return request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), Now.AddDays(begin), Now.AddDays(end), [1, 2, 3]);
        }
    }

    ClientCertificates Rules(ClientMode mode, string[]? names = null, string[]? fingerprints = null, bool file = true)
    {
        string path = Path.Combine(_folder, "clients.pem");
        File.WriteAllText(path, _ours.Certificate.ExportCertificatePem());
        return ClientCertificates.Open(new(mode, file ? path : "", names ?? [], fingerprints ?? []), () => _theirs.Certificate, new At(Now));
    }

    static string? Reason(ClientCertificates rules, X509Certificate2? certificate) => rules.Judge(certificate)?.Reason;

    public static TheoryData<string, string?> Cases => new()
    {
        { "of our authority", null },
        { "for any use", null },
        { "of another authority", "client-certificate-untrusted" },
        { "of its own", "client-certificate-untrusted" },
        { "of an authority that bears the name of ours", "client-certificate-untrusted" },
        { "for servers", "client-certificate-untrusted" },
        { "expired", "client-certificate-expired" },
        { "not yet valid", "client-certificate-expired" },
        { "none", "client-certificate-missing" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ByAuthority(string which, string? reason)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = which switch
        {
            "of our authority" => _ours.Issue("fw1"),
            "for any use" => _ours.Issue("fw1", use: null),
            "of another authority" => _theirs.Issue("fw1"),
            "of its own" => new CertificateRequest("CN=fw1", key, HashAlgorithmName.SHA256).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1)),
            "of an authority that bears the name of ours" => new Issuer("Our CA").Issue("fw1"),
            "for servers" => _ours.Issue("fw1", use: ForServers),
            "expired" => _ours.Issue("fw1", begin: -9, end: -1),
            "not yet valid" => _ours.Issue("fw1", begin: 1),
            _ => null,
        };
        Assert.Equal(reason, Reason(Rules(ClientMode.Required), certificate));
        Assert.Equal(which == "none" ? null : reason, Reason(Rules(ClientMode.Optional), certificate));
    }

    [Fact]
    public void WithoutAFileTheOwnAuthorityCounts()
    {
        var rules = Rules(ClientMode.Required, file: false);
        Assert.Null(Reason(rules, _theirs.Issue("fw1")));
        Assert.Equal("client-certificate-untrusted", Reason(rules, _ours.Issue("fw1")));
    }

    // The wildcards are those of RFC 5425 §5.2: one left-most label, in the certificate or in the list.
    [Theory]
    [InlineData("fw1.example.com", new[] { "fw1.example.com" }, true)]
    [InlineData("FW1.Example.com", new[] { "fw1.example.COM" }, true)]
    [InlineData("fw1.example.com", new[] { "fw2.example.com", "fw1.example.com" }, true)]
    [InlineData("fw1.example.com", new[] { "*.example.com" }, true)]
    [InlineData("*.example.com", new[] { "fw1.example.com" }, true)]
    [InlineData("*.example.com", new[] { "*.example.com" }, true)]
    [InlineData("*.example.com", new[] { "a.fw1.example.com" }, false)]
    [InlineData("*.example.com", new[] { "example.com" }, false)]
    [InlineData("fw1.example.com", new[] { "f*.example.com" }, false)]
    [InlineData("fw1.example.com", new[] { "*" }, false)]
    [InlineData("fw1.example.com.evil.test", new[] { "fw1.example.com" }, false)]
    [InlineData("fw1.example.com", new[] { "example.com" }, false)]
    [InlineData("münchen.example", new[] { "xn--mnchen-3ya.example" }, true)]
    [InlineData("2001:db8::1", new[] { "2001:DB8:0:0::1" }, true)]
    [InlineData("192.0.2.1", new[] { "192.0.2.10" }, false)]
    public void NamesMatch(string listed, string[] names, bool match) => Assert.Equal(match, CertificateNames.Match(listed, names));

    [Theory]
    [InlineData("cn", null, null, new[] { "cn" })]
    [InlineData("cn", "a.example.com", null, new[] { "a.example.com" })]
    [InlineData("cn", "a.example.com", "192.0.2.1", new[] { "192.0.2.1", "a.example.com" })]
    [InlineData("cn", null, "192.0.2.1", new[] { "192.0.2.1", "cn" })]
    public void NamesOfACertificate(string common, string? dns, string? address, string[] names) =>
        Assert.Equal(names, CertificateNames.Of(_ours.Issue(common, dns is null ? null : [dns], address)).Order(StringComparer.Ordinal));

    [Fact]
    public void ByName()
    {
        var rules = Rules(ClientMode.Required, names: ["*.fw.example.com", "192.0.2.7"]);
        Assert.Null(Reason(rules, _ours.Issue("x", ["a.fw.example.com"])));
        Assert.Null(Reason(rules, _ours.Issue("b.fw.example.com")));
        Assert.Null(Reason(rules, _ours.Issue("x", address: "192.0.2.7")));
        Assert.Equal("client-certificate-not-listed", Reason(rules, _ours.Issue("a.fw.example.com", ["other.example.com"])));
        Assert.Equal("client-certificate-not-listed", Reason(rules, _ours.Issue("other")));
        Assert.Equal("client-certificate-untrusted", Reason(rules, _theirs.Issue("a.fw.example.com")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ByFingerprint(bool file)
    {
        var (listed, other, old) = (_theirs.Issue("a"), _theirs.Issue("b"), _theirs.Issue("c", begin: -9, end: -1));
        var rules = Rules(ClientMode.Required, fingerprints: [ServerCertificate.FingerprintOf(listed), ServerCertificate.FingerprintOf(old)], file: file);
        Assert.Null(Reason(rules, listed));
        Assert.Equal(file ? "client-certificate-untrusted" : "client-certificate-not-listed", Reason(rules, other));
        Assert.Equal("client-certificate-expired", Reason(rules, old));
        Assert.Equal("client-certificate-not-listed", Reason(rules, _ours.Issue("d")));
    }

    [Theory]
    [InlineData("sha-256:", ":", true)] // RFC 5425 §4.2.2
    [InlineData("SHA256:", ":", true)]
    [InlineData("", "", true)]
    [InlineData("sha-1:", ":", false)]
    [InlineData("", " ", false)]
    public void FingerprintsAsToolsWriteThem(string label, string between, bool known)
    {
        string digits = Convert.ToHexString(SHA256.HashData("x"u8));
        string text = label + string.Join(between, digits.ToLowerInvariant().Chunk(2).Select(c => new string(c)));
        Assert.Equal(known ? digits : null, ClientOptions.Digits(text));
    }

    [Theory]
    [InlineData("no file", "cannot be read")]
    [InlineData("nothing in it", "no certificate")]
    [InlineData("rubbish in it", "cannot be read")]
    [InlineData("all expired", "expired")]
    public void AFaultInTheFileIsTold(string which, string words)
    {
        string file = Path.Combine(_folder, "ca.pem");
        if (which != "no file")
        {
            File.WriteAllText(file, which switch
            {
                "nothing in it" => "# none\n",
                "all expired" => new Issuer("old", -10, -1).Certificate.ExportCertificatePem(),
                _ => "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            });
        }
        var fault = Assert.Single(Assert.Throws<PkiException>(() => ClientCertificates.Open(new(ClientMode.Required, file, [], []), () => null, new At(Now))).Faults);
        Assert.Contains(words, fault.What);
        Assert.NotEmpty(fault.Try);
    }

    [Fact]
    public void RulesAreReadAgain()
    {
        var rules = Rules(ClientMode.Required);
        var certificate = _ours.Issue("fw1");
        Assert.Null(Reason(rules, certificate));
        var use = rules.Read(new(ClientMode.Required, Path.Combine(_folder, "clients.pem"), ["fw2"], []));
        Assert.Null(Reason(rules, certificate));
        use();
        Assert.Equal("client-certificate-not-listed", Reason(rules, certificate));
    }

    [Fact]
    public void DamagedCertificatesAreRefusedAndNothingThrows()
    {
        var rules = Rules(ClientMode.Required, names: ["fw1"]);
        byte[] good = _ours.Issue("fw1", ["a.example.com"], "192.0.2.1").RawData;
        var random = new Random(1);
        int read = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = [.. good];
            for (int n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            X509Certificate2 certificate;
            try
            {
                certificate = X509CertificateLoader.LoadCertificate(bytes);
            }
            catch (CryptographicException)
            {
                continue;
            }
            read++;
            Assert.NotNull(Reason(rules, certificate));
        }
        Assert.InRange(read, 50, 300);
    }
}
