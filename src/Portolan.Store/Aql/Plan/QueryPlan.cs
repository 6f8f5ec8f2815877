using Portolan.Model;
using Portolan.Store.Aql.Functions;

namespace Portolan.Store.Aql.Plan;

readonly record struct OutputColumn(string Name, Expr Value);

/// <summary>What a sort orders by. A sort always ends with the event's id (rows) or the group's keys.</summary>
readonly record struct Ordering(Expr Value, bool Descending);

/// <summary>
/// The typed logical plan of one query, read from below: scan the time range, keep rows where every conjunct is true, then either project,
/// order and
/// cut, or group, keep groups by HAVING, project, order and cut. In a grouped plan everything after grouping reads <see cref="SlotExpr"/>s:
/// first the
/// keys, then the aggregates.
/// </summary>
sealed record QueryPlan
{
    public required Database Database { get; init; }
    public required TimeRange Time { get; init; }

    /// <summary>In the order of growing cost; a row must make all of them true.</summary>
    public required IReadOnlyList<Expr> Conjuncts { get; init; }
    public required IReadOnlyList<OutputColumn> Columns { get; init; }
    public bool Grouped { get; init; }
    public IReadOnlyList<Expr> Keys { get; init; } = [];
    public IReadOnlyList<AggregateExpr> Aggregates { get; init; } = [];
    public Expr? Having { get; init; }

    /// <summary>Empty: newest first, or by group keys.</summary>
    public required IReadOnlyList<Ordering> OrderBy { get; init; }
    public long? Limit { get; init; }

    /// <summary>Every stored column that is read, by name.</summary>
    public IEnumerable<string> Reads => Conjuncts.Concat(Keys).Concat(Aggregates)
        .Concat(Grouped ? [] : Columns.Select(c => c.Value).Concat(OrderBy.Select(o => o.Value)))
        .SelectMany(e => e.IsColumn ? [e] : e.Columns).Select(c => c.Key).Distinct();

    /// <summary>Splits a condition into parts that must all be true, cheapest first.</summary>
    public static IReadOnlyList<Expr> Split(Expr? condition)
    {
        var parts = new List<Expr>();
        void Add(Expr e)
        {
            if (e is LogicExpr { And: true }) foreach (var term in e.Children) Add(term);
            else parts.Add(e);
        }
        if (condition != null) Add(condition);
        return [.. parts.OrderBy(Cost)];
    }

    public static bool ReadsPayload(Expr e) => e.Columns.Any(c => c.Type == AqlType.Bytes);

    static int Cost(Expr e) => ReadsPayload(e) ? 3 : e.Columns.Any(c => c is IdExpr) ? 2
        : e.Columns.Any(c => c.Type == AqlType.Text) ? 1 : 0;
}
