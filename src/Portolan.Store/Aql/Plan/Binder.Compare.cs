using Portolan.Model;
using Portolan.Store.Aql.Executor;

namespace Portolan.Store.Aql.Plan;

sealed partial class Binder
{
    static Comparison Op(string symbol) => symbol switch
    {
        "=" => Comparison.Equal,
        "!=" => Comparison.NotEqual,
        "<" => Comparison.Less,
        "<=" => Comparison.LessOrEqual,
        ">" => Comparison.Greater,
        _ => Comparison.GreaterOrEqual,
    };

    Expr Compare(Comparison op, Node leftNode, Node rightNode, Place place)
    {
        var left = Bind(leftNode, place);
        var right = Bind(rightNode, place);
        if (left is ConstExpr && right is not ConstExpr)
        {
            (left, right, leftNode, rightNode) = (right, left, rightNode, leftNode);
            op = op.Mirror();
        }
        if (left.Type == AqlType.Bytes || right.Type == AqlType.Bytes)
            throw Wrong(left.Type == AqlType.Bytes ? leftNode.At : rightNode.At, AqlType.Bytes, AqlType.Text);
        if (left.Type == AqlType.Null) return new CompareExpr(op, new ConstExpr(null, AqlType.Text), new ConstExpr(null, AqlType.Text));
        if (right.Type == AqlType.Null) return new CompareExpr(op, left, new ConstExpr(null, left.Type));
        if (left is IdExpr && right is ConstExpr { Value: string id } && EventId.TryParse(id, out var eventId)) return new CompareIdExpr(op,
            left, eventId);
        if (left is CastExpr { Type: AqlType.Text } text && text.Children[0] is FieldExpr { Type: AqlType.Address } address
            && op is Comparison.Equal or Comparison.NotEqual && right is ConstExpr { Value: string written }
                && IsSame(text, written, out var value))
            return new CompareExpr(op, address, new ConstExpr(value, AqlType.Address));
        (left, right) = Agree(left, leftNode, right, rightNode);
        return new CompareExpr(op, left, right);
    }

    // sourceaddress takes an address however it is written; STR(sourceip) is a text, equal only to the canonical form.
    static bool IsSame(CastExpr text, string written, out Address value) =>
        Address.TryParse(written, out value) && (text.Field != null || value.ToString() == written);

    /// <summary>Brings both sides to one type: a quoted number against a number is a number, a number against a text is a text.</summary>
    (Expr, Expr) Agree(Expr left, Node leftNode, Expr right, Node rightNode)
    {
        if (left.Type == right.Type) return (left, right);
        bool leftNumber = left.Type is AqlType.Long or AqlType.Double, rightNumber = right.Type is AqlType.Long or AqlType.Double;
        if (leftNumber && rightNumber) return (ToDouble(left), ToDouble(right));
        if (right is ConstExpr c && Literal(c, rightNode, left.Type) is { } literal) return literal.Type == left.Type ? (left, literal)
            : (Convert(left, literal.Type), literal);
        if (left is ConstExpr l && Literal(l, leftNode, right.Type) is { } other) return other.Type == right.Type ? (other, right)
            : (other, Convert(right, other.Type));
        switch (left.Type, right.Type)
        {
            case (AqlType.Address or AqlType.Mac, AqlType.Text): return (left, new CastExpr(right, left.Type));
            case (AqlType.Text, AqlType.Address or AqlType.Mac): return (new CastExpr(left, right.Type), right);
            case (AqlType.Text, _): return (left, new CastExpr(right, AqlType.Text));
            case (_, AqlType.Text): return (new CastExpr(left, AqlType.Text), right);
            default: throw Wrong(rightNode.At, right.Type, left.Type);
        }
    }

    static Expr Convert(Expr e, AqlType type) => type == AqlType.Double ? ToDouble(e) : new CastExpr(e, type);

    /// <summary>
    /// A literal as a value to compare with the given type: of that type, or of the type that both sides then take; null when the rule for
    /// expressions applies. An address or MAC that cannot be is NULL: no row is equal to it or differs from it.
    /// </summary>
    static ConstExpr? Literal(ConstExpr c, Node node, AqlType with)
    {
        if (c.Value is string text)
        {
            switch (with)
            {
                case AqlType.Long or AqlType.Double:
                    return Casts.Number(text, out long whole, out double real) switch
                    {
                        1 => with == AqlType.Long ? new(whole, AqlType.Long) : new((double)whole, AqlType.Double),
                        2 => new(real, AqlType.Double),
                        _ => c,
                    };
                case AqlType.Address: return new(Address.TryParse(text, out var address) ? address : null, AqlType.Address);
                case AqlType.Mac: return new(MacText.TryParse(text, out long mac) ? mac : null, AqlType.Mac);
                case AqlType.Bool: return Casts.Truth(text) is { } truth ? new(truth, AqlType.Bool) : null;
            }
        }
        if (c.Value is long or double && with == AqlType.Text) return new(node is NumberNode n ? n.Written : c.Key, AqlType.Text);
        if (c.Value is long flag && with == AqlType.Bool && flag is 0 or 1) return new(c.Value is 1L, AqlType.Bool);
        return null;
    }

    Expr In(InNode list, Place place)
    {
        var operand = Typed(Bind(list.Operand, place));
        if (operand.Type == AqlType.Bytes) throw Wrong(list.Operand.At, AqlType.Bytes, AqlType.Text);
        var values = new List<object>();
        var addresses = new List<object>();
        var others = new List<Expr>();
        bool orNull = false;
        foreach (var node in list.List)
        {
            var item = Bind(node, place);
            if (item is not ConstExpr c)
            {
                others.Add(Compare(Comparison.Equal, list.Operand, node, place));
                continue;
            }
            if (operand is CastExpr { Type: AqlType.Text } text && text.Children[0] is FieldExpr { Type: AqlType.Address }
                && c.Value is string written && IsSame(text, written, out var value))
            {
                addresses.Add(value);
                continue;
            }
            if (c.Type == operand.Type && c.Value != null)
            {
                values.Add(c.Value);
                continue;
            }
            var literal = c.Value == null ? c : operand.Type == AqlType.Double && c.Value is long whole ? new((double)whole, AqlType.Double)
                : Literal(c, node, operand.Type);
            if (literal == null && !(operand.Type == AqlType.Long && c.Type == AqlType.Double)) throw Wrong(node.At, c.Type, operand.Type);
            if (literal?.Value == null && literal != null) orNull = true;
            else if (literal?.Type == operand.Type) values.Add(literal.Value!);
            else others.Add(Compare(Comparison.Equal, list.Operand, node, place));
        }
        if (addresses.Count > 0) others.Add(new InExpr(((CastExpr)operand).Children[0], addresses, false));
        if (values.Count > 0 || orNull || others.Count == 0) others.Insert(0, new InExpr(operand, [.. values.Distinct()], orNull));
        return others.Count == 1 ? others[0] : new LogicExpr(false, [.. others]);
    }

    const int MostPatterns = 8192;
    int _patterns;

    Expr Pattern(PatternNode p, Place place)
    {
        var operand = Typed(Bind(p.Operand, place));
        if (operand.Type != AqlType.Text) throw Wrong(p.Operand.At, operand.Type, AqlType.Text);
        if (Bind(p.Pattern, place) is not ConstExpr { Value: string text }) throw _complain.Semantic(p.Pattern.At,
            $"{p.Operator} takes its pattern as a literal");
        bool ignoreCase = p.Operator[0] == 'I';
        // Lower case like a lower-case pattern: the same without making the lower-case text.
        if (p.Operator == "LIKE" && operand is CallExpr { Function: var f } lower && f == Functions.TextFunctions.Lower && CaseFold.Lower(text) == text)
            return new LikeExpr(lower.Children[0], text, true);
        if (p.Operator.EndsWith("LIKE", StringComparison.Ordinal)) return new LikeExpr(operand, text, ignoreCase);
        // To make an automaton of a pattern takes its time, which nobody can cancel.
        if ((_patterns += text.Length) > MostPatterns) throw _complain.Semantic(p.Pattern.At, $"the regular expressions have more than {MostPatterns} characters together");
        if (!RegexPattern.TryParse(text, ignoreCase, out var pattern, out string fault))
            throw _complain.Semantic(p.Pattern.At, $"this is no regular expression ({Complaint.Clean(fault)})");
        return new MatchesExpr(operand, pattern);
    }
}
