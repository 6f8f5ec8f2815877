using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Columns;
using Portolan.Store.Journal;
using Portolan.Store.Segments;

namespace Portolan.Store;

/// <summary>
/// The rows not sealed yet: batches in journal order, of which the last still grows. Searches hold the batches they read; one that is sealed goes back
/// to the pool when the last search lets go. All members are called under the store's lock.
/// </summary>
sealed class OpenBlock(PropertyCatalogue properties, ILateText? late)
{
    // Sealing lags behind filling by a block or two; more idle batches would only hold memory.
    const int MostPooled = 12;

    readonly List<Held> _batches = [];
    readonly Stack<EventBatch> _pool = [];

    sealed class Held(EventBatch batch, long learnt)
    {
        public readonly EventBatch Batch = batch;

        /// <summary>What had been learnt before the first row was processed.</summary>
        public readonly long Learnt = learnt;
        public int Readers;
        public bool Sealed;

        /// <summary>Kept once the batch is full: its columns stay built for the next search.</summary>
        public BatchBlock? Full;
    }

    public EventBatch Add()
    {
        var batch = _pool.TryPop(out var pooled) ? pooled : new EventBatch(5 << 20);
        _batches.Add(new(batch, late?.Learnt ?? 0));
        return batch;
    }

    /// <summary>The published rows as blocks, and what to call (under the lock) when they are no longer read.</summary>
    /// <param name="records">Only batches that hold some of these records; null: all.</param>
    public (List<IBlock> Blocks, Action Release) Read(JournalRange? records = null)
    {
        var held = _batches.Where(h => h.Batch.Published > 0 && (records is not { } wanted || Holds(h.Batch, wanted))).ToList();
        var blocks = new List<IBlock>(held.Count);
        foreach (var h in held)
        {
            h.Readers++;
            if (h.Full?.Rows != h.Batch.Published) h.Full = new BatchBlock(h.Batch, properties, "open block");
            blocks.Add(late != null && late.Learnt != h.Learnt ? h.Full.With(late) : h.Full);
        }
        return (blocks, () =>
        {
            foreach (var h in held)
            {
                h.Readers--;
                Recycle(h);
            }
        }
        );
    }

    static bool Holds(EventBatch batch, JournalRange wanted) =>
        batch.Epoch == wanted.Epoch && batch.Sequence[0] <= wanted.Last && batch.Sequence[batch.Published - 1] >= wanted.First;

    /// <summary>The first record at or after a position that has rows here.</summary>
    public JournalPosition? FirstFrom(JournalPosition from)
    {
        foreach (var h in _batches)
        {
            int n = h.Batch.Published;
            if (n == 0 || new JournalPosition(h.Batch.Epoch, h.Batch.Sequence[n - 1]) < from) continue;
            var first = new JournalPosition(h.Batch.Epoch, h.Batch.Sequence[0]);
            return first < from ? from : first;
        }
        return null;
    }

    /// <summary>What had been learnt before the first row of the batches was processed.</summary>
    public long Learnt(IEnumerable<EventBatch> batches) => batches.Min(b => _batches.Find(h => ReferenceEquals(h.Batch, b))!.Learnt);

    public void Seal(IEnumerable<EventBatch> batches)
    {
        foreach (var batch in batches)
        {
            int i = _batches.FindIndex(h => ReferenceEquals(h.Batch, batch));
            var h = _batches[i];
            _batches.RemoveAt(i);
            h.Sealed = true;
            h.Full = null;
            Recycle(h);
        }
    }

    void Recycle(Held h)
    {
        if (!h.Sealed || h.Readers > 0) return;
        h.Sealed = false;
        if (_pool.Count >= MostPooled) return;
        h.Batch.Clear();
        _pool.Push(h.Batch);
    }
}
