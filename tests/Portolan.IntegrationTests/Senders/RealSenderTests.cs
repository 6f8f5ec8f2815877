using System.Diagnostics;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Senders;

/// <summary>Debian's own senders against the product: every message arrives once, whatever the transport and framing.</summary>
public class RealSenderTests
{
    static int Messages => Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1" ? 100_000 : 2_000;

    static async Task RunPeer(string path, params string[] arguments)
    {
        var (exit, output, error) = await StartPeer(path, arguments);
        Assert.True(exit == 0, $"{path} ended with {exit}: {output}{error}");
    }

    static async Task<(int, string, string)> StartPeer(string path, string[] arguments)
    {
        var info = new ProcessStartInfo(path) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string a in arguments) info.ArgumentList.Add(a);
        foreach (var (k, v) in Peers.Environment) info.Environment[k] = v;
        using var p = Process.Start(info)!;
        var output = p.StandardOutput.ReadToEndAsync();
        var error = p.StandardError.ReadToEndAsync();
        await p.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        return (p.ExitCode, await output, await error);
    }

    [Theory]
    [InlineData("--inet", "--stream")] // RFC 3164 over TCP, LF
    [InlineData("--inet", "--stream", "--syslog-proto")] // RFC 5424, octet counting
    public async Task Loggen(params string[] mode)
    {
        await using var product = await new PortolanProcess().Start();
        await RunPeer(Peers.At("usr/bin/loggen"), [.. mode, "--rate", "100000", "--number", Messages.ToString(), "--size", "300", "--interval", "60",
            "127.0.0.1", product.TcpPort.ToString()]);
        Assert.True(await product.ReachesCount(Messages), product.Output);
        Assert.Equal(Messages, await product.Count());
        // loggen numbers its messages: seq: 0000000123
        var numbers = await product.Search("SELECT UTF8(payload) AS p FROM events LIMIT 1000000 LAST 1 HOURS");
        Assert.Equal(Messages, numbers.Select(r => System.Text.RegularExpressions.Regex.Match(r.GetProperty("p").GetString()!, @"seq: (\d+)").Groups[1].Value).Distinct().Count());
    }

    [Fact]
    public async Task LoggenOverUdp()
    {
        await using var product = await new PortolanProcess().Start();
        await RunPeer(Peers.At("usr/bin/loggen"), ["--inet", "--dgram", "--rate", "5000", "--number", "2000", "--size", "300", "--interval", "60",
            "127.0.0.1", product.UdpPort.ToString()]);
        Assert.True(await product.ReachesCount(2000), product.Output);
    }

    [Theory]
    [InlineData("--udp", "--rfc3164")]
    [InlineData("--tcp", "--rfc5424")]
    [InlineData("--tcp", "--rfc5424", "--octet-count")]
    [InlineData("--tcp", "--rfc3164", "--octet-count")]
    public async Task Logger(params string[] mode)
    {
        await using var product = await new PortolanProcess().Start();
        int port = mode[0] == "--udp" ? product.UdpPort : product.TcpPort;
        await RunPeer("/usr/bin/logger", [.. mode, "--server", "127.0.0.1", "--port", port.ToString(), "--tag", "sshd", "--priority", "auth.info",
            "Accepted password for alice from 192.0.2.7 port 50022 ssh2"]);
        Assert.True(await product.ReachesCount(1), product.Output);
        var row = Assert.Single(await product.Search("SELECT username, sourceip, sourceport, LOGSOURCETYPENAME(devicetype) AS type FROM events LAST 1 HOURS"));
        Assert.Equal("alice", row.GetProperty("username").GetString());
        Assert.Equal("192.0.2.7", row.GetProperty("sourceip").GetString());
        Assert.Equal(50022, row.GetProperty("sourceport").GetInt32());
        Assert.Equal("Linux OS", row.GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("tcp", "traditional")]
    [InlineData("tcp", "octet-counted")]
    [InlineData("udp", "traditional")]
    public async Task Rsyslog(string protocol, string framing)
    {
        await using var product = await new PortolanProcess().Start();
        var work = Directory.CreateTempSubdirectory("portolan-rsyslog-");
        string input = Path.Combine(work.FullName, "in.log");
        int port = protocol == "tcp" ? product.TcpPort : product.UdpPort;
        int n = protocol == "tcp" ? Messages : 1000;
        await File.WriteAllLinesAsync(input, Enumerable.Range(0, n).Select(i => $"message number {i} of many"));
        string config = Path.Combine(work.FullName, "rsyslog.conf");
        await File.WriteAllTextAsync(config, $"""
            global(workDirectory="{work.FullName}" net.enableDNS="off")
            module(load="imfile" mode="polling" pollingInterval="1")
            input(type="imfile" File="{input}" Tag="numbered:" Severity="info" Facility="local0")
            action(type="omfwd" Target="127.0.0.1" Port="{port}" Protocol="{protocol}" TCP_Framing="{framing}"
                   queue.type="LinkedList" action.resumeRetryCount="-1")
            """);
        using var rsyslog = Start(Peers.At("usr/sbin/rsyslogd"), "-n", "-f", config, "-i", Path.Combine(work.FullName, "pid"),
            "-M", Peers.Environment["RSYSLOG_MODDIR"]);
        try
        {
            Assert.True(await product.ReachesCount(n, "WHERE UTF8(payload) LIKE '%message number%'"), product.Output);
            var rows = await product.Search("SELECT UTF8(payload) AS p FROM events WHERE UTF8(payload) LIKE '%message number%' LIMIT 1000000 LAST 1 HOURS");
            Assert.Equal(n, rows.Select(r => r.GetProperty("p").GetString()!.Split("number ")[1]).Distinct().Count());
            Assert.Equal(n, rows.Count);
        }
        finally
        {
            rsyslog.Kill();
            await rsyslog.WaitForExitAsync();
            work.Delete(true);
        }
    }

    [Theory]
    [InlineData("network(\"127.0.0.1\" port({0}) transport(\"tcp\"))")] // LF
    [InlineData("syslog(\"127.0.0.1\" port({0}) transport(\"tcp\"))")] // RFC 5424, octet counting
    public async Task SyslogNg(string driver)
    {
        await using var product = await new PortolanProcess().Start();
        var work = Directory.CreateTempSubdirectory("portolan-syslog-ng-");
        string input = Path.Combine(work.FullName, "in.log");
        await File.WriteAllLinesAsync(input, Enumerable.Range(0, Messages).Select(i => $"<14>Nov 21 10:00:00 web01 numbered: message number {i} of many"));
        string config = Path.Combine(work.FullName, "syslog-ng.conf");
        await File.WriteAllTextAsync(config, $$"""
            @version: 3.35
            options { use-dns(no); keep-hostname(yes); stats-freq(0); };
            source s { file("{{input}}" follow-freq(1) read-old-records(yes)); };
            destination d { {{string.Format(driver, product.TcpPort)}}; };
            log { source(s); destination(d); flags(flow-control); };
            """);
        using var syslogNg = Start(Peers.At("usr/sbin/syslog-ng"), "-F", "--no-caps", "-f", config, "-R", Path.Combine(work.FullName, "persist"),
            "-c", Path.Combine(work.FullName, "ctl"), "-p", Path.Combine(work.FullName, "pid"), $"--module-path={Peers.At("usr/lib/syslog-ng/3.38")}");
        try
        {
            Assert.True(await product.ReachesCount(Messages, "WHERE UTF8(payload) LIKE '%message number%'"), product.Output);
            var rows = await product.Search("SELECT UTF8(payload) AS p, logsourceidentifier FROM events WHERE UTF8(payload) LIKE '%message number%' LIMIT 1000000 LAST 1 HOURS");
            Assert.Equal(Messages, rows.Select(r => r.GetProperty("p").GetString()!.Split("number ")[1]).Distinct().Count());
            // Loopback counts as a relay: the host in the header is the log source.
            Assert.All(rows, r => Assert.Equal("web01", r.GetProperty("logsourceidentifier").GetString()));
        }
        finally
        {
            syslogNg.Kill();
            await syslogNg.WaitForExitAsync();
            work.Delete(true);
        }
    }

    static Process Start(string path, params string[] arguments)
    {
        var info = new ProcessStartInfo(path);
        foreach (string a in arguments) info.ArgumentList.Add(a);
        foreach (var (k, v) in Peers.Environment) info.Environment[k] = v;
        return Process.Start(info)!;
    }
}
