using System.Text;
using Portolan.Model;
using Portolan.Store.Aql.Functions;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Executor;

/// <summary>Works out expressions over chunks, a vector at a time.</summary>
sealed class Evaluator(SearchScope scope)
{
    public Vector Evaluate(Expr e, Chunk chunk)
    {
        if (e.IsColumn || e is SlotExpr) return chunk.Column(e);
        if (chunk is RowChunk rows && rows.Reader.TryByEntry(e, rows.Count, this, out var entries))
        {
            var places = new int[rows.Count];
            for (int i = 0; i < places.Length; i++) places[i] = entries.Of(rows.Rows[i]);
            return entries.Values.Gather(places);
        }
        int n = chunk.Count;
        switch (e)
        {
            case ConstExpr c: return Vectors.Constant(c.Value, c.Type, n);
            case OnlyV6Expr v6: return OnlyV6((AddressVector)Evaluate(v6.Children[0], chunk));
            case CastExpr cast: return Casts.To(cast.Type, Evaluate(cast.Children[0], chunk));
            case CallExpr call:
                var arguments = new Vector[call.Children.Length];
                for (int i = 0; i < arguments.Length; i++) arguments[i] = Evaluate(call.Children[i], chunk);
                return call.Function.Evaluate!(arguments, n, scope);
            case ArithmeticExpr a: return Arithmetic.Run(a.Operator, Evaluate(a.Children[0], chunk), Evaluate(a.Children[1], chunk));
            case CompareExpr compare: return Compare(compare, chunk);
            case CompareIdExpr id: return CompareId(id, chunk);
            case LogicExpr logic: return Logic(logic, chunk);
            case CaseExpr c: return Case(c, chunk);
            default: return Predicate(e, Evaluate(e.Children[0], chunk));
        }
    }

    /// <summary>The places where a condition is true.</summary>
    public int[] Filter(Expr condition, Chunk chunk)
    {
        var truths = ((BoolVector)Evaluate(condition, chunk)).Values;
        var places = new int[chunk.Count];
        int n = 0;
        for (int i = 0; i < places.Length; i++)
            if (truths[i] == BoolVector.True) places[n++] = i;
        return n == places.Length ? places : places[..n];
    }

    static AddressVector OnlyV6(AddressVector v)
    {
        var only = new Address[v.Count];
        for (int i = 0; i < only.Length; i++) only[i] = v.Values[i].IsV6 ? v.Values[i] : default;
        return new(only, v.Nulls, v.Count);
    }

    /// <summary>A condition about one value.</summary>
    static BoolVector Predicate(Expr e, Vector v)
    {
        var truths = new byte[v.Count];
        switch (e)
        {
            case IsNullExpr:
                for (int i = 0; i < truths.Length; i++) truths[i] = v.IsNull(i) ? BoolVector.True : BoolVector.False;
                break;
            case NotExpr:
                var inner = ((BoolVector)v).Values;
                for (int i = 0; i < truths.Length; i++) truths[i] = inner[i] == BoolVector.Unknown ? BoolVector.Unknown
                    : (byte)(1 - inner[i]);
                break;
            case InCidrExpr cidr:
                var addresses = (AddressVector)v;
                for (int i = 0; i < truths.Length; i++) truths[i] = Truth(v, i, cidr.Cidr.Contains(addresses.Values[i]));
                break;
            case InExpr list:
                for (int i = 0; i < truths.Length; i++)
                {
                    bool held = !v.IsNull(i) && list.Set.Contains(Raw(v, i));
                    truths[i] = held ? BoolVector.True : v.IsNull(i) || list.OrNull ? BoolVector.Unknown : BoolVector.False;
                }
                break;
            case LikeExpr like:
                var texts = (TextVector)v;
                for (int i = 0; i < truths.Length; i++) truths[i] = v.IsNull(i) ? BoolVector.Unknown : like.Compiled.Matches(texts.Utf8(i))
                    ? BoolVector.True : BoolVector.False;
                break;
            case MatchesExpr matches:
                Regexes((TextVector)v, matches.Pattern, truths);
                break;
            default:
                throw new InvalidOperationException($"no way to evaluate {e.GetType().Name}");
        }
        return new(truths, v.Count);
    }

    static byte Truth(Vector v, int i, bool truth) => v.IsNull(i) ? BoolVector.Unknown : truth ? BoolVector.True : BoolVector.False;

    static object Raw(Vector v, int i) => v switch
    {
        LongVector l => l.Values[i],
        AddressVector a => a.Values[i],
        _ => v.Box(i)!,
    };

    static void Regexes(TextVector v, RegexPattern pattern, byte[] truths)
    {
        for (int i = 0; i < truths.Length; i++)
        {
            truths[i] = v.IsNull(i) ? BoolVector.Unknown
                : (v.IsSlab ? pattern.Matches(v.Utf8(i)) : pattern.Matches(v.Get(i))) ? BoolVector.True : BoolVector.False;
        }
    }

    BoolVector Compare(CompareExpr e, Chunk chunk)
    {
        int n = chunk.Count;
        var truths = new byte[n];
        var left = Evaluate(e.Children[0], chunk);
        var op = e.Operator;
        if (e.Children[1] is ConstExpr { Value: null })
        {
            Array.Fill(truths, BoolVector.Unknown);
            return new(truths, n);
        }
        if (left is LongVector numbers && e.Children[1] is ConstExpr { Value: long number })
        {
            for (int i = 0; i < n; i++) truths[i] = Truth(numbers, i, op.Holds(numbers.Values[i].CompareTo(number)));
            return new(truths, n);
        }
        if (left is TextVector { IsSlab: true } slab && e.Children[1] is ConstExpr { Value: string text }
            && op is Comparison.Equal or Comparison.NotEqual && CompareTexts.IsPlain(text))
        {
            var wanted = Encoding.UTF8.GetBytes(text);
            for (int i = 0; i < n; i++) truths[i] = slab.IsNull(i) ? BoolVector.Unknown : slab.Utf8(i)
                .SequenceEqual(wanted) == (op == Comparison.Equal) ? BoolVector.True : BoolVector.False;
            return new(truths, n);
        }
        var right = Evaluate(e.Children[1], chunk);
        for (int i = 0; i < n; i++)
        {
            truths[i] = left.IsNull(i) || right.IsNull(i) ? BoolVector.Unknown
                : op.Holds(SortKey.Of(left, i).CompareTo(SortKey.Of(right, i))) ? BoolVector.True : BoolVector.False;
        }
        return new(truths, n);
    }

    BoolVector CompareId(CompareIdExpr e, Chunk chunk)
    {
        var truths = new byte[chunk.Count];
        if (chunk is RowChunk rows)
        {
            var ids = rows.Ids();
            for (int i = 0; i < ids.Length; i++) truths[i] = e.Operator.Holds(ids[i].CompareTo(e.Value)) ? BoolVector.True
                : BoolVector.False;
            return new(truths, chunk.Count);
        }
        // After grouping the id is a text.
        var texts = (TextVector)Evaluate(e.Children[0], chunk);
        for (int i = 0; i < truths.Length; i++)
            truths[i] = texts.Get(i) is { } text && EventId.TryParse(text, out var id) ? e.Operator.Holds(id.CompareTo(e.Value))
                ? BoolVector.True : BoolVector.False : BoolVector.Unknown;
        return new(truths, chunk.Count);
    }

    /// <summary>AND and OR: a later term is asked only where the earlier ones have not decided.</summary>
    BoolVector Logic(LogicExpr e, Chunk chunk)
    {
        int n = chunk.Count;
        byte decisive = e.And ? BoolVector.False : BoolVector.True, neutral = e.And ? BoolVector.True : BoolVector.False;
        var truths = new byte[n];
        Array.Fill(truths, neutral);
        var open = new int[n];
        for (int i = 0; i < n; i++) open[i] = i;
        var part = chunk;
        foreach (var term in e.Children)
        {
            scope.Cancel.ThrowIfCancellationRequested();
            var values = ((BoolVector)Evaluate(term, part)).Values;
            int left = 0;
            for (int j = 0; j < open.Length; j++)
            {
                if (values[j] != neutral) truths[open[j]] = values[j];
                if (values[j] != decisive) left++;
            }
            if (left == open.Length) continue;
            if (left == 0) break;
            var places = new int[left];
            var still = new int[left];
            for (int j = 0, k = 0; j < open.Length; j++)
            {
                if (values[j] == decisive) continue;
                places[k] = j;
                still[k++] = open[j];
            }
            open = still;
            part = part.Part(places);
        }
        return new(truths, n);
    }

    Vector Case(CaseExpr e, Chunk chunk)
    {
        var result = new VectorBuilder(e.Type, chunk.Count);
        var open = new int[chunk.Count];
        for (int i = 0; i < open.Length; i++) open[i] = i;
        var part = chunk;
        for (int b = 0; b + 1 < e.Children.Length && open.Length > 0; b += 2)
        {
            var truths = ((BoolVector)Evaluate(e.Children[b], part)).Values;
            var yes = new List<int>();
            var no = new List<int>();
            for (int j = 0; j < open.Length; j++) (truths[j] == BoolVector.True ? yes : no).Add(j);
            if (yes.Count > 0) result.Scatter([.. yes.Select(j => open[j])], Evaluate(e.Children[b + 1], part.Part([.. yes])));
            open = [.. no.Select(j => open[j])];
            part = part.Part([.. no]);
        }
        if (open.Length > 0) result.Scatter(open, Evaluate(e.Children[^1], part));
        return result.Build();
    }
}

static class CompareTexts
{
    /// <summary>Whether a literal equals a text exactly when their UTF-8 bytes are equal: it holds no character that stands for malformed
    /// bytes.</summary>
    public static bool IsPlain(string literal)
    {
        if (literal.Contains('\ufffd')) return false;
        for (int i = 0; i < literal.Length; i++)
        {
            if (!char.IsSurrogate(literal[i])) continue;
            if (!char.IsHighSurrogate(literal[i]) || i + 1 == literal.Length || !char.IsLowSurrogate(literal[i + 1])) return false;
            i++;
        }
        return true;
    }
}
