using System.Buffers;

namespace Portolan.Formats.Syslog;

/// <summary>
/// RFC 5424 §6.3 structured data: <c>[id name="value" …][…]</c>. Each element yields its id under the key <c>sdid</c>, then its parameters.
/// Also
/// accepted: spaces around <c>=</c>, Check Point's <c>name:"value"; </c>, values without quotes.
/// </summary>
public static class StructuredData
{
    static readonly SearchValues<byte> QuoteOrBackslash = SearchValues.Create("\"\\"u8);
    static readonly SearchValues<byte> NameEnd = SearchValues.Create("=: ]\"[;"u8);
    static readonly SearchValues<byte> BareEnd = SearchValues.Create(" ];"u8);

    /// <summary>The length of the elements at the start of the text; 0 if there is no closed element.</summary>
    public static int Measure(ReadOnlySpan<byte> text)
    {
        int end = 0;
        while (end < text.Length && text[end] == '[')
        {
            int i = end + 1;
            while (true)
            {
                int n = text[i..].IndexOfAny((byte)'"', (byte)']');
                if (n < 0) return end;
                i += n + 1;
                if (text[i - 1] == ']') break;
                if (!TryQuoted(text, ref i, out _)) return end;
            }
            end = i;
        }
        return end;
    }

    public static bool Parse(ReadOnlySpan<byte> text, PairList into)
    {
        int end = Measure(text), i = 0;
        while (i < end)
        {
            if (text[i++] != '[') continue;
            int id = i;
            int n = text[i..end].IndexOfAny(NameEnd);
            // Check Point writes no id: the first name is followed by its value.
            if (n >= 0 && text[i + n] is (byte)' ' or (byte)']')
            {
                into.AddNamed("sdid"u8, id, n);
                i += n;
            }
            Element(text[..end], ref i, into);
        }
        return end > 0;
    }

    static void Element(ReadOnlySpan<byte> text, ref int i, PairList into)
    {
        while (i < text.Length)
        {
            if (text[i] == ']')
            {
                i++;
                return;
            }
            int key = i, n = text[i..].IndexOfAny(NameEnd);
            if (n <= 0)
            {
                // A quoted text without a name is stepped over whole: its brackets do not count.
                if (text[i++] == '"') TryQuoted(text, ref i, out _);
                continue;
            }
            i += n;
            int at = i;
            while (at < text.Length && text[at] == ' ') at++;
            if (at >= text.Length || text[at] is not ((byte)'=' or (byte)':')) continue;
            at++;
            while (at < text.Length && text[at] == ' ') at++;
            int value = at;
            bool escaped = false;
            if (at < text.Length && text[at] == '"')
            {
                value = ++at;
                if (!TryQuoted(text, ref at, out escaped)) return;
                into.Add(key, n, value, at - 1 - value, escaped ? PairFlags.ValueEscaped : 0);
            }
            else
            {
                int length = text[at..].IndexOfAny(BareEnd);
                if (length < 0) return;
                at += length;
                into.Add(key, n, value, length);
            }
            i = at;
        }
    }

    /// <summary>Moves <paramref name="i"/> past the closing quote.</summary>
    static bool TryQuoted(ReadOnlySpan<byte> text, ref int i, out bool escaped)
    {
        escaped = false;
        while (i < text.Length)
        {
            int n = text[i..].IndexOfAny(QuoteOrBackslash);
            if (n < 0) break;
            i += n + 1;
            if (text[i - 1] == '"') return true;
            escaped = true;
            i++;
        }
        i = text.Length;
        return false;
    }

    /// <summary>A backslash before <c>"</c>, <c>\</c> or <c>]</c> falls away; before anything else it stays (RFC 5424 §6.3.3).</summary>
    public static int Unescape(ReadOnlySpan<byte> value, Span<byte> to) => Escapes.DropBackslashes(value, to, "\"\\]"u8);
}
