using System.Globalization;
using Portolan.Model;
using Portolan.Store.Aql.Functions;

namespace Portolan.Store.Aql.Plan;

/// <summary>
/// A typed expression: names are resolved, types agree, literals are converted. <see cref="Key"/> is its canonical text: two expressions
/// with the same
/// key are the same expression, and <c>--explain</c> shows it.
/// </summary>
abstract class Expr(AqlType type, params Expr[] children)
{
    string? _key;

    public AqlType Type { get; } = type;
    public string Key => _key ??= Show();
    public Expr[] Children { get; } = children;

    /// <summary>The columns below it: what has to be read for it. Empty for a column itself.</summary>
    public IReadOnlyList<Expr> Columns { get; } = [.. children.SelectMany(c => c.IsColumn ? [c] : c.Columns).DistinctBy(c => c.Key)];

    public bool IsColumn => this is FieldExpr or PropertyExpr or IdExpr;
    public bool HasAggregate { get; } = children.Any(c => c is AggregateExpr || c.HasAggregate);

    /// <summary>The same expression over other children.</summary>
    public abstract Expr With(Expr[] children);

    protected abstract string Show();

    public override string ToString() => Key;
}

/// <param name="value">null, bool, long, double, string or <see cref="Address"/>; a MAC is a long.</param>
sealed class ConstExpr(object? value, AqlType type) : Expr(type)
{
    public object? Value { get; } = value;

    public override Expr With(Expr[] children) => this;

    protected override string Show() => Value switch
    {
        null => "NULL",
        bool b => b ? "TRUE" : "FALSE",
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        long l => Type == AqlType.Mac ? MacText.Of(l) : l.ToString(CultureInfo.InvariantCulture),
        Address a => a.ToString(),
        _ => $"'{((string)Value).Replace("'", "''", StringComparison.Ordinal)}'",
    };
}

/// <summary>A stored field; a time reads in milliseconds.</summary>
sealed class FieldExpr(Field field) : Expr(TypeOf(field))
{
    public Field Field { get; } = field;

    public override Expr With(Expr[] children) => this;

    protected override string Show() => Field.Name;

    static AqlType TypeOf(Field f) => f.Kind switch
    {
        FieldKind.Number or FieldKind.Time => AqlType.Long,
        FieldKind.Flag => AqlType.Bool,
        FieldKind.Address => AqlType.Address,
        FieldKind.Mac => AqlType.Mac,
        FieldKind.Text => AqlType.Text,
        _ => AqlType.Bytes,
    };
}

/// <summary>A stored property, by the spelling that is known.</summary>
sealed class PropertyExpr(string name) : Expr(AqlType.Text)
{
    public string Name { get; } = name;

    public override Expr With(Expr[] children) => this;

    protected override string Show() => "\"" + Name + "\"";
}

/// <summary>The event's id, worked out from host, epoch, sequence and index.</summary>
sealed class IdExpr() : Expr(AqlType.Text)
{
    public override Expr With(Expr[] children) => this;

    protected override string Show() => "eventid";
}

/// <summary>An IPv6 address, or absent: sourcev6, destinationv6.</summary>
sealed class OnlyV6Expr(Expr operand) : Expr(AqlType.Address, operand)
{
    public override Expr With(Expr[] children) => new OnlyV6Expr(children[0]);

    protected override string Show() => $"v6({Children[0]})";
}

/// <summary>A value as another type: texts become numbers, addresses or MACs (NULL when they are none), anything becomes text.</summary>
/// <param name="field">Set for sourceaddress and destinationaddress, the fields that are an address as text.</param>
sealed class CastExpr(Expr operand, AqlType to, Field? field = null) : Expr(to, operand)
{
    public Field? Field { get; } = field;

    public override Expr With(Expr[] children) => new CastExpr(children[0], Type, Field);

    protected override string Show() =>
        Field?.Name ?? $"{(Type != AqlType.Text ? Type.Shown().ToUpperInvariant() : Children[0].Type == AqlType.Bytes ? "UTF8" : "STR")}"
            + $"({Children[0]})";
}

sealed class CallExpr(ScalarFunction function, Expr[] arguments)
    : Expr(function.Returns(arguments), arguments)
{
    public ScalarFunction Function { get; } = function;

    public override Expr With(Expr[] children) => new CallExpr(Function, children);

    protected override string Show() => $"{Function.Name}({string.Join(", ", Children.Select(a => a.Key))})";
}

/// <param name="argument">null for COUNT(*).</param>
sealed class AggregateExpr(AggregateFunction function, Expr? argument)
    : Expr(function.Returns(argument), argument == null ? [] : [argument])
{
    public AggregateFunction Function { get; } = function;
    public Expr? Argument => Children.Length == 0 ? null : Children[0];

    public override Expr With(Expr[] children) => new AggregateExpr(Function, children.Length == 0 ? null : children[0]);

    protected override string Show() => $"{Function.Name}({Argument?.Key ?? "*"})";
}

/// <summary>After grouping: the n-th group key, or the n-th aggregate's result.</summary>
sealed class SlotExpr(int slot, AqlType type, string shown) : Expr(type)
{
    public int Slot { get; } = slot;

    public override Expr With(Expr[] children) => this;

    protected override string Show() => shown;
}

/// <summary>+ - * / % ^ &amp; | &lt;&lt; &gt;&gt; over two longs or two doubles; overflow and division by zero give NULL.</summary>
sealed class ArithmeticExpr(string op, Expr left, Expr right)
    : Expr(op == "^" ? AqlType.Double : left.Type, left, right)
{
    public string Operator { get; } = op;

    public override Expr With(Expr[] children) => new ArithmeticExpr(Operator, children[0], children[1]);

    protected override string Show() => $"({Children[0]} {Operator} {Children[1]})";
}

enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

static class Comparisons
{
    public static string Symbol(this Comparison c) => c switch
    {
        Comparison.Equal => "=",
        Comparison.NotEqual => "!=",
        Comparison.Less => "<",
        Comparison.LessOrEqual => "<=",
        Comparison.Greater => ">",
        _ => ">=",
    };

    /// <summary>Whether an order of −, 0 or + satisfies it.</summary>
    public static bool Holds(this Comparison c, int order) => c switch
    {
        Comparison.Equal => order == 0,
        Comparison.NotEqual => order != 0,
        Comparison.Less => order < 0,
        Comparison.LessOrEqual => order <= 0,
        Comparison.Greater => order > 0,
        _ => order >= 0,
    };

    /// <summary>The comparison that says the same with the sides exchanged.</summary>
    public static Comparison Mirror(this Comparison c) => c switch
    {
        Comparison.Less => Comparison.Greater,
        Comparison.LessOrEqual => Comparison.GreaterOrEqual,
        Comparison.Greater => Comparison.Less,
        Comparison.GreaterOrEqual => Comparison.LessOrEqual,
        _ => c,
    };
}

/// <summary>Both sides have the same type; a constant stands on the right.</summary>
sealed class CompareExpr(Comparison op, Expr left, Expr right) : Expr(AqlType.Bool, left, right)
{
    public Comparison Operator { get; } = op;

    public override Expr With(Expr[] children) => new CompareExpr(Operator, children[0], children[1]);

    protected override string Show() => $"{Children[0]} {Operator.Symbol()} {Children[1]}";
}

/// <summary>eventid against a constant id, by the numbers.</summary>
sealed class CompareIdExpr(Comparison op, Expr id, EventId value) : Expr(AqlType.Bool, id)
{
    public Comparison Operator { get; } = op;
    public EventId Value { get; } = value;

    public override Expr With(Expr[] children) => new CompareIdExpr(Operator, children[0], Value);

    protected override string Show() => $"eventid {Operator.Symbol()} {Value}";
}

/// <summary>IN over constants of the operand's type. <paramref name="orNull"/>: the list also held something no value can equal or differ
/// from.</summary>
sealed class InExpr(Expr operand, IReadOnlyList<object> values, bool orNull) : Expr(AqlType.Bool, operand)
{
    public IReadOnlyList<object> Values { get; } = values;
    public HashSet<object> Set { get; } = [.. values];
    public bool OrNull { get; } = orNull;

    public override Expr With(Expr[] children) => new InExpr(children[0], Values, OrNull);

    protected override string Show() =>
        $"{Children[0]} IN ({string.Join(", ", Values.Select(v => new ConstExpr(v, Children[0].Type).Key))}{(OrNull ? ", NULL" : "")})";
}

/// <summary>LIKE and ILIKE over a text and a constant pattern.</summary>
sealed class LikeExpr(Expr operand, string pattern, bool ignoreCase) : Expr(AqlType.Bool, operand)
{
    public string Pattern { get; } = pattern;
    public bool IgnoreCase { get; } = ignoreCase;
    public LikePattern Compiled { get; } = new(pattern, ignoreCase);

    public override Expr With(Expr[] children) => new LikeExpr(children[0], Pattern, IgnoreCase);

    protected override string Show() => $"{Children[0]} {(IgnoreCase ? "ILIKE" : "LIKE")} {new ConstExpr(Pattern, AqlType.Text)}";
}

/// <summary>MATCHES and IMATCHES over a text and a constant pattern: an unanchored find.</summary>
sealed class MatchesExpr(Expr operand, RegexPattern pattern) : Expr(AqlType.Bool, operand)
{
    public RegexPattern Pattern { get; } = pattern;

    public override Expr With(Expr[] children) => new MatchesExpr(children[0], Pattern);

    protected override string Show() =>
        $"{Children[0]} {(Pattern.IgnoreCase ? "IMATCHES" : "MATCHES")} {new ConstExpr(Pattern.Text, AqlType.Text)}";
}

sealed class InCidrExpr(Cidr cidr, Expr address) : Expr(AqlType.Bool, address)
{
    public Cidr Cidr { get; } = cidr;

    public override Expr With(Expr[] children) => new InCidrExpr(Cidr, children[0]);

    protected override string Show() => $"INCIDR('{Cidr}', {Children[0]})";
}

sealed class IsNullExpr(Expr operand) : Expr(AqlType.Bool, operand)
{
    public override Expr With(Expr[] children) => new IsNullExpr(children[0]);

    protected override string Show() => $"{Children[0]} IS NULL";
}

sealed class LogicExpr(bool and, Expr[] terms) : Expr(AqlType.Bool, terms)
{
    public bool And { get; } = and;

    public override Expr With(Expr[] children) => new LogicExpr(And, children);

    protected override string Show() => "(" + string.Join(And ? " AND " : " OR ", Children.Select(t => t.Key)) + ")";
}

sealed class NotExpr(Expr operand) : Expr(AqlType.Bool, operand)
{
    public override Expr With(Expr[] children) => new NotExpr(children[0]);

    protected override string Show() => $"NOT {Children[0]}";
}

/// <summary>The searched CASE: condition, value, condition, value, …, and the value of ELSE last.</summary>
sealed class CaseExpr(AqlType type, Expr[] parts) : Expr(type, parts)
{
    public override Expr With(Expr[] children) => new CaseExpr(Type, children);

    protected override string Show() => "CASE " + string.Concat(Enumerable.Range(0, Children.Length / 2)
        .Select(i => $"WHEN {Children[2 * i]} THEN {Children[2 * i + 1]} ")) + $"ELSE {Children[^1]} END";
}

static class MacText
{
    public static string Of(long mac) =>
        string.Join(':', Enumerable.Range(0, 6).Select(i => ((byte)(mac >> (40 - 8 * i))).ToString("x2", CultureInfo.InvariantCulture)));

    /// <summary>Six pairs of hexadecimal digits with : or - between them, or none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long mac)
    {
        mac = 0;
        int step = text.Length switch { 17 => 3, 12 => 2, _ => 0 };
        if (step == 0) return false;
        for (int i = 0; i < text.Length; i++)
        {
            if (step == 3 && i % 3 == 2)
            {
                if (text[i] is not (':' or '-')) return false;
            }
            else if (char.IsAsciiHexDigit(text[i])) mac = mac << 4 | (long)Convert.ToInt32(text.Slice(i, 1).ToString(), 16);
            else return false;
        }
        return true;
    }
}
