using System.Net.Sockets;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Paths;

/// <summary>Users and tokens from the command line, a search from elsewhere, what a scope lets through, and what the audit log says of it all.</summary>
public class PeopleTests
{
    [Fact]
    public async Task AProgramSeesWhatItsTokenLetsItSeeAndTheLogSaysSo()
    {
        await using var product = new PortolanProcess();
        string folder = Directory.CreateTempSubdirectory("portolan-people-").FullName;
        string password = Path.Combine(folder, "password"), whole = Path.Combine(folder, "whole"), part = Path.Combine(folder, "part");
        await File.WriteAllTextAsync(password, "correct horse battery\n");
        // Before the first start and while it runs it is the same command.
        Assert.Equal(0, (await Portolan("user", "add", "alice", "--role", "admin", "--password-file", password, "--data", product.Data)).Exit);
        await product.Start();
        Assert.False(File.Exists(Path.Combine(product.Data, "admin-secret")));
        Assert.Equal(0, (await Portolan("user", "add", "bob", "--password-file", password, "--data", product.Data)).Exit);
        var (exit, users, _) = await Portolan("user", "list", "--format", "csv", "--data", product.Data);
        Assert.Equal(0, exit);
        Assert.Equal(["name", "alice", "bob"], users.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(',')[0]));
        Assert.Equal("alice", users.Split("\r\n")[1].Split(',')[0]);
        await File.WriteAllTextAsync(whole, await Token("whole", "analyst"));
        await File.WriteAllTextAsync(part, await Token("part", "viewer", "--scope", "sourceip = '192.0.2.1'"));
        var (refused, _, why) = await Portolan("token", "create", "--name", "x", "--role", "viewer", "--scope", "nosuch = 1", "--data", product.Data);
        Assert.Equal(1, refused);
        Assert.Contains("unknown field 'nosuch'", why);

        using var sender = new UdpClient();
        for (int i = 1; i <= 2; i++)
            await sender.SendAsync(Encoding.ASCII.GetBytes($"<38>1 2026-11-21T10:00:00Z h sshd 1 - - Accepted password for user{i} from 192.0.2.{i} port 1024 ssh2"), product.Udp);
        // Who forges what only we can say is what he is: a stranger.
        await sender.SendAsync("""{"portolan":"audit","event":"sign-in","user":"mallory"}"""u8.ToArray(), product.Udp);
        Assert.True(await product.ReachesCount(3, " WHERE NOT (LOGSOURCETYPENAME(devicetype) = 'Portolan')"));

        const string names = "SELECT username FROM events WHERE username LIKE 'user%' OR TRUE ORDER BY username LAST 10 MINUTES";
        Assert.Equal(["user1"], await Column(part, names));
        var all = await Column(whole, names);
        Assert.Contains("user2", all);
        var (tail, _, fault) = await Remote(part, "ledger");
        Assert.Equal(2, tail);
        Assert.Contains("part may not do this", fault);

        await product.Search("SELECT 1 FROM events");
        var said = await product.Search("SELECT username, QIDNAME(qid) AS what, \"Object\" AS object, \"Search\" AS text, sourceip FROM events "
            + "WHERE LOGSOURCETYPENAME(devicetype) = 'Portolan' ORDER BY starttime ASC LAST 10 MINUTES");
        Assert.Equal(
            ["User added bob", "Token created whole", "Token created part", "Token used for the first time ", "Search started ", "Token used for the first time ", "Search started "],
            said.Select(r => $"{r.GetProperty("what").GetString()} {r.GetProperty("object").GetString()}"));
        Assert.Equal(("part", names), (said[4].GetProperty("username").GetString(), said[4].GetProperty("text").GetString()));
        Assert.Equal("127.0.0.1", said[3].GetProperty("sourceip").GetString());
        Assert.Equal(0, (await Portolan("token", "revoke", "part", "--data", product.Data)).Exit);
        Assert.Equal(2, (await Remote(part, "search", names)).Exit);
        var (_, ledger, _) = await Portolan("ledger", "--format", "csv", "--data", product.Data);
        Assert.Contains("portolan,residual,0,messages", ledger);
        Directory.Delete(folder, true);

        async Task<string> Token(string name, string role, params string[] more)
        {
            var (code, output, error) = await Portolan(["token", "create", "--name", name, "--role", role, "--data", product.Data, .. more]);
            Assert.True(code == 0, error);
            string line = output.TrimEnd('\n').Split('\n')[^1];
            Assert.Matches("^[A-Za-z0-9_-]{43}$", line);
            return line;
        }

        Task<(int Exit, string Output, string Error)> Remote(string token, params string[] arguments) => Portolan(
            [.. arguments, "--url", $"https://127.0.0.1:{product.HttpsPort}", "--ca", Path.Combine(product.Data, "pki", "ca.pem"), "--token-file", token]);

        async Task<string[]> Column(string token, string aql)
        {
            var (code, output, error) = await Remote(token, "search", aql, "--format", "csv");
            Assert.True(code == 0, output + error);
            return [.. output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1)];
        }
    }

    /// <summary>Who sends as slowly as he can holds a connection for a while, and not for long.</summary>
    [Theory, Trait("lane", "full")]
    [InlineData("POST /api/portolan/session HTTP/1.1\r\nHost: localhost\r\n")]
    [InlineData("POST /api/portolan/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")]
    public async Task SlowRequestsAreCutOff(string begin)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1", "half a minute; PORTOLAN_FULL=1 runs it");
        await using var product = await new PortolanProcess().Start();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(System.Net.IPAddress.Loopback, product.HttpsPort);
        await using var tls = new System.Net.Security.SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        await tls.WriteAsync(Encoding.ASCII.GetBytes(begin));
        var buffer = new byte[4096];
        int first = await tls.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        if (first > 0) Assert.StartsWith("HTTP/1.1 408 ", Encoding.ASCII.GetString(buffer, 0, first));
    }

    static Task<(int Exit, string Output, string Error)> Portolan(params string[] arguments) => PortolanProcess.Run(PortolanProcess.Program, arguments);
}
