using System.Net;
using System.Net.Http.Json;
using System.Text;
using Portolan.Tests.Web.Server;
using Portolan.Web.Auth;
using Xunit;

namespace Portolan.Tests.Web.Auth;

public sealed class SessionTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_secret_signs_in_once_and_only_to_set_a_password()
    {
        await using var server = await GivenServer.Start();
        string secret = (await File.ReadAllTextAsync(AdminSecret.PathIn(server.Data), Stop)).Trim();
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(AdminSecret.PathIn(server.Data)));
        var first = await server.SignIn("admin", secret);
        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.True(first.Told.GetProperty("mustSetPassword").GetBoolean());
        Assert.False(File.Exists(AdminSecret.PathIn(server.Data)));
        Assert.Equal(HttpStatusCode.Forbidden, await first.Get());
        using (var program = server.Basic("admin", secret)) Assert.Equal(HttpStatusCode.Forbidden, (await program.GetAsync("api/portolan/status", Stop)).StatusCode);
        using var client = first.Client();
        using var answer = await client.PostAsync("api/portolan/password", JsonContent.Create(new { password = GivenServer.Password }), Stop);
        var second = await Browser.Of(server, answer);
        Assert.Equal("admin", second.Told.GetProperty("name").GetString());
        Assert.False(second.Told.GetProperty("mustSetPassword").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, await second.Get());
        Assert.Equal(HttpStatusCode.Unauthorized, await first.Get());
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SignIn("admin", secret)).Status);
        await server.Restart();
        Assert.False(File.Exists(AdminSecret.PathIn(server.Data)));
    }

    [Fact]
    public async Task The_cookie_is_for_this_host_over_TLS_and_no_other_site_or_script()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Analyst);
        var alice = await server.SignIn("Alice");
        Assert.Matches($"^__Host-portolan-{server.Address.Port}=[A-Za-z0-9_-]{{43}}; Path=/; Secure; HttpOnly; SameSite=Strict$", alice.SetCookie);
        Assert.Equal("analyst", alice.Told.GetProperty("role").GetString());
        using var client = alice.Client(csrf: false);
        Assert.Equal($$"""{"name":"alice","role":"analyst","csrf":"{{alice.Csrf}}","mustSetPassword":false,"scope":null}""", await client.GetStringAsync("api/portolan/session", Stop));
    }

    [Theory]
    [InlineData("POST", null, HttpStatusCode.Forbidden)]
    [InlineData("POST", "", HttpStatusCode.Forbidden)]
    [InlineData("POST", "wrong", HttpStatusCode.Forbidden)]
    [InlineData("POST", "of another", HttpStatusCode.Forbidden)]
    [InlineData("POST", "twice", HttpStatusCode.Forbidden)]
    [InlineData("POST", "right", HttpStatusCode.OK)]
    [InlineData("GET", null, HttpStatusCode.OK)]
    public async Task A_change_by_cookie_needs_the_header_that_no_other_site_knows(string method, string? header, HttpStatusCode expected)
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Analyst);
        var (alice, other) = (await server.SignIn("alice"), await server.SignIn("alice"));
        using var client = alice.Client(csrf: false);
        string[] values = header switch { null => [], "right" => [alice.Csrf], "of another" => [other.Csrf], "twice" => [alice.Csrf, alice.Csrf], _ => [header] };
        foreach (string value in values) client.DefaultRequestHeaders.TryAddWithoutValidation("X-CSRF", value);
        using var request = new HttpRequestMessage(new(method), method == "GET" ? "api/portolan/status" : "api/portolan/search");
        if (method == "POST") request.Content = new StringContent("SELECT * FROM events");
        using var answer = await client.SendAsync(request, Stop);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Signing_in_begins_a_new_session_and_ends_the_one_before()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Analyst);
        string planted = $"__Host-portolan-{server.Address.Port}={new string('x', 43)}";
        var first = await server.SignIn("alice", cookie: planted);
        Assert.NotEqual(planted, first.Cookie);
        var second = await server.SignIn("alice", cookie: first.Cookie);
        Assert.Equal(HttpStatusCode.Unauthorized, await first.Get());
        Assert.Equal(HttpStatusCode.OK, await second.Get());
    }

    [Theory]
    [InlineData(7.9, 0, HttpStatusCode.OK)]
    [InlineData(8, 0, HttpStatusCode.Unauthorized)]
    [InlineData(7.9, 2, HttpStatusCode.OK)]
    [InlineData(7.9, 3, HttpStatusCode.Unauthorized)]
    public async Task A_session_ends_when_it_is_idle_and_when_its_life_is_over(double hours, int again, HttpStatusCode expected)
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        var alice = await server.SignIn("alice");
        for (int i = 0; i < again; i++)
        {
            server.Clock.Pass(TimeSpan.FromHours(hours));
            Assert.Equal(HttpStatusCode.OK, await alice.Get());
        }
        server.Clock.Pass(TimeSpan.FromHours(hours));
        Assert.Equal(expected, await alice.Get());
    }

    [Fact]
    public async Task A_session_survives_a_restart_but_not_its_end()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        var (stays, ends) = (await server.SignIn("alice"), await server.SignIn("alice"));
        using (var client = ends.Client()) Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("api/portolan/session", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await ends.Get());
        // A cookie is bound to its port by its name alone; the server's port is another now.
        string secret = stays.Cookie.Split('=')[1];
        await server.Restart();
        using var after = server.With("Cookie", $"__Host-portolan-{server.Address.Port}={secret}");
        Assert.Equal(HttpStatusCode.OK, (await after.GetAsync("api/portolan/status", Stop)).StatusCode);
        using var gone = server.With("Cookie", $"__Host-portolan-{server.Address.Port}={ends.Cookie.Split('=')[1]}");
        Assert.Equal(HttpStatusCode.Unauthorized, (await gone.GetAsync("api/portolan/status", Stop)).StatusCode);
    }

    [Fact]
    public async Task What_happens_to_a_user_happens_to_its_sessions()
    {
        await using var server = await GivenServer.Start();
        foreach (string name in (string[])["lowered", "disabled", "removed", "renewed"]) await server.Add(name, Role.Admin);
        var browsers = new Dictionary<string, Browser>();
        foreach (string name in (string[])["lowered", "disabled", "removed", "renewed"]) browsers[name] = await server.SignIn(name);
        await server.People.SetAsync("lowered", Role.Viewer, null, null, false, null, Stop);
        await server.People.SetAsync("disabled", null, null, null, false, false, Stop);
        server.People.Remove("removed");
        await server.People.SetAsync("renewed", null, "another password", null, false, null, Stop);
        Assert.Equal(HttpStatusCode.Forbidden, await browsers["lowered"].Get("api/portolan/users"));
        Assert.Equal(HttpStatusCode.OK, await browsers["lowered"].Get());
        foreach (string name in (string[])["disabled", "removed", "renewed"]) Assert.Equal(HttpStatusCode.Unauthorized, await browsers[name].Get());
        // Neither comes back with the name or the right to sign in.
        await server.Add("removed", Role.Admin);
        await server.People.SetAsync("disabled", null, null, null, false, true, Stop);
        foreach (string name in (string[])["disabled", "removed"]) Assert.Equal(HttpStatusCode.Unauthorized, await browsers[name].Get());
    }

    [Fact]
    public async Task Ones_own_password_is_changed_by_who_knows_it()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        var (here, elsewhere) = (await server.SignIn("alice"), await server.SignIn("alice"));
        using var client = here.Client();
        Task<HttpResponseMessage> Change(string current, string password) => client.PostAsync("api/portolan/password", JsonContent.Create(new { current, password }), Stop);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Change("wrong", "another password")).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Change(GivenServer.Password, GivenServer.Password)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Change(GivenServer.Password, "short")).StatusCode);
        using var answer = await Change(GivenServer.Password, "another password");
        Assert.Equal(HttpStatusCode.OK, await (await Browser.Of(server, answer)).Get());
        Assert.Equal(HttpStatusCode.Unauthorized, await elsewhere.Get());
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SignIn("alice")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SignIn("alice", "another password")).Status);
    }

    [Fact]
    public async Task After_five_failures_a_minute_the_door_stays_shut_for_that_name()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        await server.Add("bob", Role.Viewer);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.SignIn(i % 2 == 0 ? "alice" : "ALICE", "wrong")).Status);
            server.Clock.Pass(TimeSpan.FromSeconds(5));
        }
        var shut = await server.SignIn("alice");
        Assert.Equal(HttpStatusCode.TooManyRequests, shut.Status);
        Assert.Equal("35", shut.RetryAfter);
        using (var basic = server.Basic("alice")) Assert.Equal(HttpStatusCode.TooManyRequests, (await basic.GetAsync("api/portolan/status", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.SignIn("bob")).Status);
        server.Clock.Pass(TimeSpan.FromSeconds(35));
        Assert.Equal(HttpStatusCode.OK, (await server.SignIn("alice")).Status);
    }

    [Fact]
    public async Task Who_tries_many_names_is_shut_out_too()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        for (int i = 0; i < 50; i++) Assert.Equal(HttpStatusCode.Unauthorized, (await server.SignIn($"name{i}", "wrong")).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await server.SignIn("alice")).Status);
        server.Clock.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await server.SignIn("alice")).Status);
    }

    [Fact]
    public async Task Unknown_disabled_and_wrong_are_told_alike()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        await server.Add("off", Role.Viewer);
        await server.People.SetAsync("off", null, null, null, false, false, Stop);
        var told = new List<string>();
        foreach (var (name, password) in ((string, string)[])[("alice", "wrong"), ("nobody", "wrong"), ("off", GivenServer.Password), ("admin", ""), ("", "")])
        {
            var answer = await server.SignIn(name, password);
            Assert.Equal((HttpStatusCode.Unauthorized, ""), (answer.Status, answer.SetCookie));
            told.Add(answer.Told.GetRawText());
        }
        Assert.Single(told.Distinct());
    }

    [Theory]
    [InlineData("text/plain", """{"name":"alice","password":"correct horse battery"}""", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", "name=alice", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", "", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "null", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "{\"name\":\"alice\"}", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "{\"name\":1,\"password\":[]}", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "{\"nobody\":1}", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "[[[[[[[[[[[[[[[[", HttpStatusCode.BadRequest)]
    public async Task What_is_no_sign_in_is_refused(string type, string body, HttpStatusCode expected)
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        using var nobody = server.Nobody();
        using var answer = await nobody.PostAsync("api/portolan/session", new StringContent(body, Encoding.UTF8, type), Stop);
        Assert.Equal(expected, answer.StatusCode);
        // What things are called within is nobody's business.
        Assert.DoesNotContain("Portolan.", await answer.Content.ReadAsStringAsync(Stop));
        Assert.Empty(server.Told);
    }

    [Fact]
    public async Task A_body_that_is_too_long_to_be_a_sign_in_is_not_read()
    {
        await using var server = await GivenServer.Start();
        await server.Add("alice", Role.Viewer);
        using var nobody = server.Nobody();
        try
        {
            // White space before it would make it a right one.
            string body = new string(' ', 70_000) + $$"""{"name":"alice","password":"{{GivenServer.Password}}"}""";
            using var answer = await nobody.PostAsync("api/portolan/session", new StringContent(body, Encoding.UTF8, "application/json"), Stop);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The server had answered and closed while the body was still being sent.
        }
        Assert.Equal(HttpStatusCode.OK, (await server.SignIn("alice")).Status);
    }
}
