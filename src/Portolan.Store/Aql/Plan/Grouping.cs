using Portolan.Store.Aql.Functions;

namespace Portolan.Store.Aql.Plan;

/// <summary>
/// Turns a plan with aggregates into its grouped form. What follows from the group keys is worked out from them; any other column outside
/// an aggregate
/// is its FIRST, and a whole item of that kind without alias is named FIRST_…
/// </summary>
sealed class Grouping
{
    readonly List<Expr> _keys;
    readonly Dictionary<string, int> _slots = [];
    readonly List<AggregateExpr> _aggregates = [];

    Grouping(IReadOnlyList<Expr> keys)
    {
        _keys = [.. keys.Where(k => k is not ConstExpr).DistinctBy(k => k.Key)];
        for (int i = 0; i < _keys.Count; i++) _slots[_keys[i].Key] = i;
    }

    /// <param name="named">Which columns have an alias.</param>
    public static QueryPlan Apply(QueryPlan plan, IReadOnlyList<Expr> keys, bool[] named)
    {
        var g = new Grouping(keys);
        var columns = plan.Columns.Select((c, i) =>
            new OutputColumn(!named[i] && g.NeedsFirst(c.Value) ? "FIRST_" + c.Name : c.Name, g.Item(c.Value))).ToArray();
        var having = plan.Having == null ? null : g.Item(plan.Having);
        var order = plan.OrderBy.Select(o => o with { Value = g.Item(o.Value) }).ToArray();
        return plan with
        {
            Grouped = true,
            Keys = g._keys,
            Aggregates = g._aggregates,
            Columns = columns,
            Having = having,
            OrderBy = order
        };
    }

    bool NeedsFirst(Expr e) => !e.HasAggregate && e is not AggregateExpr && !Follows(e);

    bool Follows(Expr e) => _slots.ContainsKey(e.Key) || e is ConstExpr || !e.IsColumn && e is not AggregateExpr && e.Children.All(Follows);

    Expr Item(Expr e) => NeedsFirst(e) ? Aggregate(new(Aggregates.First, e)) : After(e);

    Expr After(Expr e)
    {
        if (_slots.TryGetValue(e.Key, out int slot)) return new SlotExpr(slot, e.Type, e.Key);
        if (e is AggregateExpr aggregate) return Aggregate(aggregate);
        if (e.IsColumn) return Aggregate(new(Aggregates.First, e));
        return e.Children.Length == 0 ? e : e.With([.. e.Children.Select(After)]);
    }

    SlotExpr Aggregate(AggregateExpr aggregate)
    {
        if (!_slots.TryGetValue(aggregate.Key, out int slot))
        {
            _slots[aggregate.Key] = slot = _keys.Count + _aggregates.Count;
            _aggregates.Add(aggregate);
        }
        return new(slot, aggregate.Type, aggregate.Key);
    }
}
