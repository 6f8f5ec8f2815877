using System.Net;
using System.Net.Sockets;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Faults;

/// <summary>What goes wrong at the start is said at once, with the remedy, and ends with exit code 2.</summary>
public class StartFaultTests
{
    static async Task<(int Exit, string Output, string Error)> Serve(string data, params string[] more) =>
        await PortolanProcess.Run(PortolanProcess.Program, ["serve", "--data", data, .. more]);

    [Fact]
    public async Task TwoPortsTakenAreBothTold()
    {
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        tcp.Listen();
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int t = ((IPEndPoint)tcp.LocalEndPoint!).Port, u = ((IPEndPoint)udp.LocalEndPoint!).Port;
        var data = Directory.CreateTempSubdirectory("portolan-test-");
        var (exit, _, error) = await Serve(data.FullName, "--set", $"endpoints.syslog-tcp.port={t}", "--set", $"endpoints.syslog-udp.port={u}",
            "--set", "endpoints.syslog-tcp.address=127.0.0.1", "--set", "endpoints.syslog-udp.address=127.0.0.1",
            "--set", "endpoints.https.enabled=false", "--set", "endpoints.syslog-tls.enabled=false");
        data.Delete(true);
        Assert.Equal(2, exit);
        Assert.Contains($"tcp port {t} on 127.0.0.1 is taken", error);
        Assert.Contains($"udp port {u} on 127.0.0.1 is taken", error);
        Assert.Contains("try: ", error);
    }

    [Fact]
    public async Task AnotherProcessOnTheDataDirectoryIsRefusedWithThePid()
    {
        await using var product = await new PortolanProcess().Start();
        var (exit, _, error) = await Serve(product.Data, "--set", "endpoints.syslog-udp.port=0", "--set", "endpoints.syslog-tcp.port=0");
        Assert.Equal(2, exit);
        Assert.Contains(product.Pid.ToString(), error);
        Assert.Equal(0, await product.Stop());
    }

    [Fact]
    public async Task ThreeFaultsInTheConfigurationAreToldTogether()
    {
        var data = Directory.CreateTempSubdirectory("portolan-test-");
        string file = Path.Combine(data.FullName, "p.yml");
        await File.WriteAllTextAsync(file, "store:\n  seal-row: 10\nsyslog:\n  idle-timeout: soon\nendpoints:\n  syslog-tcp:\n    port: 70000\n");
        var (exit, _, error) = await Serve(data.FullName, "--config", file);
        data.Delete(true);
        Assert.Equal(2, exit);
        Assert.Contains("p.yml:2", error);
        Assert.Contains("seal-rows", error);
        Assert.Contains("p.yml:4", error);
        Assert.Contains("p.yml:7", error);
        Assert.Contains("try: ", error);
    }

    [Theory]
    [InlineData("SELECT sourcip FROM events", 1, "sourceip")]
    [InlineData("SELECT sourceip FROM evnts", 1, "events")]
    [InlineData("SELECT sourceip FRM events", 2, "FROM")]
    [InlineData("SELECT payload FROM events WHERE payload LIKE '%x%'", 1, "UTF8")]
    public async Task AnAqlErrorSaysWhereAndWhat(string aql, int exit, string hint)
    {
        await using var product = await new PortolanProcess().Start();
        var (live, _, error) = await PortolanProcess.Run(PortolanProcess.Program, "search", "--data", product.Data, aql);
        Assert.Equal(exit, live);
        Assert.Contains(hint, error);
        Assert.Equal(0, await product.Stop());
        var (stopped, _, again) = await PortolanProcess.Run(PortolanProcess.Program, "search", "--data", product.Data, aql);
        Assert.Equal(exit, stopped);
        Assert.Equal(error, again);
    }

    [Fact]
    public async Task AStoppedServersDataGivesTheSameAnswer()
    {
        await using var product = await new PortolanProcess().Start();
        await SyslogSender.Send(product.Tcp, Enumerable.Range(0, 500).Select(i => System.Text.Encoding.ASCII.GetBytes($"<13>Nov 21 10:00:00 web{i % 7:00} app: line {i}")),
            Framing.Lines, 1);
        Assert.True(await product.ReachesCount(500));
        const string aql = "SELECT eventid, hostname, UTF8(payload) AS p FROM events ORDER BY eventid LIMIT 1000 LAST 1 HOURS";
        var live = await product.Search(aql);
        await product.Kill();
        var killed = await product.Search(aql);
        await product.Start();
        Assert.Equal(0, await product.Stop());
        var stopped = await product.Search(aql);
        Assert.Equal(live.Select(r => r.ToString()), killed.Select(r => r.ToString()));
        Assert.Equal(live.Select(r => r.ToString()), stopped.Select(r => r.ToString()));
    }

    [Fact]
    public async Task SendersNotAllowedAreCounted()
    {
        await using var product = await new PortolanProcess().Start("--set", "endpoints.syslog-udp.allow=192.0.2.0/24", "--set", "endpoints.syslog-tcp.allow=192.0.2.0/24");
        using var udp = new UdpClient();
        for (int i = 0; i < 5; i++) await udp.SendAsync("<13>x"u8.ToArray(), product.Udp);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(product.Tcp);
        Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1]));
        await PortolanProcess.Until(() =>
        {
            var (_, ledger, _) = PortolanProcess.Run(PortolanProcess.Program, "ledger", "--data", product.Data, "--format", "csv").Result;
            return ledger.Contains("syslog-udp,sender-not-allowed,5") && ledger.Contains("syslog-tcp,connection-not-allowed,1")
                && ledger.Contains("syslog-udp,received,5") && ledger.Contains("syslog-udp,residual,0");
        }, "the ledger does not name the refusals");
        Assert.Equal(0, await product.Count());
    }
}
