using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Paths;

/// <summary>Imported records are found by their own times, in the retention bucket of imports, and live as long as imports do.</summary>
public class ImportTests
{
    [Fact]
    public async Task OldLinesAreFoundByTheirOwnTimes()
    {
        await using var product = await new PortolanProcess().Start("--set", "time-zone=UTC", "--set", "store.seal-after=1s");
        string file = Path.Combine(product.Data, "old.log");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, 1000).Select(i =>
            $"<38>1 2019-03-{1 + i / 500:00}T{i % 24:00}:15:00Z old.example sshd {i} - - Accepted password for user{i} from 192.0.2.7 port {1024 + i} ssh2"));
        var (exit, output, error) = await PortolanProcess.Run(PortolanProcess.Program, "import", "--data", product.Data, file, "--format", "csv");
        Assert.True(exit == 0, output + error);
        Assert.Contains("1000", output);

        // Nothing of it is of today.
        Assert.Equal(0, await product.Count());
        const string aql = "SELECT starttime, username, retentionbucket, LOGSOURCETYPENAME(devicetype) AS type FROM events LIMIT 5000 START '{0}' STOP '{1}'";
        await Check();
        await PortolanProcess.Until(() => product.Segments.Count == 2, "nothing was sealed");
        Assert.Equal(["2019-03-01", "2019-03-02"], Directory.GetDirectories(Path.Combine(product.Data, "store", "events", "0", "11")).Select(d => Path.GetFileName(d)!).Order());
        await Check();
        // Live events would be gone after a day, at the start already.
        Assert.Equal(0, await product.Stop());
        await product.Start("--set", "time-zone=UTC", "--set", "store.retention=1d");
        await Check();
        Assert.Equal(0, await product.Stop());
        await product.Start("--set", "time-zone=UTC", "--set", "store.import-retention=30d");
        await PortolanProcess.Until(() => product.Output.Contains("2 segments expired"), "imports did not expire");
        Assert.Empty(await product.Search(string.Format(aql, "2019-03-01 00:00", "2019-03-03 00:00")));

        async Task Check()
        {
            var rows = await product.Search(string.Format(aql, "2019-03-01 00:00", "2019-03-03 00:00"));
            Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"user{i}").Order(), rows.Select(r => r.GetProperty("username").GetString()).Order());
            Assert.All(rows, r =>
            {
                Assert.Equal(11, r.GetProperty("retentionbucket").GetInt32());
                Assert.Equal("Linux OS", r.GetProperty("type").GetString());
            });
            var hour = await product.Search(string.Format(aql, "2019-03-02 05:00", "2019-03-02 05:59"));
            Assert.Equal(Enumerable.Range(500, 500).Count(i => i % 24 == 5), hour.Count);
        }
    }
}
