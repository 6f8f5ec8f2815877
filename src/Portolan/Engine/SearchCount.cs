using System.Diagnostics;

namespace Portolan.Engine;

/// <summary>How many searches there were, are, and how long they took.</summary>
sealed class SearchCount
{
    long _begun, _running, _ticks;

    public long Begun => Interlocked.Read(ref _begun);

    public long Running => Interlocked.Read(ref _running);

    /// <summary>From begin to release, of all that ended.</summary>
    public TimeSpan Time => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticks));

    /// <summary>Counts one as running until it is disposed.</summary>
    public IDisposable Begin()
    {
        Interlocked.Increment(ref _begun);
        Interlocked.Increment(ref _running);
        return new One(this);
    }

    sealed class One(SearchCount of) : IDisposable
    {
        readonly long _began = Stopwatch.GetTimestamp();
        int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0) return;
            Interlocked.Decrement(ref of._running);
            Interlocked.Add(ref of._ticks, Stopwatch.GetTimestamp() - _began);
        }
    }
}
