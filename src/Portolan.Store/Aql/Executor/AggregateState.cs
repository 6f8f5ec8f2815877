using System.Runtime.InteropServices;
using Portolan.Model;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Executor;

/// <summary>When a row began and which it is: the order in which rows come when nothing else orders them.</summary>
readonly record struct RowOrder(long Milliseconds, EventId Id) : IComparable<RowOrder>
{
    public int CompareTo(RowOrder other)
    {
        int c = Milliseconds.CompareTo(other.Milliseconds);
        return c != 0 ? c : Id.CompareTo(other.Id);
    }
}

/// <summary>
/// The running values of one aggregate, one per group. States over different rows can be merged, so blocks, threads or hosts can be
/// aggregated apart.
/// </summary>
abstract class AggregateState
{
    /// <summary>Makes room for so many groups.</summary>
    public abstract void Grow(int groups, MemoryMeter memory);

    /// <summary>Adds row i's value to group <paramref name="group"/>[i].</summary>
    /// <param name="order">Given only to states that ask for it.</param>
    public abstract void Add(int[] group, int n, Vector? values, RowOrder[]? order, MemoryMeter memory);

    /// <summary>Adds another state of the same kind; its group g is our group <paramref name="group"/>[g].</summary>
    public abstract void Merge(AggregateState other, int[] group, MemoryMeter memory);

    public abstract Vector Results(int groups);

    protected static void Room<T>(ref T[] array, int size, int itemBytes, MemoryMeter memory)
    {
        if (array.Length >= size) return;
        int length = Math.Max(size, array.Length * 2);
        memory.Take((long)(length - array.Length) * itemBytes);
        Array.Resize(ref array, length);
    }
}

sealed class CountState : AggregateState
{
    long[] _counts = [];

    public override void Grow(int groups, MemoryMeter memory) => Room(ref _counts, groups, 8, memory);

    public override void Add(int[] group, int n, Vector? values, RowOrder[]? order, MemoryMeter memory)
    {
        for (int i = 0; i < n; i++)
            if (values == null || !values.IsNull(i)) _counts[group[i]]++;
    }

    public override void Merge(AggregateState other, int[] group, MemoryMeter memory)
    {
        for (int g = 0; g < group.Length; g++) _counts[group[g]] += ((CountState)other)._counts[g];
    }

    public override Vector Results(int groups) => new DoubleVector([.. _counts.Take(groups).Select(c => (double)c)], null, groups);
}

/// <summary>SUM and AVG. Whole numbers add exactly, so the answer does not depend on the order of the rows.</summary>
sealed class SumState(AqlType type, bool average) : AggregateState
{
    Int128[] _whole = [];
    double[] _real = [];
    long[] _counts = [];

    public override void Grow(int groups, MemoryMeter memory)
    {
        Room(ref _counts, groups, 8, memory);
        if (type == AqlType.Double) Room(ref _real, groups, 8, memory);
        else Room(ref _whole, groups, 16, memory);
    }

    public override void Add(int[] group, int n, Vector? values, RowOrder[]? order, MemoryMeter memory)
    {
        if (values is DoubleVector doubles)
        {
            for (int i = 0; i < n; i++)
            {
                if (doubles.IsNull(i)) continue;
                _real[group[i]] += doubles.Values[i];
                _counts[group[i]]++;
            }
        }
        else if (values is LongVector longs)
        {
            for (int i = 0; i < n; i++)
            {
                if (longs.IsNull(i)) continue;
                _whole[group[i]] += longs.Values[i];
                _counts[group[i]]++;
            }
        }
    }

    public override void Merge(AggregateState other, int[] group, MemoryMeter memory)
    {
        var o = (SumState)other;
        for (int g = 0; g < group.Length; g++)
        {
            _counts[group[g]] += o._counts[g];
            if (type == AqlType.Double) _real[group[g]] += o._real[g];
            else _whole[group[g]] += o._whole[g];
        }
    }

    public override Vector Results(int groups)
    {
        var results = new double[groups];
        var nulls = new bool[groups];
        for (int g = 0; g < groups; g++)
        {
            nulls[g] = _counts[g] == 0;
            double sum = type == AqlType.Double ? _real[g] : (double)_whole[g];
            results[g] = average && !nulls[g] ? sum / _counts[g] : sum;
        }
        return new DoubleVector(results, nulls, groups);
    }
}

/// <summary>STDEV and STDEVP, by Welford's update and Chan's merge: no large sums of squares cancel.</summary>
sealed class DeviationState(bool sample) : AggregateState
{
    long[] _counts = [];
    double[] _means = [], _squares = [];

    public override void Grow(int groups, MemoryMeter memory)
    {
        Room(ref _counts, groups, 8, memory);
        Room(ref _means, groups, 8, memory);
        Room(ref _squares, groups, 8, memory);
    }

    public override void Add(int[] group, int n, Vector? values, RowOrder[]? order, MemoryMeter memory)
    {
        for (int i = 0; i < n; i++)
        {
            if (values!.IsNull(i)) continue;
            double x = values is DoubleVector d ? d.Values[i] : values is LongVector l ? l.Values[i] : 0;
            int g = group[i];
            double off = x - _means[g];
            _means[g] += off / ++_counts[g];
            _squares[g] += off * (x - _means[g]);
        }
    }

    public override void Merge(AggregateState other, int[] group, MemoryMeter memory)
    {
        var o = (DeviationState)other;
        for (int from = 0; from < group.Length; from++)
        {
            if (o._counts[from] == 0) continue;
            int g = group[from];
            double off = o._means[from] - _means[g], all = _counts[g] + (double)o._counts[from];
            _squares[g] += o._squares[from] + off * off * _counts[g] * o._counts[from] / all;
            _means[g] += off * o._counts[from] / all;
            _counts[g] += o._counts[from];
        }
    }

    public override Vector Results(int groups)
    {
        var results = new double[groups];
        var nulls = new bool[groups];
        for (int g = 0; g < groups; g++)
        {
            long divisor = sample ? _counts[g] - 1 : _counts[g];
            nulls[g] = divisor <= 0;
            if (!nulls[g]) results[g] = Math.Sqrt(_squares[g] / divisor);
            nulls[g] |= !double.IsFinite(results[g]);
        }
        return new DoubleVector(results, nulls, groups);
    }
}

/// <summary>MIN (sign −1) and MAX (sign 1).</summary>
sealed class ExtremeState(AqlType type, int sign) : AggregateState
{
    SortKey[] _best = [];
    bool[] _any = [];

    public override void Grow(int groups, MemoryMeter memory)
    {
        Room(ref _best, groups, 40, memory);
        Room(ref _any, groups, 1, memory);
    }

    public override void Add(int[] group, int n, Vector? values, RowOrder[]? order, MemoryMeter memory)
    {
        for (int i = 0; i < n; i++)
            if (!values!.IsNull(i)) Take(group[i], SortKey.Of(values, i));
    }

    public override void Merge(AggregateState other, int[] group, MemoryMeter memory)
    {
        var o = (ExtremeState)other;
        for (int g = 0; g < group.Length; g++)
            if (o._any[g]) Take(group[g], o._best[g]);
    }

    void Take(int g, SortKey key)
    {
        if (_any[g] && key.CompareTo(_best[g]) * sign <= 0) return;
        _best[g] = key;
        _any[g] = true;
    }

    public override Vector Results(int groups)
    {
        var nulls = new bool[groups];
        for (int g = 0; g < groups; g++) nulls[g] = !_any[g];
        switch (type)
        {
            case AqlType.Text:
                return new TextVector([.. Enumerable.Range(0, groups).Select(g => nulls[g] ? null : _best[g].Text)], groups);
            case AqlType.Address:
                return new AddressVector([.. Enumerable.Range(0, groups).Select(g => nulls[g] ? default : new Address(_best[g].Number))],
                    nulls, groups);
            default:
                return new DoubleVector([.. Enumerable.Range(0, groups)
                    .Select(g => nulls[g] ? 0 : type == AqlType.Double ? _best[g].Double : _best[g].Long)], nulls, groups);
        }
    }
}

/// <summary>Distinct values, exactly: each value gets a number, and pairs of group and number are kept.</summary>
sealed class UniqueState : AggregateState
{
    readonly HashSet<ulong> _pairs = [];
    long[] _counts = [];

    /// <summary>Numbers the values.</summary>
    public Interner Values { get; } = new();

    public override void Grow(int groups, MemoryMeter memory) => Room(ref _counts, groups, 8, memory);

    public override void Add(int[] group, int n, Vector? values, RowOrder[]? order, MemoryMeter memory)
    {
        for (int i = 0; i < n; i++)
            if (!values!.IsNull(i)) Take(group[i], Values.Number(values, i, memory), memory);
    }

    /// <param name="values">By their numbers in <see cref="Values"/>.</param>
    public void Add(int[] group, int[] values, MemoryMeter memory)
    {
        for (int i = 0; i < values.Length; i++)
            if (values[i] != Values.Null) Take(group[i], values[i], memory);
    }

    public override void Merge(AggregateState other, int[] group, MemoryMeter memory)
    {
        var o = (UniqueState)other;
        var ours = o.Values.Keys.Select(k => Values.Number(k, memory)).ToArray();
        foreach (ulong pair in o._pairs) Take(group[(int)(pair >> 32)], ours[(int)(uint)pair], memory);
    }

    void Take(int g, int value, MemoryMeter memory)
    {
        if (!_pairs.Add((ulong)(uint)g << 32 | (uint)value)) return;
        _counts[g]++;
        memory.Take(24);
    }

    public override Vector Results(int groups) => new DoubleVector([.. _counts.Take(groups).Select(c => (double)c)], null, groups);
}

/// <summary>FIRST (sign −1) and LAST (sign 1) in row order.</summary>
sealed class EdgeState(AqlType type, int sign) : AggregateState
{
    RowOrder[] _order = [];
    object?[] _values = [];

    public override void Grow(int groups, MemoryMeter memory)
    {
        Room(ref _order, groups, 40, memory);
        Room(ref _values, groups, 40, memory);
    }

    public override void Add(int[] group, int n, Vector? values, RowOrder[]? order, MemoryMeter memory)
    {
        for (int i = 0; i < n; i++)
        {
            if (values!.IsNull(i) || !Better(group[i], order![i])) continue;
            _order[group[i]] = order[i];
            _values[group[i]] = Raw(values, i);
        }
    }

    public override void Merge(AggregateState other, int[] group, MemoryMeter memory)
    {
        var o = (EdgeState)other;
        for (int g = 0; g < group.Length; g++)
        {
            if (o._values[g] == null || !Better(group[g], o._order[g])) continue;
            _order[group[g]] = o._order[g];
            _values[group[g]] = o._values[g];
        }
    }

    bool Better(int g, RowOrder order) => _values[g] == null || order.CompareTo(_order[g]) * sign > 0;

    static object? Raw(Vector v, int i) => v switch
    {
        AddressVector a => a.Values[i],
        LongVector l => l.Values[i],
        _ => v.Box(i),
    };

    public override Vector Results(int groups)
    {
        var builder = new VectorBuilder(type, groups);
        for (int g = 0; g < groups; g++) builder.Set(g, _values[g]);
        return builder.Build();
    }
}
