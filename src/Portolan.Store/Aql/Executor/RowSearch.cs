using System.Collections.Concurrent;
using Portolan.Store.Aql.Plan;
using Portolan.Store.Columns;

namespace Portolan.Store.Aql.Executor;

/// <summary>A matching row: where it lies and what it is ordered by. Columns of the result are read only for rows that stay.</summary>
readonly record struct Candidate(SortKey[] Keys, RowOrder Order, int Block, int Row);

/// <summary>
/// A search without groups. Without ORDER BY rows come newest first; ties, also of an ORDER BY, go by event id in the direction of the last
/// order.
/// </summary>
sealed class RowSearch(QueryPlan plan, Scan scan, Func<Evaluator> evaluators, MemoryMeter memory, Previews previews, SearchOptions options) : IComparer<Candidate>
{
    /// <summary>How many rows are put together at once: the first ones soon, later ones cheaply.</summary>
    const int FirstBatch = 128, LargestBatch = 65_536, LargestOfPayloads = 4096, BatchGrowth = 8;

    /// <summary>What a preview shows of rows that may lie anywhere.</summary>
    const int PreviewRows = 50;

    const int CandidateBytes = 96;

    readonly bool _newestFirst = plan.OrderBy.Count == 0 || plan.OrderBy is [{ Descending: true, Value: FieldExpr f }]
        && f.Field == Model.Fields.StartTime;
    readonly IReadOnlyList<Ordering> _order = plan.OrderBy;
    readonly Evaluator _evaluator = evaluators();
    // Who asks for the payload many times over, each time in another column, gets fewer rows at once.
    readonly int _payloads = Math.Clamp(plan.Columns.Count(c => QueryPlan.ReadsPayload(c.Value)), 1, FirstBatch);
    // What is made of payloads may be small while they are not: how much is shown says nothing of how much is read.
    readonly int _largest = plan.Columns.Any(c => QueryPlan.ReadsPayload(c.Value)) ? LargestOfPayloads : LargestBatch;
    int _batch = FirstBatch;
    volatile Worst? _worst;

    public IEnumerable<object?[]> Rows() => plan.Limit == 0 ? [] : _newestFirst ? Streamed() : Sorted();

    /// <summary>Before is less than zero: the first of the two comes first in the result.</summary>
    public int Compare(Candidate a, Candidate b)
    {
        if (!_newestFirst)
        {
            for (int i = 0; i < a.Keys.Length; i++)
            {
                int c = _order[i].Value is IdExpr ? a.Order.Id.CompareTo(b.Order.Id) : a.Keys[i].CompareTo(b.Keys[i]);
                if (c != 0) return _order[i].Descending ? -c : c;
            }
            int tie = a.Order.Id.CompareTo(b.Order.Id);
            return _order[^1].Descending ? -tie : tie;
        }
        return b.Order.CompareTo(a.Order);
    }

    // A block's rows can be given out once no block that is still to come reaches up to their time.
    IEnumerable<object?[]> Streamed()
    {
        var waiting = new List<Candidate>();
        long left = plan.Limit ?? long.MaxValue;
        foreach (var (b, found, reader) in Found())
        {
            waiting.AddRange(found);
            // What was read to find the rows is not read again to show them.
            _last = (b, reader);
            long next = b + 1 < scan.Blocks.Length ? RowChunk.Milliseconds(scan.Blocks[b + 1].Time.Max) : long.MinValue;
            bool last = b + 1 == scan.Blocks.Length;
            waiting.Sort(Compare);
            if (waiting.Count > left) Drop(waiting, (int)left);
            // Rows before the last that is wanted are not looked for any more.
            if (left > 0 && waiting.Count == left && options.PushDown) scan.Bound = waiting[^1].Order.Milliseconds;
            int ready = last ? waiting.Count : waiting.FindIndex(c => c.Order.Milliseconds <= next);
            if (ready < 0) ready = waiting.Count;
            foreach (var row in Materialised(waiting[..ready])) yield return row;
            waiting.RemoveRange(0, ready);
            left -= ready;
            memory.Return((long)ready * CandidateBytes);
        }
    }

    IEnumerable<object?[]> Sorted()
    {
        int limit = (int)Math.Min(plan.Limit ?? int.MaxValue, int.MaxValue);
        var rows = new List<Candidate>();
        foreach (var (_, found, _) in Found())
        {
            rows.AddRange(found);
            // Those that have no chance go now and then: seldom enough that a row is sorted a few times at most.
            if (rows.Count >= limit + Math.Max(limit / 4L, 4096))
            {
                rows.Sort(Compare);
                Drop(rows, limit);
                Raise(rows[^1]);
            }
            if (previews.Due) previews.Show(Preview);
        }
        rows.Sort(Compare);
        if (rows.Count > limit) Drop(rows, limit);
        foreach (var row in Materialised(rows)) yield return row;

        (IReadOnlyList<object?[]>, long)? Preview()
        {
            var first = new PriorityQueue<Candidate, Candidate>(Comparer<Candidate>.Create((a, b) => Compare(b, a)));
            foreach (var row in rows)
            {
                if (first.Count < PreviewRows) first.Enqueue(row, row);
                else if (Compare(row, first.Peek()) < 0) first.DequeueEnqueue(row, row);
            }
            var shown = first.UnorderedItems.Select(i => i.Element).Order(this).Take(limit).ToList();
            return ([.. Materialised(shown)], Math.Min(rows.Count, limit));
        }
    }

    void Drop(List<Candidate> rows, int keep)
    {
        memory.Return((long)(rows.Count - keep) * CandidateBytes);
        rows.RemoveRange(keep, rows.Count - keep);
    }

    /// <summary>
    /// The matching rows of one block after the other. While one is handed out, the next are read on other threads, at first none and then ever more: who
    /// wants only the newest rows finds them in the first block.
    /// </summary>
    IEnumerable<(int Block, List<Candidate> Rows, BlockReader? Reader)> Found()
    {
        var reading = new Queue<Task<(List<Candidate>, BlockReader?)>>();
        var idle = new ConcurrentBag<Evaluator>();
        int started = 0, ahead = 1;
        bool stopped = false;
        try
        {
            for (int b = 0; b < scan.Blocks.Length; b++)
            {
                for (; started < scan.Blocks.Length && reading.Count < ahead; started++)
                {
                    int block = started;
                    reading.Enqueue(options.Threads > 1 ? Task.Run(() => Read(block)) : Task.FromResult(Read(block)));
                }
                var (rows, reader) = reading.Dequeue().GetAwaiter().GetResult();
                yield return (b, rows, reader);
                ahead = Math.Min(options.Threads, ahead + 1);
            }
        }
        finally
        {
            // Nobody reads the blocks any more when the caller lets them go.
            Volatile.Write(ref stopped, true);
            Task.WaitAny(Task.WhenAll(reading));
        }

        (List<Candidate>, BlockReader?) Read(int block)
        {
            if (!idle.TryTake(out var evaluator)) evaluator = evaluators();
            var rows = new List<Candidate>();
            BlockReader? reader = null;
            foreach (var chunk in scan.Rows(block, evaluator))
            {
                reader = chunk.Reader;
                rows.AddRange(Candidates(chunk, block, evaluator));
                if (Volatile.Read(ref stopped)) break;
                Trim(rows);
            }
            idle.Add(evaluator);
            return (rows, reader);
        }
    }

    /// <summary>Of the rows of one block no more than LIMIT can be in the result.</summary>
    void Trim(List<Candidate> rows)
    {
        if (plan.Limit is not { } limit || rows.Count / 2 < Math.Max(limit, 4096)) return;
        rows.Sort(Compare);
        Drop(rows, (int)limit);
        Raise(rows[^1]);
    }

    /// <summary>As many rows as are wanted come up to this one: those behind it are not looked for any more.</summary>
    void Raise(Candidate last)
    {
        if (!options.PushDown) return;
        lock (scan)
        {
            if (!_newestFirst)
            {
                if (_worst == null || Compare(last, _worst.Row) < 0) _worst = new(last);
            }
            else if (last.Order.Milliseconds > scan.Bound) scan.Bound = last.Order.Milliseconds;
        }
    }

    Candidate[] Candidates(RowChunk chunk, int block, Evaluator evaluator)
    {
        SortKey[][] keys = [];
        var worst = _worst;
        if (!_newestFirst)
        {
            var first = Keys(_order[0].Value, chunk, evaluator);
            if (worst != null && _order[0].Value is not IdExpr)
            {
                // Most rows of a long search come behind those that are kept: their first key says so, and nothing else of them is read.
                var key = worst.Row.Keys[0];
                var places = Enumerable.Range(0, first.Length).Where(i => first[i].CompareTo(key) * (_order[0].Descending ? -1 : 1) <= 0).ToArray();
                if (places.Length < first.Length) (chunk, first) = ((RowChunk)chunk.Part(places), LongVector.Pick(first, places));
            }
            keys = [first, .. _order.Skip(1).Select(o => Keys(o.Value, chunk, evaluator))];
        }
        var orders = chunk.Orders();
        var candidates = new Candidate[chunk.Count];
        int n = 0;
        for (int i = 0; i < candidates.Length; i++)
        {
            var k = keys.Length == 0 ? [] : new SortKey[keys.Length];
            for (int j = 0; j < k.Length; j++) k[j] = keys[j][i];
            candidates[n] = new(k, orders[i], block, chunk.Rows[i]);
            if (worst == null || Compare(candidates[n], worst.Row) <= 0) n++;
        }
        memory.Take((long)n * CandidateBytes);
        return n == candidates.Length ? candidates : candidates[..n];
    }

    static SortKey[] Keys(Expr value, RowChunk chunk, Evaluator evaluator)
    {
        var keys = new SortKey[chunk.Count];
        if (chunk.Reader.TryByEntry(value, chunk.Count, evaluator, out var entries))
        {
            var byEntry = chunk.Reader.SortKeys(value, entries);
            for (int i = 0; i < keys.Length; i++)
            {
                int entry = entries.Of(chunk.Rows[i]);
                keys[i] = byEntry[entry] ??= SortKey.Of(entries.Values, entry);
            }
            return keys;
        }
        var values = evaluator.Evaluate(value, chunk);
        for (int i = 0; i < keys.Length; i++) keys[i] = SortKey.Of(values, i);
        return keys;
    }

    IEnumerable<object?[]> Materialised(List<Candidate> candidates)
    {
        for (int start = 0, n; start < candidates.Count; start += n)
        {
            n = Math.Min(Math.Max(1, _batch / _payloads), candidates.Count - start);
            scan.ThrowIfCancelled();
            var rows = new object?[n][];
            foreach (var group in Enumerable.Range(0, n).GroupBy(i => candidates[start + i].Block))
            {
                var places = group.OrderBy(i => candidates[start + i].Row).ToArray();
                var chunk = new RowChunk(Reader(group.Key), [.. places.Select(i => candidates[start + i].Row)], memory);
                foreach (int i in places) rows[i] = new object?[plan.Columns.Count];
                for (int c = 0; c < plan.Columns.Count; c++)
                {
                    var values = _evaluator.Evaluate(plan.Columns[c].Value, chunk);
                    for (int j = 0; j < places.Length; j++) rows[places[j]][c] = values.Box(j);
                }
            }
            // Rows of one batch share columns and payload frames: the larger the cheaper, as far as memory goes.
            if (n == _batch / _payloads && _batch < _largest && rows.Sum(Previews.Bytes) < Previews.MostBytes) _batch = Math.Min(_batch * BatchGrowth, _largest);
            foreach (var row in rows) yield return row;
        }
    }

    (int Block, BlockReader? Reader) _last = (-1, null);

    // Most batches lie in one block: its columns are kept until another one is read.
    BlockReader Reader(int block)
    {
        if (_last.Block != block || _last.Reader == null) _last = (block, new BlockReader(scan.Blocks[block]));
        return _last.Reader!;
    }

    /// <summary>The row that comes last of as many as are wanted.</summary>
    sealed record Worst(Candidate Row);
}
