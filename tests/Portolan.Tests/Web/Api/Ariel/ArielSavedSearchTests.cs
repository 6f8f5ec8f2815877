using System.Net;
using System.Text;
using System.Text.Json;
using Portolan.Tests.Web.Server;
using Portolan.Web.Auth;
using Xunit;

namespace Portolan.Tests.Web.Api.Ariel;

/// <summary>Saved searches with the keys and codes of QRadar's API 26.0, each request against the same table of four.</summary>
public sealed class ArielSavedSearchTests(FourSavedSearches unchanged) : IClassFixture<FourSavedSearches>
{
    const string Grouped = FourSavedSearches.Grouped, Plain = FourSavedSearches.Plain;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static async Task<(int Status, string Body)> Ask(HttpClient client, string request)
    {
        var parts = request.Split(' ', 3);
        using var message = new HttpRequestMessage(new(parts[0]), parts[1]);
        if (parts.Length > 2) message.Content = new StringContent(parts[2], Encoding.UTF8, parts[2].StartsWith('{') ? "application/json" : "application/x-www-form-urlencoded");
        using var answer = await client.SendAsync(message, Stop);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task A_saved_search_has_every_key_that_clients_read()
    {
        using var ann = unchanged.Server.Basic("ann");
        var one = JsonDocument.Parse((await Ask(ann, "GET api/ariel/saved_searches/1")).Body).RootElement;
        Assert.Equal(
            ["aql", "creation_date", "database", "description", "id", "is_aggregate", "is_dashboard", "is_default", "is_quick_search", "is_shared", "modified_date", "name", "owner", "uid"],
            one.EnumerateObject().Select(p => p.Name).Order());
        Assert.True(Guid.TryParse(one.GetProperty("uid").GetString(), out var uid) && uid != Guid.Empty);
        Assert.InRange(one.GetProperty("creation_date").GetInt64(), 1_600_000_000_000, 4_000_000_000_000);
        Assert.Equal(one.GetProperty("creation_date").GetInt64(), one.GetProperty("modified_date").GetInt64());
    }

    [Theory]
    [InlineData("ann", "GET api/ariel/saved_searches?fields=id&sort=%2Bid", 200, """[{"id":1},{"id":2},{"id":4}]""")]
    [InlineData("bob", "GET api/ariel/saved_searches?fields=id&sort=-id", 200, """[{"id":4},{"id":3},{"id":2}]""")]
    [InlineData("ann", "GET api/ariel/saved_searches?fields=name,owner&filter=database%3D%22FLOWS%22", 200, """[{"name":"flows","owner":"ann"}]""")]
    [InlineData("ann", "GET api/ariel/saved_searches?fields=name&filter=is_shared%3Dtrue%20and%20owner%3D%22bob%22", 200, """[{"name":"bob for all"}]""")]
    [InlineData("ann", "GET api/ariel/saved_searches/1?fields=name,description,database,aql,is_aggregate,is_shared", 200,
        $$"""{"name":"by user","description":"who was there","database":"EVENTS","aql":"{{Grouped}}","is_aggregate":true,"is_shared":false}""")]
    [InlineData("ann", "GET api/ariel/saved_searches/2?fields=database,description,is_aggregate,is_quick_search,is_default,is_dashboard", 200,
        """{"database":"FLOWS","description":null,"is_aggregate":false,"is_quick_search":false,"is_default":false,"is_dashboard":false}""")]
    [InlineData("ann", "POST api/ariel/saved_searches/1?name=renamed&fields=name,description,is_shared", 200, """{"name":"renamed","description":"who was there","is_shared":false}""")]
    [InlineData("ann", """POST api/ariel/saved_searches/1?fields=name,is_shared,owner,aql,database {"id":9,"name":"new","is_shared":true,"owner":"ann","aql":"SELECT qid FROM flows"}""", 200,
        """{"name":"new","is_shared":true,"owner":"ann","aql":"SELECT qid FROM flows","database":"FLOWS"}""")]
    [InlineData("admin", "POST api/ariel/saved_searches/1?fields=id,owner owner=bob", 200, """{"id":1,"owner":"bob"}""")]
    [InlineData("admin", "POST api/ariel/saved_searches/3?fields=owner owner=Ann", 200, """{"owner":"ann"}""")]
    [InlineData("bob", "DELETE api/ariel/saved_searches/4?fields=id,status,created_by", 202, """{"id":4,"status":"COMPLETED","created_by":"bob"}""")]
    [InlineData("admin", "DELETE api/ariel/saved_searches/3?fields=status", 202, """{"status":"COMPLETED"}""")]
    [InlineData("bob", "POST api/ariel/searches?saved_search_id=2&fields=query_string", 201, $$"""{"query_string":"{{Plain}}"}""")]
    [InlineData("ann", """POST api/ariel/searches?fields=query_string {"saved_search_id":1}""", 201, $$"""{"query_string":"{{Grouped}}"}""")]
    public async Task What_one_may_see_and_change(string who, string request, int status, string expected)
    {
        await using var own = request.StartsWith("GET") || status == 201 ? null : new FourSavedSearches();
        if (own != null) await own.InitializeAsync();
        var given = own ?? unchanged;
        using var client = who == "admin" ? given.Server.Admin() : given.Server.Basic(who);
        var (answered, body) = await Ask(client, request);
        Assert.Equal(status, answered);
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, JsonDocument.Parse(body).RootElement), body);
        if (request.StartsWith("DELETE")) Assert.Equal(404, (await Ask(client, "GET" + request[6..request.IndexOf('?')])).Status);
    }

    [Theory]
    [InlineData("ann", "GET api/ariel/saved_searches/3", 404, 1002)]
    [InlineData("ann", "GET api/ariel/saved_searches/99", 404, 1002)]
    [InlineData("ann", "GET api/ariel/saved_searches/x", 404, 1002)]
    [InlineData("ann", "GET api/ariel/saved_searches?filter=nothing%3D1", 422, 1010)]
    [InlineData("ann", "POST api/ariel/saved_searches/3?name=stolen", 404, 1002)]
    [InlineData("ann", "POST api/ariel/saved_searches/4?name=stolen", 403, 1009)]
    [InlineData("ann", "POST api/ariel/saved_searches/1?owner=bob", 403, 1009)]
    [InlineData("admin", "POST api/ariel/saved_searches/1?owner=nobody", 422, 1005)]
    [InlineData("ann", "POST api/ariel/saved_searches/1?is_shared=perhaps", 422, 1005)]
    [InlineData("ann", "POST api/ariel/saved_searches/1 name=+", 422, 1005)]
    [InlineData("ann", "POST api/ariel/saved_searches/1 aql=SELECT+nothing_such+FROM+events", 422, 2000)]
    [InlineData("ann", "POST api/ariel/saved_searches/1 aql=SELEC", 422, 2000)]
    [InlineData("ann", "POST api/ariel/saved_searches/1 {", 400, 1001)]
    [InlineData("ann", "DELETE api/ariel/saved_searches/3", 404, 1002)]
    [InlineData("ann", "DELETE api/ariel/saved_searches/4", 403, 1009)]
    [InlineData("ann", "POST api/ariel/searches?saved_search_id=3", 404, 1002)]
    [InlineData("ann", "POST api/ariel/searches?saved_search_id=x", 404, 1002)]
    [InlineData("ann", "POST api/ariel/searches?saved_search_id=1&query_expression=SELECT%20qid%20FROM%20events", 422, 1005)]
    public async Task A_refusal_changes_nothing(string who, string request, int status, int code)
    {
        var root = new Caller("root", Role.Admin);
        var before = Enumerable.Range(1, 4).Select(id => unchanged.Engine.View.SavedSearches.Find(id, root)).ToList();
        using var client = who == "admin" ? unchanged.Server.Admin() : unchanged.Server.Basic(who);
        var (answered, body) = await Ask(client, request);
        Assert.Equal((status, code), (answered, JsonDocument.Parse(body).RootElement.GetProperty("code").GetInt32()));
        Assert.Equal(before, Enumerable.Range(1, 4).Select(id => unchanged.Engine.View.SavedSearches.Find(id, root)));
    }

    [Fact]
    public async Task Nobody_without_credentials_sees_any()
    {
        using var nobody = unchanged.Server.Nobody();
        Assert.Equal((int)HttpStatusCode.Unauthorized, (await Ask(nobody, "GET api/ariel/saved_searches")).Status);
    }
}

/// <summary>A server with saved searches: 1 is ann's own, 2 ann's and shared, 3 bob's own, 4 bob's and shared.</summary>
public sealed class FourSavedSearches : IAsyncLifetime
{
    public const string Grouped = "SELECT username, COUNT(*) AS n FROM events GROUP BY username", Plain = "SELECT qid FROM flows";

    internal GivenEngine Engine { get; } = new();

    internal GivenServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await Engine.Serve();
        await Server.Add("ann", Role.Analyst);
        await Server.Add("bob", Role.Analyst);
        Caller ann = new("ann", Role.Analyst), bob = new("bob", Role.Analyst);
        var table = Engine.View.SavedSearches;
        table.Add(new("by user", "who was there", false, Grouped), ann);
        table.Add(new("flows", null, true, Plain), ann);
        table.Add(new("bob alone", null, false, Plain), bob);
        table.Add(new("bob for all", null, true, Grouped), bob);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Engine.DisposeAsync();
    }
}
