using System.Globalization;
using System.Text;
using Portolan.Model;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Executor;

/// <summary>The values of one expression for a run of rows.</summary>
abstract class Vector(int count)
{
    public int Count { get; } = count;

    public abstract bool IsNull(int i);

    /// <summary>The value as a result holds it: long, double, string, bool, byte[] or null.</summary>
    public abstract object? Box(int i);

    /// <summary>The vector whose i-th value is this one's value at <paramref name="from"/>[i].</summary>
    public abstract Vector Gather(ReadOnlySpan<int> from);
}

/// <summary>Longs, times in milliseconds, MACs.</summary>
sealed class LongVector(long[] values, bool[]? nulls, int count, bool mac = false) : Vector(count)
{
    public long[] Values { get; } = values;
    public bool[]? Nulls { get; } = nulls;
    public bool Mac { get; } = mac;

    public override bool IsNull(int i) => Nulls != null && Nulls[i];
    public override object? Box(int i) => IsNull(i) ? null : Mac ? MacText.Of(Values[i]) : Values[i];
    public override Vector Gather(ReadOnlySpan<int> from) =>
        new LongVector(Pick(Values, from), Nulls == null ? null : Pick(Nulls, from), from.Length, Mac);

    public static T[] Pick<T>(T[] values, ReadOnlySpan<int> from)
    {
        var picked = new T[from.Length];
        for (int i = 0; i < picked.Length; i++) picked[i] = values[from[i]];
        return picked;
    }
}

sealed class DoubleVector(double[] values, bool[]? nulls, int count) : Vector(count)
{
    public double[] Values { get; } = values;
    public bool[]? Nulls { get; } = nulls;

    public override bool IsNull(int i) => Nulls != null && Nulls[i];
    public override object? Box(int i) => IsNull(i) ? null : Values[i];
    public override Vector Gather(ReadOnlySpan<int> from) =>
        new DoubleVector(LongVector.Pick(Values, from), Nulls == null ? null : LongVector.Pick(Nulls, from), from.Length);
}

/// <summary>Three-valued truth.</summary>
sealed class BoolVector(byte[] values, int count) : Vector(count)
{
    public const byte False = 0, True = 1, Unknown = 2;

    public byte[] Values { get; } = values;

    public override bool IsNull(int i) => Values[i] == Unknown;
    public override object? Box(int i) => Values[i] switch { True => true, False => false, _ => null };
    public override Vector Gather(ReadOnlySpan<int> from) => new BoolVector(LongVector.Pick(Values, from), from.Length);
}

sealed class AddressVector(Address[] values, bool[]? nulls, int count) : Vector(count)
{
    public Address[] Values { get; } = values;
    public bool[]? Nulls { get; } = nulls;

    public override bool IsNull(int i) => Nulls != null && Nulls[i];
    public override object? Box(int i) => IsNull(i) ? null : Values[i].ToString();
    public override Vector Gather(ReadOnlySpan<int> from) =>
        new AddressVector(LongVector.Pick(Values, from), Nulls == null ? null : LongVector.Pick(Nulls, from), from.Length);
}

/// <summary>Texts, either as strings or as UTF-8 in a slab that is not copied (a column's dictionary, or payloads); malformed bytes decode
/// to U+FFFD.</summary>
sealed class TextVector : Vector
{
    readonly string?[]? _strings;
    readonly byte[] _slab = [];
    readonly int[] _starts = [], _lengths = [];

    public TextVector(string?[] strings, int count) : base(count) => _strings = strings;

    /// <param name="lengths">−1 for NULL.</param>
    public TextVector(byte[] slab, int[] starts, int[] lengths, int count) : base(count)
    {
        _slab = slab;
        _starts = starts;
        _lengths = lengths;
    }

    public bool IsSlab => _strings == null;
    public override bool IsNull(int i) => _strings != null ? _strings[i] == null : _lengths[i] < 0;
    public string? Get(int i) => _strings != null ? _strings[i] : _lengths[i] < 0 ? null
        : Encoding.UTF8.GetString(_slab, _starts[i], _lengths[i]);

    /// <summary>The bytes of a value that is not NULL; raw, so perhaps malformed, when it comes from a slab.</summary>
    public ReadOnlySpan<byte> Utf8(int i) => _strings != null ? Encoding.UTF8.GetBytes(_strings[i]!)
        : _slab.AsSpan(_starts[i], _lengths[i]);

    public override object? Box(int i) => Get(i);

    public override Vector Gather(ReadOnlySpan<int> from) => _strings != null
        ? new TextVector(LongVector.Pick(_strings, from), from.Length)
        : new TextVector(_slab, LongVector.Pick(_starts, from), LongVector.Pick(_lengths, from), from.Length);
}

/// <summary>Raw bytes end to end in a slab.</summary>
sealed class BytesVector(byte[] slab, int[] starts, int[] lengths, int count) : Vector(count)
{
    public byte[] Slab { get; } = slab;
    public int[] Starts { get; } = starts;

    /// <summary>−1 for NULL.</summary>
    public int[] Lengths { get; } = lengths;

    public override bool IsNull(int i) => Lengths[i] < 0;
    public override object? Box(int i) => IsNull(i) ? null : Slab.AsSpan(Starts[i], Lengths[i]).ToArray();
    public override Vector Gather(ReadOnlySpan<int> from) =>
        new BytesVector(Slab, LongVector.Pick(Starts, from), LongVector.Pick(Lengths, from), from.Length);
}

static class Vectors
{
    /// <summary>The same value n times; <paramref name="value"/> is as in <see cref="ConstExpr"/>.</summary>
    public static Vector Constant(object? value, AqlType type, int n)
    {
        bool[]? nulls = null;
        if (value == null) Array.Fill(nulls = new bool[n], true);
        switch (type)
        {
            case AqlType.Bool:
                var truths = new byte[n];
                Array.Fill(truths, value is bool b ? b ? BoolVector.True : BoolVector.False : BoolVector.Unknown);
                return new BoolVector(truths, n);
            case AqlType.Long or AqlType.Mac:
                var longs = new long[n];
                Array.Fill(longs, value is long l ? l : 0);
                return new LongVector(longs, nulls, n, type == AqlType.Mac);
            case AqlType.Double:
                var doubles = new double[n];
                Array.Fill(doubles, value is double d ? d : 0);
                return new DoubleVector(doubles, nulls, n);
            case AqlType.Address:
                var addresses = new Address[n];
                Array.Fill(addresses, value is Address a ? a : default);
                return new AddressVector(addresses, nulls, n);
            case AqlType.Bytes:
                var none = new int[n];
                Array.Fill(none, -1);
                return new BytesVector([], new int[n], none, n);
            default:
                var texts = new string?[n];
                if (value is string s) Array.Fill(texts, s);
                return new TextVector(texts, n);
        }
    }

    /// <summary>A value as text, the way STR and comparisons with texts see it.</summary>
    public static string? Text(this Vector v, int i) => v.IsNull(i) ? null : v switch
    {
        LongVector { Mac: false } n => n.Values[i].ToString(CultureInfo.InvariantCulture),
        DoubleVector d => d.Values[i].ToString("R", CultureInfo.InvariantCulture),
        BoolVector b => b.Values[i] == BoolVector.True ? "true" : "false",
        BytesVector b => Encoding.UTF8.GetString(b.Slab, b.Starts[i], b.Lengths[i]),
        _ => (string?)v.Box(i),
    };
}
