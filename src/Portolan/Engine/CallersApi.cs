using Portolan.Web.Auth;
using Portolan.Web.Control;

namespace Portolan.Engine;

/// <summary>
/// The data as one caller may see it. Rows are limited to his scope in the plan itself; what shows more than rows (counts, sources, users, assets, the
/// contract) is not for who may not see all of them. The routes' permissions say so before; this holds whatever a route forgets.
/// </summary>
sealed class CallersApi(EngineApi engine, Caller caller, Audit audit) : ILocalApi
{
    // A search that is told of before it looks would find itself.
    public async Task<ResultSet> SearchAsync(string aql, Period period, CancellationToken cancel)
    {
        var found = await engine.SearchAsync(aql, period, caller.Scope, cancel);
        audit.Searched(caller, aql);
        return found;
    }

    public Task<ResultSet> ExplainAsync(string aql, Period period, CancellationToken cancel) => engine.ExplainAsync(aql, period, caller.Scope, cancel);

    public Task<ResultSet> TailAsync(string? condition, CancellationToken cancel)
    {
        audit.Searched(caller, $"tail {condition}".TrimEnd());
        return engine.TailAsync(condition, caller.Scope, cancel);
    }

    public Task<ResultSet> LedgerAsync(long? since, CancellationToken cancel) => Whole.LedgerAsync(since, cancel);

    public Task<ResultSet> SourcesAsync(CancellationToken cancel) => Whole.SourcesAsync(cancel);

    public Task<ResultSet> WhoAsync(string subject, long? at, CancellationToken cancel) => Whole.WhoAsync(subject, at, cancel);

    public Task<ResultSet> WhatAsync(string subject, long? at, CancellationToken cancel) => Whole.WhatAsync(subject, at, cancel);

    public Task<MayAnswer> MayAsync(string source, string destination, int port, int protocol, CancellationToken cancel) =>
        Whole.MayAsync(source, destination, port, protocol, cancel);

    public Task<ResultSet> ImportAsync(string name, string? sourceType, Stream bytes, CancellationToken cancel) => Whole.ImportAsync(name, sourceType, bytes, cancel);

    public Task<ResultSet> StatusAsync(CancellationToken cancel) => Whole.StatusAsync(cancel);

    EngineApi Whole => caller.Scope == null ? engine
        : throw new ApiException(FaultKind.Unanswerable, $"{caller.Name} may not ask this", $"only rows where {caller.Scope} are for {caller.Name}", "a search");

    public ValueTask DisposeAsync() => default;
}
