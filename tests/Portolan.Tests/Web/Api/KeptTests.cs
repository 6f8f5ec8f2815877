using System.Net;
using System.Text.Json.Nodes;
using Portolan.Collect.LogSources;
using Portolan.Web.Api.Dashboards;
using Portolan.Web.Auth;
using Portolan.Web.Server;
using Xunit;

namespace Portolan.Tests.Web.Api;

/// <summary>Saved searches, dashboards, and what "add a source" says.</summary>
public sealed class KeptTests
{
    static readonly Caller Alice = new("alice", Role.Analyst), Bob = new("bob", Role.Analyst), Admin = new("root", Role.Admin);

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_kept_is_its_owners_until_it_is_shared_and_lasts()
    {
        await using var engine = new GivenEngine();
        var table = engine.View.SavedSearches;
        var mine = table.Add(new("mine", null, false, "SELECT 1 FROM events"), Alice);
        var shared = table.Add(new("shared", "for all", true, "SELECT 2 FROM events"), Alice);
        Assert.Equal([mine, shared], table.SeenBy(Alice));
        Assert.Equal([shared], table.SeenBy(Bob));
        Assert.Null(table.Find(mine.Id, Bob));
        Assert.Equal(mine, table.Find(mine.Id, Admin));
        Assert.Equal(403, Assert.Throws<HttpFault>(() => table.Change(shared.Id, new("stolen", null, true, "x"), Bob)).Status);
        Assert.Equal(403, Assert.Throws<HttpFault>(() => table.Remove(shared.Id, Bob)).Status);
        Assert.Null(table.Change(mine.Id, new("x", null, true, "x"), Bob));
        Assert.False(table.Remove(mine.Id, Bob));
        Assert.Equal("renamed", table.Change(mine.Id, new("renamed", null, true, "SELECT 3 FROM events"), Alice)!.Name);
        engine.Restart();
        table = engine.View.SavedSearches;
        Assert.Equal(["renamed", "shared"], table.SeenBy(Bob).Select(k => k.Name));
        Assert.True(table.Remove(mine.Id, Admin));
        Assert.Equal(["shared"], table.SeenBy(Alice).Select(k => k.Name));
        Assert.Empty(engine.View.Dashboards.SeenBy(Alice));
    }

    [Theory]
    [InlineData("viewer", false)]
    [InlineData("analyst", true)]
    [InlineData("scoped", false)]
    public async Task Who_may_show_others_what_it_keeps_and_who_may_add_sources(string who, bool may)
    {
        await using var engine = new GivenEngine();
        await using var server = await engine.Serve();
        await server.Add(who, who == "scoped" ? Role.Analyst : Enum.Parse<Role>(who, true), scope: who == "scoped" ? "sourceport = 1" : null);
        using var client = (await server.SignIn(who)).Client();
        foreach (var (path, body) in ((string, string)[])[("saved-searches", "\"aql\":\"SELECT qid FROM events\""),
            ("dashboards", "\"panels\":[{\"title\":\"t\",\"chart\":\"number\",\"aql\":\"SELECT COUNT(*) FROM events\"}]")])
        {
            StringContent Of(bool shared) => new($$"""{"name":"n","shared":{{(shared ? "true" : "false")}},{{body}}}""");
            using var own = await client.PostAsync($"api/portolan/{path}", Of(false), Stop);
            Assert.Equal(HttpStatusCode.Created, own.StatusCode);
            var id = JsonNode.Parse(await own.Content.ReadAsStringAsync(Stop))!["id"];
            Assert.Equal(may ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await client.PutAsync($"api/portolan/{path}/{id}", Of(true), Stop)).StatusCode);
            Assert.Equal(may ? HttpStatusCode.Created : HttpStatusCode.Forbidden, (await client.PostAsync($"api/portolan/{path}", Of(true), Stop)).StatusCode);
            // QRadar's clients have another way to the same.
            if (path == "saved-searches") Assert.Equal(may ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await client.PostAsync($"api/ariel/saved_searches/{id}?is_shared=true", null, Stop)).StatusCode);
        }
        Assert.Equal(may ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await client.GetAsync("api/portolan/setup", Stop)).StatusCode);
    }

    [Fact]
    public async Task Who_shared_something_and_may_not_any_more_still_renames_it_and_takes_it_back()
    {
        await using var engine = new GivenEngine();
        await using var server = await engine.Serve();
        await server.Add("alice", Role.Viewer);
        using var client = (await server.SignIn("alice")).Client();
        const string aql = "SELECT qid FROM events", panels = """[{"title":"t","chart":"number","aql":"SELECT COUNT(*) FROM events"}]""";
        foreach (var (table, path, text, body) in ((Portolan.Web.Api.Saved.KeptTable, string, string, string)[])[
            (engine.View.SavedSearches, "saved-searches", aql, $"\"aql\":\"{aql}\""), (engine.View.Dashboards, "dashboards", panels, $"\"panels\":{panels}")])
        {
            long id = table.Add(new("n", null, true, text), Alice).Id;
            async Task<HttpStatusCode> Put(string name, bool shared) =>
                (await client.PutAsync($"api/portolan/{path}/{id}", new StringContent($$"""{"name":"{{name}}","shared":{{(shared ? "true" : "false")}},{{body}}}"""), Stop)).StatusCode;
            Assert.Equal(HttpStatusCode.OK, await Put("renamed", true));
            Assert.Equal(("renamed", true), table.Find(id, Bob) is { } seen ? (seen.Name, seen.Shared) : default);
            Assert.Equal(HttpStatusCode.OK, await Put("renamed", false));
            Assert.Null(table.Find(id, Bob));
            Assert.Equal(HttpStatusCode.Forbidden, await Put("renamed", true));
        }
        long other = engine.View.SavedSearches.Add(new("other", null, true, aql), Alice).Id;
        foreach (var (change, status) in ((string, HttpStatusCode)[])[("name=again", HttpStatusCode.OK), ("is_shared=false", HttpStatusCode.OK), ("is_shared=true", HttpStatusCode.Forbidden)])
            Assert.Equal(status, (await client.PostAsync($"api/ariel/saved_searches/{other}?{change}", null, Stop)).StatusCode);
    }

    [Fact]
    public async Task What_a_user_kept_for_itself_goes_with_it_and_no_namesake_finds_it()
    {
        await using var engine = new GivenEngine();
        await using var server = await engine.Serve();
        await server.Add("alice", Role.Analyst);
        foreach (var table in (Portolan.Web.Api.Saved.KeptTable[])[engine.View.SavedSearches, engine.View.Dashboards])
        {
            table.Add(new("mine", null, false, "x"), Alice);
            table.Add(new("for all", null, true, "x"), Alice);
            table.Add(new("bob's", null, false, "x"), Bob);
        }
        await server.People.SetAsync("alice", null, null, null, false, false, Stop);
        Assert.Equal(2, engine.View.SavedSearches.SeenBy(Alice).Count);
        server.People.Remove("alice");
        await server.Add("alice", Role.Analyst);
        Assert.Equal(["for all"], engine.View.SavedSearches.SeenBy(Alice).Select(k => k.Name));
        Assert.Equal(["for all"], engine.View.Dashboards.SeenBy(Alice).Select(k => k.Name));
        Assert.Equal(2, engine.View.Dashboards.SeenBy(Bob).Count);
    }

    [Theory]
    [InlineData("saved-searches", """{"name":"n","aql":"SELECT sourceip FROM events"}""", HttpStatusCode.Created)]
    [InlineData("saved-searches", """{"name":"n","aql":"SELECT sourceip FROM"}""", HttpStatusCode.BadRequest)]
    [InlineData("saved-searches", """{"name":"n","aql":"SELECT nothing_such FROM events"}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("saved-searches", """{"name":" ","aql":"SELECT sourceip FROM events"}""", HttpStatusCode.BadRequest)]
    [InlineData("saved-searches", """{"name":"n"}""", HttpStatusCode.BadRequest)]
    [InlineData("saved-searches", "null", HttpStatusCode.BadRequest)]
    [InlineData("saved-searches", "[", HttpStatusCode.BadRequest)]
    [InlineData("dashboards", """{"name":"n","panels":[{"title":"t","chart":"number","aql":"SELECT COUNT(*) FROM events"}]}""", HttpStatusCode.Created)]
    [InlineData("dashboards", """{"name":"n","panels":[{"title":"t","chart":"cake","aql":"SELECT COUNT(*) FROM events"}]}""", HttpStatusCode.BadRequest)]
    [InlineData("dashboards", """{"name":"n","panels":[{"title":"t","chart":"bars","aql":"SELECT nothing_such FROM events"}]}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("dashboards", """{"name":"n","panels":[]}""", HttpStatusCode.BadRequest)]
    public async Task What_does_not_run_is_not_kept(string what, string body, HttpStatusCode status)
    {
        await using var engine = new GivenEngine();
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        using var answer = await admin.PostAsync($"api/portolan/{what}", new StringContent(body), Stop);
        Assert.Equal(status, answer.StatusCode);
        if (status != HttpStatusCode.Created) return;
        var made = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!;
        Assert.Equal("n", (string)JsonNode.Parse(await admin.GetStringAsync($"api/portolan/{what}/{made["id"]}", Stop))!["name"]!);
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"api/portolan/{what}/{made["id"]}", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"api/portolan/{what}/{made["id"]}", Stop)).StatusCode);
    }

    [Fact]
    public async Task Each_panel_of_the_shipped_dashboards_runs_and_nobody_changes_them()
    {
        var faults = new List<ContentFault>();
        var shipped = ShippedDashboard.Load(ContentFolders.Beside(), faults);
        Assert.Empty(faults);
        Assert.Equal(["collection-health", "security-morning"], shipped.Select(d => d.Id));
        await using var engine = new GivenEngine();
        foreach (var panel in shipped.SelectMany(d => d.Panels))
        {
            var rows = await engine.Rows(panel.Aql);
            if (panel.Chart == "number") Assert.Single(Assert.Single(rows));
        }
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        var all = JsonNode.Parse(await admin.GetStringAsync("api/portolan/dashboards", Stop))!["dashboards"]!.AsArray();
        Assert.Equal(shipped.Select(d => d.Id), all.Select(d => (string)d!["id"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await admin.DeleteAsync("api/portolan/dashboards/security-morning", Stop)).StatusCode);
        Assert.Equal(shipped[1].Panels.Count, JsonNode.Parse(await admin.GetStringAsync("api/portolan/dashboards/security-morning", Stop))!["panels"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("linux-os", "rsyslog", "tcp", "target=\"192.0.2.80\" port=\"10515\" protocol=\"tcp\"")]
    [InlineData("linux-os", "syslog-ng", "tcp", "syslog(\"192.0.2.80\" transport(\"tcp\") port(10515))")]
    [InlineData("pan-os", "PAN-OS", "udp", "server 192.0.2.80 transport UDP port 10514 format BSD")]
    [InlineData("pan-os", "PAN-OS", "tcp", "server 192.0.2.80 transport TCP port 10515 format BSD")]
    [InlineData("cisco-ios", "IOS", "udp", "logging host 192.0.2.80 transport udp port 10514")]
    [InlineData("fortinet-fortigate", "FortiOS", "tcp", "set enc-algorithm disable")]
    [InlineData("cisco-asa", "ASA", "tcp", "logging host inside 192.0.2.80 tcp/10515\n")]
    [InlineData("cisco-asa", "ASA", "udp", "logging host inside 192.0.2.80 udp/10514")]
    public async Task Add_a_source_gives_lines_with_this_host_and_the_ports_that_listen(string type, string name, string over, string expected)
    {
        await using var engine = new GivenEngine();
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        var answer = JsonNode.Parse(await admin.GetStringAsync($"api/portolan/setup?type={type}&address=192.0.2.80&sender=198.51.100.7", Stop))!;
        var one = Assert.Single(answer["types"]!.AsArray())!;
        var setups = one["setups"]!.AsArray();
        Assert.Contains(expected, (string)setups.Single(s => (string)s!["name"]! == name && (string)s["over"]! == over && s["text"] != null)!["text"]!);
        // Nothing listens for TLS here.
        Assert.All(setups.Where(s => (string)s!["over"]! == "tls"), s => Assert.Null(s!["text"]));
        Assert.Equal("sendingip = '198.51.100.7'", (string)one["condition"]!);
        engine.Parts.Searches.CompileCondition((string)one["condition"]!);
    }

    [Theory]
    [InlineData("type=nothing", HttpStatusCode.NotFound)]
    [InlineData("type=linux-os&sender=x'", HttpStatusCode.BadRequest)]
    [InlineData("type=linux-os&address=a\"b", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.OK)]
    public async Task What_setup_cannot_use_it_refuses(string query, HttpStatusCode status)
    {
        await using var engine = new GivenEngine();
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        Assert.Equal(status, (await admin.GetAsync($"api/portolan/setup?{query}", Stop)).StatusCode);
    }
}
