using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Portolan.Model;
using Portolan.Web.Server;
using Xunit;

namespace Portolan.Tests.Web.Server;

public class PlainServerTests
{
    [Fact]
    public void MetricsAreWrittenAsTheFormatHasThem()
    {
        var text = new MetricsText();
        text.Counter("portolan_x_total", "A \\ and a\nline.").Sample(1, ("a", "say \"hi\"\\\n"), ("b", "")).Sample(2.5);
        text.Gauge("portolan_y_bytes", "Y.").Sample(double.PositiveInfinity).Sample(double.NaN).Sample(1e21).Sample(long.MaxValue);
        Assert.Equal("""
            # HELP portolan_x_total A \\ and a\nline.
            # TYPE portolan_x_total counter
            portolan_x_total{a="say \"hi\"\\\n",b=""} 1
            portolan_x_total 2.5
            # HELP portolan_y_bytes Y.
            # TYPE portolan_y_bytes gauge
            portolan_y_bytes +Inf
            portolan_y_bytes NaN
            portolan_y_bytes 1E+21
            portolan_y_bytes 9.223372036854776E+18
            # HELP portolan_metrics_left_out Samples of this answer left out because their family has too many.
            # TYPE portolan_metrics_left_out gauge
            portolan_metrics_left_out 0

            """, text.ToString());
    }

    [Fact]
    public void AFamilyIsBounded()
    {
        var text = new MetricsText().Gauge("portolan_x", "X.");
        for (int i = 0; i < 1000; i++) text.Sample(i, ("n", $"{i}"));
        string[] lines = text.ToString().Split('\n');
        Assert.Equal(MetricsText.MostSamples, lines.Count(l => l.StartsWith("portolan_x{")));
        Assert.Contains($"portolan_metrics_left_out {1000 - MetricsText.MostSamples}", lines);
    }

    static async Task<string> Ask(RequestDelegate answer, string request, params Cidr[] allow)
    {
        using var listener = new WebListener(Endpoints.Metrics, new(IPAddress.Loopback, 0, allow));
        await using var server = await PlainServer.StartAsync(new Dictionary<WebListener, RequestDelegate> { [listener] = answer }, _ => { }, default);
        using var client = new TcpClient();
        var text = new MemoryStream();
        try
        {
            await client.ConnectAsync(listener.Bound);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await stream.CopyToAsync(text, limit.Token);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Refused, maybe before the connection was handed to us.
        }
        return Encoding.UTF8.GetString(text.ToArray());
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 ")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ")]
    [InlineData("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ")]
    public async Task MetricsAreThereAndNothingElse(string request, string begins) =>
        Assert.StartsWith(begins, await Ask(PlainServer.Metrics(() => new MetricsText()), request));

    [Fact]
    public async Task WhoIsNotAllowedGetsNothing()
    {
        Assert.True(Cidr.TryParse("192.0.2.0/24", out var other));
        Assert.Equal("", await Ask(PlainServer.Metrics(() => new MetricsText()), "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", other));
    }

    [Theory]
    [InlineData(443, "GET /search?q=a%20b HTTP/1.1\r\nHost: siem.example", "301", "https://siem.example/search?q=a%20b")]
    [InlineData(10443, "GET / HTTP/1.1\r\nHost: siem.example:10080", "301", "https://siem.example:10443/")]
    [InlineData(443, "HEAD / HTTP/1.1\r\nHost: [2001:db8::1]:80", "301", "https://[2001:db8::1]/")]
    [InlineData(443, "DELETE /api/x HTTP/1.1\r\nHost: 192.0.2.1", "308", "https://192.0.2.1/api/x")]
    [InlineData(443, "GET / HTTP/1.1\r\nHost: a_b/c", "400", "")]
    [InlineData(443, "GET / HTTP/1.1\r\nHost: ", "400", "")]
    public async Task BrowsersAreSentOnToTheConsole(int port, string request, string status, string location)
    {
        string answer = await Ask(PlainServer.Redirect(port), request + "\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        if (location != "") Assert.Contains($"\r\nLocation: {location}\r\n", answer);
    }
}
