using Portolan.Web.Api;
using Xunit;

namespace Portolan.Tests.Web.Api;

public sealed class ApiVersionsTests
{
    // "If you pass a version number that does not exist, the API will select the highest matching version lower than the one you requested": IBM api-samples.
    [Theory]
    [InlineData(null, "29.0")]
    [InlineData("", "29.0")]
    [InlineData("29.0", "29.0")]
    [InlineData("99.0", "29.0")]
    [InlineData("8.0", "8.0")]
    [InlineData("8.9", "8.1")]
    [InlineData("9.1", "9.1")]
    [InlineData("10.1", "10.1")]
    [InlineData("12", "12.0")]
    [InlineData("1.0", "1.0")]
    [InlineData("0.0", "0.1")]
    [InlineData("six", null)]
    [InlineData("6.0.1", null)]
    [InlineData("-1", null)]
    public void A_header_means_the_highest_version_not_above_it(string? header, string? version) => Assert.Equal(version, ApiVersions.Find(header)?.Name);

    [Fact]
    public void Versions_rise_and_none_is_removed_behind_one_that_is_not()
    {
        Assert.Equal(ApiVersions.All.OrderBy(v => (v.Major, v.Minor)), ApiVersions.All);
        Assert.Equal(ApiVersions.All.OrderByDescending(v => v.Removed).ThenByDescending(v => v.Deprecated), ApiVersions.All);
    }
}
