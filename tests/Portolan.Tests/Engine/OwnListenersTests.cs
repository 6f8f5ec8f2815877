using Portolan.Collect.Forwarding;
using Portolan.Configuration;
using Portolan.Engine;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.Engine;

public sealed class OwnListenersTests
{
    [Theory]
    [InlineData("siem", true)]
    [InlineData("SIEM.dc1.example.com.", true)]
    [InlineData("siem.dc2.example.com", false)]
    [InlineData("siem.dc1.example.com.example.org", false)]
    [InlineData("siem.dc1", false)]
    [InlineData("localhost", true)]
    public void AHostIsThisOneByItsWholeName(string host, bool own)
    {
        var config = ConfigLoader.Load(new(null, new Dictionary<string, string>(), [], []), out _);
        Assert.Equal(own ? Endpoints.SyslogUdp.Id : null, OwnListeners.At(config, ReceiverTransport.Udp, host, config.For(Endpoints.SyslogUdp).Port, ["siem", "siem.dc1.example.com"]));
    }

    [Fact]
    public void TheFullNameStandsBesideTheShortOne() => Assert.Equal(["siem.dc1.example.com", "Siem"],
        OwnListeners.NamesBeside(["siem"], ["", "127.0.0.1 localhost", "# 10.0.0.1 old siem", "127.0.1.1\tsiem.dc1.example.com  Siem # siem", "10.0.0.2 siem.dc2.example.com"]));
}
