using System.Text;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.Words;

public class AddressTests
{
    // Canonical forms by RFC 5952; the absent address reads 0.0.0.0.
    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("010.001.002.003", "10.1.2.3")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("::", "0.0.0.0")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("2001:0DB8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("fe80::1", "fe80::1")]
    public void ReadsAndWritesCanonically(string text, string canonical)
    {
        Assert.True(Address.TryParse(Encoding.ASCII.GetBytes(text), out var a));
        Assert.Equal(canonical, a.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.1.2")]
    [InlineData("10.1.2.256")]
    [InlineData("10.1.2.3.4")]
    [InlineData("10..2.3")]
    [InlineData("1.2.3.4444")]
    [InlineData("333.333.333.0")]
    [InlineData("10.1.2.3 ")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData(":::")]
    [InlineData("12:34")]
    public void RefusesWhatIsNoAddress(string text) => Assert.False(Address.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("10.1.2.3/8", "10.255.255.255", true)]
    [InlineData("10.1.2.3/8", "11.0.0.0", false)]
    [InlineData("192.168.122.84/10", "192.191.255.255", true)]
    [InlineData("192.168.122.84/10", "192.192.0.0", false)]
    [InlineData("0.0.0.0/0", "0.0.0.0", true)]
    [InlineData("0.0.0.0/0", "203.0.113.1", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::", true)]
    [InlineData("10.1.2.3", "10.1.2.3", true)]
    [InlineData("10.1.2.3", "10.1.2.4", false)]
    public void ARangeHoldsWhatItCovers(string range, string address, bool holds)
    {
        Assert.True(Cidr.TryParse(range, out var c) && Address.TryParse(address, out _));
        Address.TryParse(address, out var a);
        Assert.Equal(holds, c.Contains(a));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("::/129")]
    [InlineData("x/8")]
    public void RefusesWhatIsNoRange(string text) => Assert.False(Cidr.TryParse(text, out _));

    [Theory]
    [InlineData("sourcip", "sourceip")]
    [InlineData("usernmae", "username")]
    [InlineData("SOURCEPROT", "sourceport")]
    public void AMistypedNameFindsItsNearest(string typed, string meant) => Assert.Equal(meant, Nearest.To(typed, Fields.All.Select(f => f.Name))[0]);
}
