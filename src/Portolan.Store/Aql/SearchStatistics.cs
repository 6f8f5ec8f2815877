using System.Text;

namespace Portolan.Store.Aql;

/// <summary>How far a search is and what it did not have to read. Counters only grow; any thread may look while the search runs.</summary>
public sealed class SearchStatistics
{
    readonly List<string> _filters = [];
    long[] _blocks = [], _rows = [];
    int _total, _read, _done;
    long _scanned, _matched, _timeouts;

    /// <summary>Blocks the source offered for the time range.</summary>
    public int Blocks => Volatile.Read(ref _total);

    /// <summary>Blocks of which columns were read.</summary>
    public int BlocksRead => Volatile.Read(ref _read);

    /// <summary>Blocks that need no further look: read or skipped.</summary>
    public int BlocksDone => Volatile.Read(ref _done);

    /// <summary>Rows whose columns were looked at.</summary>
    public long RowsScanned => Interlocked.Read(ref _scanned);

    /// <summary>Rows that met the whole condition.</summary>
    public long RowsMatched => Interlocked.Read(ref _matched);

    /// <summary>Texts on which a backtracking expression ran out of its time; they count as not matching.</summary>
    public long RegexTimeouts => Interlocked.Read(ref _timeouts);

    /// <summary>For each filter, what it skipped: whole blocks, and rows inside blocks that were read.</summary>
    public IReadOnlyList<(string Filter, long Blocks, long Rows)> Pruned
    {
        get
        {
            lock (_filters) return [.. _filters.Select((f, i) => (f, _blocks[i], _rows[i]))];
        }
    }

    internal void Begin(int blocks, IEnumerable<string> filters)
    {
        _total = blocks;
        lock (_filters)
        {
            _filters.AddRange(filters);
            _blocks = new long[_filters.Count];
            _rows = new long[_filters.Count];
        }
    }

    internal void Skip(int filter, long blocks, long rows)
    {
        lock (_filters)
        {
            _blocks[filter] += blocks;
            _rows[filter] += rows;
        }
        if (blocks > 0) Interlocked.Add(ref _done, (int)blocks);
    }

    internal void Read() => Interlocked.Increment(ref _read);
    internal void Done() => Interlocked.Increment(ref _done);
    internal void Scanned(long rows) => Interlocked.Add(ref _scanned, rows);
    internal void Matched(long rows) => Interlocked.Add(ref _matched, rows);
    internal void TimedOut(long texts) => Interlocked.Add(ref _timeouts, texts);

    /// <summary>A few lines for people, as <c>--explain</c> prints them after a run.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append($"blocks: {Blocks}, read {BlocksRead}; rows: scanned {RowsScanned}, matched {RowsMatched}");
        foreach (var (filter, blocks, rows) in Pruned) text.Append($"\n  {filter}: skipped {blocks} blocks, {rows} rows");
        if (RegexTimeouts > 0) text.Append($"\n  regular expressions out of time: {RegexTimeouts} texts");
        return text.ToString();
    }
}
