using Portolan.Model;

namespace Portolan.Engine;

/// <summary>The ledger as it was at each minute of the last day, so that counts since a moment can be told. In memory: it begins anew with the process.</summary>
sealed class LedgerHistory(Ledger ledger)
{
    const int Minutes = 24 * 60;
    readonly Queue<(long Time, IReadOnlyList<LedgerRow> Rows)> _past = new([(0, ledger.Snapshot())]);
    readonly long _begin = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;

    public void Remember(long now)
    {
        lock (_past)
        {
            _past.Enqueue((now, ledger.Snapshot()));
            if (_past.Count > Minutes) _past.Dequeue();
        }
    }

    /// <summary>Counts added after the last snapshot at or before a time, and when what is counted begins.</summary>
    public (IEnumerable<LedgerRow> Rows, long Begins) Since(long time)
    {
        (long Time, IReadOnlyList<LedgerRow> Rows) start;
        lock (_past) start = _past.LastOrDefault(p => p.Time <= time, _past.Peek());
        var before = start.Rows.ToDictionary(r => (r.Part, r.Source, r.Reason), r => r.Count);
        return (ledger.Snapshot().Select(r => r with { Count = r.Count - before.GetValueOrDefault((r.Part, r.Source, r.Reason)) }), Math.Max(start.Time, _begin));
    }
}
