using Portolan.Model;
using Portolan.Store.Columns;

namespace Portolan.Store.Aql;

/// <summary>A column of a result. Values of an Address or Mac column are its text.</summary>
public readonly record struct ResultColumn(string Name, AqlType Type);

/// <summary>
/// A search under way. <see cref="Rows"/> runs it, once: values are long, double, string, bool, byte[] or null, in the order of
/// <see cref="Columns"/>. Dispose it to let the blocks go, whether or not all rows were taken.
/// </summary>
public sealed class SearchResult : IDisposable
{
    readonly BlockSnapshot _snapshot;
    readonly IEnumerable<object?[]> _rows;
    int _taken;

    internal SearchResult(Database database, IReadOnlyList<ResultColumn> columns, Func<Action<SearchPreview>?, IEnumerable<object?[]>> rows, BlockSnapshot snapshot,
        SearchStatistics statistics, (long, long) time)
    {
        (Database, Columns, _snapshot, Statistics, Time) = (database, columns, snapshot, statistics, time);
        _rows = Run();

        // What is set before the first row is asked for counts.
        IEnumerable<object?[]> Run()
        {
            foreach (var row in rows(Preview)) yield return row;
        }
    }

    /// <summary>What was searched: events or flows.</summary>
    public Database Database { get; }

    public IReadOnlyList<ResultColumn> Columns { get; }

    public SearchStatistics Statistics { get; }

    /// <summary>The range of starttime that is searched, both ends within, microseconds since 1970 UTC.</summary>
    public (long From, long To) Time { get; }

    /// <summary>
    /// Told what there is so far when the first row takes long: of groups, and of rows in another order than newest first. On the thread that asks for rows;
    /// to be set before.
    /// </summary>
    public Action<SearchPreview>? Preview { get; set; }

    /// <exception cref="AqlException">While enumerating, Limit: the search needs more memory than it may.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: the search was cancelled.</exception>
    public IEnumerable<object?[]> Rows => Interlocked.Exchange(ref _taken, 1) == 0 ? _rows
        : throw new InvalidOperationException("the rows of a search can be taken once");

    public void Dispose() => _snapshot.Dispose();
}
