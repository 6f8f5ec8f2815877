using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Portolan.Collect.Collectors;
using Portolan.Fleet.Pki;
using Portolan.Model;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Collect.Collectors;

/// <summary>The TLS collector: what arrives is in the journal with the sender's certificate, and who is refused is counted by its reason.</summary>
public sealed class SyslogTlsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("portolan-tls-").FullName;
    readonly List<string> _told = [];
    readonly Ledger _ledger = new();
    readonly JournalWriter _journal = JournalWriter.Open(new MemoryFiles(), new() { Directory = "/journal" });
    readonly ServerCertificate _certificate;
    readonly ClientCertificates _clients;
    readonly Reception _to;
    ICollector? _collector;

    public SyslogTlsTests()
    {
        _certificate = ServerCertificate.Open(new(_folder, "", "", []), TimeProvider.System, Tell);
        _clients = ClientCertificates.Open(new(ClientMode.None, "", [], []), () => _certificate.Authority, TimeProvider.System);
        _to = new(_journal, _ledger, TimeProvider.System, Tell, refuse => _clients.Ask(_certificate.Options(), (reason, why) => refuse(reason, why)));
    }

    void Tell(string line)
    {
        lock (_told) _told.Add(line);
    }

    public void Dispose()
    {
        _collector?.Dispose();
        _journal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    ICollector Listen(SyslogLimits? limits = null)
    {
        _collector = Catalog.Bind(Endpoints.SyslogTls, new(IPAddress.Loopback, 0, []), limits ?? new(), _to);
        _collector.Start();
        return _collector;
    }

    async Task<TcpClient> Connect()
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(_collector!.Bound, Cancel);
        return tcp;
    }

    async Task<SslStream> Secure(TcpClient tcp, X509Certificate2? certificate = null, SslProtocols versions = SslProtocols.None)
    {
        var stream = new SslStream(tcp.GetStream());
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(_certificate.Authority!);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = trust,
            EnabledSslProtocols = versions,
            ClientCertificates = certificate is null ? null : [certificate],
        }, Cancel);
        return stream;
    }

    long Count(string reason) => _ledger.Rows().Where(r => r.Source == "syslog-tls" && r.Reason == reason).Sum(r => r.Count);

    static async Task Until(Func<bool> done, string what)
    {
        for (int i = 0; !done(); i++)
        {
            Assert.True(i < 3000, what);
            await Task.Delay(10, Cancel);
        }
    }

    /// <summary>Payload and fingerprint of every record, in hexadecimal.</summary>
    List<(string Text, string Peer)> Records()
    {
        long last;
        using (var append = _journal.BeginAppend()) last = append.LastSequence;
        Assert.True(_journal.WaitCommitted(last, TimeSpan.FromSeconds(20), Cancel));
        using var reader = _journal.OpenReader(default);
        var batch = new EventBatch();
        var found = new List<(string, string)>();
        var records = new JournalRecord[100];
        int n = reader.Fill(batch, records);
        found.AddRange(records.Take(n).Select(r => (Encoding.Latin1.GetString(batch.Span(r.Payload)), Convert.ToHexString(batch.Span(r.Certificate)))));
        return found;
    }

    static X509Certificate2 Client(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var made = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    [Theory]
    [InlineData(SslProtocols.None, SslProtocols.Tls12)] // all that the client has: no session tickets
    [InlineData(SslProtocols.Tls12, SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13, SslProtocols.Tls13)]
    public async Task BothFramingsArriveOverEveryVersion(SslProtocols offered, SslProtocols spoken)
    {
        Listen();
        using (var tcp = await Connect())
        {
            await using var stream = await Secure(tcp, versions: offered);
            Assert.Equal(spoken, stream.SslProtocol);
            await stream.WriteAsync("7 <13>one<13>two\n9 <13>three<13>four\n"u8.ToArray(), Cancel);
            await stream.ShutdownAsync();
            Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancel));
        }
        Assert.Equal([("<13>one", ""), ("<13>two", ""), ("<13>three", ""), ("<13>four", "")], Records());
        Assert.Equal(4, Count("received"));
    }

    [Fact]
    public async Task NoMessageOfAClientThatNeverReadsIsLost()
    {
        Listen();
        byte[] burst = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"<13>Nov 21 10:00:00 host app: message {i} of a long burst\n")));
        using (var tcp = await Connect())
        {
            var stream = await Secure(tcp);
            await stream.WriteAsync(burst, Cancel);
            // The socket alone is closed, as programs do that end.
            tcp.Client.Close();
        }
        await Until(() => Count("received") == 20_000, "not all arrived");
        Assert.Equal(0, Count("connection-reset-by-sender"));
    }

    [Fact]
    public async Task PlainTextIsRefusedAndTold()
    {
        Listen();
        for (int i = 0; i < 3; i++)
        {
            using var tcp = await Connect();
            await tcp.GetStream().WriteAsync("<13>in the clear\n"u8.ToArray(), Cancel);
            await Closed(tcp.GetStream());
        }
        await Until(() => Count("plain-text-on-tls-port") == 3, "not counted");
        Assert.All(_told, t => Assert.Contains("does not speak TLS; try:", t));
        Assert.Empty(Records());
    }

    static async Task Closed(Stream stream)
    {
        try
        {
            while (await stream.ReadAsync(new byte[100], Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel) > 0)
            {
                // An alert.
            }
        }
        catch (IOException)
        {
            // Reset, for what it said was not read.
        }
    }

    [Fact]
    public async Task HandshakesThatNeverEndAreClosedAndHinderNobody()
    {
        Listen(new() { HandshakeTimeout = TimeSpan.FromSeconds(2) });
        var silent = new List<TcpClient>();
        for (int i = 0; i < 60; i++) silent.Add(await Connect());
        byte[] half = [22, 3, 1, 2, 0, 1, 0]; // a greeting that stops
        foreach (var tcp in silent.Take(30)) await tcp.GetStream().WriteAsync(half, Cancel);
        using var honest = await Connect();
        await using var stream = await Secure(honest);
        await stream.WriteAsync("<13>through\n"u8.ToArray(), Cancel);
        await Until(() => Count("received") == 1, "the honest one did not come through");
        foreach (var tcp in silent) await Closed(tcp.GetStream());
        await Until(() => Count("tls-handshake-not-finished") == 60, "not counted");
        await stream.WriteAsync("<13>still\n"u8.ToArray(), Cancel);
        await Until(() => Count("received") == 2, "the honest one was closed");
        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task OneSenderHasAShareOfTheHandshakes()
    {
        Listen();
        var silent = new List<TcpClient>();
        for (int i = 0; i < 130; i++) silent.Add(await Connect());
        await Until(() => Count("too-many-tls-handshakes") == 2, "the share is not 128");
        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task RubbishInsideAndBehindTheHandshakeIsCounted()
    {
        Listen();
        using (var tcp = await Connect())
        {
            // A greeting of TLS 1.0, which is refused.
            await tcp.GetStream().WriteAsync(Portolan.Tests.Formats.Tls.ClientHelloTests.Hello(0x0301, null), Cancel);
            await Closed(tcp.GetStream());
        }
        await Until(() => Count("tls-handshake-failed") == 1, "not counted");
        using (var tcp = await Connect())
        {
            await using var stream = await Secure(tcp);
            await stream.WriteAsync("<13>good\n<13>half"u8.ToArray(), Cancel);
            await tcp.GetStream().WriteAsync("this is no TLS record, whatever it may look like"u8.ToArray(), Cancel);
            await Closed(tcp.GetStream());
        }
        await Until(() => Count("half-frame-at-end") == 1, "the half message was not stored");
        Assert.Equal(["<13>good", "<13>half"], Records().Select(r => r.Text));
        Assert.DoesNotContain(_told, t => t.Contains("fault of ours"));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task TheFingerprintOfTheSendersCertificateStandsInItsRecords(SslProtocols version)
    {
        var client = Client("fw1");
        _clients.Read(new(ClientMode.Required, "", [], [ServerCertificate.FingerprintOf(client)]))();
        Listen();
        using (var tcp = await Connect())
        {
            await using var stream = await Secure(tcp, client, version);
            await stream.WriteAsync("<13>known\n"u8.ToArray(), Cancel);
            await stream.ShutdownAsync();
            await Closed(stream);
        }
        Assert.Equal([("<13>known", Convert.ToHexString(SHA256.HashData(client.RawData)))], Records());
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls12, false)]
    [InlineData(SslProtocols.Tls13, true)]
    [InlineData(SslProtocols.Tls13, false)]
    public async Task AWrongOrMissingCertificateIsRefusedByItsReason(SslProtocols version, bool shows)
    {
        _clients.Read(new(ClientMode.Required, "", [], []))();
        Listen();
        using var tcp = await Connect();
        try
        {
            await using var stream = await Secure(tcp, shows ? Client("stranger") : null, version);
            await stream.WriteAsync("<13>unknown\n"u8.ToArray(), Cancel);
            await Closed(stream);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // Refused within the handshake.
        }
        await Until(() => Count(shows ? "client-certificate-untrusted" : "client-certificate-missing") == 1, "not counted");
        Assert.Empty(Records());
        Assert.Contains(shows ? "CN=stranger" : "one is required", Assert.Single(_told));
    }

    [Fact]
    public async Task AStopKeepsWhatHasArrived()
    {
        var collector = Listen();
        using var tcp = await Connect();
        await using var stream = await Secure(tcp);
        await stream.WriteAsync("<13>one\n<13>half"u8.ToArray(), Cancel);
        await Until(() => Count("received") == 1, "nothing arrived");
        await stream.WriteAsync(" and more\n<13>two\n<13>rest"u8.ToArray(), Cancel);
        collector.Stop();
        await Closed(stream);
        // How much had arrived, only the kernel knows; nothing of it may be missing between.
        var stored = Records().Select(r => r.Text).ToList();
        Assert.Equal(stored.Count, Count("received"));
        Assert.StartsWith("<13>one<13>half", string.Concat(stored));
        Assert.StartsWith(string.Concat(stored), "<13>one<13>half and more<13>two<13>rest");
    }

    [Fact]
    public async Task ANewCertificateIsInForceForTheNextConnection()
    {
        Listen();
        string before = _certificate.Certificate.Thumbprint;
        using var first = await Connect();
        await using var held = await Secure(first);
        _certificate.Read(new(_folder, "", "", ["siem.example.com"]))();
        using var second = await Connect();
        await using var stream = await Secure(second);
        Assert.Equal(before, held.RemoteCertificate!.GetCertHashString());
        Assert.NotEqual(before, stream.RemoteCertificate!.GetCertHashString());
        await held.WriteAsync("<13>held\n"u8.ToArray(), Cancel);
        await stream.WriteAsync("<13>new\n"u8.ToArray(), Cancel);
        await Until(() => Count("received") == 2, "not both arrived");
    }
}
