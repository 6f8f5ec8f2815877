using System.Net;
using System.Text;
using Portolan.Model;
using Portolan.Tests.Web.Control;
using Portolan.Web;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Xunit;

namespace Portolan.Tests.Web.Server;

public sealed class WebServerTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void No_two_routes_are_the_same() =>
        Assert.Equal(Routes.Https.Count, Routes.Https.Select(r => (r.Method, r.Pattern)).Distinct().Count());

    [Fact]
    public async Task Without_credentials_every_route_but_those_for_anyone_is_closed()
    {
        await using var server = await GivenServer.Start();
        using var nobody = server.Nobody();
        foreach (var route in Routes.Https.Where(r => r.Permission != Permission.Anyone))
        {
            using var answer = await nobody.SendAsync(new(new(route.Method), route.Pattern.Replace("{", "").Replace("}", "").TrimStart('/')), Stop);
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{route.Method} {route.Pattern}: {answer.StatusCode}");
            Assert.Contains("No SEC header present in request", await answer.Content.ReadAsStringAsync(Stop));
        }
        Assert.Empty(server.Told);
    }

    [Theory]
    [InlineData("Basic YWRtaW46d3Jvbmc=")]
    [InlineData("Basic ====")]
    [InlineData("Basic YWRtaW4=")]
    [InlineData("Basic")]
    [InlineData("Bearer x")]
    [InlineData("")]
    public async Task What_proves_nothing_is_nobody(string authorization)
    {
        await using var server = await GivenServer.Start();
        using var client = server.Nobody();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("api/portolan/status", Stop)).StatusCode);
    }

    [Fact]
    public async Task The_web_answers_what_the_control_socket_answers()
    {
        await using var server = await GivenServer.Start(new GivenApi { Search = aql => ResultSet.Of([new("n")], [[(long)aql.Length]]) });
        using var admin = server.Admin();
        using var answer = await admin.PostAsync("api/portolan/search", new StringContent("SELECT 1"), Stop);
        Assert.Equal(
            """
            {"columns":[{"name":"n","kind":"Value"}]}
            [8]
            {"end":{"rows":1,"partial":false,"notes":[]}}

            """, await answer.Content.ReadAsStringAsync(Stop));
    }

    [Theory]
    [InlineData(FaultKind.Syntax, HttpStatusCode.BadRequest)]
    [InlineData(FaultKind.Unanswerable, HttpStatusCode.UnprocessableEntity)]
    public async Task A_refusal_says_what_why_and_what_to_try(FaultKind kind, HttpStatusCode status)
    {
        await using var server = await GivenServer.Start(new GivenApi { Search = _ => throw new ApiException(kind, "what", "why", "this") });
        using var admin = server.Admin();
        using var answer = await admin.PostAsync("api/portolan/search", new StringContent("x"), Stop);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal($$$"""{"fault":{"kind":"{{{kind}}}","what":"what","why":"why","try":"this"}}""" + "\n", await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task A_bug_is_told_to_the_log_and_not_to_the_caller()
    {
        await using var server = await GivenServer.Start(new GivenApi { Search = _ => throw new InvalidOperationException("inner workings") });
        using var admin = server.Admin();
        using var answer = await admin.PostAsync("api/portolan/search", new StringContent("x"), Stop);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.DoesNotContain("inner workings", await answer.Content.ReadAsStringAsync(Stop));
        Assert.Contains("inner workings", Assert.Single(server.Told));
    }

    [Theory]
    [InlineData("api/nothing", HttpStatusCode.NotFound)]
    [InlineData("", HttpStatusCode.OK)]
    [InlineData("address/10.1.2.3", HttpStatusCode.OK)]
    [InlineData("assets/a.js", HttpStatusCode.OK)]
    [InlineData("..%2fadmin-secret", HttpStatusCode.OK)]
    [InlineData("host/www.example.com", HttpStatusCode.OK)]
    [InlineData("assets/%2e%2e/%2e%2e/admin-secret", HttpStatusCode.OK)]
    [InlineData("assets/..%5c..%5cadmin-secret", HttpStatusCode.NotFound)]
    [InlineData("assets/gone.js", HttpStatusCode.NotFound)]
    public async Task Below_api_is_the_api_and_everything_else_is_the_console(string path, HttpStatusCode status)
    {
        await using var server = await GivenServer.Start();
        await File.WriteAllTextAsync(Path.Combine(server.Console, "index.html"), "the console", Stop);
        await File.WriteAllTextAsync(Path.Combine(server.Console, "assets/a.js"), "code", Stop);
        using var nobody = server.Nobody();
        using var answer = await nobody.GetAsync(path, Stop);
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains("default-src 'self'", string.Join(' ', answer.Headers.GetValues("Content-Security-Policy")));
        string expected = path == "assets/a.js" ? "code" : status == HttpStatusCode.OK ? "the console" : "there is no GET /";
        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        await using var server = await GivenServer.Start();
        using var admin = server.Admin();
        // The client waits for the answer to its headers: the server need not take what it refuses, and may close while that is still being sent.
        admin.DefaultRequestHeaders.ExpectContinue = true;
        using var answer = await admin.PostAsync("api/portolan/explain", new ByteArrayContent(Encoding.ASCII.GetBytes(new string('x', (1 << 20) + 1))), Stop);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Who_is_not_allowed_to_connect_gets_no_answer()
    {
        Cidr.TryParse("192.0.2.0/24", out var elsewhere);
        await using var server = await GivenServer.Start(null, elsewhere);
        using var admin = server.Admin();
        await Assert.ThrowsAsync<HttpRequestException>(() => admin.GetAsync("api/portolan/status", Stop));
    }
}
