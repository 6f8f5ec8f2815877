using System.Net.Sockets;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Faults;

/// <summary>Slow, idle, overlong and too many connections cost bounded time and memory, and lose nothing already accepted.</summary>
public class ConnectionLimitTests
{
    [Fact]
    public async Task AHalfMessageIsStoredWhenItsTimeIsUp()
    {
        await using var product = await new PortolanProcess().Start("--set", "syslog.frame-timeout=1s");
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(product.Tcp);
        await tcp.GetStream().WriteAsync("<13>whole\n<13>half"u8.ToArray());
        Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1]));
        Assert.True(await product.ReachesCount(2));
        var rows = await product.Search("SELECT UTF8(payload) AS p, istruncated FROM events ORDER BY eventid LAST 1 HOURS");
        Assert.Equal(["<13>whole", "<13>half"], rows.Select(r => r.GetProperty("p").GetString()));
    }

    [Fact]
    public async Task AnIdleConnectionIsClosed()
    {
        await using var product = await new PortolanProcess().Start("--set", "syslog.idle-timeout=1s");
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(product.Tcp);
        await tcp.GetStream().WriteAsync("<13>one\n"u8.ToArray());
        Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.True(await product.ReachesCount(1));
    }

    [Fact]
    public async Task AnOverlongMessageIsCutAndFlagged()
    {
        await using var product = await new PortolanProcess().Start("--set", "syslog.max-message=1000");
        byte[] longOne = Encoding.ASCII.GetBytes("<13>" + new string('x', 5000));
        await SyslogSender.Send(product.Tcp, [longOne, "<13>after"u8.ToArray()], Framing.Lines, 1);
        await SyslogSender.Send(product.Tcp, [longOne, "<13>after"u8.ToArray()], Framing.OctetCounting, 1);
        Assert.True(await product.ReachesCount(4));
        var rows = await product.Search("SELECT UTF8(payload) AS p FROM events ORDER BY eventid LAST 1 HOURS");
        Assert.Equal([1000, 9, 1000, 9], rows.Select(r => r.GetProperty("p").GetString()!.Length));
    }

    [Fact]
    public async Task ConnectionsPastTheLimitAreRefusedAndTheOthersGoOn()
    {
        await using var product = await new PortolanProcess().Start("--set", "syslog.max-connections=3");
        var open = new List<TcpClient>();
        for (int i = 0; i < 3; i++)
        {
            open.Add(new());
            await open[i].ConnectAsync(product.Tcp);
            await open[i].GetStream().WriteAsync(Encoding.ASCII.GetBytes($"<13>first {i}\n"));
        }
        Assert.True(await product.ReachesCount(3));
        using var fourth = new TcpClient();
        await fourth.ConnectAsync(product.Tcp);
        Assert.Equal(0, await fourth.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        foreach (var c in open) await c.GetStream().WriteAsync("<13>second\n"u8.ToArray());
        Assert.True(await product.ReachesCount(6));
        open.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task ADatagramOfEitherFamilyAndOfAnySizeArrives()
    {
        await using var product = await new PortolanProcess().Start("--set", "endpoints.syslog-udp.address=*");
        using var v4 = new UdpClient(AddressFamily.InterNetwork);
        using var v6 = new UdpClient(AddressFamily.InterNetworkV6);
        await v4.SendAsync("<13>four"u8.ToArray(), "127.0.0.1", product.UdpPort);
        await v6.SendAsync("<13>six"u8.ToArray(), "::1", product.UdpPort);
        await v4.SendAsync(Encoding.ASCII.GetBytes("<13>" + new string('y', 60_000)), "127.0.0.1", product.UdpPort);
        await v4.SendAsync("<13>a\n<13>b\n<13>c\n"u8.ToArray(), "127.0.0.1", product.UdpPort);
        await v4.SendAsync(Array.Empty<byte>(), "127.0.0.1", product.UdpPort);
        Assert.True(await product.ReachesCount(7), product.Output);
        var rows = await product.Search("SELECT UTF8(payload) AS p, sendingip FROM events LIMIT 100 LAST 1 HOURS");
        Assert.Contains(rows, r => r.GetProperty("p").GetString() == "<13>four" && r.GetProperty("sendingip").GetString() == "127.0.0.1");
        Assert.Contains(rows, r => r.GetProperty("p").GetString() == "<13>six" && r.GetProperty("sendingip").GetString() == "::1");
        Assert.Contains(rows, r => r.GetProperty("p").GetString()!.Length == 60_004);
        Assert.Equal(3, rows.Count(r => r.GetProperty("p").GetString() is "<13>a" or "<13>b" or "<13>c"));
    }
}
