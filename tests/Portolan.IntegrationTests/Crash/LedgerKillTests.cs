using System.Net.Sockets;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Crash;

/// <summary>Losses before the journal are known after kill -9, and the balance holds: running, killed and stopped.</summary>
public class LedgerKillTests
{
    [Fact]
    public async Task LossesAtSocketsAreKnownAfterAKill()
    {
        await using var product = new PortolanProcess();
        string[] settings = ["--set", "endpoints.syslog-udp.allow=127.0.0.0/30", "--set", "store.seal-after=1h"];
        await product.Start(settings);
        using (var allowed = new UdpClient("127.0.0.1", 0))
        using (var refused = new UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("127.0.0.9"), 0)))
        {
            for (int i = 0; i < 7; i++) await refused.SendAsync("<13>Nov 21 10:00:00 h test: refused"u8.ToArray(), product.Udp);
        }
        using var udp = new UdpClient();
        for (int i = 0; i < 11; i++) await udp.SendAsync("<13>Nov 21 10:00:00 h test: taken"u8.ToArray(), product.Udp);
        await SyslogSender.Send(product.Tcp, Enumerable.Repeat("<13>Nov 21 10:00:00 h test: taken"u8.ToArray(), 13), Framing.Lines, 1);
        string expected = "syslog-tcp received 13, syslog-tcp residual 0, syslog-tcp stored 13, syslog-udp received 18, syslog-udp residual 0, syslog-udp sender-not-allowed 7, syslog-udp stored 11";
        await PortolanProcess.Until(() => Balance(product) == expected, "the ledger does not know all");
        // What is known is written every second.
        await PortolanProcess.Until(() => File.Exists(Path.Combine(product.Data, "journal", "arrivals")), "nothing is written");
        await Task.Delay(3000);
        await product.Kill();
        Assert.Equal(expected, Balance(product));
        await product.Start(settings);
        Assert.Equal(expected, Balance(product));
        await product.Kill();
        await product.Start(settings);
        Assert.Equal(expected, Balance(product));
        Assert.Equal(0, await product.Stop());
        Assert.Equal(expected, Balance(product));
    }

    // The kernel tells a drop with the datagram after it, and after the last one of a burst there is none.
    [Fact]
    public async Task DropsAfterTheLastDatagramAreCounted()
    {
        const int sent = 60_000;
        await using var product = await new PortolanProcess().Start("--set", "syslog.receive-buffer=64KiB");
        using var udp = new UdpClient();
        byte[] datagram = new byte[500];
        datagram.AsSpan().Fill((byte)'x');
        // A process that stands still takes nothing.
        await PortolanProcess.Run("kill", "-STOP", product.Pid.ToString());
        for (int i = 0; i < sent; i++) udp.Send(datagram, product.Udp);
        await PortolanProcess.Run("kill", "-CONT", product.Pid.ToString());
        await PortolanProcess.Until(() => Balance(product).Contains($"syslog-udp received {sent},"), $"{sent} were sent: {Balance(product)}");
        Assert.Contains("syslog-udp residual 0", Balance(product));
        Assert.Contains("syslog-udp dropped-by-kernel", Balance(product));
    }

    static string Balance(PortolanProcess product)
    {
        var (exit, ledger, error) = PortolanProcess.Run(PortolanProcess.Program, "ledger", "--data", product.Data, "--format", "csv").Result;
        Assert.True(exit == 0, error);
        return string.Join(", ", ledger.ReplaceLineEndings("\n").Split('\n').Select(l => l.Split(',')).Where(c => c is [_, _, _, "messages"])
            .Select(c => $"{c[0]} {c[1]} {c[2]}").Order(StringComparer.Ordinal));
    }
}
