using System.Net;
using System.Net.Sockets;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Running;

/// <summary>The entrance for daemons on this host: off unless asked for, then on loopback.</summary>
public sealed class OwnSyslogTests
{
    [Fact]
    public async Task DaemonsOfThisHostAreHeardOverBothTransports()
    {
        await using var product = await new PortolanProcess().Start("--set", "endpoints.syslog-own-udp.enabled=true", "--set", "endpoints.syslog-own-udp.port=0",
            "--set", "endpoints.syslog-own-tcp.enabled=true", "--set", "endpoints.syslog-own-tcp.port=0");
        byte[] line = Encoding.ASCII.GetBytes("<38>Nov 21 10:00:00 here sshd[1]: Server listening on 0.0.0.0 port 22.\n");
        using var udp = new UdpClient();
        await udp.SendAsync(line[..^1], new IPEndPoint(IPAddress.Loopback, product.Ports["syslog-own-udp"]), TestContext.Current.CancellationToken);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, product.Ports["syslog-own-tcp"], TestContext.Current.CancellationToken);
        await tcp.GetStream().WriteAsync(line, TestContext.Current.CancellationToken);
        Assert.True(await product.ReachesCount(2, "WHERE LOGSOURCETYPENAME(devicetype) = 'Linux OS'"));
        Assert.Contains("syslog-own-udp on 127.0.0.1", product.Output);
        Assert.Contains("syslog-own-tcp on 127.0.0.1", product.Output);
    }
}
