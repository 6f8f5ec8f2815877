using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Forwarding;

/// <summary>Messages passed on to the syslog servers of others: whatever happens, each is there in the end.</summary>
public class ForwardTests
{
    static bool Full => Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1";

    /// <summary>Messages of each of three parts.</summary>
    static int Part => Full ? 50_000 : 1_500;

    const string NgLines = "network(ip(\"127.0.0.1\") port(PORT) transport(\"tcp\") flags(no-parse))", NgCounted = "syslog(ip(\"127.0.0.1\") port(PORT) transport(\"tcp\") flags(no-parse))",
        NgTls = "syslog(ip(\"127.0.0.1\") port(PORT) transport(\"tls\") flags(no-parse) tls(key-file(\"FOLDER/server.key\") cert-file(\"FOLDER/server.pem\") peer-verify(optional-untrusted)))";

    static string Message(int number) => $"<134>Nov 21 10:00:00 web01 numbered: message {number} of many";

    static Task Send(PortolanProcess product, int from, int n) =>
        SyslogSender.Send(product.Tcp, Enumerable.Range(from, n).Select(i => Encoding.ASCII.GetBytes(Message(i))), Framing.Lines, seed: from);

    static async Task<string> Receivers(PortolanProcess product, string receivers)
    {
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(product.Data, "configuration")).FullName, "forward.yml");
        await File.WriteAllTextAsync(file, "receivers:\n" + receivers);
        return $"forward.file={file}";
    }

    static async Task<Dictionary<string, long>> Ledger(PortolanProcess product, string name) =>
        (await Ledger(product)).Where(r => r.Source == $"forward {name}").ToDictionary(r => r.Reason, r => r.Count);

    static async Task<List<(string Source, string Reason, long Count)>> Ledger(PortolanProcess product)
    {
        var (exit, output, error) = await PortolanProcess.Run(PortolanProcess.Program, "ledger", "--data", product.Data, "--format", "jsonl");
        Assert.True(exit == 0, error);
        var rows = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)
            .Select(r => (Source: r.GetProperty("source").GetString()!, Reason: r.GetProperty("reason").GetString()!, Count: r.GetProperty("count").GetInt64())).ToList();
        Assert.All(rows, r => Assert.False(r.Reason == "residual" && r.Count != 0, $"{r.Source} is not balanced"));
        return rows;
    }

    static async Task<string[]> Wait(SyslogReceiver receiver, int messages, PortolanProcess product)
    {
        string[] lines = [];
        try
        {
            await PortolanProcess.Until(() => (lines = receiver.Lines).Distinct().Count() >= messages, "", Full ? 300 : 60);
        }
        catch (TimeoutException)
        {
            var (_, state, _) = await PortolanProcess.Run(PortolanProcess.Program, "ledger", "--data", product.Data);
            var (_, sockets, _) = await PortolanProcess.Run("sh", "-c", $"grep -i :{receiver.Port:X4} /proc/net/tcp");
            throw new TimeoutException($"of {messages} messages {lines.Distinct().Count()} arrived; the receiver {(receiver.Runs ? "runs" : "does not run")}; the server said: {product.Output}\n{state}\n{sockets}");
        }
        return lines;
    }

    public static TheoryData<string, string, bool> Away => Full
        ? new() { { "rsyslog", "lf", false }, { "rsyslog", "octet-counting", true }, { "syslog-ng", "lf", true }, { "syslog-ng", "octet-counting", false },
            { "rsyslog tls ossl", "octet-counting", false }, { "rsyslog tls ossl", "lf", true }, { "rsyslog tls gtls", "octet-counting", true }, { "syslog-ng tls", "octet-counting", false } }
        : new() { { "rsyslog tls ossl", "octet-counting", true }, { "syslog-ng", "octet-counting", false } };

    [Theory]
    [MemberData(nameof(Away))]
    public async Task AReceiverThatWasAwayHasEveryMessageInTheEnd(string kind, string framing, bool killed)
    {
        await using var receiver = kind switch
        {
            "rsyslog" => SyslogReceiver.Rsyslog(),
            "syslog-ng" => SyslogReceiver.SyslogNg(framing == "lf" ? NgLines : NgCounted),
            "syslog-ng tls" => SyslogReceiver.SyslogNg(NgTls),
            _ => SyslogReceiver.RsyslogTls(kind.Split(' ')[2]),
        };
        bool isTls = kind.Contains("tls");
        if (isTls)
        {
            using var ca = Authority("test authority");
            using var leaf = Leaf(ca, "localhost");
            Write(ca, receiver.Folder, "ca", withKey: false);
            Write(leaf, receiver.Folder, "server", withKey: true);
        }
        receiver.Start();
        await using var product = new PortolanProcess();
        string to = isTls ? $"to: \"tls://localhost:{receiver.Port}\", ca: {receiver.Folder}/ca.pem" : $"to: \"tcp://localhost:{receiver.Port}\"";
        string[] settings = ["--set", await Receivers(product, $"  - {{name: siem, {to}, framing: {framing}}}\n")];
        await product.Start(settings);
        int sent = 0;
        // It goes while messages flow, and comes back while messages flow.
        var flow = Send(product, 0, sent += Part);
        await PortolanProcess.Until(() => receiver.Lines.Length > Part / 10, $"nothing arrived: {product.Output}");
        await receiver.Stop();
        await flow;
        await Send(product, sent, Part);
        sent += Part;
        await Task.Delay(TimeSpan.FromSeconds(Full ? 60 : 1));
        if (killed)
        {
            Assert.Equal(sent, await product.Count());
            await product.Kill();
            await product.Start(settings);
        }
        // Besides the messages, what the server said of the receiver's going.
        Assert.InRange((await Ledger(product, "siem")).GetValueOrDefault("waiting"), Part, 2 * Part + 10);
        flow = Send(product, sent, Part);
        sent += Part;
        receiver.Start();
        await flow;
        var lines = await Wait(receiver, sent, product);
        Assert.Equal(Enumerable.Range(0, sent).Select(Message), lines.Distinct().OrderBy(l => int.Parse(l.Split(' ')[6])));
        TestContext.Current.TestOutputHelper?.WriteLine($"{lines.Length - sent} of {sent} messages came twice");
        // What comes twice was in doubt when the connection broke: no more than a receiver has room for.
        Assert.InRange(lines.Length - sent, 0, 2 * Part);
        Assert.Equal(0, await product.Stop());
        var ledger = await Ledger(product, "siem");
        Assert.Equal(sent, ledger["forwarded"]);
        Assert.True(ledger["failed-attempts"] > 0);
    }

    [Fact]
    public async Task AReceiverThatReadsSlowlyHoldsUpNothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var product = new PortolanProcess();
        // Its window is small, and it reads nothing until all is stored.
        listener.Server.ReceiveBufferSize = 4096;
        await product.Start("--set", await Receivers(product, $"  - {{name: slow, to: \"tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}\"}}\n"));
        using var peer = await listener.AcceptSocketAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
        string filler = new('x', 8000);
        const int n = 2000; // 16 MB: more than the kernel keeps for a connection
        await SyslogSender.Send(product.Tcp, Enumerable.Range(0, n).Select(i => Encoding.ASCII.GetBytes($"<13>big: {i} {filler}")), Framing.Lines, seed: 1);
        Assert.True(await product.ReachesCount(n));
        Assert.InRange((await Ledger(product, "slow"))["waiting"], 100, n);
        var (got, buffer) = (new MemoryStream(), new byte[1 << 16]);
        for (int lines = 0; lines < n;)
        {
            int received = await peer.ReceiveAsync(buffer, new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
            got.Write(buffer, 0, received);
            lines += buffer.AsSpan(0, received).Count((byte)'\n');
        }
        Assert.Equal(Enumerable.Range(0, n).Select(i => $"<13>big: {i} {filler}"), Encoding.ASCII.GetString(got.GetBuffer(), 0, (int)got.Length).TrimEnd('\n').Split('\n'));
        Assert.Equal(0, await product.Stop());
    }

    [Fact]
    public async Task OverUdpWithAConditionThatASighupBrings()
    {
        await using var receiver = SyslogReceiver.Rsyslog().Start();
        await using var product = new PortolanProcess();
        string setting = await Receivers(product, "  []\n");
        await product.Start("--set", setting);
        await Send(product, 0, 10);
        Assert.True(await product.ReachesCount(10));
        await Receivers(product, $"  - {{name: some, to: \"udp://127.0.0.1:{receiver.Port}\", when: \"UTF8(payload) LIKE '%7 of%' AND devicetpye > 0\"}}\n");
        await PortolanProcess.Run("kill", "-HUP", product.Pid.ToString());
        await PortolanProcess.Until(() => product.Output.Contains("unknown field 'devicetpye'"), "a faulty condition is not told");
        await Receivers(product, $"  - {{name: some, to: \"udp://127.0.0.1:{receiver.Port}\", when: \"UTF8(payload) LIKE '%7 of%'\"}}\n");
        await PortolanProcess.Run("kill", "-HUP", product.Pid.ToString());
        await PortolanProcess.Until(() => product.Output.Contains("forward some: udp://"), product.Output);
        await Send(product, 10, 990);
        var lines = await Wait(receiver, 99, product);
        // What came before it was there is not sent, and each of the rest once.
        Assert.Equal(Enumerable.Range(10, 990).Where(i => i % 10 == 7).Select(Message), lines);
        Assert.Equal(0, await product.Stop());
        var ledger = await Ledger(product, "some");
        Assert.Equal(99, ledger["forwarded"]);
        Assert.InRange(ledger["not-selected"], 891, 893); // and what the server said of the two SIGHUPs
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ADatagramKeepsItsSenderWhereThatIsPermitted(bool permitted)
    {
        await using var receiver = SyslogReceiver.Rsyslog("%fromhost-ip% %rawmsg%").Start();
        // Only root can take a right away from a child; whoever else runs the tests does not have it.
        bool isRoot = Environment.UserName == "root";
        await using var product = new PortolanProcess { Launcher = permitted || !isRoot ? [] : ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"] };
        await product.Start("--set", await Receivers(product, $"  - {{name: spoofed, to: \"udp://127.0.0.1:{receiver.Port}\", keep-sender: true}}\n"));
        bool may = permitted || !isRoot;
        try
        {
            new Socket(AddressFamily.InterNetwork, SocketType.Raw, (ProtocolType)255).Dispose();
        }
        catch (SocketException)
        {
            may = false;
        }
        using var device = new UdpClient(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 0));
        byte[] large = Encoding.ASCII.GetBytes($"<13>Nov 21 10:00:00 fw01 large: {new string('x', 20_000)}");
        await device.SendAsync(Encoding.ASCII.GetBytes(Message(1)), product.Udp);
        await device.SendAsync(large, product.Udp);
        var lines = await Wait(receiver, 2, product);
        string sender = may ? "127.0.0.9" : "127.0.0.1";
        Assert.Equal([$"{sender} {Message(1)}", $"{sender} {Encoding.ASCII.GetString(large)}"], lines);
        Assert.Equal(!may, product.Output.Contains("keep-sender needs the right to send raw packets"));
    }

    [Fact]
    public async Task OverTlsWithACertificateOfItsOwn()
    {
        await using var receiver = SyslogReceiver.SyslogNg("""
            syslog(ip("127.0.0.1") port(PORT) transport("tls") flags(no-parse)
                   tls(key-file("FOLDER/server.key") cert-file("FOLDER/server.pem") ca-file("FOLDER/ca.pem") peer-verify(required-trusted)))
            """);
        using var ca = Authority("test authority");
        using var other = Authority("another authority");
        Write(ca, receiver.Folder, "ca", withKey: false);
        Write(other, receiver.Folder, "other", withKey: false);
        foreach (string name in (string[])["server", "client"])
        {
            using var leaf = Leaf(ca, name == "server" ? "siem.example.com" : "portolan");
            Write(leaf, receiver.Folder, name, withKey: true);
        }
        receiver.Start();
        await using var product = new PortolanProcess();
        string f = receiver.Folder, to = $"to: \"tls://127.0.0.1:{receiver.Port}\"", own = $"certificate: {f}/client.pem, key: {f}/client.key";
        await product.Start("--set", await Receivers(product, $$"""
              - {name: right, {{to}}, ca: {{f}}/ca.pem, server-name: siem.example.com, {{own}}, when: "UTF8(payload) LIKE '%numbered%'"}
              - {name: wrong-ca, {{to}}, ca: {{f}}/other.pem, server-name: siem.example.com, {{own}}}
              - {name: wrong-name, {{to}}, ca: {{f}}/ca.pem, {{own}}}
              - {name: nobody, {{to}}, ca: {{f}}/ca.pem, server-name: siem.example.com}

            """));
        await Send(product, 0, 1000);
        var lines = await Wait(receiver, 1000, product);
        Assert.Equal(Enumerable.Range(0, 1000).Select(Message), lines);
        await PortolanProcess.Until(() => product.Output.Contains("forward wrong-ca: ") && product.Output.Contains("forward wrong-name: ") && product.Output.Contains("forward nobody: "), product.Output);
        Assert.Contains("is not believed", product.Output);
        Assert.Contains("is not for 127.0.0.1; try: server-name", product.Output);
        var rows = await Ledger(product);
        foreach (string name in (string[])["wrong-ca", "wrong-name", "nobody"])
            Assert.Contains(rows, r => r.Source == $"forward {name}" && r.Reason == "failed-attempts" && r.Count > 0);
        // Whom we do not believe gets not a byte. Who does not believe us, says so after the first bytes (TLS 1.3) and gets none of them either.
        Assert.DoesNotContain(rows, r => r.Source.StartsWith("forward wrong", StringComparison.Ordinal) && r.Reason == "forwarded");
        Assert.Equal(1000, receiver.Lines.Length);
        Assert.Equal(0, await product.Stop());
        Assert.Equal(1000, (await Ledger(product, "right"))["forwarded"]);
    }

    static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    static X509Certificate2 Leaf(X509Certificate2 ca, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.Create(ca, ca.NotBefore, ca.NotAfter, RandomNumberGenerator.GetBytes(8));
        return made.CopyWithPrivateKey(key);
    }

    static void Write(X509Certificate2 certificate, string folder, string name, bool withKey)
    {
        File.WriteAllText(Path.Combine(folder, name + ".pem"), certificate.ExportCertificatePem() + "\n");
        if (withKey) File.WriteAllText(Path.Combine(folder, name + ".key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
