using System.Net;
using System.Text.Json;
using Portolan.Tests.Web.Server;
using Xunit;

namespace Portolan.Tests.Web.Api.Aql;

public sealed class AqlRoutesTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sourceip", "field", "both", "sourceip", "Host")]
    [InlineData("sourcebytes", "field", "flows", "sourcebytes", "Long")]
    [InlineData("username", "field", "events", "username", "String")]
    [InlineData("QIDNAME", "function", "both", "QIDNAME(qid)", "String")]
    [InlineData("MIN", "aggregate", "both", "MIN(value)", "Double")]
    public async Task Names_come_with_their_kind_their_table_and_their_type(string name, string kind, string of, string written, string type)
    {
        await using var server = await GivenServer.Start();
        using var admin = server.Admin();
        using var answer = await admin.GetAsync("api/portolan/aql", Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        var found = Assert.Single(json.RootElement.GetProperty("names").EnumerateArray(), n => n.GetProperty("name").GetString() == name);
        Assert.Equal((kind, of, written, type), (found.GetProperty("kind").GetString(), found.GetProperty("of").GetString(),
            found.GetProperty("written").GetString(), found.GetProperty("type").GetString()));
        Assert.Contains("WHERE", json.RootElement.GetProperty("keywords").EnumerateArray().Select(k => k.GetString()));
    }
}
