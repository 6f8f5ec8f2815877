using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Paths;

/// <summary>The simulated office through the product: AQL, who and may say what its story says, and history and what is live are one.</summary>
public class OfficeStoryTests
{
    const string Now = "2026-11-20T15:00:00Z";
    static readonly string Root = Above(PortolanProcess.Program, 5);
    static readonly string Simulator = Path.Combine(Root, "artifacts/bin/Portolan.Sim", Path.GetFileName(Path.GetDirectoryName(PortolanProcess.Program)!), "portolan-sim");
    static readonly string Contract = $"contract.file={Root}/tools/demo/contract.yml";

    static string Above(string path, int folders) => folders == 0 ? path : Above(Path.GetDirectoryName(path)!, folders - 1);

    static async Task<string> Run(string program, params string[] arguments)
    {
        var (exit, output, error) = await PortolanProcess.Run(program, arguments);
        Assert.True(exit is 0 or 1, output + error);
        return output + error;
    }

    [Fact]
    public async Task The_story_is_found_by_searches_who_and_may()
    {
        await using var product = await new PortolanProcess().Start("--set", "time-zone=UTC", "--set", Contract, "--set", $"networks.file={Root}/tools/demo/networks.yml");
        string file = Path.Combine(product.Data, "history.log");
        await Run(Simulator, "history", file, "--now", Now, "--hours", "1", "--until", "60", "--rate", "3");
        long lines = File.ReadLines(file).LongCount();
        Assert.Contains($"{lines},", await Run(PortolanProcess.Program, "import", "--data", product.Data, "--format", "csv", file));
        const string hour = "START '2026-11-20 13:58' STOP '2026-11-20 15:02'";
        Assert.Equal(lines, (long)(await product.Search($"SELECT COUNT(*) AS n FROM events {hour}"))[0].GetProperty("n").GetDouble());

        // One address failed with 38 accounts; everyone else mistyped once.
        var failed = await product.Search("SELECT sourceip, COUNT(*) AS n, UNIQUECOUNT(username) AS users FROM events " +
            $"WHERE QIDNAME(qid) = 'AAA authentication rejected' GROUP BY sourceip ORDER BY n DESC {hour}");
        Assert.Equal(("198.51.100.23", 38.0, 38.0),
            (failed[0].GetProperty("sourceip").GetString(), failed[0].GetProperty("n").GetDouble(), failed[0].GetProperty("users").GetDouble()));
        Assert.All(failed.Skip(1), f => Assert.Equal(1.0, f.GetProperty("n").GetDouble()));

        var success = Assert.Single(await product.Search("SELECT username, identityip, hasidentity FROM events " +
            $"WHERE sourceip = '198.51.100.23' AND identityip = '10.30.0.66' {hour}"));
        Assert.Equal("emil.novak", success.GetProperty("username").GetString());

        var breaches = await product.Search("SELECT sourceip, sourceuser, destinationip, destinationport, contractid, LOGSOURCENAME(logsourceid) AS source, DATEFORMAT(starttime, 'HH:mm:ss') AS at " +
            $"FROM events WHERE contractverdict = 'not permitted' ORDER BY starttime {hour}");
        Assert.Equal(
        [
            "14:18:00 10.10.0.30 karim.aziz 10.20.0.60 3389 servers",
            "14:36:00 10.10.1.31 zoe.martin 10.20.8.20 445 payroll",
            "15:00:41 10.30.0.66 emil.novak 10.20.8.20 22 payroll",
            "15:00:46 10.30.0.66 emil.novak 10.20.8.20 5432 payroll",
            "15:00:53 10.30.0.66 emil.novak 10.20.8.20 5432 payroll",
        ], breaches.Select(b => string.Join(' ', ((string[])["at", "sourceip", "sourceuser", "destinationip", "destinationport", "contractid"]).Select(f => b.GetProperty(f).ToString()))));
        Assert.All(breaches, b => Assert.Equal("Palo Alto PA Series @ pan01", b.GetProperty("source").GetString()));

        string who = await Run(PortolanProcess.Program, "who", "--data", product.Data, "10.30.0.66", "--at", "2026-11-20T15:00:50Z", "--format", "csv");
        Assert.Contains("emil.novak", who);
        Assert.DoesNotContain("emil.novak", await Run(PortolanProcess.Program, "who", "--data", product.Data, "10.30.0.66", "--at", "2026-11-20T15:00:30Z", "--format", "csv"));
        Assert.Contains("10.10.0.24", await Run(PortolanProcess.Program, "who", "--data", product.Data, "emil.novak", "--at", "2026-11-20T15:00:50Z", "--format", "csv"));
        Assert.Contains("not permitted", await Run(PortolanProcess.Program, "may", "--data", product.Data, "10.30.0.66", "10.20.8.20", "5432/tcp", "--set", Contract));

        // What the office says from now on comes from the sources that history told of.
        await Run(Simulator, "live", "--to", product.Tcp.ToString(), "--now", Now, "--hours", "1", "--rate", "200", "--seconds", "1");
        Assert.True(await product.ReachesCount(1));
        string[] sources = (await Run(PortolanProcess.Program, "sources", "list", "--data", product.Data, "--format", "csv")).Split('\n');
        Assert.Contains(",syslog-tcp,", Assert.Single(sources, s => s.Contains(",asa01,", StringComparison.Ordinal)));
        Assert.Distinct(sources.Skip(1).Where(s => s.Length > 0).Select(s => s.Split(',')[1]));
    }
}
