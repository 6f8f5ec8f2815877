using System.Runtime.CompilerServices;
using Portolan.Collect.Forwarding;
using Portolan.Collect.Pipeline;
using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Store.Journal;
using Portolan.Web.Control;

namespace Portolan.Engine;

/// <summary>Answers of a running server.</summary>
sealed class ServerApi(Parts parts, JournalWriter journal, Pipeline pipeline, Func<IReadOnlyList<object?[]>> listening, Action countKernelDrops,
    Forwarding? forwarding = null) : EngineApi(parts)
{
    static readonly TimeSpan TailPoll = TimeSpan.FromMilliseconds(200);
    readonly LedgerHistory _history = new(parts.Ledger);

    // Longer than any healthy pipeline needs. Past it something holds it up (a full disk), and what is stored must stay searchable.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    protected override string? CatchUp(CancellationToken cancel)
    {
        long last;
        using (var append = journal.BeginAppend()) last = append.LastSequence;
        if (pipeline.WaitProcessed(last, Patience, cancel)) return null;
        cancel.ThrowIfCancellationRequested();
        return $"{last - pipeline.Processed} records that had arrived are still in the journal and missing here; the server's log says what holds them up";
    }

    /// <summary>Called every minute, so that the ledger can say what happened since then.</summary>
    public void Minute() => _history.Remember(Now());

    protected override IReadOnlyList<LedgerRow> Balance()
    {
        countKernelDrops();
        var (rows, waiting) = pipeline.Counts();
        return [.. LedgerBalance.Of(rows, waiting), .. forwarding?.Waiting() ?? []];
    }

    public override Task<ResultSet> LedgerAsync(long? since, CancellationToken cancel)
    {
        if (since is not { } from) return base.LedgerAsync(since, cancel);
        CatchUp(cancel);
        var (rows, begins) = _history.Since(from);
        return Task.FromResult(LedgerRows(rows, begins > from + 60_000_000
            ? [$"the ledger's history begins at {DateTimeOffset.FromUnixTimeMilliseconds(begins / 1000):u}, later than asked for"] : []));
    }

    // Each look is a search for the rows behind the last one seen: a slow reader waits for itself, never the pipeline.
    public override Task<ResultSet> TailAsync(string? condition, string? scope, CancellationToken cancel)
    {
        if (condition != null) Ask(() => Parts.Searches.CompileCondition(condition, scope));
        string where = condition == null ? "" : $"({condition}) AND ";
        long seen = pipeline.Processed;
        var first = Look(where, scope, seen, seen);
        return Task.FromResult(new ResultSet([.. first.Columns.Select(Column)], Rows()));

        async IAsyncEnumerable<object?[]> Rows([EnumeratorCancellation] CancellationToken given = default)
        {
            first.Dispose();
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, given);
            while (true)
            {
                long now = pipeline.Processed;
                if (now == seen)
                {
                    await Task.Delay(TailPoll, both.Token);
                    continue;
                }
                using var found = Look(where, scope, seen, now);
                foreach (var row in found.Rows) yield return row;
                seen = now;
            }
        }
    }

    SearchResult Look(string where, string? scope, long after, long upTo) => Ask(() => Parts.Searches.Run(
        $"SELECT * FROM events WHERE {where}epoch = {journal.Epoch} AND sequence > {after} AND sequence <= {upTo} ORDER BY sequence ASC LIMIT {long.MaxValue}",
        new() { Time = (long.MinValue, long.MaxValue), Scope = scope }));

    public override async Task<ResultSet> ImportAsync(string name, string? sourceType, Stream bytes, CancellationToken cancel)
    {
        uint origin = 0;
        if (sourceType != null)
        {
            var type = Parts.Types.Find(sourceType);
            if (type == null)
                throw new ApiException(FaultKind.Unanswerable, $"no source type {sourceType}", null, Nearest.To(sourceType, Parts.Types.All.Select(t => t.Id)) is [var near, ..] ? near : "portolan sources list");
            origin = (uint)Parts.Types.All.ToList().IndexOf(type) + 1;
        }
        var import = new LineImport(journal, Parts.Ledger, name, origin);
        try
        {
            await import.Run(bytes, cancel);
        }
        catch (IOException e)
        {
            throw new ApiException(FaultKind.Unanswerable, $"{name} is imported up to record {import.Lines} only", e.Message, "a whole file");
        }
        CatchUp(cancel);
        return ResultSet.Of([new("lines"), new("bytes"), new("cut")], [[import.Lines, import.Bytes, import.Cut]]);
    }

    public override Task<ResultSet> StatusAsync(CancellationToken cancel)
    {
        var health = journal.Health;
        var (rows, bytes, count) = Parts.Store.SegmentTotals;
        return Task.FromResult(ResultSet.Of([new("what"), new("value")],
        [
            ["state", "running"],
            ["version", typeof(ServerApi).Assembly.GetName().Version?.ToString(3)],
            ["pid", (long)Environment.ProcessId],
            ["journal", health.State.ToString().ToLowerInvariant() + (health.Message.Length > 0 ? $": {health.Message}; try: {health.Remedy}" : "")],
            ["journal bytes", journal.BytesOnDisk],
            ["journal committed", journal.CommittedSequence],
            ["pipeline processed", pipeline.Processed],
            ["segments", (long)count],
            ["segment bytes", bytes],
            ["events in segments", rows],
            ["damaged segments", (long)Parts.Store.Damaged.Count],
            ["log sources", (long)Parts.Sources.Count],
            ["user mappings", (long)Parts.Users.Count],
            .. listening(),
            .. (forwarding?.States ?? []).Select(s => new object?[] { s.Name, s.State }),
        ]));
    }
}
