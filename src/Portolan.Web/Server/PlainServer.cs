using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Portolan.Model;

namespace Portolan.Web.Server;

/// <summary>Answers plain HTTP on ports that serve one thing: metrics, a redirect. No bodies, no sessions, few connections.</summary>
public sealed class PlainServer : IAsyncDisposable
{
    readonly WebApplication _app;

    PlainServer(IReadOnlyDictionary<WebListener, RequestDelegate> answers, Action<string> tell)
    {
        var builder = WebHost.Builder(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = 256;
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            foreach (var listener in answers.Keys) kestrel.Listen(listener.Bound, listener.Guard);
        });
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = at => answers.Keys.First(l => l.Bound.Equals(at)).Socket);
        _app = builder.Build();
        _app.Run(async context =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.CacheControl = "no-store";
            try
            {
                await answers[context.Features.Get<WebListener>()!](context);
            }
            catch (Exception e) when (e is not OperationCanceledException and not IOException && !context.Response.HasStarted)
            {
                tell($"{LogSeverity.Error}web: {context.Request.Path}: {e}");
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        });
    }

    /// <summary>Begins to answer on ports already bound.</summary>
    public static async Task<PlainServer> StartAsync(IReadOnlyDictionary<WebListener, RequestDelegate> answers, Action<string> tell, CancellationToken cancel)
    {
        var server = new PlainServer(answers, tell);
        await server._app.StartAsync(cancel);
        return server;
    }

    /// <summary><c>GET /metrics</c>, as Prometheus asks for it.</summary>
    public static RequestDelegate Metrics(Func<MetricsText> read) => async context =>
    {
        if (context.Request.Path != "/metrics" || !HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        context.Response.ContentType = MetricsText.ContentType;
        await context.Response.WriteAsync(read().ToString(), context.RequestAborted);
    };

    /// <summary>Sends browsers on to the console, whatever they ask for.</summary>
    /// <param name="port">Where the console is.</param>
    public static RequestDelegate Redirect(int port) => context =>
    {
        var host = context.Request.Host;
        // What stands in the header goes into the answer: a name or an address and nothing else.
        if (!host.HasValue || Uri.CheckHostName(host.Host.Trim('[', ']')) == UriHostNameType.Unknown)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }
        bool reads = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        string to = port == 443 ? host.Host : $"{host.Host}:{port}";
        context.Response.Redirect($"https://{to}{context.Request.Path.ToUriComponent()}{context.Request.QueryString.ToUriComponent()}", permanent: true, preserveMethod: !reads);
        return Task.CompletedTask;
    };

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }
}
