using Portolan.Model;

namespace Portolan.Store.Aql.Executor;

/// <summary>A value in a form that compares: NULL first, numbers and addresses by their number, texts by their characters'
/// numbers.</summary>
readonly struct SortKey(UInt128 number, string? text, bool isNull) : IComparable<SortKey>, IEquatable<SortKey>
{
    const ulong Sign = 1UL << 63;

    public UInt128 Number { get; } = number;
    public string? Text { get; } = text;
    public bool IsNull { get; } = isNull;

    public long Long => (long)((ulong)Number ^ Sign);

    public double Double
    {
        get
        {
            ulong bits = (ulong)Number;
            return BitConverter.UInt64BitsToDouble((bits & Sign) != 0 ? bits ^ Sign : ~bits);
        }
    }

    public static SortKey Of(Vector v, int i) => v.IsNull(i) ? new(0, null, true) : v switch
    {
        LongVector l => new((ulong)l.Values[i] ^ Sign, null, false),
        DoubleVector d => new(Bits(d.Values[i]), null, false),
        AddressVector a => new(a.Values[i].Value, null, false),
        BoolVector b => new(b.Values[i], null, false),
        TextVector t => new(0, t.Get(i), false),
        _ => new(0, v.Text(i), false),
    };

    // IEEE doubles sort as integers when negative ones are inverted; −0 is 0.
    static ulong Bits(double d)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(d == 0 ? 0 : d);
        return (bits & Sign) != 0 ? ~bits : bits | Sign;
    }

    public int CompareTo(SortKey other)
    {
        if (IsNull || other.IsNull) return other.IsNull.CompareTo(IsNull);
        int c = Number.CompareTo(other.Number);
        return c != 0 ? c : string.CompareOrdinal(Text, other.Text);
    }

    public bool Equals(SortKey other) => IsNull == other.IsNull && Number == other.Number && Text == other.Text;
    public override bool Equals(object? obj) => obj is SortKey k && Equals(k);
    public override int GetHashCode() => HashCode.Combine(Number, Text, IsNull);
}

/// <summary>Gives equal values the same small number.</summary>
sealed class Interner
{
    readonly Dictionary<long, int> _longs = [];
    readonly Dictionary<SortKey, int> _others = [];
    readonly List<SortKey> _keys = [];

    public int Count => _keys.Count;

    /// <summary>The number of NULL, or −1 when there was none.</summary>
    public int Null { get; private set; } = -1;

    /// <summary>The values by their numbers.</summary>
    public IReadOnlyList<SortKey> Keys => _keys;

    public int Number(Vector v, int i, MemoryMeter memory)
    {
        if (v is LongVector l && !l.IsNull(i))
        {
            if (_longs.TryGetValue(l.Values[i], out int known)) return known;
            return _longs[l.Values[i]] = Number(SortKey.Of(v, i), memory);
        }
        return Number(SortKey.Of(v, i), memory);
    }

    public int Number(SortKey key, MemoryMeter memory)
    {
        if (_others.TryGetValue(key, out int number)) return number;
        memory.Take(120 + 2 * (key.Text?.Length ?? 0));
        number = _keys.Count;
        if (key.IsNull) Null = number;
        _keys.Add(key);
        _others[key] = number;
        return number;
    }
}
