using System.Globalization;
using System.Text;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Aql.Executor;
using Portolan.Store.Aql.Functions;
using Portolan.Store.Aql.Plan;
using Portolan.Store.Columns;

namespace Portolan.Store.Aql;

/// <summary>Runs AQL over blocks. Safe for several searches at once.</summary>
public sealed class AqlEngine(IBlockSource source, AqlContext context)
{
    /// <summary>Plans a search and takes its snapshot; its rows are worked out while they are enumerated.</summary>
    /// <exception cref="AqlException">Syntax or Semantic: nothing was read.</exception>
    public SearchResult Run(string text, SearchOptions? options = null, CancellationToken cancel = default) =>
        Run(AqlQuery.Parse(text), options, cancel);

    public SearchResult Run(AqlQuery query, SearchOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new();
        long now = Now;
        var plan = Plan(query, options, now);
        var statistics = new SearchStatistics();
        var memory = new MemoryMeter(options.MemoryLimit);
        // Checked already; a function that forgets to say what it tells finds nobody.
        var known = options.Scope == null ? context : context with { Users = EmptyJoints.Instance, Assets = EmptyJoints.Instance };
        Evaluator Evaluator() => new(new SearchScope(known, now, cancel));
        var snapshot = source.Snapshot(plan.Database, plan.Time.From, plan.Time.To);
        var scan = new Scan(plan, snapshot.Blocks, options, context.Names, memory, statistics, cancel);
        var columns = plan.Columns.Select(c => new ResultColumn(c.Name, c.Value.Type == AqlType.Null ? AqlType.Text : c.Value.Type))
            .ToArray();
        return new(plan.Database, columns, Rows, snapshot, statistics, (plan.Time.From, plan.Time.To));

        IEnumerable<object?[]> Rows(Action<SearchPreview>? preview)
        {
            var previews = new Previews(options.PreviewAfter, context.Clock, statistics);
            previews.Begin(preview);
            try
            {
                var rows = plan.Grouped ? GroupSearch.Rows(plan, scan, Evaluator, memory, previews, options.Threads)
                    : new RowSearch(plan, scan, Evaluator, memory, previews, options).Rows();
                foreach (var row in rows) yield return row;
            }
            finally
            {
                statistics.TimedOut(plan.Conjuncts.Sum(Timeouts));
            }
        }
    }

    static long Timeouts(Expr e) => (e is MatchesExpr m ? m.Pattern.Timeouts : 0) + e.Children.Sum(Timeouts);

    internal static bool Backtracks(Expr e) => e is MatchesExpr { Pattern.Backtracks: true } || e.Children.Any(Backtracks);

    /// <summary>A condition alone, as after WHERE, to be asked of blocks of events.</summary>
    /// <exception cref="AqlException">Syntax or Semantic.</exception>
    /// <param name="scope">As <see cref="SearchOptions.Scope"/>.</param>
    public AqlCondition CompileCondition(string text, string? scope = null)
    {
        var names = Names(Database.Events, scope);
        var condition = Binder.Condition(text, Parser.Condition(text), names);
        IReadOnlyList<Expr> first = [];
        if (scope != null)
        {
            first = Scope.Bind(scope, names);
            Scope.Check(new(text), [condition]);
        }
        return new([.. first, .. QueryPlan.Split(condition)], () => new Evaluator(new SearchScope(context, Now, default)));
    }

    /// <summary>Columns alone, as after SELECT, to be read from blocks of events.</summary>
    /// <exception cref="AqlException">Syntax or Semantic, also when the text holds more than columns of a row.</exception>
    /// <param name="scope">As <see cref="SearchOptions.Scope"/>.</param>
    public AqlProjection CompileColumns(string text, string? scope = null)
    {
        var query = AqlQuery.Parse($"SELECT {text}\nFROM events");
        var syntax = query.Syntax;
        var plan = Plan(query, new() { Scope = scope }, Now);
        if (plan.Grouped || syntax.Where != null || syntax.OrderBy.Count > 0 || syntax.Limit != null || query.HasTimeClause || !syntax.Table.Equals("events", StringComparison.OrdinalIgnoreCase))
            throw new Complaint(query.Text).Semantic(syntax.TableAt, "only columns of single events can be shown here");
        return new(plan.Columns, () => new Evaluator(new SearchScope(context, Now, default)));
    }

    /// <summary>
    /// The plan of a query as text, from the result down to what is read. No row is read; where there are blocks in the time range, each filter
    /// says how many of them it would skip by itself.
    /// </summary>
    /// <exception cref="AqlException">Syntax or Semantic.</exception>
    public string Explain(string text, SearchOptions? options = null) => Explain(AqlQuery.Parse(text), options);

    public string Explain(AqlQuery query, SearchOptions? options = null)
    {
        options ??= new();
        var plan = Plan(query, options, Now);
        // How much of the blocks a filter skips, and which ids bear a name, tells of rows outside a scope.
        var pushed = options is { PushDown: true, Scope: null } ? PushedFilter.Of(plan, context.Names) : [];
        using var snapshot = source.Snapshot(plan.Database, plan.Time.From, plan.Time.To);
        var blocks = options.Scope != null ? [] : snapshot.Blocks.Where(b => b.Rows > 0).ToList();
        var may = pushed.Select(p => blocks.Select(p.Filter.May).ToArray()).ToArray();
        var lines = new List<string>();
        if (plan.Limit is { } limit) lines.Add(string.Create(CultureInfo.InvariantCulture, $"limit {limit}"));
        lines.Add("order by " + (plan.OrderBy.Count > 0
            ? string.Join(", ", plan.OrderBy.Select(o => o.Value + (o.Descending ? " desc" : " asc"))) + ", then "
            + (plan.Grouped ? "group keys" : "eventid") : plan.Grouped ? "group keys" : "starttime desc, eventid desc"));
        lines.Add("project " + string.Join(", ", plan.Columns.Select(c => $"{c.Name}: {c.Value.Type.Shown()} = {c.Value}")));
        if (plan.Grouped)
        {
            if (plan.Having != null) lines.Add("keep groups where " + plan.Having);
            string keys = plan.Keys.Count == 0 ? "nothing" : string.Join(", ", plan.Keys);
            lines.Add($"group by {keys}: {string.Join(", ", plan.Aggregates)}");
        }
        if (plan.Conjuncts.Count > 0) lines.Add("keep rows where " + string.Join(" and then ", plan.Conjuncts));
        string table = plan.Database == Database.Flows ? "flows" : "events";
        int left = Enumerable.Range(0, blocks.Count).Count(b => may.All(m => m[b]));
        string found = blocks.Count == 0 ? "" : $": {left} of {blocks.Count} blocks, {blocks.Sum(b => (long)b.Rows)} rows in all";
        lines.Add($"scan {table} with starttime from {Shown(plan.Time.From)} to {Shown(plan.Time.To)}{found}");
        var result = new StringBuilder();
        for (int i = 0; i < lines.Count; i++) result.Append(' ', 2 * i).Append(lines[i]).Append('\n');
        string deeper = new(' ', 2 * lines.Count);
        for (int i = 0; i < pushed.Count; i++)
        {
            string skips = blocks.Count == 0 ? "" : $": skips {may[i].Count(m => !m)} of {blocks.Count}";
            result.Append(deeper).Append($"skip blocks unless {pushed[i].Filter.Describe()}    ({pushed[i].Conjunct}){skips}\n");
        }
        result.Append(deeper).Append("read ").AppendJoin(", ", plan.Reads.DefaultIfEmpty("no column")).Append('\n');
        return result.ToString();
    }

    static string Shown(long microseconds)
    {
        long milliseconds = RowChunk.Milliseconds(microseconds);
        return milliseconds is < -62_135_596_800_000 or > 253_402_300_799_999 ? milliseconds.ToString(CultureInfo.InvariantCulture)
            : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }

    QueryPlan Plan(AqlQuery query, SearchOptions options, long now)
    {
        var syntax = query.Syntax;
        if (!Binder.TryDatabase(syntax.Table, out var database))
            throw new Complaint(query.Text).Unknown(syntax.TableAt, "table", syntax.Table, ["events", "flows"]);
        return Binder.Plan(query.Text, syntax, database, Names(database, options.Scope), context, options, now);
    }

    Names Names(Database database, string? scope) => new(database, context.Properties, () =>
    {
        // Names that only stored rows have are told to who may see all rows.
        if (scope != null) return [];
        using var all = source.Snapshot(database, long.MinValue, long.MaxValue);
        return [.. all.Blocks.SelectMany(b => b.Properties).Distinct(StringComparer.OrdinalIgnoreCase)];
    });

    long Now => (context.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
}
