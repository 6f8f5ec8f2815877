using System.Globalization;
using Portolan.Model;

namespace Portolan.Store.Aql;

/// <summary>
/// Recursive descent over the tokens of one query. Nesting is bounded (<see cref="MostDepth"/>), chains of AND and OR are flat, and
/// whatever the input,
/// the only exception is <see cref="AqlException"/>.
/// </summary>
sealed partial class Parser
{
    public const int MostDepth = 200;

    readonly Complaint _complain;
    readonly List<Token> _tokens;
    int _at, _depth;

    Parser(string text)
    {
        _complain = new(text);
        _tokens = Lexer.Read(text);
    }

    public static SelectNode Query(string text)
    {
        var p = new Parser(text);
        var query = p.Select();
        if (p.Now.IsSymbol(";")) p._at++;
        if (p.Now.Kind != TokenKind.End) throw p.ClauseExpected();
        return query;
    }

    /// <summary>A condition alone, as after WHERE.</summary>
    public static Node Condition(string text)
    {
        var p = new Parser(text);
        var condition = p.Expression();
        return p.Now.Kind == TokenKind.End ? condition : throw p.Expected("AND, OR or the end");
    }

    Token Now => _tokens[_at];
    Token Next(int ahead = 1) => _tokens[Math.Min(_at + ahead, _tokens.Count - 1)];

    bool Take(string word)
    {
        if (!Now.Is(word)) return false;
        _at++;
        return true;
    }

    bool TakeSymbol(string symbol)
    {
        if (!Now.IsSymbol(symbol)) return false;
        _at++;
        return true;
    }

    Token Need(string word)
    {
        if (!Now.Is(word)) throw Expected(word, word);
        return _tokens[_at++];
    }

    Token NeedSymbol(string symbol)
    {
        if (!Now.IsSymbol(symbol)) throw Expected($"'{symbol}'");
        return _tokens[_at++];
    }

    AqlException Expected(string what, params string[] words)
    {
        var near = Now.Kind == TokenKind.Word ? Nearest.To(Now.Value, words) : [];
        return _complain.Syntax(Now.At, $"expected {what}, found {Now}", near);
    }

    SelectNode Select()
    {
        if (++_depth > MostDepth) throw TooDeep(Now.At);
        Need("SELECT");
        var items = new List<SelectItem>();
        do items.Add(Item());
        while (TakeSymbol(","));
        if (!Now.Is("FROM")) throw Expected("',' or FROM", "FROM");
        _at++;
        if (Now.Kind is not (TokenKind.Word or TokenKind.QuotedName) || IsReserved(Now)) throw Expected("a table: events or flows",
            "events", "flows");
        var table = _tokens[_at++];
        var into = Into();
        Node? where = null, having = null;
        IReadOnlyList<Node> groupBy = [];
        var orderBy = new List<OrderItem>();
        long? limit = null;
        if (Take("WHERE")) where = Expression();
        into ??= Into();
        if (Take("GROUP"))
        {
            Need("BY");
            groupBy = List();
        }
        if (Take("HAVING")) having = Expression();
        if (Take("ORDER"))
        {
            Need("BY");
            do orderBy.Add(Order());
            while (TakeSymbol(","));
        }
        if (Take("LIMIT")) limit = Whole("a number of rows");
        TextSpan? session = null;
        if (Now.Is("SESSION")) session = Session();
        var time = Time();
        var parameters = Take("PARAMETERS") ? Parameters() : [];
        _depth--;
        return new(items, table.Value, table.At, into, where, groupBy, having, orderBy, limit, time, parameters, session);
    }

    TextSpan? Into()
    {
        var from = Now.At;
        if (!Take("INTO")) return null;
        if (Now.Kind is not (TokenKind.Word or TokenKind.QuotedName) || IsReserved(Now)) throw Expected("a name for the result");
        return from.To(_tokens[_at++].At);
    }

    SelectItem Item()
    {
        if (Now.IsSymbol("*")) return new(new StarNode(_tokens[_at++].At), null);
        if (Now.Is("DISTINCT") && (Next().Kind is TokenKind.QuotedName or TokenKind.Text || Next().IsSymbol("*") || Next()
            .Kind == TokenKind.Word && !IsReserved(Next())))
            throw _complain.Semantic(Now.At, "unknown field 'DISTINCT'", "AQL has no SELECT DISTINCT: use GROUP BY or UNIQUECOUNT(field)");
        var value = Expression();
        if (!Take("AS")) return new(value, null);
        if (Now.Kind is not (TokenKind.Word or TokenKind.QuotedName or TokenKind.Text) || Now.Value.Length == 0) throw Expected("an alias");
        return new(value, _tokens[_at++].Value);
    }

    OrderItem Order()
    {
        var value = Expression();
        if (Now.Is("COLLATE")) throw _complain.Semantic(Now.At, "COLLATE is not available: texts order by their characters' numbers");
        if (Take("DESC")) return new(value, true);
        Take("ASC");
        return new(value, false);
    }

    long Whole(string what)
    {
        if (Now.Kind != TokenKind.Number
            || !long.TryParse(Now.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long n)) throw Expected(what);
        _at++;
        return n;
    }

    TimeClause? Time()
    {
        var from = Now.At;
        if (Take("LAST"))
        {
            long n = Whole("a number of minutes, hours or days");
            string[] units = ["MINUTES", "MINUTE", "HOURS", "HOUR", "DAYS", "DAY", "SECONDS", "SECOND"];
            int unit = Array.FindIndex(units, Now.Is);
            if (unit < 0) throw Expected("MINUTES, HOURS or DAYS", units);
            var end = _tokens[_at++].At;
            // A century is further back than anything stored, and keeps the arithmetic in range.
            long seconds = Math.Min(n, 3_153_600_000L) * (unit / 2) switch { 0 => 60, 1 => 3600, 2 => 86400, _ => 1 };
            return new(TimeSpan.FromSeconds(Math.Min(seconds, 3_153_600_000L)), null, null, from.To(end));
        }
        if (!Take("START")) return null;
        var start = Moment();
        var stop = Take("STOP") ? Moment() : null;
        return new(null, start, stop, from.To((stop ?? start).At));
    }

    When Moment()
    {
        var at = Now;
        if (at.Is("PARSEDATETIME"))
        {
            _at++;
            NeedSymbol("(");
            if (Now.Kind != TokenKind.Text) throw Expected("a text such as '1 day ago'");
            string text = _tokens[_at++].Value;
            return new(text, null, true, at.At.To(NeedSymbol(")").At));
        }
        if (at.Kind == TokenKind.Number) return new(null, Whole("epoch milliseconds"), false, at.At);
        if (at.Kind is not (TokenKind.Text or TokenKind.QuotedName))
            throw Expected("a time such as '2026-01-31 14:05' or epoch milliseconds");
        _at++;
        return new(at.Value, null, false, at.At);
    }

    List<(string, TextSpan)> Parameters()
    {
        var parameters = new List<(string, TextSpan)>();
        do
        {
            if (Now.Kind != TokenKind.Word) throw Expected("a parameter's name");
            var name = _tokens[_at++];
            NeedSymbol("=");
            Primary();
            parameters.Add((name.Value, name.At));
        }
        while (TakeSymbol(","));
        return parameters;
    }

    // SESSION BY is read so that its syntax errors are found; planning says that it is not available.
    TextSpan Session()
    {
        var from = Need("SESSION").At;
        Need("BY");
        Primary();
        do Primary();
        while (!Now.Is("BEGIN") && !Now.Is("EXPLICIT") && !Now.Is("END"));
        Take("EXPLICIT");
        if (Take("BEGIN")) Expression();
        Take("EXPLICIT");
        Need("END");
        Expression();
        if (Take("TIMEOUT")) Whole("milliseconds");
        if (Take("TIMEWINDOW"))
        {
            Whole("a length of time");
            _at++;
        }
        return from;
    }

    AqlException ClauseExpected()
    {
        string[] clauses = ["WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "LAST", "START", "PARAMETERS"];
        string[] words = ["WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "LAST", "START", "STOP", "PARAMETERS", "AND", "OR"];
        if (clauses.Any(c => Now.Is(c.Split(' ')[0])))
            return _complain.Syntax(Now.At,
                $"{Now} stands in the wrong place: "
                + "the order is SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, then LAST or START");
        return Expected("a clause (WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, LAST, START) or the end", words);
    }
}
