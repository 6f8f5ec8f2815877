using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Running;

/// <summary>Debian's nginx and HAProxy before the server, with the very lines of docs/operate.md.</summary>
public sealed class ReverseProxyTests
{
    // A client on this host comes from a loopback address that is no proxy's.
    const string Proxy = "127.0.0.1", Client = "127.0.0.77";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheProxyEndsTlsAndTheServerSeesTheClientAndStreams()
    {
        await using var product = await new PortolanProcess().Start("--set", "endpoints.http-proxy.enabled=true", "--set", "endpoints.http-proxy.port=0",
            "--set", "endpoints.http-proxy.address=127.0.0.1", "--set", $"web.proxies={Proxy}");
        string secret = (await File.ReadAllTextAsync(Path.Combine(product.Data, "admin-secret"), Stop)).Trim();
        using var nginx = await RunningProxy.Nginx(product.Ports["http-proxy"]);
        using var haproxy = await RunningProxy.HAProxy(product.Ports["http-proxy"]);
        foreach (var proxy in (RunningProxy[])[nginx, haproxy])
        {
            using var http = ClientOf(proxy);
            await Streams(product, http, secret);
        }
        int signedIn = 0;
        foreach (var proxy in (RunningProxy[])[nginx, haproxy])
        {
            using var http = ClientOf(proxy);
            using var session = await http.PostAsync("api/portolan/session", JsonContent.Create(new { name = "admin", password = secret }), Stop);
            Assert.Equal(HttpStatusCode.OK, session.StatusCode);
            Assert.Contains("secure", Assert.Single(session.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
            Assert.True(await product.ReachesCount(++signedIn, $"WHERE QIDNAME(qid) = 'Signed in' AND \"Authentication Method\" = 'session' AND sourceip = '{Client}'"));
        }
    }

    static HttpClient ClientOf(RunningProxy proxy)
    {
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
            ConnectCallback = async (to, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(Client), 0));
                await socket.ConnectAsync(IPAddress.Loopback, to.DnsEndPoint.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var http = new HttpClient(handler) { BaseAddress = new($"https://localhost:{proxy.Port}/") };
        // What a client says of itself does not count.
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.1");
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "http");
        http.DefaultRequestHeaders.Add("X-Forwarded-Host", "evil.example");
        return http;
    }

    // A row comes when it happens, not when a buffer is full.
    static async Task Streams(PortolanProcess product, HttpClient http, string secret)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Get,
            $"api/portolan/live?columns={Uri.EscapeDataString("UTF8(payload) AS text")}&condition={Uri.EscapeDataString("UTF8(payload) ILIKE '%-line%'")}");
        ask.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{secret}")));
        using var answer = await http.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.True(answer.IsSuccessStatusCode, answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync(Stop));
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        using var sender = new TcpClient();
        await sender.ConnectAsync(product.Tcp, Stop);
        foreach (string word in (string[])["first", "second"])
        {
            await sender.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"<13>Nov 21 10:00:00 h test: {word}-line\n"), Stop);
            while (await lines.ReadLineAsync(limit.Token) is var line)
            {
                Assert.NotNull(line);
                if (line.Contains($"{word}-line")) break;
            }
        }
    }

    [Fact]
    public async Task PlainHttpForNobodyInParticularIsAStartFault()
    {
        var data = Directory.CreateTempSubdirectory("portolan-test-");
        var (exit, _, error) = await PortolanProcess.Run(PortolanProcess.Program, "serve", "--data", data.FullName, "--set", "endpoints.http-proxy.enabled=true");
        data.Delete(true);
        Assert.Equal(2, exit);
        Assert.Contains("web.proxies", error);
        Assert.Contains("name the address that yours comes from", error);
        Assert.Contains("try: ", error);
    }

    /// <summary>A proxy of Debian with TLS on a free port.</summary>
    sealed class RunningProxy : IDisposable
    {
        readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portolan-proxy-");
        Process? _process;

        public int Port { get; } = Peers.FreePort();

        public static Task<RunningProxy> Nginx(int to) => Start("usr/sbin/nginx", (folder, port) => $$"""
            daemon off;
            master_process off;
            pid {{folder}}/pid;
            error_log {{folder}}/log;
            events {}
            http {
                access_log off;
                client_body_temp_path {{folder}}/b; proxy_temp_path {{folder}}/p; fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
                server {
                    listen 127.0.0.1:{{port}} ssl;
                    ssl_certificate {{folder}}/c.pem;
                    ssl_certificate_key {{folder}}/c.pem;
            {{Documented("nginx", to)}}
                }
            }

            """, folder => ["-e", $"{folder}/log", "-p", folder, "-c", $"{folder}/conf"]);

        public static Task<RunningProxy> HAProxy(int to) => Start("usr/sbin/haproxy", (folder, port) => $$"""
            defaults
                mode http
                timeout connect 5s
                timeout client 1m
            listen console
                bind 127.0.0.1:{{port}} ssl crt {{folder}}/c.pem
            {{Documented("HAProxy", to)}}

            """, folder => ["-db", "-f", $"{folder}/conf"]);

        // The lines that stand below the paragraph of docs/operate.md that begins with the proxy's name.
        static string Documented(string proxy, int to)
        {
            var lines = File.ReadLines(Path.Combine(Peers.Top, "docs/operate.md")).SkipWhile(l => !l.StartsWith($"{proxy},", StringComparison.Ordinal)).Skip(2)
                .TakeWhile(l => l.StartsWith("    ", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(lines);
            return string.Join('\n', lines).Replace("127.0.0.1:8080", $"127.0.0.1:{to}");
        }

        static async Task<RunningProxy> Start(string program, Func<string, int, string> configuration, Func<string, string[]> arguments)
        {
            var proxy = new RunningProxy();
            string folder = proxy._folder.FullName;
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
                .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            await File.WriteAllTextAsync($"{folder}/c.pem", certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
            await File.WriteAllTextAsync($"{folder}/conf", configuration(folder, proxy.Port));
            var info = new ProcessStartInfo(Peers.At(program), arguments(folder)) { RedirectStandardError = true };
            foreach (var (name, value) in Peers.Environment) info.Environment[name] = value;
            proxy._process = Process.Start(info)!;
            try
            {
                await PortolanProcess.Until(() => proxy._process.HasExited || proxy.Answers(), $"{program} does not listen");
                if (proxy._process.HasExited) throw new InvalidOperationException(await proxy._process.StandardError.ReadToEndAsync());
            }
            catch
            {
                proxy.Dispose();
                throw;
            }
            return proxy;
        }

        bool Answers()
        {
            using var probe = new TcpClient();
            try
            {
                probe.Connect(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }

        public void Dispose()
        {
            if (_process is { HasExited: false })
            {
                _process.Kill();
                _process.WaitForExit();
            }
            _process?.Dispose();
            _folder.Delete(true);
        }
    }
}
