using Portolan.Store.Aql.Executor;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Functions;

/// <summary>One function of many rows. All skip NULL; COUNT(*) counts rows.</summary>
sealed class AggregateFunction(string name, string doc, string argument, Func<AqlType, AqlType?> returns, Func<AqlType,
    AggregateState> begin)
{
    public string Name { get; } = name;
    public string Doc { get; } = doc;

    /// <summary>What the argument is, for messages and the reference.</summary>
    public string ArgumentDoc { get; } = argument;

    /// <summary>The result's type for an argument's type; null when it cannot take it.</summary>
    public Func<AqlType, AqlType?> ResultFor { get; } = returns;

    /// <summary>A fresh state for an argument of the type.</summary>
    public Func<AqlType, AggregateState> Begin { get; } = begin;

    /// <summary>May be called with * and then counts rows.</summary>
    public bool Star { get; init; }

    /// <summary>The state needs to know which row came first.</summary>
    public bool Ordered { get; init; }

    public AqlType Returns(Expr? argument) => ResultFor(argument?.Type ?? AqlType.Long) ?? AqlType.Null;
}
