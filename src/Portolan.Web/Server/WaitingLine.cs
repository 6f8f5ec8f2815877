namespace Portolan.Web.Server;

/// <summary>So many at a time, and so many more that wait for a place. Any thread.</summary>
sealed class WaitingLine(int places, int mostWaiting)
{
    readonly SemaphoreSlim _places = new(places);
    int _waiting;

    /// <summary>Waits for a place, which is free again when the result is disposed; null when too many wait already.</summary>
    public async ValueTask<IDisposable?> EnterAsync(CancellationToken cancel)
    {
        if (_places.Wait(0, CancellationToken.None)) return new Place(_places);
        try
        {
            if (Interlocked.Increment(ref _waiting) > mostWaiting) return null;
            await _places.WaitAsync(cancel);
            return new Place(_places);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    sealed class Place(SemaphoreSlim places) : IDisposable
    {
        int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) places.Release();
        }
    }
}
