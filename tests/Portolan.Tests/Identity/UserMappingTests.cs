using Portolan.Identity.Mappings;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.Identity;

public class UserMappingTests
{
    static readonly Address A = Parse("10.1.2.3"), B = Parse("10.1.2.4");

    static Address Parse(string s) => Address.TryParse(s, out var a) ? a : throw new ArgumentException(s);

    const long Second = 1_000_000;

    static UserMappings Make()
    {
        var m = new UserMappings(TimeSpan.FromSeconds(100));
        m.Start(0, A, "alice"u8, "vpn"u8, 1000 * Second);
        m.Start(0, A, "alice"u8, "vpn"u8, 1050 * Second);
        m.Start(0, A, "bob"u8, "sshd"u8, 1120 * Second);
        m.Stop(0, A, "carol"u8, 1125 * Second);
        m.Stop(0, A, "bob"u8, 1130 * Second);
        m.Start(0, A, "dan"u8, "vpn"u8, 1200 * Second);
        m.Start(2, A, "eve"u8, "vpn"u8, 1000 * Second);
        return m;
    }

    [Theory]
    [InlineData(0, 999, null)]
    [InlineData(0, 1000, "alice")]
    [InlineData(0, 1119, "alice")] // renewed at 1050, would live to 1150
    [InlineData(0, 1120, "bob")] // the later login takes over
    [InlineData(0, 1129, "bob")] // carol's logout is not bob's
    [InlineData(0, 1130, null)] // bob's is
    [InlineData(0, 1199, null)]
    [InlineData(0, 1299, "dan")]
    [InlineData(0, 1300, null)] // time to live passed
    [InlineData(2, 1050, "eve")] // the same address in another domain is another place
    public void AnAddressIsItsUsersFromLoginToLogoutOrTimeout(int domain, long second, string? user)
    {
        var m = Make();
        Assert.Equal(user != null, m.TryAt(domain, A, second * Second, out var at));
        Assert.Equal(user, at.User);
        var copy = new UserMappings(TimeSpan.FromSeconds(100));
        var state = new MemoryStream();
        m.Save(state);
        state.Position = 0;
        copy.Load(state);
        Assert.Equal(user != null, copy.TryAt(domain, A, second * Second, out at));
        Assert.Equal(user, at.User);
    }

    [Fact]
    public void ALateReportOfAnOlderLoginEndsNothing()
    {
        var m = Make();
        m.Start(0, A, "late"u8, "vpn"u8, 1190 * Second);
        Assert.True(m.TryAt(0, A, 1195 * Second, out var at) && at.User == "late");
        Assert.True(m.TryAt(0, A, 1205 * Second, out at) && at.User == "dan");
    }

    [Fact]
    public void HistoryIsBounded()
    {
        var m = new UserMappings(TimeSpan.FromHours(1));
        for (int i = 0; i < 1000; i++) m.Start(0, B, System.Text.Encoding.UTF8.GetBytes("u" + i), "s"u8, i * Second);
        Assert.Equal(UserMappings.MostEarlier + 1, m.History(0, B).Count);
        Assert.Equal("u999", m.History(0, B)[0].User);
    }

    [Fact]
    public void AUserIsFoundWhereverHeWas() => Assert.Equal([1120], Make().Of("BOB").Select(x => x.At.Since / Second));
}
