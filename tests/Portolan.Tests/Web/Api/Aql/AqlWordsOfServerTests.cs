using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Portolan.Tests.Web.Api.Aql;

/// <summary>What only a running server knows: the properties its content declares, its source types. The answer is sent once.</summary>
public sealed class AqlWordsOfServerTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Declared_properties_and_source_types_are_among_the_words_and_come_again_only_when_changed()
    {
        await using var engine = new GivenEngine();
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        engine.Parts.Properties.TryAdd("A \"New\" One", out _);
        using var answer = await admin.GetAsync("api/portolan/aql", Stop);
        var words = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!;
        var names = words["names"]!.AsArray();
        Assert.Contains(names, n => (string)n!["kind"]! == "property" && (string)n["written"]! == "\"A \"\"New\"\" One\"");
        Assert.Contains("ecs:source.ip", names.Single(n => (string)n!["name"]! == "sourceip")!["aliases"]!.AsArray().Select(a => (string)a!));
        Assert.Equal(names.Count, names.Select(n => ((string)n!["kind"]!, ((string)n["name"]!).ToUpperInvariant())).Distinct().Count());
        Assert.Contains(words["sourceTypes"]!.AsArray(), t => (string)t!["key"]! == "linux-os" && (int)t["id"]! == 11);
        Assert.Contains("ILIKE", words["operators"]!.AsArray().Select(o => (string)o!["name"]!));

        Assert.Equal(HttpStatusCode.NotModified, await Again());
        engine.Parts.Properties.TryAdd("Another", out _);
        Assert.Equal(HttpStatusCode.OK, await Again());

        async Task<HttpStatusCode> Again()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "api/portolan/aql") { Headers = { { "If-None-Match", answer.Headers.ETag!.Tag } } };
            using var again = await admin.SendAsync(request, Stop);
            return again.StatusCode;
        }
    }
}
