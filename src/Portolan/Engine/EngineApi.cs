using System.Globalization;
using System.Runtime.CompilerServices;
using Portolan.Collect.LogSources;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Aql;
using Portolan.Store.Segments;
using Portolan.Web.Api.Sources;
using Portolan.Web.Control;
using AqlColumn = Portolan.Store.Aql.ResultColumn;
using ResultColumn = Portolan.Web.Control.ResultColumn;

namespace Portolan.Engine;

/// <summary>Answers from the parts of a data directory; what only a running server can do is left to its own form.</summary>
abstract class EngineApi(Parts parts) : ILocalApi
{
    protected Parts Parts { get; } = parts;

    /// <summary>Makes sure that what had arrived when a search began is in its answer; if it cannot, says what is missing.</summary>
    protected abstract string? CatchUp(CancellationToken cancel);

    public SearchCount Searches { get; } = new();

    public Task<ResultSet> SearchAsync(string aql, Period period, CancellationToken cancel) => SearchAsync(aql, period, null, cancel);

    /// <param name="scope">As <see cref="SearchOptions.Scope"/>: what the one who asks may see.</param>
    public Task<ResultSet> SearchAsync(string aql, Period period, string? scope, CancellationToken cancel) => Task.Run(() =>
    {
        // A text that does not parse need not wait for the pipeline.
        var (query, options) = Read(aql, period, scope);
        string? missing = CatchUp(cancel);
        var counted = Searches.Begin();
        try
        {
            var found = Ask(() => Parts.Searches.Run(query, options, cancel));
            return Of(found, counted, [.. new[] { missing, Damage(found.Time) }.OfType<string>()], scope, cancel);
        }
        catch
        {
            counted.Dispose();
            throw;
        }
    }, cancel);

    /// <summary>What could not be opened and may hold rows of this time: a segment lies in the folder of its UTC day.</summary>
    string? Damage((long From, long To) time)
    {
        const long day = 86_400_000_000;
        string[] left = [.. Parts.Store.Damaged.Where(name =>
            !DateTime.TryParseExact(name.Split('/') is [.., var folder, _] ? folder : "", "yyyy-MM-dd", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)
            || (date - DateTime.UnixEpoch).Ticks / 10 is var start && start <= time.To && time.From < start + day)];
        return left.Length == 0 ? null : $"{left.Length} damaged segment{(left.Length == 1 ? " is" : "s are")} missing from the answer: {string.Join(", ", left.Take(3))}{(left.Length > 3 ? ", …" : "")}";
    }

    // A search may use every core: reception and sealing have threads of their own, and the kernel shares fairly.
    static readonly int Threads = Math.Clamp(Environment.ProcessorCount, 1, 16);

    static (AqlQuery, SearchOptions) Read(string aql, Period period, string? scope)
    {
        var query = Ask(() => AqlQuery.Parse(aql));
        if (period == default) return (query, new() { Threads = Threads, Scope = scope });
        if (query.HasTimeClause)
            throw new ApiException(FaultKind.Syntax, "two times are asked for", "the search has a time clause of its own", "one of the two");
        return (query, new() { Threads = Threads, Scope = scope, Time = (period.From ?? long.MinValue, period.To is { } end and > long.MinValue ? end - 1 : Now()) });
    }

    static ResultSet Of(SearchResult result, IDisposable counted, string[] missing, string? scope, CancellationToken cancel)
    {
        ResultSet? set = null;
        set = new([.. result.Columns.Select(Column)], Rows())
        {
            Database = result.Database,
            // How much was looked at tells of rows outside the scope.
            Statistics = scope == null ? result.Statistics : null,
            Release = () => { result.Dispose(); counted.Dispose(); return default; },
        };
        return set;

        async IAsyncEnumerable<object?[]> Rows([EnumeratorCancellation] CancellationToken given = default)
        {
            await Task.CompletedTask;
            long n = 0;
            result.Preview = set!.Preview;
            using var rows = result.Rows.GetEnumerator();
            while (Ask(rows.MoveNext))
            {
                given.ThrowIfCancellationRequested();
                cancel.ThrowIfCancellationRequested();
                n++;
                yield return rows.Current;
            }
            set.End = new(n, Partial: missing.Length > 0, scope == null ? missing : [.. missing, $"only rows where {scope}: others are not for the one who asks"]);
        }
    }

    // Times are numbers to AQL; a column that is a time field by itself is shown to people as one.
    protected static ResultColumn Column(AqlColumn c) =>
        new(c.Name, Fields.TryFind(c.Name, out var field) && field.Kind == FieldKind.Time ? ColumnKind.Time : ColumnKind.Value, c.Type);

    /// <summary>Turns what a query can be refused for into what the one who asked can read.</summary>
    internal static T Ask<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (AqlException e)
        {
            throw new ApiException(e.Kind == AqlErrorKind.Syntax ? FaultKind.Syntax : FaultKind.Unanswerable, e.Message, null,
                e.Kind == AqlErrorKind.Limit ? "a narrower time, fewer groups or a LIMIT" : "docs/aql.md");
        }
        catch (SegmentCorruptException e)
        {
            throw new ApiException(FaultKind.Unanswerable, "the answer is incomplete", e.Message, "a time that leaves this segment out, or its file from a backup");
        }
    }

    public Task<ResultSet> ExplainAsync(string aql, Period period, CancellationToken cancel) => ExplainAsync(aql, period, null, cancel);

    public Task<ResultSet> ExplainAsync(string aql, Period period, string? scope, CancellationToken cancel) => Task.Run(() =>
    {
        // What had arrived counts here as in the search itself: also what only the journal holds yet.
        Read(aql, period, scope);
        string? missing = CatchUp(cancel);
        var plan = Explain(Parts.Searches, aql, period, scope);
        if (missing != null) plan.End = plan.End with { Notes = [missing] };
        return plan;
    }, cancel);

    internal static ResultSet Explain(AqlEngine engine, string aql, Period period, string? scope = null)
    {
        var (query, options) = Read(aql, period, scope);
        string plan = Ask(() => engine.Explain(query, options));
        return ResultSet.Of([new("plan")], [.. plan.TrimEnd('\n').Split('\n').Select(l => new object?[] { l })]);
    }

    public Task<ResultSet> TailAsync(string? condition, CancellationToken cancel) => TailAsync(condition, null, cancel);

    public abstract Task<ResultSet> TailAsync(string? condition, string? scope, CancellationToken cancel);

    public abstract Task<ResultSet> ImportAsync(string name, string? sourceType, Stream bytes, CancellationToken cancel);

    public virtual Task<ResultSet> LedgerAsync(long? since, CancellationToken cancel)
    {
        CatchUp(cancel);
        return Task.FromResult(LedgerRows(Balance()));
    }

    /// <summary>The ledger at one moment, with the balance of each entrance.</summary>
    protected abstract IReadOnlyList<LedgerRow> Balance();

    protected static ResultSet LedgerRows(IEnumerable<LedgerRow> rows, params string[] notes) =>
        ResultSet.Of([new("source"), new("reason"), new("count"), new("counted")], [.. rows.Where(r => r.Count != 0 || r.Reason == LedgerReasons.Residual || r is { Part: LedgerPart.Receiver, Reason: LedgerReasons.Waiting })
            .Select(r => new object?[] { r.Source, r.Reason, r.Count, Counted(r) })], notes: notes);

    static string Counted(LedgerRow r) => r.Reason == LedgerReasons.Lag ? "seconds" : r.Part == LedgerPart.Source ? "events" : "messages";

    public Task<ResultSet> SourcesAsync(CancellationToken cancel)
    {
        CatchUp(cancel);
        var counts = Parts.Ledger.Snapshot().Where(r => r.Part == LedgerPart.Source).ToDictionary(r => (r.Source, r.Reason), r => r.Count);
        var rows = SourceHealth.All(Parts.Sources, Parts.Activity, Now()).Select(h => (h, h.Source)).Select(x => new object?[]
        {
            (long)x.Source.Id, x.Source.Identifier, x.Source.Type?.Id ?? SourceType.GenericId, x.Source.Type?.Name ?? SourceType.GenericName,
            Endpoints.All.FirstOrDefault(e => e.Number == x.Source.Listener)?.Id ?? (x.Source.Listener == Endpoints.ImportListener ? "import" : "own"),
            x.Source.Sender.ToString(), x.Source.FirstSeen / 1000, counts.GetValueOrDefault((x.Source.Identifier, LedgerReasons.Stored)),
            counts.GetValueOrDefault((x.Source.Identifier, LedgerReasons.Parsed)), x.Source.Skew / 1000, x.h.State, x.h.Last / 1000, x.h.LastHour, x.h.ParsedShare,
        }).ToList();
        return Task.FromResult(ResultSet.Of([new("id"), new("identifier"), new("sourcetype"), new("type"), new("listener"), new("sender"),
            new("firstseen", ColumnKind.Time), new("stored"), new("parsed"), new("skewms"), new("state"), new("last", ColumnKind.Time), new("lasthour"), new("parsedshare")], rows));
    }

    static readonly ResultColumn[] WhoColumns = [new("address"), new("domain"), new("user"), new("since", ColumnKind.Time), new("until", ColumnKind.Time), new("source"), new("current")];

    public Task<ResultSet> WhoAsync(string subject, long? at, CancellationToken cancel)
    {
        CatchUp(cancel);
        long time = at ?? Now();
        var rows = Address.TryParse(subject, out var address)
            ? Parts.Users.History(0, address).Where(u => at == null || u.Since <= time && time < u.Until).Select(u => Row(address, 0, u))
            : Parts.Users.Of(subject).Where(x => at == null || x.At.Since <= time && time < x.At.Until).Select(x => Row(x.Address, x.Domain, x.At));
        return Task.FromResult(ResultSet.Of(WhoColumns, [.. rows]));

        object?[] Row(Address where, int domain, UserAt u) =>
            [where.ToString(), (long)domain, u.User, u.Since / 1000, u.Until / 1000, u.Source, u.Since <= time && time < u.Until];
    }

    public Task<ResultSet> WhatAsync(string subject, long? at, CancellationToken cancel)
    {
        CatchUp(cancel);
        var found = new List<(Address Address, AssetAt? Asset)>();
        if (Address.TryParse(subject, out var address)) found.Add((address, Parts.Hosts.TryAt(0, address, at ?? Now(), out var asset) ? asset : null));
        else found.AddRange(Parts.Hosts.Of(subject).Select(x => (x.Address, (AssetAt?)x.Asset)));
        var rows = found.Select(f => new object?[]
        {
            f.Address.ToString(), f.Asset?.HostName, Parts.Networks.Name(Parts.Networks.At(0, f.Address)),
            f.Asset is { } a ? a.FirstSeen / 1000 : null, f.Asset is { } b ? b.LastSeen / 1000 : null, f.Asset?.Id is { } id ? (long)id : null,
        }).ToList();
        return Task.FromResult(ResultSet.Of([new("address"), new("host"), new("network"), new("firstseen", ColumnKind.Time), new("lastseen", ColumnKind.Time), new("assetid")], rows));
    }

    public Task<MayAnswer> MayAsync(string source, string destination, int port, int protocol, CancellationToken cancel)
    {
        var verdict = Parts.Contract.Check(0, Resolve(source), Resolve(destination), port, protocol, out string? row);
        return Task.FromResult(new MayAnswer(verdict switch
        {
            ContractVerdict.Permitted => "permitted",
            ContractVerdict.NotPermitted => "not permitted",
            _ => "not declared",
        }, row));
    }

    // A host may be named when it was seen.
    Address Resolve(string subject)
    {
        if (Address.TryParse(subject, out var address)) return address;
        return Parts.Hosts.Of(subject) is [var seen, ..] ? seen.Address
            : throw new ApiException(FaultKind.Unanswerable, $"no host {subject} was seen", null, "its address");
    }

    public abstract Task<ResultSet> StatusAsync(CancellationToken cancel);

    protected static long Now() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;

    public virtual ValueTask DisposeAsync() => default;
}
