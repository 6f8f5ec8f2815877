using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Portolan.Model;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Control;

/// <summary>
/// Serves <see cref="Routes.Control"/> and <see cref="Routes.People"/> on the control socket of a data directory, for <c>search</c>, <c>tail</c>, <c>user</c> and
/// the other commands. The file system says who may: the folder is 0700. Bodies are bounded; an answer goes as fast as its reader takes it.
/// </summary>
public sealed class ControlServer : IAsyncDisposable
{
    const string Prefix = "/api/portolan";
    readonly WebApplication _app;
    readonly ILocalApi _api;
    readonly Action<string> _tell;
    readonly CancellationTokenSource _stopping = new();
    readonly string _path;

    ControlServer(string data, ILocalApi api, Action<string> tell, WebParts? web)
    {
        (_api, _tell, _path) = (api, tell, ControlSocket.PathIn(data));
        string address = ControlSocket.Address(data);
        var builder = WebHost.Builder(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.Limits.MaxConcurrentConnections = 256;
            // A reader of a live stream may pause as long as it likes.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.ListenUnixSocket(address);
        });
        builder.Services.AddRouting();
        _app = builder.Build();
        _app.UseRouting();
        foreach (var route in Routes.Control)
            foreach (string path in (string[])[route.Path, Prefix + route.Path])
                _app.MapMethods(path, [route.Method], context => GuardAsync(context, cancel => AnswerAsync(route, context, cancel)));
        if (web != null)
        {
            var owner = new Caller(Environment.UserName, Role.Admin, CameBy.Socket);
            foreach (var route in Routes.People) _app.MapMethods(route.Pattern, [route.Method], context => GuardAsync(context, cancel => route.Answer(new(context, owner, web, cancel))));
        }
        _app.MapFallback(context => GuardAsync(context, _ =>
            throw new ApiException(FaultKind.Unavailable, $"no route {context.Request.Method} {context.Request.Path}", "server and program differ in version")));
    }

    /// <summary>
    /// Begins to answer. The caller owns the data directory, so a socket that lies there is left from a process that died.
    /// </summary>
    /// <param name="tell">For bugs: one line to log.</param>
    /// <param name="web">Whose people can be managed; null: nobody's.</param>
    public static async Task<ControlServer> StartAsync(string data, ILocalApi api, Action<string> tell, WebParts? web, CancellationToken cancel)
    {
        string folder = ControlSocket.Folder(data);
        Directory.CreateDirectory(folder);
        Own(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Delete(ControlSocket.PathIn(data));
        var server = new ControlServer(data, api, tell, web);
        await server._app.StartAsync(cancel);
        Own(server._path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return server;
    }

    static void Own(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    async Task AnswerAsync(Route route, HttpContext context, CancellationToken cancel)
    {
        await using var result = await route.Answer(_api, context.Request, cancel);
        context.Response.ContentType = "application/x-ndjson";
        await ResultLines.WriteAsync(context.Response.BodyWriter, result, cancel);
    }

    async Task GuardAsync(HttpContext context, Func<CancellationToken, Task> answer)
    {
        try
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
            await answer(cancel.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or we stop: the missing end tells.
        }
        catch (Exception e)
        {
            var fault = e as ApiException ?? (e as HttpFault)?.Plain;
            if (fault == null) _tell($"{LogSeverity.Error}control: {context.Request.Path}: {e}");
            ResultLines.Fault(context.Response.BodyWriter, fault ?? new(FaultKind.Unavailable, "internal error", e.Message, "the server's log"));
            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>Ends live answers, lets the others a moment, removes the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _stopping.Dispose();
        File.Delete(_path);
    }
}
