using System.Net;
using System.Text.Json;
using Portolan.Tests.Web.Server;
using Xunit;

namespace Portolan.Tests.Web.Api.Help;

/// <summary>What lists have in common, shown by those of /api/help; then these themselves.</summary>
public sealed class HelpRoutesTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static async Task<(int Status, string Body, HttpResponseMessage Answer)> Get(HttpClient client, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var answer = await client.SendAsync(request, Stop);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop), answer);
    }

    [Theory]
    [InlineData("fields=version", "", "items 0-38/39", 39, null)]
    [InlineData("fields=version", "items=0-1", "items 0-1/39", 2, """[{"version":"0.1"},{"version":"1.0"}]""")]
    [InlineData("fields=version&sort=-id", "items=0-0", "items 0-0/39", 1, """[{"version":"29.0"}]""")]
    [InlineData("fields=id,version&sort=+version&filter=deprecated=false", "items=0-0", "items 0-0/9", 1, """[{"id":30,"version":"21.0"}]""")]
    [InlineData("fields=version&filter=version in (\"6.0\", 8.0)&sort=deprecated,-version", "", "items 0-1/2", 2, """[{"version":"8.0"},{"version":"6.0"}]""")]
    [InlineData("filter=id > 1000", "items=0-9", "items */0", 0, "[]")]
    [InlineData("fields=version&unknown=passed over&filter=version=\"29.0\"&follow_up=True", "", "items 0-0/1", 1, """[{"version":"29.0"}]""")]
    public async Task A_list_is_filtered_sorted_cut_and_projected(string query, string range, string contentRange, int count, string? expected)
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        var (status, body, answer) = await Get(client, "api/help/versions?" + query, range.Length > 0 ? [("Range", range)] : []);
        Assert.Equal(200, status);
        Assert.Equal(contentRange, string.Join("", answer.Content.Headers.GetValues("Content-Range")));
        Assert.Equal(count, JsonDocument.Parse(body).RootElement.GetArrayLength());
        if (expected != null) Assert.Equal(expected, body);
    }

    [Theory]
    [InlineData("api/help/versions?filter=id", "", 422, 1010, "filter")]
    [InlineData("api/help/versions?sort=nowhere", "", 422, 1030, "sort")]
    [InlineData("api/help/versions?sort=-", "", 422, 1030, "sort")]
    [InlineData("api/help/versions?fields=id(", "", 422, 1005, "fields")]
    [InlineData("api/help/versions?fields=,", "", 422, 1005, "fields")]
    [InlineData("api/help/versions", "1-2", 422, 1005, "items=x-y")]
    [InlineData("api/help/versions/77", "", 404, 1002, "77")]
    [InlineData("api/help/versions/x", "", 422, 1005, "version_id")]
    [InlineData("api/ariel/databases/simarc", "", 404, 1002, "simarc")]
    [InlineData("api/referencedata/sets", "", 422, 1005, "has been removed")]
    [InlineData("api/reference_data/sets", "", 404, 1002, "there is no GET /api/reference_data/sets")]
    public async Task A_refusal_has_the_code_that_clients_know(string path, string range, int status, int code, string about)
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        var (answered, body, _) = await Get(client, path, range.Length > 0 ? [("Range", range)] : []);
        var error = JsonDocument.Parse(body).RootElement;
        Assert.Equal((status, code), (answered, error.GetProperty("code").GetInt32()));
        Assert.Contains(about, error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("4.0", 200, true)]
    [InlineData("20.0", 200, true)]
    [InlineData("21.0", 200, false)]
    [InlineData(null, 200, false)]
    [InlineData("1.0", 422, false)]
    [InlineData("new", 422, false)]
    public async Task A_deprecated_version_is_marked_and_a_removed_one_refused(string? version, int status, bool marked)
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        foreach (string path in new[] { "api/ariel/databases", "api/help/versions", "api/system/about" })
        {
            var (answered, body, answer) = await Get(client, path, version == null ? [] : [("Version", version)]);
            Assert.Equal((status, marked), (answered, answer.Headers.Contains("Deprecated")));
            if (version == "1.0") Assert.Contains("has been removed", body);
        }
        // Our own API has no versions.
        Assert.Equal(200, (await Get(client, "api/portolan/status", ("Version", "1.0"))).Status);
    }

    [Fact]
    public async Task The_tree_of_paths_hangs_together()
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        var endpoints = JsonDocument.Parse((await Get(client, "api/help/endpoints")).Body).RootElement.EnumerateArray().ToList();
        var resources = JsonDocument.Parse((await Get(client, "api/help/resources")).Body).RootElement.EnumerateArray().ToList();
        foreach (var resource in resources)
        {
            int id = resource.GetProperty("id").GetInt32();
            foreach (var child in resource.GetProperty("child_resource_ids").EnumerateArray()) Assert.Equal(id, resources[child.GetInt32()].GetProperty("parent_id").GetInt32());
            foreach (var endpoint in resource.GetProperty("endpoint_ids").EnumerateArray())
            {
                Assert.Equal(id, endpoints[endpoint.GetInt32()].GetProperty("resource_id").GetInt32());
                Assert.Equal(resource.GetProperty("path").GetString(), endpoints[endpoint.GetInt32()].GetProperty("path").GetString());
            }
        }
        Assert.Equal(endpoints.Count, resources.Sum(r => r.GetProperty("endpoint_ids").GetArrayLength()));
        Assert.Contains(endpoints, e => e.GetProperty("http_method").GetString() == "POST" && e.GetProperty("path").GetString() == "/ariel/searches");
        Assert.DoesNotContain(endpoints, e => e.GetProperty("path").GetString()!.StartsWith("/portolan") || e.GetProperty("path").GetString()!.Contains("referencedata"));
        // As IBM's samples write it, and one object by its id.
        var (_, one, _) = await Get(client, "api//help/resources/0?fields=path,parent_id");
        Assert.Equal("""{"path":"/ariel","parent_id":null}""", one);
    }

    [Fact]
    public async Task About_says_what_this_is()
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        var about = JsonDocument.Parse((await Get(client, "api/system/about")).Body).RootElement;
        Assert.Equal(["release_name", "external_version", "build_version", "fips_enabled"], about.EnumerateObject().Select(p => p.Name));
        Assert.StartsWith("Portolan ", about.GetProperty("release_name").GetString());
    }

    [Fact]
    public async Task Databases_are_those_that_a_search_can_name()
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        Assert.Equal("""["events","flows"]""", (await Get(client, "api/ariel/databases")).Body);
        var columns = JsonDocument.Parse((await Get(client, "api/ariel/databases/events")).Body).RootElement.GetProperty("columns").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);
        Assert.Equal(["name", "argument_type", "object_value_type", "provider_name", "indexable", "nullable"], columns["qid"].EnumerateObject().Select(p => p.Name));
        foreach (var (name, type) in new[] { ("sourceip", "Host"), ("sourceport", "Port"), ("starttime", "Long"), ("username", "String"), ("payload", "ByteArray"), ("sourcemac", "MACAddress"),
            ("hasidentity", "Boolean"), ("Process CommandLine", "String") })
            Assert.Equal(type, columns[name].GetProperty("argument_type").GetString());
        Assert.DoesNotContain("flowtype", columns.Keys);
        Assert.Contains("flowtype", (await Get(client, "api/ariel/databases/flows?fields=columns(name)")).Body);
        Assert.Contains("\"QIDNAME\"", (await Get(client, "api/ariel/functions?fields=name&filter=name=\"QIDNAME\"")).Body);
        Assert.Contains("\"SELECT\"", (await Get(client, "api/ariel/parser_keywords")).Body);
    }

    [Theory]
    [InlineData("api/ariel/validators/aql", "SELECT qid FROM events", HttpStatusCode.OK, """{"error_messages":null}""")]
    [InlineData("api/ariel/validators/aql", "SELECT FROM", HttpStatusCode.OK, "\"code\":2000")]
    [InlineData("api/ariel/processors/aql_metadata", "SELECT FROM", HttpStatusCode.UnprocessableEntity, "\"code\":2000")]
    [InlineData("api/ariel/processors/aql_metadata", "SELECT qid FROM events", HttpStatusCode.OK, """{"columns":[{"name":"a","argument_type":"String",""")]
    [InlineData("api/ariel/validators/aql", "", HttpStatusCode.UnprocessableEntity, "\"code\":1005")]
    public async Task A_text_can_be_judged_without_being_run(string path, string aql, HttpStatusCode status, string expected)
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        using var answer = await client.PostAsync($"{path}?query_expression={Uri.EscapeDataString(aql)}", null, Stop);
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(Stop));
    }
}
