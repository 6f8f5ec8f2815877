using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Faults;

/// <summary>
/// A full disk: a file system in memory of 64 MB, mounted where only the server sees it (mount namespaces need root), is filled beside the server. Senders
/// over TCP wait, datagrams are counted as lost, the log says what to do, and when there is room again everything goes on without anybody's help.
/// </summary>
public class DiskFullTests
{
    const int Connections = 3, PerConnection = 2_000;

    [Fact]
    public async Task SendersWaitAndNothingAcceptedIsLost()
    {
        Assert.SkipUnless(Environment.UserName == "root" || Environment.GetEnvironmentVariable("CI") == "true", "mounting needs root");
        await using var product = await new PortolanProcess { SmallDisk = "64m" }.Start("--set", "store.seal-after=1h", "--set", "store.max-disk=95");
        await SyslogSender.Send(product.Tcp, Messages(9, 100), Framing.Lines, 1);
        Assert.True(await product.ReachesCount(100));

        string ballast = Path.Combine(product.Data, "ballast");
        Fill(ballast);
        using var udp = new UdpClient();
        await PortolanProcess.Until(() =>
        {
            udp.Send("<13>Nov 21 10:00:00 h test: a datagram"u8.ToArray(), product.Udp);
            return product.Output.Contains("datagrams are being dropped");
        }, "the log does not tell that the disk is full");
        Assert.Contains("full", product.Output);
        Assert.Contains("try: free disk space", product.Output);

        var sending = Enumerable.Range(0, Connections).Select(c => SyslogSender.Send(product.Tcp, Messages(c, PerConnection), Framing.OctetCounting, c)).ToList();
        for (int i = 0; i < 10; i++) await udp.SendAsync("<13>Nov 21 10:00:00 h test: a datagram"u8.ToArray(), product.Udp);
        await Task.Delay(2000);
        Assert.All(sending, s => Assert.False(s.IsCompleted));
        // What is stored stays searchable meanwhile.
        // A record taken in the moment before the disk was seen to be full waits in memory: then the answer says that it is partial and ends with 1.
        var (exit, count, note) = await PortolanProcess.Run(PortolanProcess.Program, "search", "--data", product.Data, "--format", "csv",
            "SELECT COUNT(*) AS n FROM events WHERE UTF8(payload) LIKE '%connection 9 %' LAST 1 HOURS");
        Assert.True(exit == 0 || exit == 1 && note.Contains("still in the journal"), $"{exit}: {note}");
        Assert.Equal("n\n100.0", count.ReplaceLineEndings("\n").Trim());

        File.Delete(ballast);
        await Task.WhenAll(sending).WaitAsync(TimeSpan.FromSeconds(60));
        const string where = "WHERE UTF8(payload) LIKE '%connection%'";
        Assert.True(await product.ReachesCount(100 + Connections * PerConnection, where), product.Output);
        var rows = await product.Search($"SELECT UTF8(payload) AS p FROM events {where} LIMIT 1000000 LAST 1 HOURS");
        Assert.Equal(Enumerable.Range(0, Connections).SelectMany(c => Messages(c, PerConnection)).Concat(Messages(9, 100)).Select(Encoding.ASCII.GetString).Order(),
            rows.Select(r => r.GetProperty("p").GetString()).Order());
        await PortolanProcess.Until(() =>
        {
            udp.Send("<13>Nov 21 10:00:00 h test: a datagram"u8.ToArray(), product.Udp);
            return product.Output.Contains("datagrams are accepted again");
        }, "datagrams are not accepted again");

        // Every datagram is stored or counted.
        var (_, ledger, _) = await PortolanProcess.Run(PortolanProcess.Program, "ledger", "--data", product.Data, "--format", "csv");
        long Of(string reason) => ledger.Split('\n').Where(l => l.StartsWith($"syslog-udp,{reason},")).Select(l => long.Parse(l.Split(',')[2])).FirstOrDefault();
        Assert.InRange(Of("journal-full"), 10, long.MaxValue);
        Assert.Contains("syslog-udp,residual,0", ledger);
        Assert.Contains("syslog-tcp,residual,0", ledger);
        Assert.Equal(Of("received") - Of("journal-full"), await product.Count("WHERE UTF8(payload) LIKE '%a datagram'"));
        Assert.Equal(0, await product.Stop());
    }

    [Fact]
    public async Task AStopDoesNotWaitForADiskThatStaysFull()
    {
        Assert.SkipUnless(Environment.UserName == "root" || Environment.GetEnvironmentVariable("CI") == "true", "mounting needs root");
        await using var product = await new PortolanProcess { SmallDisk = "64m" }.Start("--set", "store.max-disk=95");
        Fill(Path.Combine(product.Data, "ballast"));
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(product.Tcp);
        await Task.Delay(1500);
        // The first is taken and cannot be written, the others are not taken.
        for (int i = 0; i < 3; i++)
        {
            await tcp.GetStream().WriteAsync("<13>Nov 21 10:00:00 h test: too late\n"u8.ToArray());
            await Task.Delay(1500);
        }
        var watch = Stopwatch.StartNew();
        await product.Stop();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
        // What is lost is told.
        Assert.Contains("messages of 127.0.0.1 are lost", product.Output);
        Assert.Contains("records that had arrived could not be written", product.Output);
    }

    static IEnumerable<byte[]> Messages(int connection, int n) =>
        Enumerable.Range(0, n).Select(i => Encoding.ASCII.GetBytes($"<13>Nov 21 10:00:00 h test: connection {connection} message {i}"));

    static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 0);
        try
        {
            for (byte[] block = new byte[64 << 10]; ;) file.Write(block);
        }
        catch (IOException)
        {
        }
    }
}
