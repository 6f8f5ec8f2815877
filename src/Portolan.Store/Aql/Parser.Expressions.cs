using System.Globalization;

namespace Portolan.Store.Aql;

sealed partial class Parser
{
    static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "SELECT", "FROM", "WHERE", "GROUP", "BY", "HAVING", "ORDER", "LIMIT", "LAST", "START", "STOP", "AS", "AND", "OR", "NOT", "IN",
            "LIKE", "ILIKE",
        "MATCHES", "IMATCHES", "BETWEEN", "IS", "CASE", "WHEN", "THEN", "ELSE", "END", "INTO", "PARAMETERS", "ASC", "DESC",
    };

    // How tightly the binary operators bind; all group to the left. Comparisons bind below all of them, then NOT, AND, OR.
    static readonly Dictionary<string, int> Binding = new()
    {
        ["|"] = 1,
        ["&"] = 2,
        ["<<"] = 3,
        [">>"] = 3,
        ["+"] = 4,
        ["-"] = 4,
        ["*"] = 5,
        ["/"] = 5,
        ["%"] = 5,
        ["^"] = 6,
    };

    static bool IsReserved(Token t) => t.Kind == TokenKind.Word && Reserved.Contains(t.Value);

    AqlException TooDeep(TextSpan at) => _complain.Syntax(at, $"nested deeper than {MostDepth} levels");

    int Over(TextSpan at, params ReadOnlySpan<Node?> parts)
    {
        int depth = 0;
        foreach (var p in parts) depth = Math.Max(depth, p?.Depth ?? 0);
        return depth < MostDepth ? depth + 1 : throw TooDeep(at);
    }

    List<Node> List()
    {
        var list = new List<Node>();
        do list.Add(Expression());
        while (TakeSymbol(","));
        return list;
    }

    Node Expression()
    {
        if (++_depth > MostDepth) throw TooDeep(Now.At);
        var node = Chain(false);
        _depth--;
        return node;
    }

    Node Chain(bool and)
    {
        string word = and ? "AND" : "OR";
        var first = and ? Negation() : Chain(true);
        if (!Now.Is(word)) return first;
        var terms = new List<Node> { first };
        while (Take(word)) terms.Add(and ? Negation() : Chain(true));
        var at = first.At.To(terms[^1].At);
        return new LogicNode(and, terms, at, Over(at, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(terms)));
    }

    Node Negation()
    {
        if (!Now.Is("NOT")) return Comparison();
        if (++_depth > MostDepth) throw TooDeep(Now.At);
        var at = _tokens[_at++].At;
        var operand = Negation();
        _depth--;
        return new NotNode(operand, at.To(operand.At), Over(at, operand));
    }

    Node Comparison()
    {
        if (Now.Is("TEXT") && Next().Is("SEARCH"))
        {
            var from = Now.At;
            _at += 2;
            if (Now.Kind != TokenKind.Text) throw Expected("the words to search for, in single quotes");
            var words = _tokens[_at++];
            return new TextSearchNode(words.Value, from.To(words.At));
        }
        var left = Arithmetic(1);
        while (true)
        {
            if (Now.Kind == TokenKind.Symbol && Now.Value is "=" or "==" or "!=" or "<>" or "<" or "<=" or ">" or ">=")
            {
                string op = _tokens[_at++].Value switch { "==" => "=", "<>" => "!=", var o => o };
                var right = Arithmetic(1);
                left = new BinaryNode(op, left, right, left.At.To(right.At), Over(left.At, left, right));
                continue;
            }
            if (Now.Kind != TokenKind.Word) return left;
            bool not = Now.Is("NOT") && (Next().Is("LIKE") || Next().Is("ILIKE") || Next().Is("MATCHES") || Next().Is("IMATCHES") || Next()
                .Is("IN") || Next().Is("BETWEEN"));
            if (not) _at++;
            if (Now.Is("LIKE") || Now.Is("ILIKE") || Now.Is("MATCHES") || Now.Is("IMATCHES"))
            {
                string op = _tokens[_at++].Value.ToUpperInvariant();
                var pattern = Arithmetic(1);
                left = new PatternNode(op, not, left, pattern, left.At.To(pattern.At), Over(left.At, left, pattern));
            }
            else if (Take("IN")) left = In(left, not);
            else if (Take("BETWEEN"))
            {
                var low = Arithmetic(1);
                Need("AND");
                var high = Arithmetic(1);
                left = new BetweenNode(not, left, low, high, left.At.To(high.At), Over(left.At, left, low, high));
            }
            else if (Take("IS"))
            {
                bool isNot = Take("NOT");
                left = new IsNullNode(isNot, left, left.At.To(Need("NULL").At), Over(left.At, left));
            }
            else return left;
        }
    }

    Node In(Node left, bool not)
    {
        NeedSymbol("(");
        if (Now.Is("SELECT"))
        {
            var query = Select();
            return new InQueryNode(not, left, query, left.At.To(NeedSymbol(")").At), Over(left.At, left));
        }
        var list = List();
        if (!Now.IsSymbol(")")) throw Expected("',' or ')'");
        var at = left.At.To(_tokens[_at++].At);
        return new InNode(not, left, list, at,
            Math.Max(Over(at, left), Over(at, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list))));
    }

    Node Arithmetic(int least)
    {
        var left = Unary();
        while (Now.Kind == TokenKind.Symbol && Binding.TryGetValue(Now.Value, out int binding) && binding >= least)
        {
            string op = _tokens[_at++].Value;
            var right = Arithmetic(binding + 1);
            left = new BinaryNode(op, left, right, left.At.To(right.At), Over(left.At, left, right));
        }
        return left;
    }

    Node Unary()
    {
        if (!Now.IsSymbol("-") && !Now.IsSymbol("~") && !Now.IsSymbol("+")) return Primary();
        if (++_depth > MostDepth) throw TooDeep(Now.At);
        var sign = _tokens[_at++];
        if (sign.Value == "-" && Now.Kind == TokenKind.Number)
        {
            var number = _tokens[_at++];
            _depth--;
            return Number("-" + number.Value, sign.At.To(number.At));
        }
        var operand = Unary();
        _depth--;
        return sign.Value == "+" ? operand : new UnaryNode(sign.Value, operand, sign.At.To(operand.At), Over(sign.At, operand));
    }

    NumberNode Number(string written, TextSpan at)
    {
        if (written.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return new(long.Parse(written.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), written, at);
        if (written.StartsWith("-0x", StringComparison.OrdinalIgnoreCase))
            return new(unchecked(-long.Parse(written.AsSpan(3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)), written,
                at);
        if (long.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)) return new(whole, written,
            at);
        if (double.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out double real)
            && double.IsFinite(real)) return new(real, written, at);
        throw _complain.Syntax(at, "this number is too large");
    }

    Node Primary()
    {
        var t = Now;
        switch (t.Kind)
        {
            case TokenKind.Number:
                _at++;
                return Number(t.Value, t.At);
            case TokenKind.Text:
                _at++;
                return new TextNode(t.Value, t.At);
            case TokenKind.QuotedName:
                _at++;
                return new NameNode(t.Value, true, t.At);
            case TokenKind.Symbol when t.Value == "(":
                _at++;
                var inner = Expression();
                NeedSymbol(")");
                return inner;
            case TokenKind.Word when t.Is("CASE"):
                return Case();
            case TokenKind.Word when t.Is("IF"):
                return If();
            case TokenKind.Word when Next().IsSymbol("(") || Next().IsSymbol("::"):
                return Call();
            case TokenKind.Word when !IsReserved(t):
                _at++;
                return new NameNode(t.Value, false, t.At);
            default:
                throw Expected("a field, a value or a function");
        }
    }

    Node Call()
    {
        var first = Now;
        if (IsReserved(first) && !first.Is("LAST")) throw Expected("a field, a value or a function");
        string name = _tokens[_at++].Value;
        while (TakeSymbol("::"))
        {
            if (Now.Kind != TokenKind.Word) throw Expected("a function's name");
            name += "::" + _tokens[_at++].Value;
        }
        var nameAt = first.At.To(_tokens[_at - 1].At);
        NeedSymbol("(");
        if (TakeSymbol("*")) return new CallNode(name, [], true, nameAt, first.At.To(NeedSymbol(")").At), 1);
        var arguments = Now.IsSymbol(")") ? [] : List();
        if (!Now.IsSymbol(")")) throw Expected("',' or ')'");
        var at = first.At.To(_tokens[_at++].At);
        return new CallNode(name, arguments, false, nameAt, at,
            Over(at, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(arguments)));
    }

    Node Case()
    {
        var from = Need("CASE").At;
        var operand = Now.Is("WHEN") ? null : Expression();
        var branches = new List<(Node, Node)>();
        int depth = Over(from, operand);
        if (!Now.Is("WHEN")) throw Expected("WHEN", "WHEN");
        while (Take("WHEN"))
        {
            var when = Expression();
            Need("THEN");
            var then = Expression();
            branches.Add((when, then));
            depth = Math.Max(depth, Over(from, when, then));
        }
        var otherwise = Take("ELSE") ? Expression() : null;
        if (!Now.Is("END")) throw Expected(otherwise == null ? "WHEN, ELSE or END" : "END", "WHEN", "ELSE", "END");
        return new CaseNode(operand, branches, otherwise, from.To(_tokens[_at++].At), Math.Max(depth, Over(from, otherwise)));
    }

    Node If()
    {
        var from = Need("IF").At;
        var condition = Expression();
        Need("THEN");
        var then = Expression();
        Need("ELSE");
        if (++_depth > MostDepth) throw TooDeep(Now.At);
        var otherwise = Expression();
        _depth--;
        return new CaseNode(null, [(condition, then)], otherwise, from.To(otherwise.At), Over(from, condition, then, otherwise));
    }
}
