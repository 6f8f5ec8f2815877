using Portolan.Web.Api.Sources;
using Xunit;

namespace Portolan.Tests.Web.Api.Sources;

public sealed class SourceHealthTests
{
    const long Hour = 3_600_000_000;

    [Theory]
    [InlineData(0, 0, false)] // the very first source
    [InlineData(0.9, 2, false)] // one of those connected on the first morning
    [InlineData(3, 4, true)] // one that came later the same day
    [InlineData(300, 301, true)]
    [InlineData(300, 323.9, true)]
    [InlineData(300, 324.1, false)] // a day later it is one as any other
    public void A_source_is_new_for_a_day_but_not_while_all_are(double firstSeen, double now, bool isNew) =>
        Assert.Equal(isNew, SourceHealth.New((long)(firstSeen * Hour), 0, (long)(now * Hour)));
}
