using Xunit;

namespace Portolan.Tests;

public class TimesTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    static readonly TimeZoneInfo Tokyo = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");

    [Theory]
    [InlineData("now", "2026-11-21T03:00:00Z")]
    [InlineData("15m", "2026-11-21T02:45:00Z")]
    [InlineData("2h", "2026-11-21T01:00:00Z")]
    [InlineData("today", "2026-11-20T15:00:00Z")]
    [InlineData("yesterday", "2026-11-19T15:00:00Z")]
    [InlineData("2026-11-20T09:00+09:00", "2026-11-20T00:00:00Z")]
    [InlineData("2026-11-20T09:00", "2026-11-20T00:00:00Z")]
    [InlineData("2026-11-20 09:00:01.25", "2026-11-20T00:00:01.25Z")]
    [InlineData("2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z")]
    [InlineData("2026-11-20", "2026-11-19T15:00:00Z")]
    public void Moments(string text, string expected)
    {
        Assert.True(Times.TryMoment(text, Now, Tokyo, out long at));
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture),
            DateTimeOffset.UnixEpoch.AddTicks(at * 10));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("99999999999999999999d")]
    [InlineData("999999999d")]
    [InlineData("2026-13-01")]
    [InlineData("2026-11-20T25:00")]
    [InlineData("tomorrow-ish")]
    public void Not_moments(string text) => Assert.False(Times.TryMoment(text, Now, Tokyo, out _));

    [Fact]
    public void Shown_with_the_offset_of_the_zone() =>
        Assert.Equal("2026-11-21 12:00:00.007 +09:00", Times.Show(Now.ToUnixTimeMilliseconds() + 7, Tokyo));
}
