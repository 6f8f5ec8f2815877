using Portolan.Store.Aql.Executor;
using Portolan.Store.Aql.Plan;
using Portolan.Store.Columns;

namespace Portolan.Store.Aql;

/// <summary>A compiled condition, for streams of blocks. Safe for several threads.</summary>
public sealed class AqlCondition
{
    readonly IReadOnlyList<Expr> _conjuncts;
    readonly Func<Evaluator> _evaluator;

    internal AqlCondition(IReadOnlyList<Expr> conjuncts, Func<Evaluator> evaluator) => (_conjuncts, _evaluator) = (conjuncts, evaluator);

    /// <summary>Whether a regular expression in it may take its time over a text (look-around, back references).</summary>
    public bool Backtracks => _conjuncts.Any(AqlEngine.Backtracks);

    /// <summary>The rows in [from, to) that meet the condition, ascending.</summary>
    public int[] Matches(IBlock block, int from, int to)
    {
        var evaluator = _evaluator();
        Chunk chunk = new RowChunk(new BlockReader(block), [.. Enumerable.Range(from, to - from)], new MemoryMeter(long.MaxValue));
        foreach (var conjunct in _conjuncts)
        {
            if (chunk.Count == 0) break;
            chunk = chunk.Part(evaluator.Filter(conjunct, chunk));
        }
        return ((RowChunk)chunk).Rows;
    }

    public int[] Matches(IBlock block) => Matches(block, 0, block.Rows);
}
