using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Aql.Plan;
using Portolan.Store.Columns;

namespace Portolan.Store.Aql.Executor;

/// <summary>The leaf of a plan and its condition: rows of the blocks, newest blocks first, that lie in the time range and make every
/// conjunct true.</summary>
sealed class Scan
{
    const int ChunkRows = 8192;

    /// <summary>Rows whose payloads are in memory together.</summary>
    const int PayloadRows = 2048;

    const int TimeFilter = 0, EarlyEnd = 1, FirstPushed = 2;

    readonly QueryPlan _plan;
    readonly MemoryMeter _memory;
    readonly SearchStatistics _statistics;
    readonly IReadOnlyList<PushedFilter> _pushed;
    readonly Expr[] _first, _ofPayload, _rest;
    long _bound = long.MinValue;
    readonly CancellationToken _cancel;

    public Scan(QueryPlan plan, IReadOnlyList<IBlock> blocks, SearchOptions options, ICatalogNames names, MemoryMeter memory,
        SearchStatistics statistics, CancellationToken cancel)
    {
        (_plan, _memory, _statistics, _cancel) = (plan, memory, statistics, cancel);
        Blocks = [.. blocks.Select((b, i) => (b, i)).OrderByDescending(x => x.b.Time.Max).ThenByDescending(x => x.i).Select(x => x.b)];
        _pushed = options.PushDown ? PushedFilter.Of(plan, names) : [];
        // What reads payloads comes last anyway; what needs nothing else comes before the rest of those.
        _first = [.. plan.Conjuncts.Where(c => !QueryPlan.ReadsPayload(c))];
        _ofPayload = [.. plan.Conjuncts.Where(PayloadTest.Is)];
        _rest = [.. plan.Conjuncts.Where(c => QueryPlan.ReadsPayload(c) && !PayloadTest.Is(c))];
        statistics.Begin(Blocks.Length, ["time range", "newest first", .. _pushed.Select(p => p.Conjunct)]);
    }

    /// <summary>In the order in which they are looked at: by their latest row, newest first.</summary>
    public IBlock[] Blocks { get; }

    /// <summary>Rows that began before this millisecond are not wanted any more; a bounded newest-first search raises it as it
    /// goes.</summary>
    public long Bound
    {
        get => Volatile.Read(ref _bound);
        set => Volatile.Write(ref _bound, value);
    }

    public void ThrowIfCancelled() => _cancel.ThrowIfCancellationRequested();

    /// <summary>The matching rows of one of the blocks. Different blocks may be read by different threads, each with its own
    /// evaluator.</summary>
    public IEnumerable<RowChunk> Rows(int number, Evaluator evaluator)
    {
        var block = Blocks[number];
        _cancel.ThrowIfCancellationRequested();
        var (min, max) = block.Time;
        if (max < _plan.Time.From || min > _plan.Time.To || block.Rows == 0)
        {
            _statistics.Skip(TimeFilter, 1, 0);
            yield break;
        }
        if (RowChunk.Milliseconds(max) < Bound)
        {
            _statistics.Skip(EarlyEnd, 1, 0);
            yield break;
        }
        for (int i = 0; i < _pushed.Count; i++)
        {
            if (_pushed[i].Filter.May(block)) continue;
            _statistics.Skip(FirstPushed + i, 1, 0);
            yield break;
        }
        var reader = new BlockReader(block);
        _statistics.Read();
        var runs = Runs(block);
        bool whole = min >= _plan.Time.From && max <= _plan.Time.To;
        var passed = new List<int[]>();
        for (int end = block.Rows; end > 0; end -= ChunkRows)
        {
            _cancel.ThrowIfCancellationRequested();
            var rows = Candidates(reader, Math.Max(0, end - ChunkRows), end, whole, runs);
            _statistics.Scanned(rows.Length);
            var chunk = Kept(new RowChunk(reader, rows, _memory), _first, evaluator);
            if (chunk.Count == 0) continue;
            if (_ofPayload.Length + _rest.Length > 0)
            {
                passed.Add(chunk.Rows);
                continue;
            }
            _statistics.Matched(chunk.Count);
            yield return chunk;
        }
        // Payloads of one chunk lie all over the block: they are asked for a block at a time, each frame being opened once.
        if (passed.Count > 0)
        {
            passed.Reverse();
            int[] held = Holding(block, [.. passed.SelectMany(r => r)]);
            for (int end = held.Length; end > 0; end -= PayloadRows)
            {
                var chunk = Kept(new RowChunk(reader, held[Math.Max(0, end - PayloadRows)..end], _memory), _rest, evaluator);
                if (chunk.Count == 0) continue;
                _statistics.Matched(chunk.Count);
                yield return chunk;
            }
        }
        _statistics.Done();
    }

    static RowChunk Kept(RowChunk rows, Expr[] conjuncts, Evaluator evaluator)
    {
        Chunk chunk = rows;
        foreach (var conjunct in conjuncts)
        {
            if (chunk.Count == 0) break;
            var places = evaluator.Filter(conjunct, chunk);
            if (places.Length < chunk.Count) chunk = chunk.Part(places);
        }
        return (RowChunk)chunk;
    }

    /// <summary>The rows whose payloads pass the tests.</summary>
    int[] Holding(IBlock block, int[] rows)
    {
        if (_ofPayload.Length == 0) return rows;
        var holds = new bool[block.Rows];
        int asked = 0;
        block.PayloadsAsStored(rows, (row, payload) =>
        {
            if ((++asked & 1023) == 0) _cancel.ThrowIfCancellationRequested();
            foreach (var test in _ofPayload)
                if (!PayloadTest.Holds(test, payload)) return;
            holds[row] = true;
        });
        return Array.FindAll(rows, r => holds[r]);
    }

    /// <summary>Which rows the filters that know frames leave; null for all.</summary>
    bool[]? Runs(IBlock block)
    {
        bool[]? left = null;
        for (int i = 0; i < _pushed.Count; i++)
        {
            if (_pushed[i].Filter.Runs(block) is not { } runs) continue;
            var held = new bool[block.Rows];
            foreach (var (start, end) in runs) held.AsSpan(start, end - start).Fill(true);
            long skipped = held.LongCount(h => !h);
            if (left == null) left = held;
            else
            {
                for (int r = 0; r < left.Length; r++) left[r] &= held[r];
            }
            _statistics.Skip(FirstPushed + i, 0, skipped);
        }
        return left;
    }

    int[] Candidates(BlockReader reader, int start, int end, bool whole, bool[]? runs)
    {
        long from = Math.Max(_plan.Time.From, Bound <= long.MinValue / 1000 ? long.MinValue : Bound * 1000), to = _plan.Time.To;
        whole &= from == _plan.Time.From;
        var times = whole ? null : reader.Numbers(Fields.StartTime)?.Values ?? new long[reader.Block.Rows];
        var rows = new int[end - start];
        int n = 0;
        for (int row = start; row < end; row++)
        {
            if (runs != null && !runs[row]) continue;
            if (times != null && (times[row] < from || times[row] > to)) continue;
            rows[n++] = row;
        }
        return n == rows.Length ? rows : rows[..n];
    }
}
