using System.Net;
using System.Net.Http.Json;
using Portolan.Tests.Web.Server;
using Portolan.Web;
using Portolan.Web.Auth;
using Portolan.Web.Server;
using Xunit;

namespace Portolan.Tests.Web.Auth;

/// <summary>Tokens, passwords with the request, and requests that bring more than one proof.</summary>
public sealed class CredentialTests
{
    const string Path = "api/portolan/status";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static async Task<HttpStatusCode> Get(HttpClient client, string path = Path)
    {
        using (client)
        {
            using var answer = await client.GetAsync(path, Stop);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_token_is_good_as_SEC_and_as_bearer_until_it_expires_or_is_revoked()
    {
        await using var server = await GivenServer.Start();
        var (_, secret) = server.People.CreateToken("job", Role.Viewer, null, TimeSpan.FromDays(1), "admin");
        var (_, other) = server.People.CreateToken("other", Role.Admin, null, null, "admin");
        Assert.Matches("^[A-Za-z0-9_-]{43}$", secret);
        Assert.Equal(HttpStatusCode.OK, await Get(server.With("SEC", secret)));
        Assert.Equal(HttpStatusCode.OK, await Get(server.With("Authorization", "Bearer " + secret)));
        Assert.Equal(HttpStatusCode.Forbidden, await Get(server.With("SEC", secret), "api/portolan/tokens"));
        Assert.Equal(HttpStatusCode.OK, await Get(server.With("SEC", other), "api/portolan/tokens"));
        // No cookie carries it, so a change needs nothing besides.
        using (var client = server.With("SEC", secret)) Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("api/portolan/search", new StringContent("x"), Stop)).StatusCode);
        server.Clock.Pass(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(server.With("SEC", secret)));
        Assert.Equal(HttpStatusCode.OK, await Get(server.With("SEC", other)));
        server.People.RevokeToken("other");
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(server.With("SEC", other)));
        await server.Restart();
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(server.With("SEC", other)));
    }

    [Fact]
    public async Task What_the_database_holds_opens_nothing()
    {
        await using var server = await GivenServer.Start();
        var (token, secret) = server.People.CreateToken("job", Role.Admin, null, null, "admin");
        var alice = await server.Add("alice", Role.Admin);
        var browser = await server.SignIn("alice");
        string database = string.Concat(Directory.GetFiles(server.Data, "portolan.db*").Select(f =>
        {
            using var file = new FileStream(f, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return new StreamReader(file, System.Text.Encoding.Latin1).ReadToEnd();
        }));
        Assert.Contains(token.Hash, database);
        foreach (string hidden in (string[])[secret, GivenServer.Password, browser.Cookie.Split('=')[1], browser.Csrf]) Assert.DoesNotContain(hidden, database);
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(server.With("SEC", token.Hash)));
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(server.Basic("alice", alice.Password!)));
    }

    [Fact]
    public async Task Name_and_password_are_answered_with_a_SEC_for_the_header_only()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Analyst);
        using var basic = server.Basic("alice");
        string[] set = [.. (await basic.GetAsync(Path, Stop)).Headers.GetValues("Set-Cookie")];
        Assert.Matches("^SEC=[A-Za-z0-9_-]{43}; Path=/; Secure; HttpOnly; SameSite=Strict$", set[0]);
        string sec = set[0].Split(';')[0]["SEC=".Length..];
        Assert.Equal(HttpStatusCode.OK, await Get(server.With("SEC", sec)));
        // The same password again is not hashed again, and gets the same.
        Assert.Equal(set, (await basic.GetAsync(Path, Stop)).Headers.GetValues("Set-Cookie"));
        // Neither secret is good in the other's place.
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(server.With("Cookie", "SEC=" + sec)));
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(server.With("Cookie", $"__Host-portolan-{server.Address.Port}={sec}")));
        var browser = await server.SignIn("alice");
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(server.With("SEC", browser.Cookie.Split('=')[1])));
        // It ends with the password, and by signing out.
        using (var client = server.With("SEC", sec)) Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsync("auth/logout", null, Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await Get(server.With("SEC", sec)));
        await server.People.SetAsync("alice", null, "another password", null, false, null, Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, (await basic.GetAsync(Path, Stop)).StatusCode);
    }

    [Fact]
    public async Task Evidence_that_fails_is_not_made_good_by_other_evidence()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Admin);
        var alice = await server.SignIn("alice");
        var (_, token) = server.People.CreateToken("job", Role.Viewer, null, null, "admin");
        (string Header, string[] Values)[][] requests =
        [
            [("SEC", [token, token])],
            [("SEC", [token, "x"])],
            [("SEC", [$"{token}, {token}"])],
            [("SEC", ["x"]), ("Cookie", [alice.Cookie])],
            [("SEC", [" x"]), ("Authorization", ["Bearer " + token])],
            [("Authorization", ["Bearer " + token, "Bearer " + token])],
            [("Authorization", ["Bearer x"]), ("Cookie", [alice.Cookie])],
            [("Authorization", ["Digest x"]), ("Cookie", [alice.Cookie])],
            [("Cookie", [alice.Cookie + "; " + alice.Cookie])],
            [("Cookie", [alice.Cookie, alice.Cookie.Split('=')[0] + "=x"])],
            [("Cookie", ["__Host-portolan=" + alice.Cookie.Split('=')[1]])],
        ];
        foreach (var request in requests)
        {
            using var client = server.Nobody();
            foreach (var (header, values) in request) client.DefaultRequestHeaders.TryAddWithoutValidation(header, values);
            using var answer = await client.GetAsync(Path, Stop);
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, string.Join(' ', request.Select(r => $"{r.Header}: {string.Join(" | ", r.Values)}")));
        }
        // Who brings a token is the token, whoever's cookie comes along.
        using var both = server.With("SEC", token);
        both.DefaultRequestHeaders.Add("Cookie", alice.Cookie);
        Assert.Contains("\"job\"", await both.GetStringAsync("api/portolan/session", Stop));
        Assert.Equal(HttpStatusCode.Forbidden, (await both.GetAsync("api/portolan/users", Stop)).StatusCode);
    }

    [Theory]
    [InlineData("viewer")]
    [InlineData("analyst")]
    [InlineData("boss")]
    [InlineData("scoped")]
    [InlineData("unready")]
    public async Task Every_route_is_open_to_who_has_its_permission_and_shut_to_the_others(string who)
    {
        await using var server = await GivenServer.Start();
        var person = who switch
        {
            "scoped" => await server.Add(who, Role.Analyst, scope: "domainid = 2"),
            "unready" => await server.Add(who, Role.Admin, mustSet: true),
            "boss" => await server.Add(who, Role.Admin),
            _ => await server.Add(who, Enum.Parse<Role>(who, true)),
        };
        var browser = await server.SignIn(who);
        foreach (var route in Routes.Https.Where(r => r.Permission != Permission.Anyone))
        {
            // What ends the session is another test's.
            if (route.Pattern.EndsWith("logout", StringComparison.Ordinal) || route is { Method: "DELETE", Pattern: "/api/portolan/session" }) continue;
            bool may = person.As(CameBy.Session).May(route.Permission);
            bool mayByTable = who switch
            {
                "boss" => true,
                "scoped" => route.Permission is Permission.OwnSession or Permission.ReadEvents,
                "unready" => route.Permission is Permission.OwnSession,
                "analyst" => route.Permission is not (Permission.WriteEvents or Permission.ManagePeople),
                _ => route.Permission is not (Permission.WriteEvents or Permission.ManagePeople or Permission.Share or Permission.AddSources),
            };
            Assert.True(may == mayByTable, $"{who} {route.Permission}");
            if (may) continue;
            using var client = browser.Client();
            using var answer = await client.SendAsync(new(new(route.Method), route.Pattern.Replace("{", "").Replace("}", "").TrimStart('/')), Stop);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{who} {route.Method} {route.Pattern}: {answer.StatusCode}");
        }
    }

    // docs/users.md says the same in words; QRadar's searches and help are open. What stands here shows rows through their scope, what is the caller's own, or what tells of no row.
    [Fact]
    public void Within_a_scope_these_routes_are_open_and_no_others()
    {
        var scoped = new Caller("branch", Role.Analyst, Scope: "domainid = 2");
        Assert.Equal(
            """
            /api/auth/logout
            /api/portolan/aql
            /api/portolan/dashboards
            /api/portolan/dashboards/{id}
            /api/portolan/events/{eventid}
            /api/portolan/explain
            /api/portolan/live
            /api/portolan/password
            /api/portolan/saved-searches
            /api/portolan/saved-searches/{id}
            /api/portolan/search
            /api/portolan/searches
            /api/portolan/searches/{search_id}/file
            /api/portolan/searches/{search_id}/preview
            /api/portolan/searches/{search_id}/rows
            /api/portolan/session
            /api/portolan/tail
            /api/system/about
            /auth/logout
            """, string.Join('\n', Routes.Https.Where(r => r.Permission != Permission.Anyone && scoped.May(r.Permission) && !Qradars(r.Pattern)).Select(r => r.Pattern).Distinct().Order(StringComparer.Ordinal)));
    }

    static bool Qradars(string pattern) => pattern.StartsWith("/api/ariel/", StringComparison.Ordinal) || pattern.StartsWith("/api/help/", StringComparison.Ordinal)
        || pattern.StartsWith("/api/referencedata/", StringComparison.Ordinal);

    [Fact]
    public async Task Every_change_by_cookie_needs_its_header_on_every_route()
    {
        await using var server = await GivenServer.Start();
        await server.Add("boss", Role.Admin);
        var boss = await server.SignIn("boss");
        using var client = boss.Client(csrf: false);
        foreach (var route in Routes.Https.Where(r => r.Permission != Permission.Anyone && r.Method != "GET"))
        {
            using var answer = await client.SendAsync(new(new(route.Method), route.Pattern.Replace("{", "").Replace("}", "").TrimStart('/')), Stop);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{route.Method} {route.Pattern}: {answer.StatusCode}");
        }
        Assert.Equal(HttpStatusCode.OK, await boss.Get());
    }

    [Fact]
    public async Task Users_and_tokens_are_managed_over_the_web()
    {
        await using var server = await GivenServer.Start();
        using var admin = server.Admin();
        async Task<string> Ask(string method, string path, object? body = null)
        {
            using var request = new HttpRequestMessage(new(method), "api/portolan/" + path);
            if (body != null) request.Content = JsonContent.Create(body);
            using var answer = await admin.SendAsync(request, Stop);
            string text = await answer.Content.ReadAsStringAsync(Stop);
            return answer.StatusCode == HttpStatusCode.OK ? text.Split('\n')[1] : $"{(int)answer.StatusCode} {text}";
        }
        long now = server.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal($"""["carol","analyst",true,null,false,{now},null]""", await Ask("POST", "users", new { name = "Carol", role = "analyst", password = GivenServer.Password }));
        Assert.Contains("the name carol is taken", await Ask("POST", "users", new { name = "carol", role = "viewer" }));
        Assert.Equal($"""["carol","viewer",true,"domainid = 2",false,{now},null]""", await Ask("POST", "users/carol", new { role = "viewer", scope = "domainid = 2" }));
        Assert.Contains("an admin has no scope", await Ask("POST", "users/carol", new { role = "admin" }));
        Assert.StartsWith("404 ", await Ask("POST", "users/nobody", new { role = "viewer" }));
        Assert.StartsWith("400 ", await Ask("POST", "users/carol", new { role = "root" }));
        Assert.StartsWith("400 ", await Ask("POST", "users/carol", new { admin = true }));
        Assert.Contains("admin stays an enabled admin", await Ask("POST", "users/admin", new { enabled = false }));
        Assert.Contains("admin stays an enabled admin", await Ask("DELETE", "users/admin"));
        string made = await Ask("POST", "tokens", new { name = "feed", role = "viewer", days = 30 });
        Assert.StartsWith($"""["feed","viewer",null,{now},"admin",{now + 30L * 86_400_000},null,""", made);
        string secret = System.Text.Json.JsonDocument.Parse(made).RootElement[7].GetString()!;
        Assert.Equal(HttpStatusCode.OK, await Get(server.With("SEC", secret)));
        Assert.DoesNotContain(secret, await Ask("GET", "tokens"));
        Assert.Contains("the name carol is taken", await Ask("POST", "tokens", new { name = "carol", role = "viewer" }));
        Assert.Contains("the name feed is taken", await Ask("POST", "users", new { name = "feed" }));
        Assert.StartsWith("422 ", await Ask("POST", "tokens", new { name = "x", role = "viewer", days = -1 }));
        Assert.StartsWith("422 ", await Ask("POST", "tokens", new { name = "a b", role = "viewer" }));
        Assert.Equal("""["feed"]""", await Ask("DELETE", "tokens/feed"));
        Assert.Equal("""["carol"]""", await Ask("DELETE", "users/carol"));
        Assert.StartsWith("404 ", await Ask("DELETE", "tokens/feed"));
    }

    [Theory]
    [InlineData("revoked")]
    [InlineData("disabled")]
    [InlineData("scoped")]
    public async Task What_goes_on_ends_when_its_caller_may_no_longer(string what)
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        var (_, secret) = server.People.CreateToken("job", Role.Viewer, null, null, "admin");
        using var client = what == "revoked" ? server.With("SEC", secret) : server.Basic("alice");
        using var other = server.Admin();
        using var tail = await client.SendAsync(new(HttpMethod.Post, "api/portolan/tail"), HttpCompletionOption.ResponseHeadersRead, Stop);
        using var still = await other.SendAsync(new(HttpMethod.Post, "api/portolan/tail"), HttpCompletionOption.ResponseHeadersRead, Stop);
        var ends = tail.Content.CopyToAsync(Stream.Null, Stop);
        var goesOn = still.Content.CopyToAsync(Stream.Null, Stop);
        if (what == "revoked") server.People.RevokeToken("job");
        else await server.People.SetAsync("alice", null, null, what == "scoped" ? "domainid = 2" : null, false, what == "scoped" ? null : false, Stop);
        await Assert.ThrowsAnyAsync<Exception>(() => ends.WaitAsync(TimeSpan.FromSeconds(30), Stop)).ContinueWith(t => Assert.IsNotType<TimeoutException>(t.Result), Stop);
        Assert.False(goesOn.IsCompleted);
    }

    [Theory]
    [InlineData("signed out")]
    [InlineData("signed out everywhere")]
    [InlineData("another password")]
    [InlineData("idle")]
    [InlineData("over")]
    [InlineData("another's")]
    public async Task What_goes_on_ends_with_its_session(string what)
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        await server.Add("bob", Role.Viewer);
        var (alice, also, bob) = (await server.SignIn("alice"), await server.SignIn("alice"), await server.SignIn("bob"));
        using var client = alice.Client();
        using var tail = await client.SendAsync(new(HttpMethod.Post, "api/portolan/tail"), HttpCompletionOption.ResponseHeadersRead, Stop);
        var ends = tail.Content.CopyToAsync(Stream.Null, Stop);
        Task<HttpResponseMessage> SignOut(Browser of, string how) => of.Client().DeleteAsync("api/portolan/session" + how, Stop);
        switch (what)
        {
            case "signed out":
                await SignOut(alice, "");
                break;
            case "signed out everywhere":
                await SignOut(also, "?everywhere=true");
                Assert.Equal(HttpStatusCode.Unauthorized, await also.Get());
                break;
            case "another password":
                await also.Client().PostAsync("api/portolan/password", JsonContent.Create(new { current = GivenServer.Password, password = "another password" }), Stop);
                break;
            case "idle":
                server.Clock.Pass(TimeSpan.FromHours(8));
                break;
            case "over":
                for (int hours = 0; hours < 24; hours += 4)
                {
                    Assert.Equal(HttpStatusCode.OK, await alice.Get());
                    server.Clock.Pass(TimeSpan.FromHours(4));
                }
                break;
            case "another's":
                await SignOut(also, "");
                await SignOut(bob, "?everywhere=true");
                break;
        }
        server.Door.Tend();
        if (what == "another's")
        {
            Assert.Equal(HttpStatusCode.OK, await alice.Get());
            Assert.False(ends.IsCompleted);
            return;
        }
        await Assert.ThrowsAnyAsync<Exception>(() => ends.WaitAsync(TimeSpan.FromSeconds(30), Stop)).ContinueWith(t => Assert.IsNotType<TimeoutException>(t.Result), Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, await alice.Get());
    }

    [Fact]
    public async Task Passwords_tried_at_once_are_as_few_as_one_after_the_other()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => server.SignIn("alice", $"wrong {i}")));
        Assert.Equal(5, all.Count(a => a.Status == HttpStatusCode.Unauthorized));
        Assert.Equal(15, all.Count(a => a.Status == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task A_program_that_asks_for_much_at_once_with_the_right_password_is_let_in()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        using var client = server.Basic("alice");
        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetAsync(Path, Stop)))) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task One_caller_who_asks_for_everything_at_once_waits_for_himself()
    {
        await using var server = await GivenServer.Start();
        var (_, greedy) = server.People.CreateToken("greedy", Role.Admin, null, null, "admin");
        var (_, other) = server.People.CreateToken("other", Role.Viewer, null, null, "admin");
        using HttpClient client = server.With("SEC", greedy), others = server.With("SEC", other);
        var open = new List<HttpResponseMessage>();
        Task<HttpResponseMessage> Tail(HttpClient of) => of.SendAsync(new(HttpMethod.Post, "api/portolan/tail") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
            HttpCompletionOption.ResponseHeadersRead, Stop);
        for (int i = 0; i < 32; i++) open.Add(await Tail(client));
        Assert.All(open, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        using (var refused = await Tail(client))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }
        open.Add(await Tail(others));
        Assert.Equal(HttpStatusCode.OK, open[^1].StatusCode);
        // A place is free again as soon as the server has seen that its reader has gone.
        open[0].Dispose();
        HttpResponseMessage again;
        while ((again = await Tail(client)).StatusCode == HttpStatusCode.TooManyRequests) await Task.Delay(10, Stop);
        open.Add(again);
        open.ForEach(a => a.Dispose());
    }

    // RFC 7914, section 11: PBKDF2-HMAC-SHA-256 of "passwd" with the salt "salt", once; the first 32 of its 64 bytes.
    [Theory]
    [InlineData("passwd", true)]
    [InlineData("Passwd", false)]
    [InlineData("", false)]
    public void A_password_hash_is_what_the_standard_says(string password, bool matches)
    {
        string kept = "pbkdf2-sha256$1$c2FsdA$" + System.Buffers.Text.Base64Url.EncodeToString(Convert.FromHexString("55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"));
        Assert.Equal(matches, PasswordHash.Matches(kept, password));
        Assert.True(PasswordHash.IsWeak(kept, PasswordHash.Iterations));
    }
}
