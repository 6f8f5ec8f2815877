using Portolan.Store.Aql.Executor;

namespace Portolan.Store.Aql.Functions;

static class Aggregates
{
    public static readonly AggregateFunction Count = new("COUNT", "How many rows, or how many values that are not NULL; a double.", "value",
        t => t == AqlType.Bytes ? null : AqlType.Double, _ => new CountState())
    { Star = true };

    public static readonly AggregateFunction Sum = new("SUM", "Sum; a double.", "number", NumberToDouble, t =>
        new SumState(t, average: false));

    public static readonly AggregateFunction Avg = new("AVG", "Mean; a double.", "number", NumberToDouble, t =>
        new SumState(t, average: true));

    public static readonly AggregateFunction Min = new("MIN", "Smallest value; a double for numbers, else of the argument's type.", "value",
        Ordered, t => new ExtremeState(t, -1));

    public static readonly AggregateFunction Max = new("MAX", "Largest value; a double for numbers, else of the argument's type.", "value",
        Ordered, t => new ExtremeState(t, 1));

    public static readonly AggregateFunction UniqueCount = new("UNIQUECOUNT", "How many distinct values, exactly; a double.", "value",
        t => t == AqlType.Bytes ? null : AqlType.Double, _ => new UniqueState());

    public static readonly AggregateFunction DistinctCount = new("DISTINCTCOUNT", "The same; elsewhere an estimate, here exact.", "value",
        t => t == AqlType.Bytes ? null : AqlType.Double, _ => new UniqueState());

    public static readonly AggregateFunction StDev = new("STDEV", "Standard deviation of a sample; NULL for fewer than two values.", "number", NumberToDouble,
        _ => new DeviationState(sample: true));

    public static readonly AggregateFunction StDevP = new("STDEVP", "Standard deviation of all there is; NULL for none.", "number", NumberToDouble,
        _ => new DeviationState(sample: false));

    public static readonly AggregateFunction First = new("FIRST", "The value of the row with the smallest starttime, then eventid.",
        "value", t => t, t => new EdgeState(t, -1))
    { Ordered = true };

    public static readonly AggregateFunction Last = new("LAST", "The value of the row with the largest starttime, then eventid.", "value",
        t => t, t => new EdgeState(t, 1))
    { Ordered = true };

    static AqlType? NumberToDouble(AqlType t) => t is AqlType.Long or AqlType.Double or AqlType.Null ? AqlType.Double : null;

    static AqlType? Ordered(AqlType t) => t switch
    {
        AqlType.Long => AqlType.Double,
        AqlType.Double or AqlType.Text or AqlType.Address => t,
        AqlType.Null => AqlType.Double,
        _ => null,
    };
}
