using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Senders;

/// <summary>OpenSSL, rsyslog and syslog-ng send over TLS: every message arrives once, and whom the rules refuse the ledger names.</summary>
public sealed partial class TlsSenderTests : IDisposable
{
    static int Messages => Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1" ? 100_000 : 10_000;

    readonly string _work = Directory.CreateTempSubdirectory("portolan-tls-").FullName;
    readonly List<Process> _peers = [];

    public void Dispose()
    {
        foreach (var p in _peers)
        {
            if (!p.HasExited) p.Kill();
            p.WaitForExit();
            p.Dispose();
        }
        Directory.Delete(_work, true);
    }

    string At(string name) => Path.Combine(_work, name);

    /// <summary>A file of numbered messages of one sender.</summary>
    async Task<string> Numbered(string sender, bool withHeader)
    {
        string file = At($"{sender}.log");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, Messages).Select(i => $"{(withHeader ? "<14>Nov 21 10:00:00 web01 numbered: " : "")}{sender} number {i} of many"));
        return file;
    }

    void Start(string path, params string[] arguments)
    {
        var info = new ProcessStartInfo(path) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string a in arguments) info.ArgumentList.Add(a);
        foreach (var (k, v) in Peers.Environment) info.Environment[k] = v;
        _peers.Add(Process.Start(info)!);
    }

    async Task Rsyslog(string driver, string framing, string authority, int port)
    {
        string name = $"rsyslog-{driver}", config = At($"{name}.conf"), work = Directory.CreateDirectory(At(name)).FullName;
        await File.WriteAllTextAsync(config, $"""
            global(workDirectory="{work}" net.enableDNS="off" defaultNetstreamDriverCAFile="{authority}")
            module(load="imfile" mode="polling" pollingInterval="1")
            input(type="imfile" File="{await Numbered(name, false)}" Tag="numbered:" Severity="info" Facility="local0")
            action(type="omfwd" Target="127.0.0.1" Port="{port}" Protocol="tcp" TCP_Framing="{framing}"
                   StreamDriver="{driver}" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"
                   queue.type="LinkedList" queue.size="200000" action.resumeRetryCount="-1")
            """);
        Start(Peers.At("usr/sbin/rsyslogd"), "-n", "-f", config, "-i", At($"{name}.pid"), "-M", Peers.Environment["RSYSLOG_MODDIR"]);
    }

    async Task SyslogNg(string driver, string authority, int port)
    {
        string name = $"syslog-ng-{driver}", config = At($"{name}.conf");
        await File.WriteAllTextAsync(config, $$"""
            @version: 3.35
            options { use-dns(no); keep-hostname(yes); stats-freq(0); };
            source s { file("{{await Numbered(name, true)}}" follow-freq(1) read-old-records(yes)); };
            destination d { {{driver}}("127.0.0.1" port({{port}}) transport("tls") tls(ca-file("{{authority}}") peer-verify(required-trusted))); };
            log { source(s); destination(d); flags(flow-control); };
            """);
        Start(Peers.At("usr/sbin/syslog-ng"), "-F", "--no-caps", "-f", config, "-R", At($"{name}.persist"), "-c", At($"{name}.ctl"), "-p", At($"{name}.pid"),
            $"--module-path={Peers.At("usr/lib/syslog-ng/3.38")}");
    }

    static Task<(int Exit, string Output, string Error)> OpenSsl(string input, string authority, int port, params string[] more) =>
        PortolanProcess.Run("/bin/sh", ["-c", "input=$1; shift; exec openssl s_client \"$@\" <\"$input\"", "sh", input, "-connect", $"localhost:{port}",
            "-CAfile", authority, "-verify_return_error", "-verify_hostname", "localhost", "-quiet", "-no_ign_eof", .. more]);

    [GeneratedRegex(@"(\S+) number (\d+) of many")]
    private static partial Regex Number();

    [Fact]
    public async Task EveryMessageArrivesOnce()
    {
        await using var product = await new PortolanProcess().Start();
        string authority = Path.Combine(product.Data, "pki", "ca.pem");
        int port = product.TlsPort;
        await Rsyslog("ossl", "octet-counted", authority, port);
        await Rsyslog("gtls", "traditional", authority, port);
        await SyslogNg("syslog", authority, port); // RFC 5424, octet counting
        await SyslogNg("network", authority, port); // LF
        var (exit, _, error) = await OpenSsl(await Numbered("openssl", true), authority, port);
        Assert.True(exit == 0, error);
        string[] senders = ["openssl", "rsyslog-gtls", "rsyslog-ossl", "syslog-ng-network", "syslog-ng-syslog"];
        Assert.True(await product.ReachesCount(senders.Length * Messages, "WHERE UTF8(payload) LIKE '% of many%'", 180), product.Output);
        var rows = await product.Search("SELECT UTF8(payload) AS p FROM events WHERE UTF8(payload) LIKE '% of many%' LIMIT 1000000 LAST 1 HOURS");
        var bySender = rows.Select(r => Number().Match(r.GetProperty("p").GetString()!)).GroupBy(m => m.Groups[1].Value, m => int.Parse(m.Groups[2].Value));
        Assert.Equal(senders, bySender.Select(s => s.Key).Order(StringComparer.Ordinal));
        Assert.All(bySender, s => Assert.Equal(Enumerable.Range(0, Messages), s.Order()));
        Assert.Equal(0, await product.Stop());
        Assert.Contains("syslog-tls,residual,0,", await Ledger(product));
    }

    static async Task<string> Ledger(PortolanProcess product) =>
        (await PortolanProcess.Run(PortolanProcess.Program, "ledger", "--data", product.Data, "--format", "csv")).Output;

    // Authorities and certificates as another's PKI would make them.
    static (X509Certificate2 Certificate, ECDsa Key) Authority(string name)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return (request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-20), DateTimeOffset.UtcNow.AddDays(100)), key);
    }

    string[] Issue((X509Certificate2 Certificate, ECDsa Key) authority, string name, int begin = -1, int end = 10)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var made = request.Create(authority.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(authority.Key), now.AddDays(begin), now.AddDays(end),
            RandomNumberGenerator.GetBytes(8));
        string file = At($"{Guid.NewGuid():n}.pem");
        File.WriteAllText(file, made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return ["-cert", file, "-key", file];
    }

    [Fact]
    public async Task AClientWithoutARightCertificateIsRefusedByName()
    {
        var (ours, theirs) = (Authority("Our CA"), Authority("Their CA"));
        await File.WriteAllTextAsync(At("clients.pem"), ours.Certificate.ExportCertificatePem() + "\n");
        await using var product = await new PortolanProcess().Start("--set", "syslog.tls-clients=required", "--set", $"syslog.tls-client-ca={At("clients.pem")}",
            "--set", "syslog.tls-client-names=*.fw.example.com", "--set", "syslog.tls-handshake-timeout=1s");
        string server = Path.Combine(product.Data, "pki", "ca.pem"), input = At("one.log");
        await File.WriteAllTextAsync(input, "<13>Nov 21 10:00:00 host app: refused\n");
        foreach (string[] certificate in (string[][])[[], Issue(theirs, "a.fw.example.com"), Issue(ours, "a.fw.example.com", -9, -1), Issue(ours, "a.mail.example.com")])
        {
            await OpenSsl(input, server, product.TlsPort, certificate);
            await OpenSsl(input, server, product.TlsPort, ["-tls1_3", .. certificate]);
        }
        using var plain = new TcpClient();
        await plain.ConnectAsync(IPAddress.Loopback, product.TlsPort);
        await plain.GetStream().WriteAsync("<13>in the clear\n"u8.ToArray());
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, product.TlsPort);
        await File.WriteAllTextAsync(input, "<13>Nov 21 10:00:00 host app: welcome\n");
        var (exit, _, error) = await OpenSsl(input, server, product.TlsPort, Issue(ours, "a.fw.example.com"));
        Assert.True(exit == 0, error);
        Assert.True(await product.ReachesCount(1), product.Output);
        await PortolanProcess.Until(() => Ledger(product).Result.Contains("tls-handshake-not-finished,1,"), "a handshake without end was not counted");
        string ledger = await Ledger(product);
        foreach (string reason in (string[])["client-certificate-missing,2", "client-certificate-untrusted,2", "client-certificate-expired,2", "client-certificate-not-listed,2",
            "plain-text-on-tls-port,1", "received,1", "stored,1", "residual,0"])
            Assert.Contains($"syslog-tls,{reason},", ledger);
        Assert.Equal("<13>Nov 21 10:00:00 host app: welcome", Assert.Single(await product.Search($"SELECT UTF8(payload) AS p FROM events {PortolanProcess.Sent} LAST 1 HOURS")).GetProperty("p").GetString());
        Assert.Contains("one is required", product.Output);
    }

    [Fact]
    public async Task AnOwnCertificateIsReadAgainOnSighup()
    {
        var authority = Authority("Company CA");
        await File.WriteAllTextAsync(At("ca.pem"), authority.Certificate.ExportCertificatePem() + "\n");
        string file = At("server.pem"), input = At("one.log");
        File.Copy(Issue(authority, "localhost")[1], file);
        await File.WriteAllTextAsync(input, "<13>Nov 21 10:00:00 host app: x\n");
        await using var product = await new PortolanProcess().Start("--set", $"tls.certificate={file}");
        async Task<string> Serial() => (await PortolanProcess.Run("/bin/sh", "-c",
            $"openssl s_client -connect localhost:{product.TlsPort} -CAfile '{At("ca.pem")}' -verify_return_error </dev/null 2>/dev/null | openssl x509 -noout -serial")).Output;
        string first = await Serial();
        Assert.StartsWith("serial=", first);
        Assert.False(Directory.Exists(Path.Combine(product.Data, "pki")));

        await File.WriteAllTextAsync(file, "rubbish");
        await HangUp(product, "everything stays as it was");
        Assert.Contains("no certificate in PEM form", product.Output);
        Assert.Equal(first, await Serial());

        File.Copy(Issue(authority, "localhost")[1], file, overwrite: true);
        await HangUp(product, "read again");
        string second = await Serial();
        Assert.StartsWith("serial=", second);
        Assert.NotEqual(first, second);
        var (exit, _, error) = await OpenSsl(input, At("ca.pem"), product.TlsPort);
        Assert.True(exit == 0, error);
        Assert.True(await product.ReachesCount(1), product.Output);
        Assert.Equal(0, await product.Stop());

        // What hinders the start is told all at once.
        var (could, _, faults) = await PortolanProcess.Run(PortolanProcess.Program, "serve", "--data", product.Data, "--set", $"tls.certificate={At("none.pem")}",
            "--set", $"tls.key={At("none.key")}");
        Assert.Equal(2, could);
        Assert.Contains("none.pem: cannot be read", faults);
        Assert.Contains("none.key: cannot be read", faults);
        Assert.Contains("try: ", faults);
    }

    static async Task HangUp(PortolanProcess product, string until)
    {
        await PortolanProcess.Run("kill", "-HUP", product.Pid.ToString());
        await PortolanProcess.Until(() => product.Output.Contains(until), $"not told: {until}");
    }
}
