using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Portolan.Model;
using Portolan.Web.Api;
using Portolan.Web.Auth;
using Portolan.Web.Control;

namespace Portolan.Web.Server;

/// <summary>
/// Serves <see cref="Routes.Https"/> and the console's files over HTTPS, and over plain HTTP to reverse proxies. Who a request comes from is found out before any route is chosen from; a route
/// that the caller has no permission for never runs. Bodies, headers and idle connections are bounded.
/// </summary>
public sealed class WebServer : IAsyncDisposable
{
    const string Policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    // Longer than any request but a forgotten stream, and what a timer takes.
    static readonly TimeSpan LongestTimer = TimeSpan.FromDays(20);
    readonly Turns _turns = new();
    readonly WebApplication _app;
    readonly WebParts _web;
    readonly CancellationTokenSource _stopping = new();

    WebServer(IReadOnlyList<WebListener> listeners, WebParts web, IReadOnlyList<HttpRoute>? only)
    {
        _web = web;
        var builder = WebHost.Builder(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.Limits.MaxConcurrentConnections = WebListener.MostConnections;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            // Whose host is gone without a word holds no place for hours.
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
            foreach (var listener in listeners)
            {
                kestrel.Listen(listener.Bound, listen =>
                {
                    listener.Guard(listen);
                    if (listener.Tls == null)
                    {
                        listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1;
                        return;
                    }
                    listen.UseHttps(new TlsHandshakeCallbackOptions
                    {
                        OnConnection = _ => new(listener.Tls()),
                        HandshakeTimeout = TimeSpan.FromSeconds(10),
                    });
                });
            }
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = at => listeners.First(l => l.Bound.Equals(at)).Socket);
        builder.Services.AddRouting();
        _app = builder.Build();
        _app.Use(GuardAsync);
        if (only == null && Directory.Exists(web.ConsoleFolder))
        {
            _app.UseStaticFiles(new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(web.ConsoleFolder),
                // What the build names after its content never changes; what names it must be asked for anew.
                OnPrepareResponse = file => file.Context.Response.Headers.CacheControl =
                    file.Context.Request.Path.StartsWithSegments("/assets") ? "public, max-age=31536000, immutable" : "no-cache",
            });
        }
        _app.UseRouting();
        foreach (var route in only ?? Routes.Https) _app.MapMethods(route.Pattern, [route.Method], context => RunAsync(route, context));
        _app.MapFallback("{**page}", only == null ? PageAsync : NothingAsync);
    }

    /// <summary>Begins to answer on ports already bound.</summary>
    /// <param name="only">These routes instead of all, and no console.</param>
    public static async Task<WebServer> StartAsync(IReadOnlyList<WebListener> listeners, WebParts web, CancellationToken cancel, IReadOnlyList<HttpRoute>? only = null)
    {
        var server = new WebServer(listeners, web, only);
        // Without an address Kestrel would take one of its own.
        if (listeners.Count > 0) await server._app.StartAsync(cancel);
        return server;
    }

    /// <summary>What holds for every answer: its headers, and what becomes of a refusal or a bug.</summary>
    async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        // IBM's samples ask for /api//help/versions.
        if (context.Request.Path.StartsWithSegments("/api", out var rest) && rest.Value!.StartsWith("//", StringComparison.Ordinal))
            context.Request.Path = "/api/" + rest.Value.TrimStart('/');
        try
        {
            if (context.Features.Get<WebListener>()?.Proxies is { } proxies) ProxyHeaders.Apply(context, proxies);
            if (_web.OnlyOverTls()) headers.StrictTransportSecurity = "max-age=31536000";
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
                await new HttpFault(StatusCodes.Status405MethodNotAllowed, 1001, $"{context.Request.Path} does not take {context.Request.Method}").WriteAsync(context);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && (context.RequestAborted.IsCancellationRequested || _stopping.IsCancellationRequested))
        {
            // The reader has gone, or we stop: the missing end tells.
        }
        catch (Exception e)
        {
            if (context.Response.HasStarted)
            {
                _web.Tell($"{LogSeverity.Error}web: {context.Request.Path}: {e}");
                context.Abort();
                return;
            }
            var fault = e switch
            {
                HttpFault f => f,
                ApiException a => HttpFault.Of(a),
                BadHttpRequestException b => new(b.StatusCode, 1001, b.Message),
                _ => null,
            };
            if (fault == null) _web.Tell($"{LogSeverity.Error}web: {context.Request.Path}: {e}");
            await (fault ?? new(StatusCodes.Status500InternalServerError, 1020, "internal error", null, "the server's log says more")).WriteAsync(context);
        }
    }

    async Task RunAsync(HttpRoute route, HttpContext context)
    {
        Caller? caller = null;
        if (route.Permission != Permission.Anyone)
        {
            caller = await _web.Authenticator.CallerAsync(context, context.RequestAborted);
            if (caller == null) throw Nobody();
            if (!caller.May(route.Permission))
                throw new HttpFault(StatusCodes.Status403Forbidden, 1009, $"{caller.Name} may not do this",
                    caller.MustSetPassword ? "the password must be set first" : $"it needs the permission {route.Permission}",
                    caller.MustSetPassword ? "sign in to the console, or POST /api/portolan/password" : null);
        }
        if (route.IsQradars) ApiVersions.Apply(context);
        var mayGoOn = caller == null ? CancellationToken.None : _web.Authenticator.MayGoOn(caller);
        var session = caller?.Ends ?? CancellationToken.None;
        using var expiry = new CancellationTokenSource();
        if (caller != null && _web.Authenticator.Left(caller) is { } left && left < LongestTimer) expiry.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource([context.RequestAborted, _stopping.Token, mayGoOn, session, expiry.Token]);
        try
        {
            using var turn = caller != null && route.AtOnce > 0 ? await _turns.BeginAsync(caller.Name, route, cancel.Token) : null;
            await route.Answer(new(context, caller, _web, cancel.Token));
        }
        catch (OperationCanceledException) when (mayGoOn.IsCancellationRequested || session.IsCancellationRequested || expiry.IsCancellationRequested)
        {
            if (context.Response.HasStarted) context.Abort();
            else throw new HttpFault(StatusCodes.Status401Unauthorized, 18, "you are unauthorized to access the requested resource", "what you may do has just changed", "the same again");
        }
    }

    static HttpFault Nobody() => new(StatusCodes.Status401Unauthorized, 18, "you are unauthorized to access the requested resource", "No SEC header present in request",
        "sign in, or send a token in the header SEC");

    static Task NothingAsync(HttpContext context) => throw new HttpFault(StatusCodes.Status404NotFound, 1002, $"there is no {context.Request.Method} {context.Request.Path}");

    // The address bar of the console is its state: whatever page it names, the console itself is the answer.
    async Task PageAsync(HttpContext context)
    {
        var path = context.Request.Path;
        bool page = (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)) && !path.StartsWithSegments("/api") && !path.StartsWithSegments("/assets");
        if (!page)
        {
            // A program that proves who it is is told so here too: a wrong token is not hidden by a wrong path, and Ansible's module takes the first
            // cookie of every answer.
            var headers = context.Request.Headers;
            bool proves = headers.ContainsKey("SEC") || headers.Authorization.Count > 0;
            if (path.StartsWithSegments("/api") && proves && await _web.Authenticator.CallerAsync(context, context.RequestAborted) == null) throw Nobody();
            throw new HttpFault(StatusCodes.Status404NotFound, 1002, $"there is no {context.Request.Method} {path}");
        }
        string index = Path.Combine(_web.ConsoleFolder, "index.html");
        if (!File.Exists(index)) throw new HttpFault(StatusCodes.Status404NotFound, 1002, "the console is not here", null, "./dev build makes the program with its console");
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.SendFileAsync(index, context.RequestAborted);
    }

    /// <summary>Ends live answers and lets the others a moment.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _stopping.Dispose();
    }
}
