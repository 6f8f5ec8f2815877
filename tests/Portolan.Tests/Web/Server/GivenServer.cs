using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Portolan.Model;
using Portolan.Tests.Web.Control;
using Portolan.Web.Api;
using Portolan.Web.Api.Ariel;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Tests.Web.Server;

/// <summary>A web server on a loopback port of its own, before an api that a test gives.</summary>
sealed class GivenServer : IAsyncDisposable
{
    readonly string _data = Directory.CreateTempSubdirectory("portolan-web-").FullName;
    readonly X509Certificate2 _certificate = SelfSigned();
    readonly HttpClientHandler _handler;
    WebServer? _server;
    SearchJobs? _searches;

    GivenServer() => _handler = new HttpClientHandler
    {
        ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate!.RawDataMemory.Span.SequenceEqual(_certificate.RawDataMemory.Span),
        UseCookies = false,
    };

    public static Task<GivenServer> Start(ILocalApi? api = null, params Cidr[] allow) => Start(api, null, allow);

    /// <param name="engine">What the console's routes look at.</param>
    public static async Task<GivenServer> Start(ILocalApi? api, EngineView? engine, params Cidr[] allow)
    {
        var given = new GivenServer();
        AdminSecret.Ensure(given._data);
        Directory.CreateDirectory(Path.Combine(given.Console, "assets"));
        var listener = new WebListener(Endpoints.Https, new(IPAddress.Loopback, 0, allow), () => new() { ServerCertificate = given._certificate });
        given.Address = new($"https://127.0.0.1:{listener.Bound.Port}/");
        api ??= new GivenApi();
        given._searches = new(api, SearchJobs.FolderIn(given._data), TimeProvider.System, given.Told.Add);
        var web = new WebParts(api, new(given._data), given.Console, TimeProvider.System, given.Told.Add) { Searches = given._searches, Engine = engine };
        given._server = await WebServer.StartAsync([listener], web, default);
        return given;
    }

    public Uri Address { get; private set; } = new("https://127.0.0.1/");

    public string Data => _data;

    /// <summary>The folder of the built console, empty but for <c>assets/</c>.</summary>
    public string Console => Path.Combine(_data, "console");

    /// <summary>What the server logged.</summary>
    public List<string> Told { get; } = [];

    public HttpClient Nobody() => new(_handler, disposeHandler: false) { BaseAddress = Address };

    public HttpClient Admin()
    {
        var client = Nobody();
        string secret = File.ReadAllText(AdminSecret.PathIn(_data)).Trim();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{secret}")));
        return client;
    }

    static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server != null) await _server.DisposeAsync();
        if (_searches != null) await _searches.DisposeAsync();
        _handler.Dispose();
        Directory.Delete(_data, true);
    }
}
