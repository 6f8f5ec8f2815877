using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Portolan.Web.Server;

/// <summary>What costs much, each caller gets so much of at a time: one who asks for everything at once waits for himself, not the others for him. Any thread.</summary>
sealed class Turns
{
    // As many as there are callers and such routes.
    readonly ConcurrentDictionary<(string Caller, string Route), WaitingLine> _lines = [];

    /// <summary>Waits for a place; it is free again when the result is disposed.</summary>
    /// <exception cref="HttpFault">429: too many of the caller wait already.</exception>
    public async ValueTask<IDisposable> BeginAsync(string caller, HttpRoute route, CancellationToken cancel) =>
        await _lines.GetOrAdd((caller, $"{route.Method} {route.Pattern}"), _ => new(route.AtOnce, route.Waiting)).EnterAsync(cancel)
        ?? throw new HttpFault(StatusCodes.Status429TooManyRequests, 1009, $"{caller} asks for too much at once", $"{route.AtOnce} of these at a time, {route.Waiting} more may wait",
            "the same again when others have ended")
        { RetryAfter = TimeSpan.FromSeconds(5) };
}
