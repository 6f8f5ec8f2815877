using System.Text;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Columns;

namespace Portolan.Store.Aql.Plan;

/// <summary>
/// What a block can be asked about a conjunct before its columns are read. False means that the conjunct is true for no row of the block;
/// so a block
/// is skipped only where skipping cannot change the answer.
/// </summary>
abstract record BlockFilter
{
    public abstract bool May(IBlock block);

    /// <summary>Rows outside these runs cannot match; null when every row may.</summary>
    public virtual IReadOnlyList<(int Start, int End)>? Runs(IBlock block) => null;

    public abstract string Describe();

    /// <summary>The filter of a conjunct, or null when blocks cannot say anything about it.</summary>
    /// <param name="names">Turns a name that is compared with into the ids that bear it.</param>
    public static BlockFilter? Of(Expr e, ICatalogNames names)
    {
        switch (e)
        {
            case CompareExpr { Operator: Comparison.Equal, Children: [CallExpr { Function.Catalog: { } kind, Children: [FieldExpr id] }, ConstExpr { Value: string name }] }:
                return OfNames(kind, id.Field, [name], names);
            case InExpr { OrNull: false, Children: [CallExpr { Function.Catalog: { } kind, Children: [FieldExpr id] }] } list:
                return OfNames(kind, id.Field, list.Values.OfType<string>(), names);
            case CompareExpr { Operator: Comparison.Equal, Children: [PropertyExpr p, ConstExpr { Value: string value }] } when Executor.CompareTexts.IsPlain(value):
                return new PropertyFilter(p.Name, Encoding.UTF8.GetBytes(value));
            case InExpr { OrNull: false, Children: [PropertyExpr p] } list when list.Values.All(v => Executor.CompareTexts.IsPlain((string)v)):
                return new AnyFilter([.. list.Values.Select(v => new PropertyFilter(p.Name, Encoding.UTF8.GetBytes((string)v)))]);
            case CompareExpr or InExpr or LikeExpr or MatchesExpr when e.Children[0] is PropertyExpr p: return new PropertyFilter(p.Name, null);
            case NotExpr { Children: [IsNullExpr { Children: [PropertyExpr p] }] }: return new PropertyFilter(p.Name, null);
            case CompareExpr { Children: [FieldExpr f, ConstExpr c] } compare: return OfCompare(compare.Operator, f, c.Value);
            case CompareExpr { Operator: Comparison.Equal, Children: [OnlyV6Expr v6, ConstExpr { Value: Address { IsV6: true } a }] }:
                return new AddressFilter(((FieldExpr)v6.Children[0]).Field, a, a);
            case CompareExpr { Operator: Comparison.Equal, Children: [var text, ConstExpr { Value: string value }] } when IsPayload(text):
                return OfTokens([(Encoding.UTF8.GetBytes(value), false, false)]);
            case FieldExpr { Type: AqlType.Bool } flag: return OfCompare(Comparison.Equal, flag, true);
            case CompareIdExpr { Operator: Comparison.Equal } id:
                return new AllFilter([Point(Fields.HostId, id.Value.Host), Point(Fields.Epoch, id.Value.Epoch),
                    Point(Fields.Sequence, id.Value.Sequence), Point(Fields.RecordIndex, id.Value.Index)]);
            case InExpr { OrNull: false, Children: [FieldExpr f] } list:
                var parts = list.Values.Select(v => OfCompare(Comparison.Equal, f, v)).ToArray();
                return parts.All(p => p != null) ? new AnyFilter(parts!) : null;
            case InCidrExpr { Children: [FieldExpr f] } cidr: return new AddressFilter(f.Field, cidr.Cidr.First, cidr.Cidr.Last);
            case LikeExpr like when IsPayload(like.Children[0]): return OfTokens(like.Compiled.Literals());
            case MatchesExpr { Pattern.IgnoreCase: false } regex when IsPayload(regex.Children[0], fold: false):
                return OfTokens(regex.Pattern.Literals.Select(l => (Encoding.ASCII.GetBytes(l), true, true)));
            case LogicExpr { And: false } or:
                var any = or.Children.Select(c => Of(c, names)).ToArray();
                return any.All(f => f != null) ? new AnyFilter(any!) : null;
            case LogicExpr and:
                var all = and.Children.Select(c => Of(c, names)).OfType<BlockFilter>().ToArray();
                return all.Length > 0 ? new AllFilter(all) : null;
            default: return null;
        }
    }

    // UTF8(payload), also under LOWER and UPPER: tokens are compared without case, and case folding keeps ASCII and the rest apart.
    static bool IsPayload(Expr e, bool fold = true) => e is CastExpr { Type: AqlType.Text, Children: [FieldExpr f] } && f.Field == Fields.Payload
        || fold && e is CallExpr c && (c.Function == Functions.TextFunctions.Lower || c.Function == Functions.TextFunctions.Upper)
            && IsPayload(c.Children[0]);

    static TokenFilter? OfTokens(IEnumerable<(byte[] Bytes, bool OpenStart, bool OpenEnd)> literals)
    {
        var tokens = literals.SelectMany(l => Tokens.Certain(l.Bytes, l.OpenStart, l.OpenEnd)).DistinctBy(t => Encoding.ASCII.GetString(t))
            .ToArray();
        return tokens.Length > 0 ? new(tokens) : null;
    }

    static NamesFilter OfNames(CatalogKind kind, Field field, IEnumerable<string> wanted, ICatalogNames names) =>
        new(field, [.. wanted.SelectMany(n => names.Ids(kind, n)).Distinct().Order()]);

    static NumberFilter Point(Field field, long value) => new(field, value, value);

    static BlockFilter? OfCompare(Comparison op, FieldExpr f, object? value)
    {
        var field = f.Field;
        switch (value)
        {
            case long n:
                var (low, high) = op switch
                {
                    Comparison.Equal => (n, n),
                    Comparison.Less when n > long.MinValue => (long.MinValue, n - 1),
                    Comparison.LessOrEqual => (long.MinValue, n),
                    Comparison.Greater when n < long.MaxValue => (n + 1, long.MaxValue),
                    Comparison.GreaterOrEqual => (n, long.MaxValue),
                    _ => (1L, 0L),
                };
                if (low > high) return null;
                // A millisecond of the query is a thousand stored microseconds.
                return field.Kind == FieldKind.Time ? new NumberFilter(field, Stored(low, 0), Stored(high, 999))
                    : new NumberFilter(field, low, high);
            case bool b when op == Comparison.Equal:
                return b ? new AnyFilter([new NumberFilter(field, 1, long.MaxValue), new NumberFilter(field, long.MinValue, -1)])
                    : Point(field, 0);
            case Address a:
                return op switch
                {
                    Comparison.Equal => new AddressFilter(field, a, a),
                    Comparison.Less or Comparison.LessOrEqual => new AddressFilter(field, default, a),
                    Comparison.Greater or Comparison.GreaterOrEqual => new AddressFilter(field, a, new(UInt128.MaxValue)),
                    _ => null,
                };
            case string s when op == Comparison.Equal && field.Kind == FieldKind.Text && Executor.CompareTexts.IsPlain(s):
                return new TextFilter(field, Encoding.UTF8.GetBytes(s));
            default: return null;
        }
    }

    static long Stored(long milliseconds, long rest) => milliseconds > long.MaxValue / 1000 - 1 ? long.MaxValue
        : milliseconds < long.MinValue / 1000 + 1 ? long.MinValue : milliseconds * 1000 + rest;
}

sealed record NumberFilter(Field Field, long Min, long Max) : BlockFilter
{
    public override bool May(IBlock block) => Min <= Max && block.MayHoldNumber(Field, Min, Max);
    public override string Describe() => Min == Max ? $"{Field.Name} holds {Min}"
        : $"{Field.Name} in {(Min == long.MinValue ? "…" : Min)}..{(Max == long.MaxValue ? "…" : Max)}";
}

/// <summary>Ids that bear one of the names.</summary>
sealed record NamesFilter(Field Field, IReadOnlyList<long> Ids) : BlockFilter
{
    public override bool May(IBlock block)
    {
        foreach (long id in Ids)
            if (block.MayHoldNumber(Field, id, id)) return true;
        return false;
    }

    public override string Describe() => Ids.Count == 0 ? $"{Field.Name} has that name (none has)"
        : $"{Field.Name} holds {string.Join(", ", Ids.Take(5))}{(Ids.Count > 5 ? $" or {Ids.Count - 5} more" : "")}";
}

sealed record PropertyFilter(string Name, byte[]? Value) : BlockFilter
{
    public override bool May(IBlock block) => block.MayHoldProperty(Name, Value);
    public override string Describe() => $"a row has \"{Name}\"{(Value == null ? "" : " and it is the text")}";
}

sealed record AddressFilter(Field Field, Address First, Address Last) : BlockFilter
{
    public override bool May(IBlock block) => First.CompareTo(Last) <= 0 && block.MayHoldAddress(Field, First, Last);
    public override string Describe() => First == Last ? $"{Field.Name} holds {First}" : $"{Field.Name} in {First}..{Last}";
}

sealed record TextFilter(Field Field, byte[] Value) : BlockFilter
{
    public override bool May(IBlock block) => block.MayHoldText(Field, Value);
    public override string Describe() => $"{Field.Name} holds the text";
}

sealed record TokenFilter(IReadOnlyList<byte[]> Lower) : BlockFilter
{
    public override bool May(IBlock block) => Lower.All(t => block.MayHoldToken(t));
    public override IReadOnlyList<(int Start, int End)>? Runs(IBlock block) => block.PayloadsHolding(Lower);
    public override string Describe() => "payload holds " + string.Join(", ", Lower.Select(t => Encoding.ASCII.GetString(t)));
}

sealed record AnyFilter(IReadOnlyList<BlockFilter> Parts) : BlockFilter
{
    public override bool May(IBlock block) => Parts.Any(p => p.May(block));
    public override string Describe() => string.Join(" or ", Parts.Select(p => p.Describe()));
}

sealed record AllFilter(IReadOnlyList<BlockFilter> Parts) : BlockFilter
{
    public override bool May(IBlock block) => Parts.All(p => p.May(block));
    public override string Describe() => string.Join(" and ", Parts.Select(p => p.Describe()));
}

/// <summary>The filters of a plan, ranges over the same field made one, each with the conjuncts it stands for.</summary>
sealed record PushedFilter(string Conjunct, BlockFilter Filter)
{
    public static IReadOnlyList<PushedFilter> Of(QueryPlan plan, ICatalogNames names)
    {
        var pushed = new List<PushedFilter>();
        foreach (var conjunct in plan.Conjuncts)
        {
            if (BlockFilter.Of(conjunct, names) is not { } filter) continue;
            int same = pushed.FindIndex(p => (p.Filter, filter) is (NumberFilter a, NumberFilter b) && a.Field == b.Field
                || (p.Filter, filter) is (AddressFilter c, AddressFilter d) && c.Field == d.Field);
            if (same < 0)
            {
                pushed.Add(new(conjunct.Key, filter));
                continue;
            }
            BlockFilter both = (pushed[same].Filter, filter) switch
            {
                (NumberFilter a, NumberFilter b) => new NumberFilter(a.Field, Math.Max(a.Min, b.Min), Math.Min(a.Max, b.Max)),
                (AddressFilter a, AddressFilter b) =>
                    new AddressFilter(a.Field, a.First.CompareTo(b.First) > 0 ? a.First : b.First, a.Last.CompareTo(b.Last) < 0 ? a.Last
                        : b.Last),
                _ => filter,
            };
            pushed[same] = new(pushed[same].Conjunct + " AND " + conjunct.Key, both);
        }
        return pushed;
    }
}
