using Portolan.Model;
using Portolan.Store.Segments;

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

/// <summary>Gives equal values of one type the same small number.</summary>
sealed class Interner
{
    readonly KeyTable _table = new();
    readonly List<int> _numbers = [];
    readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    readonly List<SortKey> _keys = [];

    public int Count => _keys.Count;

    /// <summary>The number of NULL, or −1 when there was none.</summary>
    public int Null { get; private set; } = -1;

    /// <summary>The values by their numbers.</summary>
    public IReadOnlyList<SortKey> Keys => _keys;

    public SortKey this[int number] => _keys[number];

    public int Number(Vector v, int i, MemoryMeter memory) => Number(SortKey.Of(v, i), memory);

    public int Number(SortKey key, MemoryMeter memory)
    {
        if (key.IsNull)
        {
            if (Null < 0) Null = Add(key, memory);
            return Null;
        }
        if (key.Text is { } text)
        {
            if (!_texts.TryGetValue(text, out int known)) _texts[text] = known = Add(key, memory);
            return known;
        }
        int code = _table.Add(key.Number);
        if (code == _numbers.Count) _numbers.Add(Add(key, memory));
        return _numbers[code];
    }

    int Add(SortKey key, MemoryMeter memory)
    {
        memory.Take(120 + 2 * (key.Text?.Length ?? 0));
        _keys.Add(key);
        return _keys.Count - 1;
    }
}
