using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Portolan.Web.Server;

namespace Portolan.Web.Api;

/// <summary>
/// The parameter <c>filter</c> of a list: <c>status = "OPEN" and (id in (1, 2) or rules contains id = 7)</c>. Comparisons are = != &lt; &lt;= &gt; &gt;=,
/// in, between … and, like, ilike (% and _), is null, contains; not, and, or, brackets; words in any case. A value is a number, a text in either kind of
/// quotes, or a bare word, as IBM's own samples write it. A field of a part is <c>part(field)</c> or <c>part.field</c>.
/// </summary>
sealed class Filter
{
    static readonly string[] Operators = ["=", "!=", "<", "<=", ">", ">="];

    readonly string _text;
    readonly List<(string Text, bool Quoted)> _tokens = [];
    int _at;

    Filter(string text) => _text = text;

    /// <summary>What an object must meet; always true when nothing is asked for.</summary>
    /// <exception cref="HttpFault">422: it does not parse, or names a field that the objects do not have (then while it is asked).</exception>
    public static Func<JsonNode?, bool> Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return _ => true;
        var filter = new Filter(text);
        filter.Tokenize();
        var condition = filter.Or(0);
        return filter._at == filter._tokens.Count ? condition : throw filter.Wrong(filter.Here);
    }

    string Here => _at < _tokens.Count ? $"at '{_tokens[_at].Text}'" : "at its end";

    HttpFault Wrong(string why) => new(StatusCodes.Status422UnprocessableEntity, 1010, "the parameter filter is wrong", why, "filter=status=\"OPEN\" and id in (1, 2)");

    void Tokenize()
    {
        for (int i = 0; i < _text.Length;)
        {
            char c = _text[i];
            if (char.IsWhiteSpace(c))
            {
                i++;
                continue;
            }
            int start = i;
            if (c is '"' or '\'')
            {
                int end = _text.IndexOf(c, i + 1);
                // A doubled quote stands for itself.
                while (end >= 0 && end + 1 < _text.Length && _text[end + 1] == c) end = _text.IndexOf(c, end + 2);
                if (end < 0) throw Wrong("a quote is not closed");
                _tokens.Add((_text[(start + 1)..end].Replace($"{c}{c}", $"{c}"), true));
                i = end + 1;
                continue;
            }
            i++;
            if (c is '<' or '>' or '!' && i < _text.Length && _text[i] == '=') i++;
            else if (c is not ('(' or ')' or ',' or '=' or '<' or '>'))
                while (i < _text.Length && !char.IsWhiteSpace(_text[i]) && _text[i] is not ('(' or ')' or ',' or '=' or '<' or '>' or '!' or '"' or '\'')) i++;
            _tokens.Add((_text[start..i], false));
            if (_tokens.Count > 2000) throw Wrong("it is too long");
        }
    }

    bool Take(string word)
    {
        if (!Is(word)) return false;
        _at++;
        return true;
    }

    bool Is(string word, int ahead = 0) =>
        _at + ahead < _tokens.Count && !_tokens[_at + ahead].Quoted && _tokens[_at + ahead].Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    void Need(string word)
    {
        if (!Take(word)) throw Wrong($"'{word}' was expected {Here}");
    }

    Func<JsonNode?, bool> Or(int depth)
    {
        var left = And(depth);
        while (Take("or"))
        {
            var (a, b) = (left, And(depth));
            left = o => a(o) || b(o);
        }
        return left;
    }

    Func<JsonNode?, bool> And(int depth)
    {
        var left = Not(depth);
        while (Take("and"))
        {
            var (a, b) = (left, Not(depth));
            left = o => a(o) && b(o);
        }
        return left;
    }

    Func<JsonNode?, bool> Not(int depth)
    {
        if (depth > 50) throw Wrong("its brackets go too deep");
        if (Take("not"))
        {
            var condition = Not(depth + 1);
            return o => !condition(o);
        }
        if (!Take("(")) return Comparison(depth);
        var within = Or(depth + 1);
        Need(")");
        return within;
    }

    Func<JsonNode?, bool> Comparison(int depth)
    {
        var field = Field();
        if (Take("is"))
        {
            bool present = Take("not");
            Need("null");
            return o => field(o) == null != present;
        }
        if (Take("contains"))
        {
            var holds = Contained(depth);
            return o => field(o) is JsonArray list && list.Any(holds);
        }
        bool not = Take("not");
        var test = Test(not);
        return o => field(o) is { } value && test(value) != not;
    }

    // Of a list's objects a condition is asked, of its plain values equality.
    Func<JsonNode?, bool> Contained(int depth)
    {
        if (depth > 50) throw Wrong("it goes too deep");
        if (Is("(") || Is("not") || Follows(1)) return Not(depth + 1);
        var (text, _) = Value();
        return value => value != null && Compare(value, text) == 0;
    }

    bool Follows(int ahead)
    {
        if (Is("(", ahead)) return true;
        return _at + ahead < _tokens.Count && !_tokens[_at + ahead].Quoted && (Operators.Contains(_tokens[_at + ahead].Text)
            || new[] { "in", "not", "between", "is", "like", "ilike", "contains" }.Any(w => Is(w, ahead)));
    }

    Func<JsonNode, bool> Test(bool not)
    {
        if (Take("in"))
        {
            Need("(");
            var values = new List<string>();
            do values.Add(Value().Text);
            while (Take(","));
            Need(")");
            return value => values.Any(v => Compare(value, v) == 0);
        }
        if (Take("between"))
        {
            var (low, _) = Value();
            Need("and");
            var (high, _) = Value();
            return value => Compare(value, low) is >= 0 && Compare(value, high) is <= 0;
        }
        if (Is("like") || Is("ilike"))
        {
            bool cased = Take("like") || !Take("ilike");
            var (pattern, _) = Value();
            return value => Like(Text(value), pattern, cased);
        }
        if (not || _at == _tokens.Count || !Operators.Contains(_tokens[_at].Text)) throw Wrong($"a comparison was expected {Here}");
        string op = _tokens[_at++].Text;
        var (with, _) = Value();
        return op switch
        {
            "=" => value => Compare(value, with) == 0,
            "!=" => value => Compare(value, with) != 0,
            "<" => value => Compare(value, with) is < 0,
            "<=" => value => Compare(value, with) is <= 0,
            ">" => value => Compare(value, with) is > 0,
            _ => value => Compare(value, with) is >= 0,
        };
    }

    (string Text, bool Quoted) Value()
    {
        if (_at == _tokens.Count || !_tokens[_at].Quoted && _tokens[_at].Text is "(" or ")" or "," or "=" or "!" or "<" or ">") throw Wrong($"a value was expected {Here}");
        return _tokens[_at++];
    }

    Func<JsonNode?, JsonNode?> Field()
    {
        if (_at == _tokens.Count || _tokens[_at].Quoted || !(char.IsLetter(_tokens[_at].Text[0]) || _tokens[_at].Text[0] == '_')) throw Wrong($"a field was expected {Here}");
        var path = new List<string>(_tokens[_at++].Text.Split('.'));
        int open = 0;
        for (; Take("("); open++) path.AddRange(Value().Text.Split('.'));
        for (; open > 0; open--) Need(")");
        return o =>
        {
            foreach (string name in path)
            {
                if (o is not JsonObject whole) return null;
                if (!whole.TryGetPropertyValue(name, out o)) throw Wrong($"there is no field {name}");
            }
            return o;
        };
    }

    static string Text(JsonNode value) => value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    /// <summary>Less than, equal to, or greater than 0; null when the two cannot be compared.</summary>
    static int? Compare(JsonNode value, string with) => value.GetValueKind() switch
    {
        JsonValueKind.String => string.CompareOrdinal(value.GetValue<string>(), with),
        JsonValueKind.Number => decimal.TryParse(with, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
            ? decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture).CompareTo(number) : null,
        JsonValueKind.True or JsonValueKind.False => bool.TryParse(with, out bool flag) ? (value.GetValueKind() == JsonValueKind.True).CompareTo(flag) : null,
        _ => null,
    };

    static bool Like(string text, string pattern, bool cased)
    {
        if (!cased) (text, pattern) = (text.ToLowerInvariant(), pattern.ToLowerInvariant());
        // Where the last % stands, and where the text was then: on a difference it takes one character more.
        int t = 0, p = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '%') (star, mark) = (p++, t);
            else if (p < pattern.Length && (pattern[p] == '_' || pattern[p] == text[t])) (p, t) = (p + 1, t + 1);
            else if (star >= 0) (p, t) = (star + 1, ++mark);
            else return false;
        }
        return pattern.AsSpan(p).IndexOfAnyExcept('%') < 0;
    }

    /// <summary>Values in the order of the parameter <c>sort</c>: null first, numbers by size, texts by their characters.</summary>
    public static int Order(JsonNode? a, JsonNode? b)
    {
        if (a == null || b == null) return (a != null).CompareTo(b != null);
        return Compare(a, Text(b)) ?? string.CompareOrdinal(Text(a), Text(b));
    }
}
