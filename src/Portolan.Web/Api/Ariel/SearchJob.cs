using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Web.Control;
using ResultColumn = Portolan.Web.Control.ResultColumn;

namespace Portolan.Web.Api.Ariel;

/// <summary>QRadar's states of a search; clients know these six and no other.</summary>
public enum SearchStatus
{
    Wait,
    Execute,
    Sorting,
    Completed,
    Canceled,
    Error,
}

/// <summary>A preview and the how-manyeth of its search it is, from 1.</summary>
public sealed record NumberedPreview(int Number, SearchPreview Preview);

/// <summary>
/// One search with the rows it found: asked for by its owner, run when its turn comes, kept for a while. Its owner may go and come back.
/// Any thread may look at it.
/// </summary>
public sealed class SearchJob
{
    readonly TimeProvider _clock;
    readonly Lock _lock = new();
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly SearchStatistics? _statistics;
    ResultSet? _result;
    SearchStatus _status = SearchStatus.Wait;
    NumberedPreview? _preview;
    long _began, _ran;
    readonly StoredSearch? _stored;

    internal SearchJob(string id, string owner, string query, ResultSet result, KeptRows rows, TimeProvider clock, CancellationTokenSource cancelling)
    {
        (Id, Owner, Query, _result, Rows, _clock, Cancelling) = (id, owner, query, result, rows, clock, cancelling);
        (Database, Columns, _statistics) = (result.Database, result.Columns, result.Statistics);
        Created = clock.GetUtcNow();
    }

    /// <summary>One that completed in an earlier process.</summary>
    internal SearchJob(StoredSearch stored, KeptRows rows, TimeProvider clock)
    {
        (_stored, Rows, _clock, Cancelling) = (stored, rows, clock, new());
        (Id, Owner, Query, Database, Columns) = (stored.Id, stored.Owner, stored.Query, stored.Database, stored.Columns);
        (Created, Ended, Saved, Notes, Partial) = (stored.Created, stored.Ended, stored.Saved, stored.Notes, stored.Partial);
        _status = SearchStatus.Completed;
        _ended.SetResult();
    }

    /// <summary>What a later process needs to know of it.</summary>
    internal StoredSearch Stored(StoredRows rows) =>
        new(Id, Owner, Query, Database, Columns, Created, Ended!.Value, Saved, Notes, Partial, RunTime, RowsScanned, BlocksRead, rows);

    public string Id { get; }

    public string Owner { get; }

    /// <summary>The AQL text as it was given.</summary>
    public string Query { get; }

    public Database Database { get; }

    public IReadOnlyList<ResultColumn> Columns { get; }

    public DateTimeOffset Created { get; }

    /// <summary>Kept for longer, because someone wants to come back to it.</summary>
    public bool Saved { get; internal set; }

    /// <summary>Why it ended without its rows.</summary>
    public ApiException? Fault { get; private set; }

    /// <summary>What the reader must know of the answer, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>Something that belongs to the answer is missing; the notes say what.</summary>
    public bool Partial { get; private set; }

    /// <summary>When it ended; null while it waits or runs.</summary>
    public DateTimeOffset? Ended { get; private set; }

    /// <summary>Completes when the search has ended, whichever way.</summary>
    public Task Ending => _ended.Task;

    /// <summary>Rows found so far.</summary>
    public long RowCount => Math.Max(0, Rows.Count);

    public long BytesOnDisk => Rows.BytesOnDisk;

    public long RowsScanned => _statistics?.RowsScanned ?? _stored?.RowsScanned ?? 0;

    public int BlocksRead => _statistics?.BlocksRead ?? _stored?.BlocksRead ?? 0;

    public SearchStatus Status
    {
        get
        {
            lock (_lock)
            {
                // Everything is read and rows are still to come: what is left is their order.
                return _status == SearchStatus.Execute && _statistics is { Blocks: > 0 } s && s.BlocksDone >= s.Blocks ? SearchStatus.Sorting : _status;
            }
        }
    }

    public bool Running => Ended == null;

    /// <summary>0 to 100: the share of blocks that need no further look. 100 only when the last row is there.</summary>
    public int Progress => Status == SearchStatus.Completed ? 100 : _statistics is { Blocks: > 0 } s ? (int)Math.Min(99, 100L * s.BlocksDone / s.Blocks) : 0;

    public TimeSpan RunTime
    {
        get
        {
            lock (_lock) return _began == 0 ? _stored?.RunTime ?? TimeSpan.Zero : _clock.GetElapsedTime(_began, _ran == 0 ? _clock.GetTimestamp() : _ran);
        }
    }

    /// <summary>What a search that takes long has found so far, and which of its previews it is, from 1; null when there is none, or it has ended.</summary>
    public NumberedPreview? Preview => Volatile.Read(ref _preview);

    /// <summary>How much is looked at is told only to who may see all rows.</summary>
    public bool TellsProgress => _statistics != null;

    internal void Show(SearchPreview preview)
    {
        lock (_lock)
            if (Ended == null) Volatile.Write(ref _preview, new((_preview?.Number ?? 0) + 1, preview));
    }

    /// <summary>What gives the rows, to the one who asks first: it holds on to blocks and must not outlive the search.</summary>
    internal ResultSet? TakeResult() => Interlocked.Exchange(ref _result, null);

    internal KeptRows Rows { get; }

    /// <summary>The file that tells of it beside its rows, once it has completed.</summary>
    internal string StoredAt { get; init; } = "";

    /// <summary>Held while that file is written or removed.</summary>
    internal Lock Storing { get; } = new();

    internal CancellationTokenSource Cancelling { get; }

    internal void Begin()
    {
        lock (_lock)
        {
            if (Ended != null) return;
            _status = SearchStatus.Execute;
            _began = Math.Max(1, _clock.GetTimestamp());
        }
    }

    internal void Complete(ResultEnd end)
    {
        (Notes, Partial) = (end.Notes ?? [], end.Partial);
        End(SearchStatus.Completed);
    }

    internal void Fail(ApiException fault)
    {
        Fault = fault;
        End(SearchStatus.Error);
    }

    /// <summary>The first end stands.</summary>
    internal void End(SearchStatus status)
    {
        lock (_lock)
        {
            if (Ended != null) return;
            (_status, Ended, _ran) = (status, _clock.GetUtcNow(), Math.Max(1, _clock.GetTimestamp()));
            _preview = null;
        }
        _ended.TrySetResult();
    }
}
