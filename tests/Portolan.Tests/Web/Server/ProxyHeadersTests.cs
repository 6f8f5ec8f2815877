using System.Net;
using System.Text;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Web.Auth;
using Xunit;

namespace Portolan.Tests.Web.Server;

/// <summary>Plain HTTP for reverse proxies: who is heard, whose word about the client is believed.</summary>
public sealed class ProxyHeadersTests
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

    static Cidr[] Ranges(params string[] texts) => [.. texts.Select(t => Cidr.TryParse(t, out var range) ? range : throw new ArgumentException(t))];

    static async Task<(HttpStatusCode Status, string Text, HttpResponseMessage Answer)> Ask(GivenServer server, string path, params (string Name, string Value)[] headers)
    {
        using var client = server.Nobody();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var answer = await client.SendAsync(request, Stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop), answer);
    }

    static string Basic(string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"boss:{password}"));

    [Theory]
    [InlineData("https", "203.0.113.9", "203.0.113.9")]
    [InlineData("HTTPS", "2001:db8::9", "2001:db8::9")]
    // What a client wrote itself stands to the left of what the proxy saw.
    [InlineData("https", "198.51.100.1, 203.0.113.9", "203.0.113.9")]
    [InlineData("https", "not an address, 203.0.113.9", "203.0.113.9")]
    // Behind two proxies of ours.
    [InlineData("https, https", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9")]
    [InlineData("https", "10.1.2.4, 10.1.2.3", "10.1.2.4")]
    // With the port behind.
    [InlineData("https", "203.0.113.9:4711", "203.0.113.9")]
    [InlineData("https", "[2001:db8::9]:4711", "2001:db8::9")]
    public async Task The_client_is_the_rightmost_that_is_no_proxy(string protocol, string passed, string client)
    {
        var kept = new Kept();
        await using var server = await GivenServer.StartProxied(new(kept, TimeProvider.System), Ranges("127.0.0.1", "10.1.0.0/16"));
        await server.Add("boss", Role.Admin);
        var (status, _, answer) = await Ask(server, "api/portolan/status", ("X-Forwarded-Proto", protocol), ("X-Forwarded-For", passed), ("Authorization", Basic("wrong")));
        using var _ = answer;
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("no", Assert.Single(answer.Headers.GetValues("X-Accel-Buffering")));
        Assert.Contains($"\"sourceip\":\"{client}\"", Assert.Single(kept.Said));
    }

    [Theory]
    [InlineData(null, "203.0.113.9", null, "X-Forwarded-Proto is missing")]
    [InlineData("http", "203.0.113.9", null, "without TLS")]
    [InlineData("https, http", "203.0.113.9", null, "without TLS")]
    [InlineData("https", null, null, "X-Forwarded-For is missing")]
    [InlineData("https", "unknown", null, "no address")]
    [InlineData("https", "203.0.113.9, 127.0.0.1.", null, "no address")]
    [InlineData("https", "[", null, "no address")]
    [InlineData("https", "203.0.113.9", "a b", "X-Forwarded-Host")]
    public async Task Whose_client_cannot_be_told_or_came_without_TLS_is_refused(string? protocol, string? passed, string? host, string word)
    {
        await using var server = await GivenServer.StartProxied(Audit.None, Ranges("127.0.0.1"));
        var headers = new (string Name, string? Value)[] { ("X-Forwarded-Proto", protocol), ("X-Forwarded-For", passed), ("X-Forwarded-Host", host) };
        foreach (string path in (string[])["api/portolan/status", ""])
        {
            var (status, text, answer) = await Ask(server, path, [.. headers.Where(h => h.Value != null).Select(h => (h.Name, h.Value!))]);
            answer.Dispose();
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains(word, text);
            Assert.Contains("docs/operate.md", text);
        }
    }

    [Fact]
    public async Task Who_is_no_named_proxy_is_not_heard()
    {
        await using var server = await GivenServer.StartProxied(Audit.None, Ranges("10.1.0.0/16"));
        await Assert.ThrowsAsync<HttpRequestException>(() => Ask(server, "api/portolan/status", ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "10.1.0.1")));
    }

    [Fact]
    public async Task Failed_sign_ins_of_one_client_do_not_shut_out_another()
    {
        await using var server = await GivenServer.StartProxied(Audit.None, Ranges("127.0.0.1"));
        await server.Add("boss", Role.Admin);
        async Task<HttpStatusCode> From(string client, string password)
        {
            var (status, _, answer) = await Ask(server, "api/portolan/status", ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", client), ("Authorization", Basic(password)));
            answer.Dispose();
            return status;
        }
        for (int i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.Unauthorized, await From("203.0.113.9", $"wrong {i}"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await From("203.0.113.9", "wrong"));
        Assert.Equal(HttpStatusCode.OK, await From("203.0.113.10", GivenServer.Password));
    }

    [Fact]
    public async Task Over_TLS_the_headers_are_never_believed()
    {
        var kept = new Kept();
        await using var server = await GivenServer.Start(audit: new(kept, TimeProvider.System));
        await server.Add("boss", Role.Admin);
        var (status, _, answer) = await Ask(server, "api/portolan/status", ("X-Forwarded-Proto", "http"), ("X-Forwarded-For", "203.0.113.9"), ("Authorization", Basic("wrong")));
        answer.Dispose();
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("\"sourceip\":\"127.0.0.1\"", Assert.Single(kept.Said));
    }
}
