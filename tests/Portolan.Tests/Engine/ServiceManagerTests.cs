using System.Net.Sockets;
using System.Text;
using Portolan.Engine;
using Xunit;

namespace Portolan.Tests.Engine;

/// <summary>sd_notify(3): one datagram a message, to a path or, after @, to an abstract name.</summary>
public class ServiceManagerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EachMessageIsADatagram(bool isAbstract)
    {
        string name = Path.Combine(Path.GetTempPath(), $"portolan-notify-{Guid.NewGuid():N}");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name : name));
        try
        {
            var service = new ServiceManager(isAbstract ? "@" + name : name);
            service.Ready("running");
            service.Reloading();
            service.Status("12 events/s");
            service.Alive();
            service.Stopping();
            Assert.Equal("READY=1\nSTATUS=running", Next());
            Assert.Matches(@"^RELOADING=1\nMONOTONIC_USEC=[1-9]\d*$", Next());
            Assert.Equal("STATUS=12 events/s", Next());
            Assert.Equal("WATCHDOG=1", Next());
            Assert.StartsWith("STOPPING=1\n", Next());
        }
        finally
        {
            File.Delete(name);
        }

        string Next()
        {
            var buffer = new byte[512];
            return Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/nobody/listens/here")]
    [InlineData("@nobody-listens-here-either")]
    public void NoManagerIsNoMatter(string? socket) => new ServiceManager(socket).Ready("running");
}
