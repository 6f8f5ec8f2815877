using System.Text;
using System.Text.Json;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Paths;

/// <summary>From the login on one device to the user, network and verdict on another's event, and the same after a crash.</summary>
public class WhoWhatMayTests
{
    const string Networks = """
        networks:
          - name: HQ.clients
            cidr: 10.1.0.0/24
          - name: HQ.servers
            cidr: 10.2.0.0/24
        """;

    const string Contract = """
        contract: 1
        ends:
          - name: clients
            addresses: [10.1.0.0/24]
          - name: servers
            addresses: [10.2.0.0/24]
        permit:
          - id: clients-to-web
            from: clients
            to: servers
            ports: [443/tcp]
        """;

    static byte[] Login(string user, string from) =>
        Encoding.ASCII.GetBytes($"<86>Nov 21 10:00:00 web01 sshd[4711]: Accepted publickey for {user} from {from} port 50022 ssh2: ED25519 SHA256:abc");

    static byte[] Packet(string from, string to, int port) => Encoding.ASCII.GetBytes("<4>Nov 21 10:00:01 fw01 kernel: [ 1234.567890] FORWARD IN=eth0 OUT=eth1 " +
        $"MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC={from} DST={to} LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=40000 DPT={port} WINDOW=64240 RES=0x00 SYN URGP=0");

    const string Packets = "SELECT sourceip, destinationip, destinationport, sourceuser, NETWORKNAME(sourceip) AS network, sourcenetworkid, destinationnetworkid, " +
        "contractverdict, contractid, ASSETUSER(sourceip) AS now, eventdirection FROM events WHERE destinationport = {0} LAST 1 HOURS";

    static void Check(JsonElement row, string user, string verdict, string? contract)
    {
        Assert.Equal("10.1.0.7", row.GetProperty("sourceip").GetString());
        Assert.Equal(user, row.GetProperty("sourceuser").GetString());
        Assert.Equal(user, row.GetProperty("now").GetString());
        Assert.Equal("clients", row.GetProperty("network").GetString());
        Assert.NotEqual(0, row.GetProperty("sourcenetworkid").GetInt64());
        Assert.NotEqual(row.GetProperty("sourcenetworkid").GetInt64(), row.GetProperty("destinationnetworkid").GetInt64());
        Assert.Equal("L2L", row.GetProperty("eventdirection").GetString());
        Assert.Equal(verdict, row.GetProperty("contractverdict").GetString());
        Assert.Equal(contract, row.GetProperty("contractid").GetString());
    }

    static async Task<string> Ask(PortolanProcess product, params string[] command)
    {
        var (exit, output, error) = await PortolanProcess.Run(PortolanProcess.Program, [command[0], "--data", product.Data, .. command[1..]]);
        return $"{exit} {output}{error}";
    }

    static async Task Answers(PortolanProcess product, bool second)
    {
        Check(Assert.Single(await product.Search(string.Format(Packets, 443))), "alice", "permitted", "clients-to-web");
        if (second) Check(Assert.Single(await product.Search(string.Format(Packets, 22))), "alice", "not permitted", "servers");
        Assert.Contains("alice", await Ask(product, "who", "10.1.0.7"));
        Assert.Contains("10.1.0.7", await Ask(product, "who", "alice"));
        Assert.Contains("clients", await Ask(product, "what", "10.1.0.7"));
        string may = await Ask(product, "may", "10.1.0.7", "10.2.0.1", "443/tcp", "--set", $"contract.file={product.Data}/contract.yml");
        Assert.Contains("permitted", may);
        Assert.Contains("clients-to-web", may);
        Assert.Contains("not permitted", await Ask(product, "may", "10.1.0.7", "10.2.0.1", "22/tcp", "--set", $"contract.file={product.Data}/contract.yml"));
    }

    [Theory]
    [InlineData("60s")] // killed before anything was sealed: all is replayed
    [InlineData("1s")] // sealed first: the mapping comes from the checkpoint
    public async Task ALoginExplainsWhatComesAfterIt(string sealAfter)
    {
        await using var product = new PortolanProcess();
        await File.WriteAllTextAsync(Path.Combine(product.Data, "networks.yml"), Networks);
        await File.WriteAllTextAsync(Path.Combine(product.Data, "contract.yml"), Contract);
        string[] settings = ["--set", $"networks.file={product.Data}/networks.yml", "--set", $"contract.file={product.Data}/contract.yml",
            "--set", $"store.seal-after={sealAfter}", "--set", "syslog.relays=127.0.0.1/32"];
        await product.Start(settings);
        await SyslogSender.Send(product.Tcp, [Login("alice", "10.1.0.7")], Framing.Lines, 1);
        await SyslogSender.Send(product.Tcp, [Packet("10.1.0.7", "10.2.0.1", 443)], Framing.Lines, 1);
        Assert.True(await product.ReachesCount(2));
        await Answers(product, second: false);
        if (sealAfter == "1s")
            await PortolanProcess.Until(() => product.Segments.Count > 0, "nothing was sealed");
        await product.Kill();
        await product.Start(settings);
        await Answers(product, second: false);
        // Learnt before the crash, used after it.
        await SyslogSender.Send(product.Tcp, [Packet("10.1.0.7", "10.2.0.1", 22)], Framing.Lines, 1);
        Assert.True(await product.ReachesCount(3));
        await Answers(product, second: true);
        Assert.Equal(0, await product.Stop());
    }

    [Fact]
    public async Task A_login_reported_late_explains_rows_that_are_not_sealed_yet()
    {
        await using var product = await new PortolanProcess().Start("--set", "store.seal-after=1h", "--set", "time-zone=UTC");
        await SyslogSender.Send(product.Tcp, [Packet("10.1.0.7", "10.2.0.1", 443), Packet("10.1.0.8", "10.2.0.1", 443)], Framing.Lines, 1);
        Assert.True(await product.ReachesCount(2));
        Assert.Equal(["-", "-"], await Users());
        // An import is how a report with a time of its own comes in.
        string file = Path.Combine(product.Data, "vpn.log");
        await File.WriteAllTextAsync(file,
            $"<38>1 {DateTime.UtcNow.AddMinutes(-1):yyyy-MM-ddTHH:mm:ssZ} vpn01 sshd 1 - - Accepted password for alice from 10.1.0.7 port 1024 ssh2\n");
        var (exit, output, error) = await PortolanProcess.Run(PortolanProcess.Program, "import", "--data", product.Data, file);
        Assert.True(exit == 0, output + error);
        Assert.Equal(["alice", "-"], await Users());
        Assert.Single(await product.Search("SELECT sourceip FROM events WHERE sourceuser = 'alice' AND destinationport = 443 LAST 1 HOURS"));
        Assert.Empty(product.Segments);
        // Sealed by the end: it stays.
        Assert.Equal(0, await product.Stop());
        Assert.NotEmpty(product.Segments);
        Assert.Equal(["alice", "-"], await Users());

        async Task<string[]> Users() =>
            [.. (await product.Search("SELECT sourceuser FROM events WHERE destinationport = 443 ORDER BY sourceip LAST 1 HOURS")).Select(r => r.GetProperty("sourceuser").GetString() ?? "-")];
    }
}
