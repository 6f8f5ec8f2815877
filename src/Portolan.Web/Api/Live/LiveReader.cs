using Portolan.Model;
using Portolan.Web.Control;

namespace Portolan.Web.Api.Live;

/// <summary>A row on its way to readers, as JSON; shared by all readers of the same stream.</summary>
public readonly record struct LiveRow(EventId Id, byte[] Json);

/// <summary>
/// What waits for one reader of the live stream: a bounded queue. When it is full, rows are counted instead of kept, until the reader has taken what waits.
/// The hub fills, one reader takes.
/// </summary>
/// <param name="all">What all readers hold together; null: this one is alone.</param>
public sealed class LiveReader(int mostRows = LiveReader.MostRows, long mostBytes = LiveReader.MostBytes, LiveBytes? all = null)
{
    public const int MostRows = 8192;
    public const long MostBytes = 8 << 20;

    /// <summary>Room for these is everyone's, however much all others hold: who takes what comes is not held up by who does not.</summary>
    public const long SureBytes = 256 << 10;

    readonly Lock _lock = new();
    readonly SemaphoreSlim _something = new(0, 1);
    List<LiveRow> _waiting = [];
    long _bytes, _missed;
    ApiException? _fault;

    /// <summary>How many more rows could be kept.</summary>
    public int Room
    {
        get
        {
            lock (_lock) return _missed > 0 || IsFull ? 0 : mostRows - _waiting.Count;
        }
    }

    bool IsFull => _bytes >= mostBytes || all is { IsFull: true } && _bytes >= SureBytes;

    /// <summary>Gives rows in order, then says how many more there were.</summary>
    public void Offer(IReadOnlyList<LiveRow> rows, long missed)
    {
        lock (_lock)
        {
            foreach (var row in rows)
            {
                // What comes after something missed must not overtake the word of it.
                if (_missed > 0 || _waiting.Count == mostRows || IsFull)
                {
                    _missed++;
                    continue;
                }
                _waiting.Add(row);
                _bytes += row.Json.Length;
                all?.Add(row.Json.Length);
            }
            _missed += missed;
            if ((_waiting.Count > 0 || _missed > 0) && _something.CurrentCount == 0) _something.Release();
        }
    }

    /// <summary>There will be no more rows: what is asked of them cannot be answered.</summary>
    public void Fail(ApiException fault)
    {
        lock (_lock)
        {
            _fault = fault;
            if (_something.CurrentCount == 0) _something.Release();
        }
    }

    /// <summary>Lets go what waits.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            all?.Add(-_bytes);
            (_waiting, _bytes) = ([], 0);
            // Whatever the hub still offers is not kept.
            _missed = 1;
        }
    }

    /// <summary>Takes all that waits; nothing when nothing came in time.</summary>
    /// <returns>The rows, and how many after them were missed.</returns>
    /// <exception cref="ApiException">What <see cref="Fail"/> was told.</exception>
    public async Task<(IReadOnlyList<LiveRow> Rows, long Missed)> TakeAsync(TimeSpan patience, CancellationToken cancel)
    {
        if (!await _something.WaitAsync(patience, cancel)) return ([], 0);
        lock (_lock)
        {
            if (_fault != null) throw _fault;
            var taken = (_waiting, _missed);
            all?.Add(-_bytes);
            (_waiting, _bytes, _missed) = ([], 0, 0);
            return taken;
        }
    }
}

/// <summary>How much waits for all readers together: many slow ones must not take the memory that the others need. Any thread.</summary>
public sealed class LiveBytes(long most)
{
    long _held;

    public long Held => Interlocked.Read(ref _held);

    public bool IsFull => Held >= most;

    public void Add(long bytes) => Interlocked.Add(ref _held, bytes);
}
