using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Portolan.Model;
using Portolan.Tests.Web.Control;
using Portolan.Web;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;
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

    [Theory]
    [InlineData("SEC", "wrong", HttpStatusCode.Unauthorized, false)]
    [InlineData("Authorization", "Bearer wrong", HttpStatusCode.Unauthorized, false)]
    [InlineData("SEC", null, HttpStatusCode.NotFound, true)]
    public async Task Who_proves_who_it_is_is_told_so_where_nothing_is_too(string header, string? value, HttpStatusCode status, bool cookie)
    {
        await using var server = await GivenServer.Start();
        value ??= server.People.CreateToken("soar", Role.Viewer, null, null, "admin").Secret;
        using var program = server.With(header, value);
        using var answer = await program.GetAsync("api/siem/offenses/1", Stop);
        Assert.Equal((status, cookie), (answer.StatusCode, answer.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.First().StartsWith("SEC=", StringComparison.Ordinal)));
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

    [Theory]
    [InlineData("api/portolan/session")]
    [InlineData("api/ariel/databases")]
    [InlineData("api/nothing")]
    [InlineData("api_doc")]
    [InlineData("")]
    [InlineData("assets/gone.js")]
    public async Task Every_answer_says_what_a_browser_may_do_with_it(string path)
    {
        await using var server = await GivenServer.Start();
        await File.WriteAllTextAsync(Path.Combine(server.Console, "index.html"), "the console", Stop);
        foreach (bool only in (bool[])[false, true])
        {
            server.OnlyOverTls = only;
            using var nobody = server.Nobody();
            using var answer = await nobody.GetAsync(path, Stop);
            string Of(string header) => answer.Headers.TryGetValues(header, out var values) ? Assert.Single(values) : "";
            Assert.Contains("frame-ancestors 'none'", Of("Content-Security-Policy"));
            Assert.Equal(("nosniff", "no-referrer", "same-origin"), (Of("X-Content-Type-Options"), Of("Referrer-Policy"), Of("Cross-Origin-Resource-Policy")));
            Assert.Equal(only ? "max-age=31536000" : "", Of("Strict-Transport-Security"));
            Assert.Equal(path is "" or "api_doc" ? "no-cache" : "no-store", Of("Cache-Control"));
            Assert.Empty(answer.Headers.Server);
        }
    }

    [Fact]
    public async Task The_port_for_programs_answers_its_own_routes_and_nothing_else()
    {
        await using var server = await GivenServer.StartOnly(Portolan.Web.Api.Live.LiveRoutes.Programs);
        using HttpClient nobody = server.Nobody(), admin = server.Admin();
        foreach (var route in Routes.Https.Concat(Portolan.Web.Api.Live.LiveRoutes.Programs))
        {
            bool own = Portolan.Web.Api.Live.LiveRoutes.Programs.Any(r => (r.Method, r.Pattern) == (route.Method, route.Pattern));
            using var answer = await (own ? nobody : admin).SendAsync(new(new(route.Method), route.Pattern.Replace("{", "").Replace("}", "").TrimStart('/')), Stop);
            bool shut = own ? answer.StatusCode == HttpStatusCode.Unauthorized : answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed;
            Assert.True(shut, $"{route.Method} {route.Pattern}: {answer.StatusCode}");
        }
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync("", Stop)).StatusCode);
    }

    [Fact]
    public async Task One_address_cannot_hold_every_connection()
    {
        await using var server = await GivenServer.Start();
        var open = new List<Socket>();
        try
        {
            for (int i = 0; i < WebListener.MostOfOne; i++) open.Add(Connect("127.0.0.1"));
            // One more is closed at once, without a word.
            using (var one = Connect("127.0.0.1"))
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
                Assert.Equal(0, await Received(one, limit.Token));
            }
            using var other = new SslStream(new NetworkStream(Connect("127.0.0.2"), ownsSocket: true), false, (_, _, _, _) => true);
            await other.AuthenticateAsClientAsync("localhost");
            await other.WriteAsync("GET /api/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(), Stop);
            Assert.StartsWith("HTTP/1.1 404", await new StreamReader(other).ReadToEndAsync(Stop));
        }
        finally
        {
            open.ForEach(s => s.Dispose());
        }

        Socket Connect(string from)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            socket.Connect(IPAddress.Loopback, server.Address.Port);
            return socket;
        }

        static async Task<int> Received(Socket socket, CancellationToken stop)
        {
            try
            {
                return await socket.ReceiveAsync(new byte[1], stop);
            }
            catch (SocketException)
            {
                return 0;
            }
        }
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Dispo")]
    [InlineData("application/json", "{")]
    [InlineData("application/x-www-form-urlencoded", "many")]
    public async Task A_body_that_breaks_off_is_the_clients_fault(string type, string body)
    {
        await using var server = await GivenServer.Start();
        using var admin = server.Admin();
        if (body == "many") body = string.Concat(Enumerable.Repeat("a=b&", 5000));
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/ariel/searches") { Content = new ByteArrayContent(Encoding.ASCII.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await admin.SendAsync(request, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(server.Told);
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
