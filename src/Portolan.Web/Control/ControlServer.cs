using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Portolan.Web.Server;

namespace Portolan.Web.Control;

/// <summary>
/// Serves <see cref="Routes.Control"/> on the control socket of a data directory, for <c>search</c>, <c>tail</c> and the other commands.
/// The file system says who may: the folder is 0700. Bodies are bounded; an answer goes as fast as its reader takes it.
/// </summary>
public sealed class ControlServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ILocalApi _api;
    readonly Action<string> _tell;
    readonly CancellationTokenSource _stopping = new();
    readonly string _path;

    ControlServer(string data, ILocalApi api, Action<string> tell)
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
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>
    /// Begins to answer. The caller owns the data directory, so a socket that lies there is left from a process that died.
    /// </summary>
    /// <param name="tell">For bugs: one line to log.</param>
    public static async Task<ControlServer> StartAsync(string data, ILocalApi api, Action<string> tell, CancellationToken cancel)
    {
        string folder = ControlSocket.Folder(data);
        Directory.CreateDirectory(folder);
        Own(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Delete(ControlSocket.PathIn(data));
        var server = new ControlServer(data, api, tell);
        await server._app.StartAsync(cancel);
        Own(server._path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return server;
    }

    static void Own(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    async Task AnswerAsync(HttpContext context)
    {
        var writer = context.Response.BodyWriter;
        try
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
            var route = Routes.Control.FirstOrDefault(r => r.Method == context.Request.Method && r.Path == context.Request.Path)
                ?? throw new ApiException(FaultKind.Unavailable, $"no route {context.Request.Method} {context.Request.Path}",
                    "server and program differ in version");
            await using var result = await route.Answer(_api, context.Request, cancel.Token);
            context.Response.ContentType = "application/x-ndjson";
            await ResultLines.WriteAsync(writer, result, cancel.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or we stop: the missing end tells.
        }
        catch (Exception e)
        {
            if (e is not ApiException) _tell($"control: {context.Request.Path}: {e}");
            ResultLines.Fault(writer, e as ApiException ?? new(FaultKind.Unavailable, "internal error", e.Message, "the server's log"));
            await writer.FlushAsync(CancellationToken.None);
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
