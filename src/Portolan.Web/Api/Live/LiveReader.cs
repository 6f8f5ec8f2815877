using Portolan.Model;

namespace Portolan.Web.Api.Live;

/// <summary>A row on its way to readers, as JSON; shared by all readers of the same stream.</summary>
public readonly record struct LiveRow(EventId Id, byte[] Json);

/// <summary>
/// What waits for one reader of the live stream: a bounded queue. When it is full, rows are counted instead of kept, until the reader has taken what waits.
/// The hub fills, one reader takes.
/// </summary>
public sealed class LiveReader(int mostRows = LiveReader.MostRows, long mostBytes = LiveReader.MostBytes)
{
    public const int MostRows = 8192;
    public const long MostBytes = 8 << 20;

    readonly Lock _lock = new();
    readonly SemaphoreSlim _something = new(0, 1);
    List<LiveRow> _waiting = [];
    long _bytes, _missed;

    /// <summary>How many more rows could be kept.</summary>
    public int Room
    {
        get
        {
            lock (_lock) return _missed > 0 || _bytes >= mostBytes ? 0 : mostRows - _waiting.Count;
        }
    }

    /// <summary>Gives rows in order, then says how many more there were.</summary>
    public void Offer(IReadOnlyList<LiveRow> rows, long missed)
    {
        lock (_lock)
        {
            foreach (var row in rows)
            {
                // What comes after something missed must not overtake the word of it.
                if (_missed > 0 || _waiting.Count == mostRows || _bytes >= mostBytes)
                {
                    _missed++;
                    continue;
                }
                _waiting.Add(row);
                _bytes += row.Json.Length;
            }
            _missed += missed;
            if ((_waiting.Count > 0 || _missed > 0) && _something.CurrentCount == 0) _something.Release();
        }
    }

    /// <summary>Takes all that waits; nothing when nothing came in time.</summary>
    /// <returns>The rows, and how many after them were missed.</returns>
    public async Task<(IReadOnlyList<LiveRow> Rows, long Missed)> TakeAsync(TimeSpan patience, CancellationToken cancel)
    {
        if (!await _something.WaitAsync(patience, cancel)) return ([], 0);
        lock (_lock)
        {
            var taken = (_waiting, _missed);
            (_waiting, _bytes, _missed) = ([], 0, 0);
            return taken;
        }
    }
}
