using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Running;

/// <summary>The program as a service manager runs it: a real socket in NOTIFY_SOCKET, no systemd.</summary>
public class ServiceTests
{
    [Fact]
    public async Task TheManagerLearnsOfStartReloadAndStopAndLiveReadersDoNotHoldTheStopUp()
    {
        string folder = Directory.CreateTempSubdirectory("portolan-notify-").FullName;
        string name = Path.Combine(folder, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        manager.Bind(new UnixDomainSocketEndPoint(name));
        try
        {
            await using var product = await new PortolanProcess { Environment = { ["NOTIFY_SOCKET"] = name } }.Start("--set", "log.format=json");
            Until("READY=1\nSTATUS=running");
            Until("WATCHDOG=1");
            await PortolanProcess.Run("kill", "-HUP", product.Pid.ToString());
            Assert.StartsWith("RELOADING=1\nMONOTONIC_USEC=", Until("RELOADING=1"));
            Until("READY=1");

            string secret = (await File.ReadAllTextAsync(Path.Combine(product.Data, "admin-secret"))).Trim();
            using var http = Client(product, secret);
            var live = new List<HttpResponseMessage>();
            for (int i = 0; i < 5; i++)
            {
                var ask = new HttpRequestMessage(HttpMethod.Post, "/api/portolan/tail") { Content = new StringContent("") };
                live.Add(await http.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead));
                Assert.True(live[i].IsSuccessStatusCode, live[i].StatusCode.ToString());
            }
            var watch = Stopwatch.StartNew();
            Assert.Equal(0, await product.Stop());
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
            Until("STOPPING=1");
            live.ForEach(l => l.Dispose());

            Assert.DoesNotContain(secret, product.Output);
            string[] log = [.. product.Output.Split('\n').Where(l => l.StartsWith('{'))];
            Assert.Contains(log, l => JsonDocument.Parse(l).RootElement.GetProperty("message").GetString()!.StartsWith("configuration: read again"));
        }
        finally
        {
            Directory.Delete(folder, true);
        }

        // Other messages may come between.
        string Until(string begin)
        {
            var buffer = new byte[4096];
            var seen = new List<string>();
            for (var watch = Stopwatch.StartNew(); watch.Elapsed.TotalSeconds < 60;)
            {
                seen.Add(Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer)));
                if (seen[^1].StartsWith(begin, StringComparison.Ordinal)) return seen[^1];
            }
            throw new TimeoutException($"no {begin} among {string.Join(" | ", seen)}");
        }
    }

    static HttpClient Client(PortolanProcess product, string secret)
    {
        var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = delegate { return true; } } };
        var http = new HttpClient(handler) { BaseAddress = new($"https://127.0.0.1:{product.HttpsPort}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{secret}")));
        return http;
    }
}
