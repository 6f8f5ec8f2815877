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

/// <summary>Debian's nginx before the server, with the lines of docs/operate.md.</summary>
public sealed class ReverseProxyTests
{
    // A client on this host comes from a loopback address that is no proxy's.
    const string Proxy = "127.0.0.1", Client = "127.0.0.77";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NginxEndsTlsAndTheServerSeesTheClientAndStreams()
    {
        await using var product = await new PortolanProcess().Start("--set", "endpoints.http-proxy.enabled=true", "--set", "endpoints.http-proxy.port=0",
            "--set", "endpoints.http-proxy.address=127.0.0.1", "--set", $"web.proxies={Proxy}");
        using var nginx = await Nginx.Start(product.Ports["http-proxy"]);
        using var handler = new SocketsHttpHandler
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
        using var http = new HttpClient(handler) { BaseAddress = new($"https://localhost:{nginx.Port}/") };
        string secret = (await File.ReadAllTextAsync(Path.Combine(product.Data, "admin-secret"), Stop)).Trim();

        // What a client says of itself does not count.
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.1");

        // A row comes when it happens, not when a buffer is full.
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{secret}")));
        string wanted = Uri.EscapeDataString("UTF8(payload) ILIKE '%-line%'");
        using var answer = await http.GetAsync($"api/portolan/live?columns={Uri.EscapeDataString("UTF8(payload) AS text")}&condition={wanted}", HttpCompletionOption.ResponseHeadersRead, Stop);
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

        http.DefaultRequestHeaders.Authorization = null;
        using var session = await http.PostAsync("api/portolan/session", JsonContent.Create(new { name = "admin", password = secret }), Stop);
        Assert.Equal(HttpStatusCode.OK, session.StatusCode);
        Assert.Contains("secure", Assert.Single(session.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
        Assert.True(await product.ReachesCount(1, $"WHERE QIDNAME(qid) = 'Signed in' AND sourceip = '{Client}'"));
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

    sealed class Nginx : IDisposable
    {
        readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portolan-nginx-");
        Process? _process;

        public int Port { get; private set; }

        public static async Task<Nginx> Start(int to)
        {
            var nginx = new Nginx();
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
                .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            string folder = nginx._folder.FullName;
            await File.WriteAllTextAsync($"{folder}/c.pem", certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                nginx.Port = ((IPEndPoint)free.LocalEndpoint).Port;
            }
            await File.WriteAllTextAsync($"{folder}/nginx.conf", $$"""
                daemon off;
                master_process off;
                pid {{folder}}/pid;
                error_log {{folder}}/error.log;
                events {}
                http {
                    access_log off;
                    client_body_temp_path {{folder}}/b; proxy_temp_path {{folder}}/p; fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
                    server {
                        listen 127.0.0.1:{{nginx.Port}} ssl;
                        ssl_certificate {{folder}}/c.pem;
                        ssl_certificate_key {{folder}}/c.pem;
                        location / {
                            proxy_pass http://127.0.0.1:{{to}};
                            proxy_http_version 1.1;
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                            proxy_set_header X-Forwarded-Proto $scheme;
                            proxy_set_header X-Forwarded-Host $http_host;
                            proxy_read_timeout 1h;
                        }
                    }
                }
                """);
            var info = new ProcessStartInfo(Peers.At("usr/sbin/nginx"), ["-e", $"{folder}/error.log", "-p", folder, "-c", $"{folder}/nginx.conf"]);
            foreach (var (name, value) in Peers.Environment) info.Environment[name] = value;
            nginx._process = Process.Start(info)!;
            try
            {
                await PortolanProcess.Until(() => nginx._process.HasExited || nginx.Answers(), "nginx does not listen");
                if (nginx._process.HasExited) throw new InvalidOperationException(await File.ReadAllTextAsync($"{folder}/error.log"));
            }
            catch
            {
                nginx.Dispose();
                throw;
            }
            return nginx;
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
