using System.Text.Json;
using Portolan.Tests.Web.Server;
using Portolan.Web;
using Portolan.Web.Server;
using Xunit;

namespace Portolan.Tests.Web.Api.Documentation;

public sealed class DocumentationTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_holds_every_route_with_all_of_its_path_parameters()
    {
        await using var server = await GivenServer.Start();
        using var nobody = server.Nobody();
        var document = JsonDocument.Parse(await nobody.GetStringAsync("api_doc/openapi.json", Stop)).RootElement;
        Assert.StartsWith("3.0.", document.GetProperty("openapi").GetString());
        var paths = document.GetProperty("paths");
        var ids = new HashSet<string>();
        foreach (var route in Routes.Https.Where(r => !r.Removed))
        {
            var operation = paths.GetProperty(route.Pattern).GetProperty(route.Method.ToLowerInvariant());
            Assert.Equal(route.Summary, operation.GetProperty("summary").GetString());
            Assert.True(ids.Add(operation.GetProperty("operationId").GetString()!));
            Assert.True(operation.GetProperty("responses").TryGetProperty("default", out _));
            var given = operation.TryGetProperty("parameters", out var all) ? all.EnumerateArray().ToList() : [];
            // OpenAPI 3.0.3: a path parameter is declared, and required; no parameter twice.
            Assert.Equal(route.Pattern.Split('/').Where(p => p.StartsWith('{')).Select(p => p.Trim('{', '}', '*')).Order(),
                given.Where(p => p.GetProperty("in").GetString() == "path" && p.GetProperty("required").GetBoolean()).Select(p => p.GetProperty("name").GetString()!).Order());
            Assert.Equal(given.Count, given.Select(p => (p.GetProperty("name").GetString(), p.GetProperty("in").GetString())).Distinct().Count());
        }
        Assert.Equal(Routes.Https.Count(r => !r.Removed), paths.EnumerateObject().Sum(p => p.Value.EnumerateObject().Count()));
    }

    [Fact]
    public async Task The_page_names_every_route_and_needs_nothing_but_its_style()
    {
        await using var server = await GivenServer.Start();
        using var nobody = server.Nobody();
        string page = await nobody.GetStringAsync("api_doc", Stop);
        foreach (var route in Routes.Https.Where(r => !r.Removed)) Assert.Contains($"<h3>{route.Method} {route.Pattern}</h3>", page);
        foreach (string forbidden in new[] { "<script", "style=", "<style", "http://", "https://", "onclick" }) Assert.DoesNotContain(forbidden, page);
        using var style = await nobody.GetAsync("api_doc/page.css", Stop);
        Assert.Equal("text/css", style.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public void Every_route_says_in_a_sentence_what_it_does() =>
        Assert.All(Routes.Https, r => Assert.True(r.Summary.Length > 5 && r.Summary.EndsWith('.') && char.IsUpper(r.Summary[0]), $"{r.Method} {r.Pattern}: {r.Summary}"));
}
