using Portolan.Store.Aql.Functions;

namespace Portolan.Store.Aql.Plan;

/// <summary>What a search with a scope is made of besides its text (<see cref="SearchOptions.Scope"/>).</summary>
static class Scope
{
    /// <summary>The conjuncts of a scope. Its names are those of the table: no alias of a text reaches it.</summary>
    /// <exception cref="AqlException">Semantic: it cannot be asked of this table.</exception>
    public static IReadOnlyList<Expr> Bind(string scope, Names names)
    {
        Expr condition;
        try
        {
            condition = Binder.Condition(scope, Parser.Condition(scope), names);
            Check(new(scope), [condition]);
        }
        catch (AqlException e)
        {
            throw AqlException.OfScope($"the scope of who asks does not fit {names.Table}: {e.Message["AQL: ".Length..]}");
        }
        // Payloads are read last: everything else of a text would be asked of every row before.
        return QueryPlan.ReadsPayload(condition) ? throw AqlException.OfScope("a scope cannot ask the payload") : QueryPlan.Split(condition);
    }

    /// <summary>Refuses what would say something of other rows than those of the scope.</summary>
    /// <exception cref="AqlException">Semantic.</exception>
    public static void Check(Complaint complain, IEnumerable<Expr?> expressions)
    {
        foreach (var e in expressions) Check(complain, e);
    }

    static void Check(Complaint complain, Expr? e)
    {
        if (e == null) return;
        if (e is CallExpr { Function: { Reach: var reach, Name: var name } } call && reach != Reach.Arguments
            && (reach == Reach.History || call.Children.Any(c => !c.IsColumn && c is not CastExpr { Children: [{ IsColumn: true }] })))
            throw complain.Semantic(default, reach == Reach.History ? $"{name} tells of more than the rows that this search may see"
                : $"{name} takes columns only in a search that may not see all rows");
        foreach (var child in e.Children) Check(complain, child);
    }
}
