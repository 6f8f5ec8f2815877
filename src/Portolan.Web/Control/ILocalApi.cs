namespace Portolan.Web.Control;

/// <summary>
/// What the command line asks of a data directory. Three stand behind it: the engine of a running server, the client of its control socket,
/// and a stopped directory opened read-only. All give the same answers. A refusal is an <see cref="ApiException"/>. Times are microseconds
/// since 1970 UTC.
/// </summary>
public interface ILocalApi : IAsyncDisposable
{
    /// <summary>Runs an AQL text. Rows come as they are found; dispose the result to cancel.</summary>
    /// <param name="period">For a text without a time clause; a text with one is refused when this says anything.</param>
    Task<ResultSet> SearchAsync(string aql, Period period, CancellationToken cancel);

    /// <summary>How an AQL text would run, a line a row; no row is read.</summary>
    Task<ResultSet> ExplainAsync(string aql, Period period, CancellationToken cancel);

    /// <summary>
    /// Rows of events (or flows) that arrive from now on and meet the AQL condition (all when null); ends only by cancelling.
    /// </summary>
    Task<ResultSet> TailAsync(string? condition, CancellationToken cancel);

    /// <summary>
    /// Per source and reason how much was received, stored, parsed and lost, since a time or since the ledger's beginning.
    /// </summary>
    Task<ResultSet> LedgerAsync(long? since, CancellationToken cancel);

    /// <summary>The log sources with their type, last event and counts.</summary>
    Task<ResultSet> SourcesAsync(CancellationToken cancel);

    /// <summary>Who was at an address, or where a user was, at a time (null: now).</summary>
    Task<ResultSet> WhoAsync(string subject, long? at, CancellationToken cancel);

    /// <summary>What is at an address, or where a host is, at a time (null: now).</summary>
    Task<ResultSet> WhatAsync(string subject, long? at, CancellationToken cancel);

    /// <summary>Whether the declared contract lets source talk to destination on the port; the protocol is an IANA number.</summary>
    Task<MayAnswer> MayAsync(string source, string destination, int port, int protocol, CancellationToken cancel);

    /// <summary>Takes the lines of a file into the store with their own times; one row of counts when all is stored.</summary>
    /// <param name="name">What the file is called, for the ledger.</param>
    /// <param name="sourceType">The source type that reads it; null: each line is judged alone.</param>
    Task<ResultSet> ImportAsync(string name, string? sourceType, Stream bytes, CancellationToken cancel);

    /// <summary>How the server is: version, start, positions, what listens, what is amiss.</summary>
    Task<ResultSet> StatusAsync(CancellationToken cancel);
}

/// <param name="From">The first microsecond wanted; null: the beginning.</param>
/// <param name="To">The first microsecond not wanted any more; null: now.</param>
public readonly record struct Period(long? From, long? To);

/// <param name="Verdict"><c>permitted</c>, <c>not permitted</c> or <c>not declared</c>.</param>
/// <param name="Row">The contract row that permits it, or the named end that makes it a violation; null when not declared.</param>
public sealed record MayAnswer(string Verdict, string? Row);

/// <summary>Who refuses, and so how the program ends.</summary>
public enum FaultKind
{
    /// <summary>The text does not parse: exit 2.</summary>
    Syntax,

    /// <summary>The text parses and names what there is not (field, function, table, user, host), or cannot be answered: exit 1.</summary>
    Unanswerable,

    /// <summary>It could not be asked (no connection, no permission, no such route): exit 2.</summary>
    Unavailable,
}

/// <summary>A refusal in the words a person sees: <c>portolan: What: Why</c>, then <c>try: Try</c>.</summary>
public sealed class ApiException(FaultKind kind, string what, string? why = null, string? tryThis = null)
    : Exception(why is null ? what : $"{what}: {why}")
{
    public FaultKind Kind { get; } = kind;
    public string What { get; } = what;
    public string? Why { get; } = why;
    public string? Try { get; } = tryThis;
}
