using System.Globalization;
using Portolan.Model;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Executor;

/// <summary>Values as another type; NULL where the value has no such form.</summary>
static class Casts
{
    public static Vector To(AqlType type, Vector v)
    {
        int n = v.Count;
        if (type == AqlType.Text)
        {
            if (v is TextVector) return v;
            if (v is BytesVector bytes) return new TextVector(bytes.Slab, bytes.Starts, bytes.Lengths, n);
            var texts = new string?[n];
            for (int i = 0; i < n; i++) texts[i] = v.Text(i);
            return new TextVector(texts, n);
        }
        var result = new VectorBuilder(type, n);
        for (int i = 0; i < n; i++)
        {
            if (!v.IsNull(i)) result.Set(i, One(type, v, i));
        }
        return result.Build();
    }

    static object? One(AqlType type, Vector v, int i) => (type, v) switch
    {
        (AqlType.Long, LongVector l) => l.Values[i],
        (AqlType.Long, DoubleVector d) => Whole(d.Values[i]),
        (AqlType.Long, BoolVector b) => (long)b.Values[i],
        (AqlType.Long, AddressVector a) => a.Values[i].IsV4 ? (long)a.Values[i].V4 : null,
        (AqlType.Long, TextVector t) =>
            Number(t.Get(i)!, out long whole, out double real) switch { 1 => whole, 2 => Whole(real), _ => null },
        (AqlType.Double, LongVector l) => (double)l.Values[i],
        (AqlType.Double, DoubleVector d) => d.Values[i],
        (AqlType.Double, BoolVector b) => (double)b.Values[i],
        (AqlType.Double, TextVector t) =>
            Number(t.Get(i)!, out long whole, out double real) switch { 1 => (double)whole, 2 => real, _ => null },
        (AqlType.Address, AddressVector a) => a.Values[i],
        (AqlType.Address, TextVector t) => Address.TryParse(t.Utf8(i), out var address) ? address : null,
        (AqlType.Mac, TextVector t) => MacText.TryParse(t.Get(i), out long mac) ? mac : null,
        (AqlType.Mac, LongVector l) => l.Values[i],
        (AqlType.Bool, BoolVector b) => b.Values[i] == BoolVector.True,
        (AqlType.Bool, LongVector l) => l.Values[i] != 0,
        (AqlType.Bool, TextVector t) => Truth(t.Get(i)!),
        _ => null,
    };

    public static bool? Truth(string text) =>
        text.Equals("true", StringComparison.OrdinalIgnoreCase) || text == "1" ? true
        : text.Equals("false", StringComparison.OrdinalIgnoreCase) || text == "0" ? false : null;

    static object? Whole(double d) => d is >= -9.2233720368547758e18 and < 9.2233720368547758e18 ? (long)d : null;

    /// <summary>1: a whole number. 2: a real one. 0: no number.</summary>
    public static int Number(string text, out long whole, out double real)
    {
        real = 0;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole)) return 1;
        const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Real, CultureInfo.InvariantCulture, out real) && double.IsFinite(real) ? 2 : 0;
    }
}
