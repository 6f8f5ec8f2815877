using System.Net;
using System.Net.Http.Json;
using System.Text;
using Portolan.Model.Joints;
using Portolan.Tests.Web.Server;
using Portolan.Web.Auth;
using Xunit;

namespace Portolan.Tests.Web.Auth;

public sealed class AuditTests
{
    sealed class Kept : IInject
    {
        public List<string> Said { get; } = [];

        public void Submit(ReadOnlySpan<byte> message)
        {
            lock (Said) Said.Add(Encoding.UTF8.GetString(message));
        }
    }

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_people_do_is_said_once_and_without_secrets()
    {
        var kept = new Kept();
        await using var server = await GivenServer.Start(audit: new(kept, TimeProvider.System));
        await server.Add("boss", Role.Admin);
        await server.SignIn("boss", "wrong password");
        var boss = await server.SignIn("boss");
        using var client = boss.Client();
        async Task<string> Ask(string method, string path, object? body = null)
        {
            using var request = new HttpRequestMessage(new(method), "api/portolan/" + path);
            if (body != null) request.Content = JsonContent.Create(body);
            using var answer = await client.SendAsync(request, Stop);
            return await answer.Content.ReadAsStringAsync(Stop);
        }
        await Ask("POST", "users", new { name = "bob", password = "bob's password", scope = "domainid = 2" });
        await Ask("POST", "users/bob", new { enabled = false });
        await Ask("POST", "users/bob", new { password = "another password" });
        await Ask("DELETE", "users/bob");
        await Ask("DELETE", "users/bob");
        string made = await Ask("POST", "tokens", new { name = "feed", role = "viewer" });
        string secret = System.Text.Json.JsonDocument.Parse(made.Split('\n')[1]).RootElement[7].GetString()!;
        using (var feed = server.With("SEC", secret))
            for (int i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.OK, (await feed.GetAsync("api/portolan/status", Stop)).StatusCode);
        using (var basic = server.Basic("boss"))
            for (int i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.OK, (await basic.GetAsync("api/portolan/status", Stop)).StatusCode);
        await Ask("DELETE", "tokens/feed");
        await Ask("DELETE", "session");
        const string from = "\"sourceip\":\"127.0.0.1\"";
        Assert.Equal(
        [
            $$"""{"portolan":"audit","event":"sign-in-failed","user":"boss",{{from}}}""",
            $$"""{"portolan":"audit","event":"sign-in","user":"boss",{{from}},"by":"session"}""",
            $$"""{"portolan":"audit","event":"user-added","user":"boss",{{from}},"object":"bob","detail":"viewer, enabled, only rows where domainid = 2"}""",
            $$"""{"portolan":"audit","event":"user-changed","user":"boss",{{from}},"object":"bob","detail":"viewer, disabled, only rows where domainid = 2"}""",
            $$"""{"portolan":"audit","event":"password-changed","user":"boss",{{from}},"object":"bob"}""",
            $$"""{"portolan":"audit","event":"user-removed","user":"boss",{{from}},"object":"bob"}""",
            $$"""{"portolan":"audit","event":"token-created","user":"boss",{{from}},"object":"feed","detail":"viewer"}""",
            $$"""{"portolan":"audit","event":"token-used","user":"feed",{{from}}}""",
            $$"""{"portolan":"audit","event":"sign-in","user":"boss",{{from}},"by":"password"}""",
            $$"""{"portolan":"audit","event":"token-revoked","user":"boss",{{from}},"object":"feed"}""",
            $$"""{"portolan":"audit","event":"sign-out","user":"boss",{{from}}}""",
        ], kept.Said);
    }

    [Fact]
    public async Task Guessing_fills_no_disk()
    {
        var kept = new Kept();
        await using var server = await GivenServer.Start(audit: new(kept, TimeProvider.System));
        for (int i = 0; i < 20; i++) await server.SignIn("alice", "wrong");
        Assert.Equal(5, kept.Said.Count);
        for (int i = 0; i < 100; i++) await server.SignIn($"name{i}", "wrong");
        Assert.Equal(50, kept.Said.Count);
    }

    [Fact]
    public void Searches_are_listed_until_they_are_too_many_and_the_same_once_a_minute()
    {
        var kept = new Kept();
        var clock = new MovingClock();
        var audit = new Audit(kept, clock);
        var (alice, bob) = (new Caller("alice", Role.Analyst), new Caller("bob", Role.Viewer, CameBy.Token, "domainid = 2"));
        for (int i = 0; i < 3; i++) audit.Searched(alice, "SELECT 1");
        Assert.Equal("""{"portolan":"audit","event":"search","user":"alice","text":"SELECT 1"}""", Assert.Single(kept.Said));
        for (int i = 0; i < 500; i++) audit.Searched(alice, $"SELECT {i} FROM events");
        Assert.Equal(101, kept.Said.Count);
        Assert.Contains("searches-not-listed", kept.Said[^1]);
        audit.Searched(bob, "SELECT \"a\"\n");
        Assert.Equal("""{"portolan":"audit","event":"search","user":"bob","text":"SELECT \u0022a\u0022\n","scope":"domainid = 2"}""", kept.Said[^1]);
        clock.Pass(TimeSpan.FromMinutes(1));
        audit.Searched(alice, "SELECT 1");
        Assert.Equal(103, kept.Said.Count);
        audit.Searched(Caller.Server, "SELECT 1");
        audit.Searched(alice, new string('x', 10_000));
        Assert.Equal(104, kept.Said.Count);
        Assert.True(kept.Said[^1].Length < 5000);
    }
}
