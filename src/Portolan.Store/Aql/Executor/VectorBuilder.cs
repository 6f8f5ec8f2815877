using Portolan.Model;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Executor;

/// <summary>Puts a vector together from single values or from parts of others; what is not set is NULL.</summary>
sealed class VectorBuilder
{
    readonly AqlType _type;
    readonly int _n;
    readonly long[] _longs = [];
    readonly double[] _doubles = [];
    readonly byte[] _truths = [];
    readonly Address[] _addresses = [];
    readonly string?[] _texts = [];
    readonly byte[]?[] _bytes = [];
    readonly bool[] _nulls;

    public VectorBuilder(AqlType type, int n)
    {
        _type = type;
        _n = n;
        _nulls = new bool[n];
        Array.Fill(_nulls, true);
        switch (type)
        {
            case AqlType.Long or AqlType.Mac: _longs = new long[n]; break;
            case AqlType.Double: _doubles = new double[n]; break;
            case AqlType.Bool: Array.Fill(_truths = new byte[n], BoolVector.Unknown); break;
            case AqlType.Address: _addresses = new Address[n]; break;
            case AqlType.Bytes: _bytes = new byte[]?[n]; break;
            default: _texts = new string?[n]; break;
        }
    }

    /// <param name="value">As in <see cref="ConstExpr.Value"/>, or bytes.</param>
    public void Set(int i, object? value)
    {
        if (value == null) return;
        _nulls[i] = false;
        switch (_type)
        {
            case AqlType.Long or AqlType.Mac: _longs[i] = (long)value; break;
            case AqlType.Double: _doubles[i] = (double)value; break;
            case AqlType.Bool: _truths[i] = (bool)value ? BoolVector.True : BoolVector.False; break;
            case AqlType.Address: _addresses[i] = (Address)value; break;
            case AqlType.Bytes: _bytes[i] = (byte[])value; break;
            default: _texts[i] = (string)value; break;
        }
    }

    /// <summary>Puts part[j] at place <paramref name="at"/>[j].</summary>
    public void Scatter(ReadOnlySpan<int> at, Vector part)
    {
        for (int j = 0; j < at.Length; j++)
        {
            if (part.IsNull(j)) continue;
            int i = at[j];
            _nulls[i] = false;
            switch (part)
            {
                case LongVector l: _longs[i] = l.Values[j]; break;
                case DoubleVector d: _doubles[i] = d.Values[j]; break;
                case BoolVector b: _truths[i] = b.Values[j]; break;
                case AddressVector a: _addresses[i] = a.Values[j]; break;
                case TextVector t: _texts[i] = t.Get(j); break;
                default: _bytes[i] = (byte[]?)part.Box(j); break;
            }
        }
    }

    public Vector Build()
    {
        switch (_type)
        {
            case AqlType.Long or AqlType.Mac: return new LongVector(_longs, _nulls, _n, _type == AqlType.Mac);
            case AqlType.Double: return new DoubleVector(_doubles, _nulls, _n);
            case AqlType.Bool: return new BoolVector(_truths, _n);
            case AqlType.Address: return new AddressVector(_addresses, _nulls, _n);
            case AqlType.Bytes:
                var starts = new int[_n];
                var lengths = new int[_n];
                int used = 0;
                for (int i = 0; i < _n; i++)
                {
                    starts[i] = used;
                    lengths[i] = _bytes[i]?.Length ?? -1;
                    used += _bytes[i]?.Length ?? 0;
                }
                return new BytesVector([.. _bytes.Where(b => b != null).SelectMany(b => b!)], starts, lengths, _n);
            default: return new TextVector(_texts, _n);
        }
    }
}
