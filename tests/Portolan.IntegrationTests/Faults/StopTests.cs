using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Faults;

/// <summary>SIGTERM: what was taken is stored and sealed, exit 0, whoever is still connected.</summary>
public class StopTests
{
    [Fact]
    public async Task AStopDrainsAndSealsWithConnectionsOpen()
    {
        await using var product = await new PortolanProcess().Start();
        var open = new List<TcpClient>();
        for (int i = 0; i < 10; i++)
        {
            open.Add(new());
            await open[i].ConnectAsync(product.Tcp);
            // The last message has no end yet: it is kept, flagged, for nobody will send it again.
            await open[i].GetStream().WriteAsync(Encoding.ASCII.GetBytes($"<13>Nov 21 10:00:00 h{i} test: whole\n<13>Nov 21 10:00:00 h{i} test: half"));
        }
        // A live stream is open as well.
        var tail = new ProcessStartInfo(PortolanProcess.Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string a in (string[])["tail", "--data", product.Data]) tail.ArgumentList.Add(a);
        using var tailing = Process.Start(tail)!;
        Assert.True(await product.ReachesCount(10));
        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await product.Stop());
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
        Assert.True(tailing.WaitForExit(10_000));
        open.ForEach(c => c.Dispose());

        Assert.False(File.Exists(Path.Combine(product.Data, "run", "endpoints.json")));
        var rows = await product.Search("SELECT UTF8(payload) AS p, istruncated FROM events LIMIT 1000 LAST 1 HOURS");
        Assert.Equal(20, rows.Count);
        Assert.Equal(10, rows.Count(r => r.GetProperty("p").GetString()!.EndsWith("half")));
        Assert.NotEmpty(product.Segments);
    }

    [Fact]
    public async Task AServerWhoseDirectoryIsReplacedWritesNothingIntoTheNewOne()
    {
        await using var product = await new PortolanProcess().Start();
        string old = product.Data + ".old";
        Directory.Move(product.Data, old);
        try
        {
            // A restored backup, say, that another server is about to take.
            Directory.CreateDirectory(Path.Combine(product.Data, "journal"));
            Assert.NotEqual(0, await product.WaitForExit());
            await PortolanProcess.Until(() => product.Output.Contains("was moved, removed or replaced under the running server"), product.Output);
            Assert.Empty(Directory.GetFiles(product.Data, "*", SearchOption.AllDirectories));
        }
        finally
        {
            Directory.Delete(old, true);
        }
    }
}
