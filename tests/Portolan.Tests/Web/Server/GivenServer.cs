using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Portolan.Model;
using Portolan.Store.State;
using Portolan.Tests.Web.Control;
using Portolan.Web.Api;
using Portolan.Web.Api.Ariel;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;
using Xunit;

namespace Portolan.Tests.Web.Server;

/// <summary>A web server on a loopback port of its own, before an api that a test gives.</summary>
sealed class GivenServer : IAsyncDisposable
{
    readonly string _data = Directory.CreateTempSubdirectory("portolan-web-").FullName;
    readonly X509Certificate2 _certificate = SelfSigned();
    readonly HttpClientHandler _handler;
    WebServer? _server;
    SearchJobs? _searches;

    readonly StateDatabase _state;

    GivenServer()
    {
        _state = StateDatabase.Open(Path.Combine(_data, "portolan.db"), typeof(People).Assembly);
        _handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate!.RawDataMemory.Span.SequenceEqual(_certificate.RawDataMemory.Span),
            UseCookies = false,
        };
        Open();
    }

    /// <summary>Reads the people anew from their database, as a restart does.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(People), nameof(Sessions))]
    void Open()
    {
        People = new(_state, Clock, iterations: 10);
        People.Begin();
        Sessions = new(_state, People, new(TimeSpan.FromHours(8), TimeSpan.FromHours(24)));
    }

    public MovingClock Clock { get; } = new();

    Audit Audit { get; set; } = Audit.None;

    public static async Task<GivenServer> Start(Audit audit)
    {
        var given = new GivenServer { Audit = audit };
        await given.Serve(new GivenApi(), null);
        return given;
    }

    public People People { get; private set; }

    public Sessions Sessions { get; private set; }

    public static Task<GivenServer> Start(ILocalApi? api = null, params Cidr[] allow) => Start(api, null, allow);

    /// <param name="engine">What the console's routes look at.</param>
    public static async Task<GivenServer> Start(ILocalApi? api, EngineView? engine, params Cidr[] allow)
    {
        var given = new GivenServer();
        await given.Serve(api ?? new GivenApi(), engine, allow);
        return given;
    }

    /// <summary>Ends the server and starts another over the same directory.</summary>
    public async Task Restart()
    {
        await _server!.DisposeAsync();
        await _searches!.DisposeAsync();
        Open();
        await Serve(new GivenApi(), null);
    }

    async Task Serve(ILocalApi api, EngineView? engine, params Cidr[] allow)
    {
        Directory.CreateDirectory(Path.Combine(Console, "assets"));
        var listener = Proxies == null ? new WebListener(Endpoints.Https, new(IPAddress.Loopback, 0, allow), () => new() { ServerCertificate = _certificate })
            : new WebListener(Endpoints.HttpProxy, new(IPAddress.Loopback, 0, allow), null, Proxies);
        Address = new($"{(Proxies == null ? "https" : "http")}://127.0.0.1:{listener.Bound.Port}/");
        Door = new Authenticator(_data, People, Sessions, Clock) { Audit = Audit }.WithFirstSecret();
        _searches = new(_ => api, SearchJobs.FolderIn(_data), TimeProvider.System, Told.Add);
        var web = new WebParts(_ => api, Door, Console, TimeProvider.System, Told.Add) { Searches = _searches, Engine = engine, OnlyOverTls = () => OnlyOverTls };
        web.FollowPeople();
        _server = await WebServer.StartAsync([listener], web, default, Only);
    }

    /// <summary>A server for reverse proxies, without TLS.</summary>
    public static async Task<GivenServer> StartProxied(Audit audit, params Cidr[] proxies)
    {
        var given = new GivenServer { Audit = audit, Proxies = proxies };
        await given.Serve(new GivenApi(), null);
        return given;
    }

    /// <summary>A server that answers nothing but these.</summary>
    public static async Task<GivenServer> StartOnly(IReadOnlyList<HttpRoute> routes, EngineView? engine = null)
    {
        var given = new GivenServer { Only = routes };
        await given.Serve(new GivenApi(), engine);
        return given;
    }

    Cidr[]? Proxies { get; init; }

    IReadOnlyList<HttpRoute>? Only { get; init; }

    public bool OnlyOverTls { get; set; }

    public Authenticator Door { get; private set; } = null!;

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

    /// <summary>A user of the role, with <see cref="Password"/>.</summary>
    public Task<Person> Add(string name, Role role, string? scope = null, bool mustSet = false) => People.AddAsync(name, role, Password, scope, mustSet, true, default);

    public const string Password = "correct horse battery";

    public HttpClient With(string header, params string[] values)
    {
        var client = Nobody();
        client.DefaultRequestHeaders.TryAddWithoutValidation(header, values);
        return client;
    }

    public HttpClient Basic(string name, string password = Password) => With("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));

    /// <summary>Signs in; the answer, and what a browser keeps of it.</summary>
    public async Task<Browser> SignIn(string name, string password = Password, string? cookie = null)
    {
        using var client = cookie == null ? Nobody() : With("Cookie", cookie);
        using var answer = await client.PostAsync("api/portolan/session", JsonContent.Create(new { name, password }));
        return await Browser.Of(this, answer);
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
        _state.Dispose();
        Directory.Delete(_data, true);
    }
}

/// <summary>What a browser has after an answer to signing in.</summary>
sealed record Browser(GivenServer Server, HttpStatusCode Status, string SetCookie, JsonElement Told, string? RetryAfter)
{
    public static async Task<Browser> Of(GivenServer server, HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync();
        return new(server, answer.StatusCode, answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? Assert.Single(cookies) : "",
            JsonDocument.Parse(text.Length == 0 ? "null" : text).RootElement, answer.Headers.RetryAfter?.ToString());
    }

    public string Cookie => SetCookie.Split(';')[0];

    public string Csrf => Told.GetProperty("csrf").GetString()!;

    /// <summary>Asks as the console does.</summary>
    public HttpClient Client(bool csrf = true)
    {
        var client = Server.With("Cookie", Cookie);
        if (csrf) client.DefaultRequestHeaders.Add("X-CSRF", Csrf);
        return client;
    }

    public async Task<HttpStatusCode> Get(string path = "api/portolan/status")
    {
        using var client = Client(csrf: false);
        using var answer = await client.GetAsync(path);
        return answer.StatusCode;
    }
}

/// <summary>A clock that goes when it is told to.</summary>
sealed class MovingClock : TimeProvider
{
    static readonly DateTimeOffset Begin = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);
    TimeSpan _passed;

    public void Pass(TimeSpan time) => _passed += time;

    public override DateTimeOffset GetUtcNow() => Begin + _passed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _passed.Ticks;
}
