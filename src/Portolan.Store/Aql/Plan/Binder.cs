using Portolan.Model;
using Portolan.Store.Aql.Executor;
using Portolan.Store.Aql.Functions;

namespace Portolan.Store.Aql.Plan;

/// <summary>
/// From syntax to plan: looks up names, gives every expression its type and converts literals. All that can be wrong with a query that
/// parses is
/// found here, before anything is read.
/// </summary>
sealed partial class Binder
{
    enum Place
    {
        Select,
        Where,
        GroupBy,
        Having,
        OrderBy,
    }

    readonly string _text;
    readonly Complaint _complain;
    readonly Names _names;
    readonly Dictionary<string, (Node Node, int Index)> _aliases = new(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<string, Node> _resultNames = new(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<Node, Expr> _bound = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<Node> _binding = new(ReferenceEqualityComparer.Instance);
    int _item;

    Binder(string text, Names names)
    {
        _text = text;
        _complain = new(text);
        _names = names;
    }

    public static Expr Condition(string text, Node condition, Names names) => new Binder(text, names).Condition(condition, Place.Where);

    public static bool TryDatabase(string table, out Database database)
    {
        database = table.Equals("flows", StringComparison.OrdinalIgnoreCase) ? Database.Flows : Database.Events;
        return database == Database.Flows || table.Equals("events", StringComparison.OrdinalIgnoreCase);
    }

    const int MostColumns = 1000;

    public static QueryPlan Plan(string text, SelectNode query, Database database, Names names, AqlContext context, SearchOptions options,
        long now)
    {
        var b = new Binder(text, names);
        if (query.Session is { } session) throw b._complain.Semantic(session, "SESSION BY is not available");
        b.Refuse(query);
        if (query.Items.Count > MostColumns) throw b._complain.Semantic(query.TableAt, $"more than {MostColumns} columns are asked for");
        var columns = b.Select(query, database);
        var where = query.Where == null ? null : b.Condition(query.Where, Place.Where);
        var keys = query.GroupBy.Select(b.GroupKey).ToList();
        var having = query.Having == null ? null : b.Condition(query.Having, Place.Having);
        IReadOnlyList<Expr> scope = options.Scope == null ? [] : Scope.Bind(options.Scope, names);
        var order = query.OrderBy.Select(o => new Ordering(b.Bind(o.Value, Place.OrderBy), o.Descending)).ToList();
        var time = query.Time == null && options.Time is var (from, to) ? new TimeRange(from, to)
            : TimeRange.Of(query.Time, now, context.Zone, b._complain);
        var plan = new QueryPlan
        {
            Database = database,
            Time = time,
            // What comes first is asked first, so that the rest never sees other rows.
            Conjuncts = [.. scope, .. QueryPlan.Split(where)],
            Columns = [.. columns.Select(c => new OutputColumn(c.Name, c.Value))],
            OrderBy = order,
            Limit = query.Limit ?? options.Limit,
            Having = having,
        };
        if (scope.Count > 0) Scope.Check(b._complain, plan.Conjuncts.Skip(scope.Count).Concat(columns.Select(c => c.Value)).Concat(keys).Concat(order.Select(o => o.Value)).Append(having));
        bool grouped = keys.Count > 0 || columns.Any(c => IsAggregate(c.Value)) || having != null && IsAggregate(having)
            || order.Any(o => IsAggregate(o.Value));
        if (grouped) return Grouping.Apply(plan, keys, [.. columns.Select(c => c.Named)]);
        if (query.Having != null) throw b._complain.Semantic(query.Having.At, "HAVING needs GROUP BY or an aggregate");
        return plan;
    }

    // These say how much of its progress a search reports to whoever polls it: there is nothing they could change here.
    static readonly string[] WithoutEffect = ["PROGRESSDETAILSRESOLUTION", "SNAPSHOTSIZE"];

    /// <summary>What parses and would change what is searched or kept, but has no meaning here, is an error: to pass over it would be a lie.</summary>
    void Refuse(SelectNode query)
    {
        if (query.Into is { } into)
            throw _complain.Semantic(into, "INTO is not available: rows are not kept under a name", "leave it out and keep the output, such as with --format csv > FILE");
        foreach (var (name, at) in query.Parameters)
        {
            if (WithoutEffect.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            if (name.ToUpperInvariant() is "REMOTESERVERS" or "EXCLUDESERVERS")
                throw _complain.Semantic(at, $"{name} is not available: one server holds all events", "leave it out");
            throw _complain.Unknown(at, "parameter", name, [.. WithoutEffect, "REMOTESERVERS", "EXCLUDESERVERS"]);
        }
    }

    static bool IsAggregate(Expr e) => e is AggregateExpr || e.HasAggregate;

    List<(string Name, Expr Value, bool Named)> Select(SelectNode query, Database database)
    {
        for (int i = 0; i < query.Items.Count; i++)
        {
            var (value, alias) = (query.Items[i].Value, query.Items[i].Alias);
            if (value is StarNode) continue;
            // The first of several equal aliases is the one that is meant elsewhere.
            if (alias != null) _aliases.TryAdd(alias, (value, i));
            else _resultNames.TryAdd(ColumnNames.Of(value, _text), value);
        }
        var columns = new List<(string, Expr, bool)>();
        for (_item = 0; _item < query.Items.Count; _item++)
        {
            var (value, alias) = (query.Items[_item].Value, query.Items[_item].Alias);
            if (value is StarNode)
            {
                columns.AddRange(Names.Star(database).Select(f => (f.Name, Names.Of(f), false)));
                continue;
            }
            if (value is TextNode text && _names.TryFind(text.Value, out var column)) _bound[value] = column;
            columns.Add((alias ?? ColumnNames.Of(value, _text), BindItem(value), alias != null));
        }
        return columns;
    }

    // An alias may stand in any clause and in later items; whoever comes first binds it, and a circle is a name that is not known.
    Expr BindItem(Node value)
    {
        if (_bound.TryGetValue(value, out var done)) return done;
        if (!_binding.Add(value)) throw _complain.Semantic(value.At, "this alias is defined by itself");
        var bound = Bind(value, Place.Select);
        _binding.Remove(value);
        return _bound[value] = bound;
    }

    Expr GroupKey(Node node)
    {
        Expr key;
        if (node is TextNode text)
        {
            if (_aliases.TryGetValue(text.Value, out var alias)) key = BindItem(alias.Node);
            else if (!_names.TryFind(text.Value, out key)) throw _names.Unknown(_complain, node.At, text.Value, _aliases.Keys);
        }
        else key = Bind(node, Place.GroupBy);
        if (IsAggregate(key)) throw _complain.Semantic(node.At, "GROUP BY cannot use an aggregate");
        return key.Type == AqlType.Bytes ? throw Wrong(node.At, AqlType.Bytes, AqlType.Text) : key;
    }

    Expr Condition(Node node, Place place)
    {
        var condition = Bind(node, place);
        if (place == Place.Where && IsAggregate(condition)) throw _complain.Semantic(node.At, "WHERE cannot use an aggregate",
            "use HAVING");
        return condition.Type switch
        {
            AqlType.Bool => condition,
            AqlType.Null => new ConstExpr(null, AqlType.Bool),
            _ => throw Wrong(node.At, condition.Type, AqlType.Bool),
        };
    }

    AqlException Wrong(TextSpan at, AqlType found, AqlType needed) =>
        _complain.Semantic(at, $"Wrong argument type: \"{found.Shown()}\". \"{needed.Shown()}\" is required.",
        found == AqlType.Bytes ? "use UTF8(…)" : needed == AqlType.Text ? "use STR(…)" : null);

    Expr Bind(Node node, Place place)
    {
        switch (node)
        {
            case NameNode name: return Name(name, place);
            case TextNode text:
                // In ORDER BY and HAVING a quoted alias is a name.
                if (place is Place.OrderBy && _aliases.TryGetValue(text.Value, out var alias)) return BindItem(alias.Node);
                if (place is Place.OrderBy && _names.TryFind(text.Value, out var column)) return column;
                return new ConstExpr(text.Value, AqlType.Text);
            case NumberNode number: return new ConstExpr(number.Value, number.Value is long ? AqlType.Long : AqlType.Double);
            case CallNode call: return Call(call, place);
            case UnaryNode unary: return Unary(unary, place);
            case BinaryNode { Operator: "=" or "!=" or "<" or "<=" or ">" or ">=" } b:
                return Compare(Op(b.Operator), b.Left, b.Right, place);
            case BinaryNode b: return Arithmetic(b, place);
            case LogicNode logic: return new LogicExpr(logic.And, [.. logic.Terms.Select(t => Truth(t, place))]);
            case NotNode not: return new NotExpr(Truth(not.Operand, place));
            case PatternNode pattern: return Not(pattern.Not, Pattern(pattern, place));
            case InNode list: return Not(list.Not, In(list, place));
            case BetweenNode between:
                return Not(between.Not, new LogicExpr(true,
                    [Compare(Comparison.GreaterOrEqual, between.Operand, between.Low, place),
                        Compare(Comparison.LessOrEqual, between.Operand, between.High, place)]));
            case IsNullNode isNull: return Not(isNull.Not, new IsNullExpr(Typed(Bind(isNull.Operand, place))));
            case CaseNode c: return Case(c, place);
            case InQueryNode: throw _complain.Semantic(node.At, "IN (SELECT …) is not available", "put the values into the list");
            case TextSearchNode: throw _complain.Semantic(node.At, "TEXT SEARCH is not available", "use UTF8(payload) ILIKE '%word%'");
            default: throw _complain.Semantic(node.At, "* stands only in the select list and in COUNT(*)");
        }
    }

    static Expr Not(bool not, Expr e) => not ? new NotExpr(e) : e;

    static Expr Typed(Expr e) => e.Type == AqlType.Null ? new ConstExpr(null, AqlType.Text) : e;

    Expr Truth(Node node, Place place)
    {
        var e = Bind(node, place);
        return e.Type == AqlType.Bool ? e : e.Type == AqlType.Null ? new ConstExpr(null, AqlType.Bool)
            : throw Wrong(node.At, e.Type, AqlType.Bool);
    }

    Expr Name(NameNode name, Place place)
    {
        if (place == Place.Select)
        {
            if (_names.TryFind(name.Name, out var column)) return column;
            if (_aliases.TryGetValue(name.Name, out var earlier)) return BindItem(earlier.Node);
        }
        else
        {
            if (_aliases.TryGetValue(name.Name, out var alias)) return BindItem(alias.Node);
            if (place is Place.Having or Place.OrderBy && _resultNames.TryGetValue(name.Name, out var result)
                && result is not NameNode) return BindItem(result);
            if (_names.TryFind(name.Name, out var column)) return column;
        }
        if (!name.Quoted)
        {
            if (name.Name.Equals("NULL", StringComparison.OrdinalIgnoreCase)) return new ConstExpr(null, AqlType.Null);
            if (name.Name.Equals("TRUE", StringComparison.OrdinalIgnoreCase)) return new ConstExpr(true, AqlType.Bool);
            if (name.Name.Equals("FALSE", StringComparison.OrdinalIgnoreCase)) return new ConstExpr(false, AqlType.Bool);
        }
        throw _names.Unknown(_complain, name.At, name.Name, _aliases.Keys);
    }

    Expr Call(CallNode call, Place place)
    {
        if (FunctionCatalog.TryFind(call.Name, out AggregateFunction aggregate)) return Aggregate(call, aggregate, place);
        if (!FunctionCatalog.TryFind(call.Name, out ScalarFunction function)) throw _complain.Unknown(call.NameAt, "function", call.Name,
            FunctionCatalog.Names);
        int required = function.Parameters.Count(p => !p.Optional), given = call.Arguments.Count;
        if (call.Star || given < required || given > function.Parameters.Length && !function.Repeats)
            throw _complain.Semantic(call.At,
                $"{function.Name} takes {Count(required, function.Repeats ? int.MaxValue : function.Parameters.Length)}",
                    $"its form is {function.Signature}");
        var arguments = new Expr[given];
        for (int i = 0; i < given; i++)
            arguments[i] = Argument(call.Arguments[i], Bind(call.Arguments[i], place),
                function.Parameters[Math.Min(i, function.Parameters.Length - 1)].Type);
        return function.Rewrite != null
            ? function.Rewrite(arguments, (i, what) => _complain.Semantic(call.Arguments[i].At, what))
            : new CallExpr(function, arguments);
    }

    static string Count(int least, int most) => (least, most) switch
    {
        (_, int.MaxValue) => $"{least} or more arguments",
        (0, 0) => "no argument",
        (1, 1) => "1 argument",
        _ => least == most ? $"{least} arguments" : $"{least} to {most} arguments",
    };

    Expr Argument(Node node, Expr e, AqlType needed)
    {
        if (needed == AqlType.Null) return e.Type == AqlType.Bytes ? throw Wrong(node.At, e.Type, AqlType.Text) : Typed(e);
        if (e.Type == needed) return e;
        if (e.Type == AqlType.Null) return new ConstExpr(null, needed);
        switch (needed)
        {
            case AqlType.Long when e is ConstExpr { Value: string text }:
                return Casts.Number(text, out long whole, out _) == 1 ? new ConstExpr(whole, AqlType.Long)
                    : throw Wrong(node.At, e.Type, needed);
            case AqlType.Long when e.Type is AqlType.Double or AqlType.Text:
            case AqlType.Double when e.Type is AqlType.Long:
            case AqlType.Address when e.Type is AqlType.Text:
                return new CastExpr(e, needed);
            case AqlType.Bytes when e.Type is AqlType.Text:
                return e;
            default:
                throw Wrong(node.At, e.Type, needed);
        }
    }

    AggregateExpr Aggregate(CallNode call, AggregateFunction aggregate, Place place)
    {
        if (call.Star)
            return aggregate.Star ? new(aggregate, null)
                : throw _complain.Semantic(call.At, $"{aggregate.Name} takes a {aggregate.ArgumentDoc}, not *");
        if (call.Arguments.Count != 1) throw _complain.Semantic(call.At, $"{aggregate.Name} takes 1 argument");
        var argument = Typed(Bind(call.Arguments[0], place));
        if (IsAggregate(argument)) throw _complain.Semantic(call.At, "an aggregate cannot stand inside another");
        if (aggregate.ResultFor(argument.Type) == null)
            throw Wrong(call.Arguments[0].At, argument.Type, argument.Type == AqlType.Bytes ? AqlType.Text : AqlType.Long);
        return new(aggregate, argument);
    }

    Expr Unary(UnaryNode unary, Place place)
    {
        var operand = Number(unary.Operand, Bind(unary.Operand, place));
        if (unary.Operator == "-") return new ArithmeticExpr("-", operand.Type == AqlType.Long ? new ConstExpr(0L, AqlType.Long)
            : new ConstExpr(0.0, AqlType.Double), operand);
        // ~x is −1 − x.
        return operand.Type == AqlType.Long ? new ArithmeticExpr("-", new ConstExpr(-1L, AqlType.Long), operand)
            : throw Wrong(unary.Operand.At, operand.Type, AqlType.Long);
    }

    Expr Arithmetic(BinaryNode b, Place place)
    {
        var left = Number(b.Left, Bind(b.Left, place));
        var right = Number(b.Right, Bind(b.Right, place));
        if (b.Operator is "&" or "|" or "<<" or ">>")
        {
            if (left.Type != AqlType.Long) throw Wrong(b.Left.At, left.Type, AqlType.Long);
            if (right.Type != AqlType.Long) throw Wrong(b.Right.At, right.Type, AqlType.Long);
        }
        else if (left.Type != right.Type)
        {
            left = ToDouble(left);
            right = ToDouble(right);
        }
        return new ArithmeticExpr(b.Operator, left, right);
    }

    static Expr ToDouble(Expr e) => e.Type == AqlType.Double ? e : e is ConstExpr { Value: long l }
        ? new ConstExpr((double)l, AqlType.Double) : new CastExpr(e, AqlType.Double);

    /// <summary>An operand of arithmetic: numbers, and texts and literals that hold one.</summary>
    Expr Number(Node node, Expr e)
    {
        switch (e.Type)
        {
            case AqlType.Long or AqlType.Double: return e;
            case AqlType.Null: return new ConstExpr(null, AqlType.Long);
            case AqlType.Text when e is ConstExpr { Value: string text }:
                return Casts.Number(text, out long whole, out double real) switch
                {
                    1 => new ConstExpr(whole, AqlType.Long),
                    2 => new ConstExpr(real, AqlType.Double),
                    _ => throw Wrong(node.At, e.Type, AqlType.Long),
                };
            case AqlType.Text: return new CastExpr(e, AqlType.Double);
            default: throw Wrong(node.At, e.Type, AqlType.Long);
        }
    }

    CaseExpr Case(CaseNode c, Place place)
    {
        var values = c.Branches.Select(b => Bind(b.Then, place))
            .Append(c.Else == null ? new ConstExpr(null, AqlType.Null) : Bind(c.Else, place)).ToArray();
        var types = values.Select(v => v.Type).Where(t => t != AqlType.Null).Distinct().ToArray();
        if (types.Length > 1 && types.Contains(AqlType.Bytes)) throw Wrong(c.At, AqlType.Bytes, AqlType.Text);
        var type = types.Length == 0 ? AqlType.Text : types.Length == 1 ? types[0]
            : types.All(t => t is AqlType.Long or AqlType.Double) ? AqlType.Double : AqlType.Text;
        var parts = new List<Expr>();
        for (int i = 0; i < c.Branches.Count; i++)
        {
            parts.Add(c.Operand == null ? Truth(c.Branches[i].When, place)
                : Compare(Comparison.Equal, c.Operand, c.Branches[i].When, place));
            parts.Add(As(values[i], type));
        }
        parts.Add(As(values[^1], type));
        return new(type, [.. parts]);

        static Expr As(Expr e, AqlType type) => e.Type == type ? e : e is ConstExpr { Value: null } ? new ConstExpr(null, type)
            : new CastExpr(e, type);
    }
}
