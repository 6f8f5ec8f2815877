using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Portolan.Web.Server;

/// <summary>What costs much, each caller gets so much of at a time: one who asks for everything at once waits for himself, not the others for him. Any thread.</summary>
sealed class Turns
{
    // As many as there are callers and such routes.
    readonly ConcurrentDictionary<(string Caller, string Route), Line> _lines = [];

    sealed class Line(int atOnce)
    {
        public readonly SemaphoreSlim Places = new(atOnce);
        public int Waiting;
    }

    /// <summary>Waits for a place; it is free again when the result is disposed.</summary>
    /// <exception cref="HttpFault">429: too many of the caller wait already.</exception>
    public async ValueTask<IDisposable> BeginAsync(string caller, HttpRoute route, CancellationToken cancel)
    {
        var line = _lines.GetOrAdd((caller, $"{route.Method} {route.Pattern}"), _ => new(route.AtOnce));
        if (line.Places.Wait(0, CancellationToken.None)) return new Place(line);
        try
        {
            if (Interlocked.Increment(ref line.Waiting) > route.Waiting)
                throw new HttpFault(StatusCodes.Status429TooManyRequests, 1009, $"{caller} asks for too much at once", $"{route.AtOnce} of these at a time, {route.Waiting} more may wait",
                    "the same again when others have ended")
                { RetryAfter = TimeSpan.FromSeconds(5) };
            await line.Places.WaitAsync(cancel);
            return new Place(line);
        }
        finally
        {
            Interlocked.Decrement(ref line.Waiting);
        }
    }

    sealed class Place(Line line) : IDisposable
    {
        int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) line.Places.Release();
        }
    }
}
