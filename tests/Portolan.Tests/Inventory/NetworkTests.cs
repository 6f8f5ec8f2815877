using Portolan.Inventory.Networks;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.Inventory;

public class NetworkTests
{
    const string Yaml = """
        networks:
          - {name: HQ, cidr: 10.1.0.0/16, weight: 80}
          - {name: HQ.dmz, cidr: 10.1.9.0/24}
          - {name: HQ.dmz.web, cidr: 10.1.9.7}
          - {name: Branch, cidr: 10.1.0.0/16, domain: 2}
          - {name: Six, cidr: "2001:db8::/32"}
        """;

    [Theory]
    [InlineData(0, "10.1.0.0", "HQ")]
    [InlineData(0, "10.1.255.255", "HQ")]
    [InlineData(0, "10.2.0.0", null)]
    [InlineData(0, "10.0.255.255", null)]
    [InlineData(0, "10.1.9.6", "HQ.dmz")]
    [InlineData(0, "10.1.9.7", "HQ.dmz.web")]
    [InlineData(0, "10.1.9.8", "HQ.dmz")]
    [InlineData(2, "10.1.9.7", "Branch")]
    [InlineData(3, "10.1.9.7", null)]
    [InlineData(0, "2001:db8:ffff::1", "Six")]
    [InlineData(0, "2001:db9::", null)]
    [InlineData(0, "0.0.0.0", null)]
    public void TheNarrowestNetworkHoldsAnAddress(int domain, string address, string? name)
    {
        var faults = new List<string>();
        var networks = NetworkFile.Parse(Yaml, "n.yml", faults);
        Assert.Empty(faults);
        Assert.True(Address.TryParse(address, out var a));
        Assert.Equal(name, networks!.Name(networks.At(domain, a)));
    }

    [Fact]
    public void CsvSaysTheSameAsYaml()
    {
        var faults = new List<string>();
        var n = NetworkFile.Parse("name,cidr,domain,weight\nHQ,10.1.0.0/16,0,80\n# note\nSix,2001:db8::/32,,\n", "n.csv", faults)!;
        Assert.Empty(faults);
        Assert.Equal([("HQ", 0, 80), ("Six", 0, 50)], n.Networks.Select(x => (x.Name, x.Domain, x.Weight)));
    }

    [Fact]
    public void AllFaultsAreToldAtOnce()
    {
        var faults = new List<string>();
        Assert.Null(NetworkFile.Parse("networks:\n  - {nmae: HQ, cidr: 10.1.0.0/33}\n  - {name: B, cidr: 10.0.0.0/8, weight: 101}\n", "n.yml", faults));
        Assert.Equal([
            "n.yml:2: unknown key 'nmae'; did you mean name?",
            "n.yml:2: name is missing",
            "n.yml:2: cidr '10.1.0.0/33' is no address range such as 10.1.0.0/16",
            "n.yml:3: weight '101' is no number from 0 to 100",
        ], faults);
    }

    [Fact]
    public void ThePrivateRangesAreInsideFromTheStart()
    {
        Assert.True(Address.TryParse("192.168.7.1", out var inside) & Address.TryParse("8.8.8.8", out var outside));
        Assert.NotEqual(0, NetworkHierarchy.Default.At(0, inside));
        Assert.Equal(0, NetworkHierarchy.Default.At(0, outside));
    }
}
