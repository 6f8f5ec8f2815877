using Portolan.Store.Aql.Executor;
using Portolan.Store.Aql.Plan;
using Portolan.Store.Columns;

namespace Portolan.Store.Aql;

/// <summary>Compiled columns, as after SELECT, for streams of blocks. Safe for several threads.</summary>
public sealed class AqlProjection
{
    readonly IReadOnlyList<OutputColumn> _columns;
    readonly Func<Evaluator> _evaluator;

    internal AqlProjection(IReadOnlyList<OutputColumn> columns, Func<Evaluator> evaluator)
    {
        (_columns, _evaluator) = (columns, evaluator);
        Columns = [.. columns.Select(c => new ResultColumn(c.Name, c.Value.Type == AqlType.Null ? AqlType.Text : c.Value.Type))];
    }

    public IReadOnlyList<ResultColumn> Columns { get; }

    /// <inheritdoc cref="AqlCondition.Backtracks"/>
    public bool Backtracks => _columns.Any(c => AqlEngine.Backtracks(c.Value));

    /// <summary>The columns' values in the given rows (ascending) of the block: long, double, string, bool, byte[] or null.</summary>
    public object?[][] Rows(IBlock block, int[] rows)
    {
        var evaluator = _evaluator();
        var chunk = new RowChunk(new BlockReader(block), rows, new MemoryMeter(long.MaxValue));
        var found = new object?[rows.Length][];
        for (int i = 0; i < found.Length; i++) found[i] = new object?[_columns.Count];
        for (int c = 0; c < _columns.Count; c++)
        {
            var values = evaluator.Evaluate(_columns[c].Value, chunk);
            for (int i = 0; i < found.Length; i++) found[i][c] = values.Box(i);
        }
        return found;
    }
}
