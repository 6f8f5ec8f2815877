using Portolan.Configuration;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.House;

/// <summary>What the packages set on a machine fits what the program asks of it.</summary>
public class PackagingTests
{
    static string[] Lines(string file)
    {
        var d = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(d.FullName, "Portolan.slnx"))) d = d.Parent!;
        return File.ReadAllLines(Path.Combine(d.FullName, "packaging", file));
    }

    [Fact]
    public void PortsInTheRangeOfOutgoingConnectionsAreReserved()
    {
        // Linux' default of net.ipv4.ip_local_port_range.
        int[] inRange = [.. Endpoints.All.Select(e => e.Port).Where(p => p is >= 32768 and <= 60999).Distinct().Order()];
        string? reserved = Lines("sysctl.conf").FirstOrDefault(l => l.StartsWith("net.ipv4.ip_local_reserved_ports", StringComparison.Ordinal))?.Split('=')[1].Trim();
        Assert.Equal(string.Join(',', inRange), reserved ?? "");
    }

    [Fact]
    public void TheKernelGivesTheReceiveBufferAskedFor()
    {
        string most = Lines("sysctl.conf").Single(l => l.StartsWith("net.core.rmem_max", StringComparison.Ordinal)).Split('=')[1].Trim();
        Assert.True(Settings.ReceiveBuffer.TryRead([Settings.ReceiveBuffer.Default], "/", out object standard));
        Assert.Equal(standard, long.Parse(most));
    }

    [Fact]
    public void TheUnitRaisesTheLimitOfOpenFilesPastWhatMayBeNeeded()
    {
        long limit = long.Parse(Lines("portolan.service").Single(l => l.StartsWith("LimitNOFILE=", StringComparison.Ordinal)).Split('=')[1]);
        Assert.True(Settings.MaxConnections.TryRead([Settings.MaxConnections.Default], "/", out object connections));
        Assert.True(limit >= (long)connections + 1024);
    }
}
