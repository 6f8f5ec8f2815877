using System.Globalization;
using System.Text;

namespace Portolan.Store.Aql;

enum TokenKind
{
    End,

    /// <summary>A bare word: keyword, field, property, alias or function name.</summary>
    Word,

    /// <summary>"…": a name.</summary>
    QuotedName,

    /// <summary>'…': a literal, or an alias.</summary>
    Text,
    Number,
    Symbol,
}

/// <param name="Value">The word as written, the unquoted text, the number's digits, or the symbol.</param>
readonly record struct Token(TokenKind Kind, string Value, TextSpan At)
{
    public bool Is(string word) => Kind == TokenKind.Word && Value.Equals(word, StringComparison.OrdinalIgnoreCase);
    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Value == symbol;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end",
        TokenKind.Text => $"text '{Complaint.Clean(Value)}'",
        TokenKind.QuotedName => $"name \"{Complaint.Clean(Value)}\"",
        _ => $"'{Complaint.Clean(Value)}'",
    };
}

/// <summary>Cuts a query into tokens. Quotes are doubled to stand for themselves; a backslash is an ordinary character.</summary>
static class Lexer
{
    /// <summary>The longest text that is looked at, in characters.</summary>
    public const int MostText = 1 << 20;

    static readonly string[] Symbols = ["==", "!=", "<>", "<=", ">=", "<<", ">>", "::", "=", "<", ">", "(", ")", ",", "*", "+", "-", "/",
        "%", "&", "|", "^", "~", ";"];

    public static List<Token> Read(string text)
    {
        var complain = new Complaint(text);
        if (text.Length > MostText) throw complain.Syntax(default, $"the query is longer than {MostText} characters");
        var tokens = new List<Token>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == '\ufeff')) at++;
            if (at == text.Length) break;
            char c = text[at];
            int start = at;
            if (IsWordStart(c))
            {
                while (at < text.Length && (IsWordStart(text[at]) || char.IsAsciiDigit(text[at]) || text[at] is '.' && at + 1 < text.Length
                    && IsWordStart(text[at + 1]))) at++;
                tokens.Add(new(TokenKind.Word, text[start..at], new(start, at - start)));
            }
            else if (char.IsAsciiDigit(c) || c == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]))
            {
                tokens.Add(Number(text, ref at, complain));
            }
            else if (c is '\'' or '"')
            {
                var value = Quoted(text, ref at, complain);
                tokens.Add(new(c == '"' ? TokenKind.QuotedName : TokenKind.Text, value, new(start, at - start)));
            }
            else
            {
                var symbol = Array.Find(Symbols, s => text.AsSpan(start).StartsWith(s, StringComparison.Ordinal))
                    ?? throw complain.Syntax(new(start, 1), $"unexpected character '{Complaint.Clean(c.ToString())}'");
                at += symbol.Length;
                tokens.Add(new(TokenKind.Symbol, symbol, new(start, symbol.Length)));
            }
        }
        tokens.Add(new(TokenKind.End, "", new(text.Length, 0)));
        return tokens;
    }

    static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c is '_' or '$' || c > 127
        && (char.IsLetterOrDigit(c) || char.IsSurrogate(c));

    static Token Number(string text, ref int at, Complaint complain)
    {
        int start = at;
        if (text[at] == '0' && at + 1 < text.Length && text[at + 1] is 'x' or 'X')
        {
            at += 2;
            while (at < text.Length && char.IsAsciiHexDigit(text[at])) at++;
            if (!long.TryParse(text.AsSpan(start + 2, at - start - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _))
                throw complain.Syntax(new(start, at - start), "expected 1 to 16 hexadecimal digits");
        }
        else
        {
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            if (at < text.Length && text[at] == '.')
            {
                at++;
                while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            }
            if (at < text.Length && text[at] is 'e' or 'E')
            {
                int exponent = at + 1;
                if (exponent < text.Length && text[exponent] is '+' or '-') exponent++;
                if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
                {
                    at = exponent;
                    while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
                }
            }
        }
        if (at < text.Length && IsWordStart(text[at])) throw complain.Syntax(new(start, at - start + 1), "a number runs into a word");
        return new(TokenKind.Number, text[start..at], new(start, at - start));
    }

    static string Quoted(string text, ref int at, Complaint complain)
    {
        int start = at;
        char quote = text[at++];
        var value = new StringBuilder();
        while (true)
        {
            int end = text.IndexOf(quote, at);
            if (end < 0) throw complain.Syntax(new(start, 1), $"this quote is not closed: expected {quote}");
            value.Append(text, at, end - at);
            at = end + 1;
            if (at == text.Length || text[at] != quote) return value.ToString();
            value.Append(quote);
            at++;
        }
    }
}
