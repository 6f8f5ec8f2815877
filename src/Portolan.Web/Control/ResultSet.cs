using Portolan.Model;
using Portolan.Store.Aql;

namespace Portolan.Web.Control;

public enum ColumnKind
{
    /// <summary>Whatever the values say they are.</summary>
    Value,

    /// <summary>Epoch milliseconds; people see local time.</summary>
    Time,
}

/// <param name="Type">Known where the rows come from an engine in this process; not sent over the control socket.</param>
public readonly record struct ResultColumn(string Name, ColumnKind Kind = ColumnKind.Value, AqlType Type = AqlType.Text);

/// <summary>What is known when the last row has come.</summary>
/// <param name="Rows">How many rows were given.</param>
/// <param name="Partial">Some of the answer is missing; a note says why.</param>
/// <param name="Notes">What the reader must know, one sentence each.</param>
public sealed record ResultEnd(long Rows, bool Partial = false, IReadOnlyList<string>? Notes = null);

/// <summary>
/// Columns and rows as they come. A cell is a long, double, string, bool, byte[] or null. <see cref="End"/> is set once <see cref="Rows"/>
/// is read to its end. Rows can be read once.
/// </summary>
public sealed class ResultSet(IReadOnlyList<ResultColumn> columns, IAsyncEnumerable<object?[]> rows) : IAsyncDisposable
{
    public IReadOnlyList<ResultColumn> Columns { get; } = columns;

    public IAsyncEnumerable<object?[]> Rows { get; } = rows;

    public ResultEnd End { get; set; } = new(0);

    /// <summary>What the rows are: events or flows.</summary>
    public Database Database { get; init; } = Database.Events;

    /// <summary>How far the search is; null when no engine of this process runs it.</summary>
    public SearchStatistics? Statistics { get; init; }

    /// <summary>As <see cref="SearchResult.Preview"/>; set before <see cref="Rows"/> are read. Its percentage is only for who may see all rows.</summary>
    public Action<SearchPreview>? Preview { get; set; }

    /// <summary>What to let go when the reader is done.</summary>
    public Func<ValueTask>? Release { get; init; }

    /// <summary>A result whose rows are all there.</summary>
    public static ResultSet Of(IReadOnlyList<ResultColumn> columns, IReadOnlyList<object?[]> rows, bool partial = false,
        IReadOnlyList<string>? notes = null) =>
        new(columns, Given(rows)) { End = new(rows.Count, partial, notes) };

    static async IAsyncEnumerable<object?[]> Given(IReadOnlyList<object?[]> rows)
    {
        await Task.CompletedTask;
        foreach (var row in rows) yield return row;
    }

    public ValueTask DisposeAsync() => Release?.Invoke() ?? default;
}
