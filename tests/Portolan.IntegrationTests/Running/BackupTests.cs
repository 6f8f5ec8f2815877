using System.Diagnostics;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Running;

/// <summary>A backup of a running server, restored into another directory; both killed in the middle.</summary>
public class BackupTests
{
    static byte[][] Messages(string host, int n) => [.. Enumerable.Range(0, n).Select(i => Encoding.ASCII.GetBytes($"<13>Nov 21 10:00:00 {host} test: {i}"))];

    [Fact]
    public async Task ABackupWhileEventsArriveHoldsAllThatHadArrived()
    {
        var folder = Directory.CreateTempSubdirectory("portolan-backup-");
        try
        {
            string file = Path.Combine(folder.FullName, "b.tar"), data = Path.Combine(folder.FullName, "data");
            long epoch;
            await using (var product = await new PortolanProcess().Start("--set", "store.seal-after=1s", "--set", "journal.file-size=1MiB"))
            {
                await SyslogSender.Send(product.Tcp, Messages("before", 2000), Framing.OctetCounting, 1);
                Assert.True(await product.ReachesCount(2000, "WHERE UTF8(payload) LIKE '% before %'"));
                await PortolanProcess.Until(() => product.Segments.Count > 0, "nothing was sealed");
                using var stop = new CancellationTokenSource();
                var more = Task.Run(async () =>
                {
                    for (int i = 2; !stop.IsCancellationRequested; i++) await SyslogSender.Send(product.Tcp, Messages("during", 500), Framing.OctetCounting, i);
                });
                for (int i = 0; i < (Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1" ? 10 : 1); i++)
                {
                    var (exit, _, error) = await PortolanProcess.Run(PortolanProcess.Program, "backup", "--data", product.Data, file);
                    Assert.True(exit == 0, error);
                }
                await stop.CancelAsync();
                await more;
                epoch = (long)(await product.Search("SELECT MAX(epoch) AS e FROM events LAST 1 HOURS"))[0].GetProperty("e").GetDouble();
            }
            var restored = await PortolanProcess.Run(PortolanProcess.Program, "restore", file, "--data", data);
            Assert.True(restored.Exit == 0, restored.Error);
            var again = await PortolanProcess.Run(PortolanProcess.Program, "restore", file, "--data", data);
            Assert.Equal(2, again.Exit);
            Assert.Contains("not empty", again.Error);

            await using var other = await new PortolanProcess(data).Start();
            Assert.Equal(2000, await other.Count("WHERE UTF8(payload) LIKE '% before %'"));
            await SyslogSender.Send(other.Tcp, Messages("after", 10), Framing.Lines, 1);
            Assert.True(await other.ReachesCount(10, "WHERE UTF8(payload) LIKE '% after %'"));
            var rows = await other.Search("SELECT MIN(epoch) AS e, COUNT(*) AS n FROM events WHERE UTF8(payload) LIKE '% after %' LAST 1 HOURS");
            Assert.True(rows[0].GetProperty("e").GetDouble() > epoch, "events after a restore must not have numbers that were given before");
            var ids = await other.Search("SELECT DISTINCTCOUNT(eventid) AS d, COUNT(*) AS n FROM events LAST 2 HOURS");
            Assert.Equal(ids[0].GetProperty("n").GetDouble(), ids[0].GetProperty("d").GetDouble());
            Assert.Equal(0, await other.Stop());
            Assert.DoesNotContain("damaged", other.Output);
        }
        finally
        {
            folder.Delete(true);
        }
    }

    [Fact]
    public async Task WhoIsKilledInTheMiddleLeavesNothingThatLooksWhole()
    {
        var folder = Directory.CreateTempSubdirectory("portolan-backup-");
        try
        {
            string file = Path.Combine(folder.FullName, "b.tar"), data = Path.Combine(folder.FullName, "data"), pipe = Path.Combine(folder.FullName, "pipe");
            await using (var product = await new PortolanProcess().Start())
            {
                await SyslogSender.Send(product.Tcp, Messages("h", 100), Framing.Lines, 1);
                Assert.True(await product.ReachesCount(100));
                Assert.Equal(0, (await PortolanProcess.Run(PortolanProcess.Program, "backup", "--data", product.Data, file)).Exit);
                // A backup that is killed, here over a file so large that it cannot be done yet, leaves the one before it.
                byte[] before = await File.ReadAllBytesAsync(file);
                await using (var large = File.Create(Path.Combine(product.Data, "large"))) large.SetLength(8L << 30);
                using var writing = Process.Start(PortolanProcess.Program, ["backup", "--data", product.Data, file]);
                await PortolanProcess.Until(() => File.Exists(file + ".partial") && new FileInfo(file + ".partial").Length > 0, "the backup did not begin");
                writing.Kill();
                await writing.WaitForExitAsync();
                Assert.Equal(before, await File.ReadAllBytesAsync(file));
                File.Delete(file + ".partial");
            }

            // A restore whose source stops giving, killed when the marker stands.
            await PortolanProcess.Run("mkfifo", pipe);
            using var reading = Process.Start(PortolanProcess.Program, ["restore", pipe, "--data", data]);
            await using (var feed = new FileStream(pipe, FileMode.Open, FileAccess.Write))
            {
                byte[] whole = await File.ReadAllBytesAsync(file);
                await feed.WriteAsync(whole.AsMemory(0, whole.Length / 2));
                await feed.FlushAsync();
                await PortolanProcess.Until(() => File.Exists(Path.Combine(data, "restoring")), "the restore did not begin");
                reading.Kill();
                await reading.WaitForExitAsync();
            }
            var served = await PortolanProcess.Run(PortolanProcess.Program, "serve", "--data", data);
            Assert.Equal(2, served.Exit);
            Assert.Contains("half of a backup", served.Error);
            Directory.Delete(data, true);
            Assert.Equal(0, (await PortolanProcess.Run(PortolanProcess.Program, "restore", file, "--data", data)).Exit);
            await using var other = await new PortolanProcess(data).Start();
            Assert.Equal(100, await other.Count());
        }
        finally
        {
            folder.Delete(true);
        }
    }
}
