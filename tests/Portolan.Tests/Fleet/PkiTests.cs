using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portolan.Fleet.Pki;
using Xunit;

namespace Portolan.Tests.Fleet;

/// <summary>The own authority, the certificates it issues, and certificates from files.</summary>
public sealed class PkiTests : IDisposable
{
    static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    readonly string _folder = Directory.CreateTempSubdirectory("portolan-pki-").FullName;
    readonly List<string> _told = [];
    readonly GivenClock _clock = new(Start);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    sealed class GivenClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    PkiOptions Own(params string[] names) => new(Path.Combine(_folder, "pki"), "", "", names);

    ServerCertificate Open(PkiOptions options) => ServerCertificate.Open(options, _clock, _told.Add);

    [Fact]
    public void TheFirstStartMakesAnAuthorityAndALeafThatClientsTake()
    {
        var made = Open(Own("syslog.example.com", "203.0.113.9"));
        var (leaf, authority) = (made.Certificate, made.Authority!);
        Assert.Equal(Start.AddHours(-1).AddDays(397), leaf.NotAfter);
        Assert.Equal("1.2.840.10045.3.1.7", leaf.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value); // P-256
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Superset(new HashSet<string> { Environment.MachineName, "localhost", "syslog.example.com" }, names.EnumerateDnsNames().ToHashSet());
        Assert.Superset(new HashSet<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("203.0.113.9") }, names.EnumerateIPAddresses().ToHashSet());
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(
            authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.ToArray(),
            leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.ToArray());
        var ca = authority.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.True(ca is { CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0, Critical: true });
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, authority.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = Start.UtcDateTime;
        Assert.True(chain.Build(leaf), string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation)));
        Assert.Empty(_told);
    }

    [Fact]
    public void KeysAreTheOwnersAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are those of POSIX");
        Open(Own());
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
#pragma warning disable CA1416
        Assert.Equal(own | UnixFileMode.UserExecute, File.GetUnixFileMode(Own().Folder));
        Assert.All(Directory.GetFiles(Own().Folder), f => Assert.Equal(own, File.GetUnixFileMode(f)));
#pragma warning restore CA1416
        Assert.Equal(["ca.key", "ca.pem", "server.pem"], Directory.GetFiles(Own().Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void AnotherStartTakesWhatIsThere()
    {
        var (first, second) = (Open(Own()), Open(Own()));
        Assert.Equal(first.Certificate.Thumbprint, second.Certificate.Thumbprint);
        Assert.Equal(first.Fingerprint, second.Fingerprint);
        Assert.Empty(_told);
    }

    [Fact]
    public void TheLeafIsRenewedThirtyDaysBeforeItsEndWhileRunning()
    {
        var certificate = Open(Own());
        string authority = certificate.Fingerprint, first = certificate.Certificate.Thumbprint;
        DateTimeOffset end = certificate.Certificate.NotAfter;
        _clock.Now = end.AddDays(-30).AddMinutes(-1);
        certificate.Tend();
        Assert.Equal(first, certificate.Certificate.Thumbprint);
        _clock.Now = _clock.Now.AddHours(1);
        certificate.Tend();
        Assert.NotEqual(first, certificate.Certificate.Thumbprint);
        Assert.Equal(_clock.Now.AddHours(-1).AddDays(397), certificate.Certificate.NotAfter);
        Assert.Equal(authority, certificate.Fingerprint);
        Assert.Contains("was renewed", Assert.Single(_told));
        Assert.Equal(certificate.Certificate.Thumbprint, certificate.Options().ServerCertificateContext!.TargetCertificate.Thumbprint);
        Assert.Equal(certificate.Certificate.Thumbprint, Open(Own()).Certificate.Thumbprint);
    }

    [Fact]
    public void NoLeafOutlivesTheAuthorityWhoseEndIsTold()
    {
        DateTimeOffset end = Open(Own()).Authority!.NotAfter;
        _clock.Now = end.AddDays(-100);
        Assert.Equal(end, Open(Own()).Certificate.NotAfter);
        string leaf = Open(Own()).Certificate.Thumbprint;
        _clock.Now = end.AddDays(-1);
        Assert.Equal(leaf, Open(Own()).Certificate.Thumbprint);
        Assert.Contains("the authority ends", Assert.Single(ServerCertificate.Look(Own(), _clock.Now).Faults).What);
        _clock.Now = end.AddDays(1);
        Assert.Contains("expired", Assert.Single(Assert.Throws<PkiException>(() => Open(Own())).Faults).What);
    }

    [Fact]
    public void ANameThatTheLeafLacksRenewsIt()
    {
        Open(Own());
        var again = Open(Own("siem.example.com"));
        Assert.Contains("siem.example.com", again.Certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        Assert.Contains("did not name siem.example.com", Assert.Single(_told));
    }

    [Theory]
    [InlineData("server.pem", "rubbish", true)]
    [InlineData("server.pem", "", true)]
    [InlineData("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", false)]
    [InlineData("ca.key", "rubbish", false)]
    [InlineData("ca.key", null, false)]
    public void DamageInTheFolder(string file, string? content, bool isMadeAnew)
    {
        string before = Open(Own()).Certificate.Thumbprint;
        string path = Path.Combine(Own().Folder, file);
        if (content is null) File.Delete(path);
        else File.WriteAllText(path, content);
        if (isMadeAnew)
        {
            Assert.NotEqual(before, Open(Own()).Certificate.Thumbprint);
            return;
        }
        var fault = Assert.Single(Assert.Throws<PkiException>(() => Open(Own())).Faults);
        Assert.Contains("ca.pem", fault.What);
        Assert.Contains("backup", fault.Try);
        Assert.Equal(fault, Assert.Single(ServerCertificate.Look(Own(), Start).Faults));
    }

    // Certificates of somebody else's making, as files.

    static (string Certificate, string Key) Make(string name, int days = 90, AsymmetricAlgorithm? key = null, string? use = null, int begin = -1)
    {
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is ECDsa ec ? new CertificateRequest($"CN={name}", ec, HashAlgorithmName.SHA256)
            : new CertificateRequest($"CN={name}", (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (use is not null) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(use)], false));
        using var made = request.CreateSelfSigned(Start.AddDays(begin), Start.AddDays(days));
        return (made.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    PkiOptions Files(string certificate, string? key)
    {
        File.WriteAllText(Path.Combine(_folder, "own.pem"), certificate);
        if (key is not null) File.WriteAllText(Path.Combine(_folder, "own.key"), key);
        return new(Path.Combine(_folder, "pki"), Path.Combine(_folder, "own.pem"), key is null ? "" : Path.Combine(_folder, "own.key"), []);
    }

    public static TheoryData<string, string[]> Faulty => new()
    {
        { "expired", ["expired at 2026-11-20"] },
        { "not yet", ["valid only from 2026-11-22"] },
        { "not for servers", ["serverAuth"] },
        { "expired and not for servers", ["expired", "serverAuth"] },
        { "another key", ["does not belong"] },
        { "a key of another kind", ["does not belong"] },
        { "no key", ["no private key"] },
        { "an encrypted key", ["encrypted"] },
        { "a short key", ["1024 bits"] },
        { "no certificate", ["no certificate"] },
        { "a damaged certificate", ["damaged"] },
        { "no file", ["cannot be read"] },
    };

    [Theory]
    [MemberData(nameof(Faulty))]
    public void AFaultIsToldWithWhatToDo(string which, string[] words)
    {
        var (certificate, key) = which switch
        {
            "expired" => Make("a", -1, begin: -10),
            "not yet" => Make("a", 90, begin: 1),
            "not for servers" => Make("a", use: "1.3.6.1.5.5.7.3.2"),
            "expired and not for servers" => Make("a", -1, use: "1.3.6.1.5.5.7.3.2", begin: -10),
            "another key" => (Make("a").Certificate, Make("b").Key),
            "a key of another kind" => (Make("a").Certificate, Make("b", key: RSA.Create(2048)).Key),
            "no key" => (Make("a").Certificate, "nothing\n"),
            "an encrypted key" => (Make("a").Certificate,
                ECDsa.Create().ExportEncryptedPkcs8PrivateKeyPem("x", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000))),
            "a short key" => Make("a", key: RSA.Create(1024)),
            "no certificate" => ("", Make("a").Key),
            "a damaged certificate" => ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", Make("a").Key),
            _ => Make("a"),
        };
        var options = Files(certificate, key);
        if (which == "no file") options = options with { Certificate = options.Certificate + ".not" };
        var faults = Assert.Throws<PkiException>(() => Open(options)).Faults;
        Assert.Equal(words.Length, faults.Count);
        Assert.All(faults.Zip(words), f => Assert.Contains(f.Second, f.First.What));
        Assert.All(faults, f => Assert.NotEmpty(f.Try));
        Assert.Equal(faults, ServerCertificate.Look(options, Start).Faults);
        Assert.False(Directory.Exists(options.Folder));
    }

    [Theory]
    [InlineData("EC", false)]
    [InlineData("EC", true)]
    [InlineData("RSA", false)]
    public void ACertificateFromFilesIsServedWithItsChain(string kind, bool inOneFile)
    {
        using AsymmetricAlgorithm key = kind == "EC" ? ECDsa.Create(ECCurve.NamedCurves.nistP384) : RSA.Create(2048);
        var (certificate, keyText) = Make("server.example.com", key: key);
        string other = Make("intermediate").Certificate;
        var options = inOneFile ? Files(keyText + certificate + other, null) : Files(certificate + other, keyText);
        var open = Open(options);
        Assert.Null(open.Authority);
        Assert.Equal("CN=server.example.com", open.Certificate.Subject);
        Assert.True(open.Options().ServerCertificateContext!.TargetCertificate.HasPrivateKey);
        Assert.Equal(95, open.Fingerprint.Length);
        Assert.Empty(ServerCertificate.Look(options, Start).Faults);
        Assert.Contains("ends soon", Assert.Single(ServerCertificate.Look(options, Start.AddDays(61)).Faults).What);
    }

    [Fact]
    public void FilesAreReadAgainAndAFaultKeepsTheOld()
    {
        var (certificate, key) = Make("first");
        var open = Open(Files(certificate, key));
        (certificate, key) = Make("second");
        var use = open.Read(Files(certificate, key));
        Assert.Equal("CN=first", open.Certificate.Subject);
        use();
        Assert.Equal("CN=second", open.Certificate.Subject);
        Assert.Throws<PkiException>(() => open.Read(Files("rubbish", key)));
        Assert.Equal("CN=second", open.Certificate.Subject);
        open.Read(Own())();
        Assert.NotNull(open.Authority);
    }

    [Fact]
    public async Task ServersAndClientsSpeakTls12And13Only()
    {
        var certificate = Open(Own());
        var options = certificate.Options();
        Assert.Equal(System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13, options.EnabledSslProtocols);
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var served = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var server = new SslStream(served.GetStream());
        await using var caller = new SslStream(client.GetStream());
        var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, VerificationTime = Start.UtcDateTime };
        chain.CustomTrustStore.Add(certificate.Authority!);
        await Task.WhenAll(
            server.AuthenticateAsServerAsync(options, TestContext.Current.CancellationToken),
            caller.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = chain }, TestContext.Current.CancellationToken));
        Assert.Equal(System.Security.Authentication.SslProtocols.Tls13, caller.SslProtocol);
    }
}
