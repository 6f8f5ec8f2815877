using System.Text;
using Portolan.Store.Aql.Executor;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Functions;

static class TextFunctions
{
    static readonly Parameter Any = new("value", AqlType.Null), Words = new("text", AqlType.Text);

    public static readonly ScalarFunction Utf8 = new("UTF8", "Bytes as text; what is not UTF-8 becomes U+FFFD.", AqlType.Text,
        new Parameter("bytes", AqlType.Bytes))
    {
        Rewrite = (arguments, _) => new CastExpr(arguments[0], AqlType.Text),
    };

    public static readonly ScalarFunction Str = new("STR", "Any value as text.", AqlType.Text, Any)
    {
        Rewrite = (arguments, _) => arguments[0].Type == AqlType.Text ? arguments[0] : new CastExpr(arguments[0], AqlType.Text),
    };

    public static readonly ScalarFunction Long = new("LONG",
        "A number, a text of digits, or an IPv4 address as a whole number; NULL when it is none.", AqlType.Long, Any)
    {
        Rewrite = (arguments, _) => arguments[0].Type == AqlType.Long ? arguments[0] : new CastExpr(arguments[0], AqlType.Long),
    };

    public static readonly ScalarFunction Double = new("DOUBLE", "A number, or a text that holds one, as a double; NULL when it is none.", AqlType.Double, Any)
    {
        Rewrite = (arguments, _) => arguments[0].Type == AqlType.Double ? arguments[0] : new CastExpr(arguments[0], AqlType.Double),
    };

    public static readonly ScalarFunction Base64 = new("BASE64", "Bytes, or a text's UTF-8, in Base64.", AqlType.Text, new Parameter("bytes", AqlType.Bytes))
    {
        Evaluate = (arguments, n, _) =>
        {
            var texts = new string?[n];
            for (int i = 0; i < n; i++)
            {
                if (arguments[0].IsNull(i)) continue;
                texts[i] = Convert.ToBase64String(arguments[0] is TextVector t ? t.Utf8(i) : (byte[])arguments[0].Box(i)!);
            }
            return new TextVector(texts, n);
        },
    };

    public static readonly ScalarFunction StrPos = new("STRPOS",
        "Where a text first holds another, from a place on: 0 is the first character, -1 is nowhere.", AqlType.Long, Words, new Parameter("part", AqlType.Text),
        new Parameter("from", AqlType.Long, true))
    {
        Evaluate = (arguments, n, _) =>
        {
            TextVector texts = (TextVector)arguments[0], parts = (TextVector)arguments[1];
            var from = arguments.Length > 2 ? (LongVector)arguments[2] : null;
            var places = new long[n];
            var nulls = new bool[n];
            for (int i = 0; i < n; i++)
            {
                nulls[i] = texts.IsNull(i) || parts.IsNull(i) || from?.IsNull(i) == true;
                if (nulls[i]) continue;
                string text = texts.Get(i)!;
                long start = Math.Max(0, from?.Values[i] ?? 0);
                places[i] = start > text.Length ? -1 : text.IndexOf(parts.Get(i)!, (int)start, StringComparison.Ordinal);
            }
            return new LongVector(places, nulls, n);
        },
    };

    public static readonly ScalarFunction Lower = new("LOWER", "Text in lower case.", AqlType.Text,
        Words)
    { Evaluate = Each(CaseFold.Lower) };

    public static readonly ScalarFunction Upper = new("UPPER", "Text in upper case.", AqlType.Text,
        Words)
    { Evaluate = Each(CaseFold.Upper) };

    public static readonly ScalarFunction Concat = new("CONCAT", "All arguments as one text; NULL when one of them is.", AqlType.Text, Any)
    {
        Repeats = true,
        Evaluate = (arguments, n, _) =>
        {
            var joined = new string?[n];
            var text = new StringBuilder();
            for (int i = 0; i < n; i++)
            {
                text.Clear();
                if (arguments.Any(a => a.IsNull(i))) continue;
                foreach (var a in arguments) text.Append(a.Text(i));
                joined[i] = text.ToString();
            }
            return new TextVector(joined, n);
        },
    };

    public static readonly ScalarFunction Substring = new("SUBSTRING",
        "The part of a text from a place on (0 is the first character), at most length characters.",
        AqlType.Text, Words, new Parameter("start", AqlType.Long), new Parameter("length", AqlType.Long, true))
    {
        Evaluate = (arguments, n, _) =>
        {
            var texts = (TextVector)arguments[0];
            var starts = (LongVector)arguments[1];
            var lengths = arguments.Length > 2 ? (LongVector)arguments[2] : null;
            var parts = new string?[n];
            for (int i = 0; i < n; i++)
            {
                if (texts.IsNull(i) || starts.IsNull(i) || lengths?.IsNull(i) == true) continue;
                string text = texts.Get(i)!;
                long start = Math.Clamp(starts.Values[i], 0, text.Length);
                long length = Math.Clamp(lengths?.Values[i] ?? long.MaxValue, 0, text.Length - start);
                parts[i] = text.Substring((int)start, (int)length);
            }
            return new TextVector(parts, n);
        },
    };

    public static readonly ScalarFunction StrLen = new("STRLEN", "How many characters a text has.", AqlType.Long, Words)
    {
        Evaluate = (arguments, n, _) =>
        {
            var texts = (TextVector)arguments[0];
            var lengths = new long[n];
            var nulls = new bool[n];
            for (int i = 0; i < n; i++)
            {
                nulls[i] = texts.IsNull(i);
                if (!nulls[i]) lengths[i] = texts.IsSlab ? Encoding.UTF8.GetCharCount(texts.Utf8(i)) : texts.Get(i)!.Length;
            }
            return new LongVector(lengths, nulls, n);
        },
    };

    static Func<Vector[], int, SearchScope, Vector> Each(Func<string, string> map) => (arguments, n, _) =>
    {
        var from = (TextVector)arguments[0];
        var to = new string?[n];
        for (int i = 0; i < n; i++) to[i] = from.Get(i) is { } text ? map(text) : null;
        return new TextVector(to, n);
    };
}
