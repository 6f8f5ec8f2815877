using Portolan.Collect.Forwarding;
using Portolan.Collect.Pipeline;
using Portolan.Configuration;
using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Web.Control;

namespace Portolan.Engine;

/// <summary>A data directory whose server does not run, opened read-only: segments, and the journal's tail run through the same stages in memory.</summary>
sealed class StoppedApi : EngineApi
{
    readonly Pipeline _pipeline;
    bool _caughtUp;

    StoppedApi(Parts parts, Pipeline pipeline) : base(parts) => _pipeline = pipeline;

    public static ILocalApi Open(Config config)
    {
        var parts = new Parts(config, _ => { }, readOnly: true);
        var reader = JournalReader.OpenStopped(Parts.Files, parts.JournalFolder, parts.Store.Sealed);
        Arrivals.RecoverStopped(Parts.Files, parts.JournalFolder, parts.Ledger, parts.Store.Sealed);
        ForwardCursor.CountAll(Parts.Files, ForwardCursor.Folder(parts.Data), parts.Ledger);
        return new StoppedApi(parts, new(reader, null, parts.Store, parts.Stages, parts.Count, parts.Ledger, _ => { },
            JournalQuarantine.Ranges(Parts.Files, parts.JournalFolder)));
    }

    protected override string? CatchUp(CancellationToken cancel)
    {
        if (!_caughtUp) _pipeline.RunToEnd();
        _caughtUp = true;
        return null;
    }

    protected override IReadOnlyList<LedgerRow> Balance() => LedgerBalance.Of(Parts.Ledger.Snapshot(), 0);

    public override Task<ResultSet> TailAsync(string? condition, string? scope, CancellationToken cancel) => throw NotRunning("nothing arrives");

    public override Task<ResultSet> ImportAsync(string name, string? sourceType, Stream bytes, CancellationToken cancel) => throw NotRunning("only a server may write");

    // The history of the counts lives with the process.
    public override Task<ResultSet> LedgerAsync(long? since, CancellationToken cancel)
    {
        CatchUp(cancel);
        return Task.FromResult(LedgerRows(Balance(), since == null ? []
            : ["no server runs: only one that does knows counts since a time; these are since the ledger's beginning"]));
    }

    ApiException NotRunning(string why) => new(FaultKind.Unavailable, $"no server runs on {Parts.Data}", why, $"portolan serve --data {Parts.Data}");

    public override Task<ResultSet> StatusAsync(CancellationToken cancel) => Task.FromResult(ResultSet.Of([new("what"), new("value")],
    [
        ["state", "stopped"],
        ["segments", (long)Parts.Store.SegmentTotals.Count],
        ["events in segments", Parts.Store.SegmentTotals.Rows],
    ]));

    public override ValueTask DisposeAsync()
    {
        _pipeline.Dispose();
        Parts.Dispose();
        return default;
    }
}
