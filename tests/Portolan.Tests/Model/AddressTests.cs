using System.Net;
using System.Text;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests;

public class AddressTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    [InlineData("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a")]   // RFC 4291 §2.2
    [InlineData("FF01::101", "ff01::101")]
    [InlineData("::1", "::1")]
    [InlineData("::", "0.0.0.0")]
    [InlineData("1::", "1::")]
    [InlineData("::13.1.68.3", "::13.1.68.3")]
    [InlineData("64:ff9b::1.2.3.4", "64:ff9b::102:304")]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("1:2:3:4:5:6:7", null)]
    [InlineData("1:2:3:4:5:6:7:8:9", null)]
    [InlineData("1::2::3", null)]
    [InlineData(":::", null)]
    [InlineData(":1::2", null)]
    [InlineData("1:", null)]
    [InlineData("12345::", null)]
    [InlineData("fe80::1%eth0", null)]
    [InlineData("[::1]", null)]
    [InlineData("::1.2.3", null)]
    [InlineData("::1.2.3.4:5", null)]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4", null)]
    [InlineData("256.1.1.1", null)]
    [InlineData("", null)]
    public void Reads(string text, string? expected) =>
        Assert.Equal(expected, Address.TryParse(Encoding.ASCII.GetBytes(text), out var address) ? address.ToString() : null);

    [Fact]
    public void Agrees_with_the_framework_on_random_text()
    {
        var random = new Random(3);
        for (int i = 0; i < 200_000; i++)
        {
            string text = "";
            for (int n = random.Next(1, 10); n > 0; n--) text += new[] { ":", "::", "1", "ab", "fFf", "0", "1.2.3.4", "12345" }[random.Next(8)] + (random.Next(3) > 0 ? ":" : "");
            // The framework takes no leading zeros in the dotted part.
            if (!text.Contains(':') || text.Contains("01.")) continue;
            bool theirs = IPAddress.TryParse(text, out var ip);
            Assert.True(theirs == Address.TryParse(text, out var ours), text);
            if (theirs) Assert.Equal(Address.From(ip!), ours);
        }
    }
}
