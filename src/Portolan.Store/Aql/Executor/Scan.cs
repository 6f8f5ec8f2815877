using Portolan.Model;
using Portolan.Store.Aql.Plan;
using Portolan.Store.Columns;

namespace Portolan.Store.Aql.Executor;

/// <summary>The leaf of a plan and its condition: rows of the blocks, newest blocks first, that lie in the time range and make every
/// conjunct true.</summary>
sealed class Scan
{
    const int ChunkRows = 8192;
    const int TimeFilter = 0, EarlyEnd = 1, FirstPushed = 2;

    readonly QueryPlan _plan;
    readonly MemoryMeter _memory;
    readonly SearchStatistics _statistics;
    readonly IReadOnlyList<PushedFilter> _pushed;
    readonly CancellationToken _cancel;

    public Scan(QueryPlan plan, IReadOnlyList<IBlock> blocks, SearchOptions options, MemoryMeter memory, SearchStatistics statistics,
        CancellationToken cancel)
    {
        (_plan, _memory, _statistics, _cancel) = (plan, memory, statistics, cancel);
        Blocks = [.. blocks.Select((b, i) => (b, i)).OrderByDescending(x => x.b.Time.Max).ThenByDescending(x => x.i).Select(x => x.b)];
        _pushed = options.PushDown ? PushedFilter.Of(plan) : [];
        statistics.Begin(Blocks.Length, ["time range", "newest first", .. _pushed.Select(p => p.Conjunct)]);
    }

    /// <summary>In the order in which they are looked at: by their latest row, newest first.</summary>
    public IBlock[] Blocks { get; }

    /// <summary>Rows that began before this millisecond are not wanted any more; a bounded newest-first search raises it as it
    /// goes.</summary>
    public long Bound { get; set; } = long.MinValue;

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
        for (int end = block.Rows; end > 0; end -= ChunkRows)
        {
            _cancel.ThrowIfCancellationRequested();
            var rows = Candidates(reader, Math.Max(0, end - ChunkRows), end, whole, runs);
            _statistics.Scanned(rows.Length);
            Chunk chunk = new RowChunk(reader, rows, _memory);
            foreach (var conjunct in _plan.Conjuncts)
            {
                if (chunk.Count == 0) break;
                var places = evaluator.Filter(conjunct, chunk);
                if (places.Length < chunk.Count) chunk = chunk.Part(places);
            }
            _statistics.Matched(chunk.Count);
            if (chunk.Count > 0) yield return (RowChunk)chunk;
        }
        _statistics.Done();
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
