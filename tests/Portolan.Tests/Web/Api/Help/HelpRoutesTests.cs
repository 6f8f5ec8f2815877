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
            foreach (var child in resource.GetProperty("child_resource_ids").EnumerateArray()) Assert.Equal(id, resources[child.GetInt32()].GetProperty("parent_resource_id").GetInt32());
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
        var (_, one, _) = await Get(client, "api//help/resources/0?fields=path,parent_resource_id");
        Assert.Equal("""{"path":"/ariel","parent_resource_id":null}""", one);
    }

    [Theory]
    [InlineData("version=22.0&fields=http_method, path", true)]
    [InlineData("version=3.0&fields=http_method, path", true)]
    [InlineData("version=2.0&fields=http_method, path", false)]
    public async Task Every_version_that_is_answered_has_every_endpoint(string query, bool has)
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        var found = JsonDocument.Parse((await Get(client, "api/help/endpoints?filter=" + query)).Body).RootElement.EnumerateArray()
            .Select(e => (e.GetProperty("http_method").GetString(), e.GetProperty("path").GetString())).ToList();
        Assert.Equal(found.Count, found.Distinct().Count());
        Assert.Equal(has, found.Contains(("POST", "/ariel/searches")));
        var newest = JsonDocument.Parse((await Get(client, "api/help/endpoints", ("Range", "items=0-0"))).Body).RootElement[0];
        Assert.Equal("29.0", newest.GetProperty("version").GetString());
    }

    // The names of the fields, and their types, as QRadar's reference of version 26.0 has them.
    [Theory]
    [InlineData("api/help/endpoints/0", "caller_has_access:b deprecated:b description:s error_responses:a http_method:s id:n last_modified_version:s parameters:a path:s resource_id:n response_description:s response_mime_types:a success_responses:a summary:s version:s")]
    [InlineData("api/help/resources/1", "child_resource_ids:a endpoint_ids:a id:n parent_resource_id:n path:s resource:s version:s")]
    [InlineData("api/help/versions/38", "deprecated:b id:n removed:b root_resource_ids:a version:s")]
    [InlineData("api/ariel/functions/qidname?database=events", "args_types:a catalog:s class_name:0 info:s name:s required_args:n required_capabilities:0 return_type:s var_args:b")]
    [InlineData("api/system/servers/0", "hostname:s managed_host_id:n private_ip:s server_id:n status:s")]
    public async Task An_object_has_the_fields_of_the_reference(string path, string fields)
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        var one = JsonDocument.Parse((await Get(client, path)).Body).RootElement;
        foreach (string field in fields.Split(' '))
        {
            char type = one.GetProperty(field[..^2]).ValueKind switch
            {
                JsonValueKind.String => 's',
                JsonValueKind.Number => 'n',
                JsonValueKind.True or JsonValueKind.False => 'b',
                JsonValueKind.Array => 'a',
                _ => '0',
            };
            Assert.Equal(field, $"{field[..^2]}:{type}");
        }
    }

    [Theory]
    [InlineData("fields=columns (name)&filter=object_value_type = \"MACAddress\"", "", """{"columns":[{"name":"destinationmac"},{"name":"sourcemac"}]}""", "items 0-1/2")]
    [InlineData("fields=columns(name)&filter=name like \"%25mac\"", "items=1-1", """{"columns":[{"name":"sourcemac"}]}""", "items 1-1/2")]
    public async Task Columns_are_filtered_and_cut_as_a_list(string query, string range, string expected, string contentRange)
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        var (_, body, answer) = await Get(client, "api/ariel/databases/events?" + query, range.Length > 0 ? [("Range", range)] : []);
        Assert.Equal((expected, contentRange), (body, string.Join("", answer.Content.Headers.GetValues("Content-Range"))));
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
