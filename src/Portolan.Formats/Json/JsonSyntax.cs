using System.Buffers;
using System.Text;

namespace Portolan.Formats.Json;

/// <summary>
/// A JSON object (RFC 8259) as pairs: nested keys joined by dots, array elements by their number (<c>a.b</c>, <c>items.0.name</c>). Strings
/// come
/// without quotes, numbers and true/false as written, null flagged; empty objects and arrays yield nothing. Read in one pass without
/// exceptions: at the first fault, or below <see cref="MaxDepth"/>, it stops, keeps what it has, and says false.
/// </summary>
public static class JsonSyntax
{
    public const int MaxDepth = 32;
    const int MaxPath = 512;

    static readonly SearchValues<byte> QuoteOrBackslash = SearchValues.Create("\"\\"u8);
    static readonly SearchValues<byte> LiteralEnd = SearchValues.Create(",]} \t\r\n:\"{["u8);

    public static bool Parse(ReadOnlySpan<byte> text, PairList into)
    {
        int i = 0;
        SkipSpace(text, ref i);
        if (i >= text.Length || text[i] is not ((byte)'{' or (byte)'[')) return false;
        Span<byte> path = stackalloc byte[MaxPath];
        var reader = new Reader(text, path, into) { At = i };
        if (!reader.Value(0, 0)) return false;
        i = reader.At;
        SkipSpace(text, ref i);
        return i == text.Length;
    }

    ref struct Reader(ReadOnlySpan<byte> text, Span<byte> path, PairList into)
    {
        readonly ReadOnlySpan<byte> _text = text;
        readonly Span<byte> _path = path;
        bool _pathEscaped;

        public int At;

        /// <summary>Reads the value at <see cref="At"/>, whose key is the path's first <paramref name="length"/> bytes.</summary>
        public bool Value(int length, int depth)
        {
            SkipSpace(_text, ref At);
            if (At >= _text.Length || depth > MaxDepth) return false;
            switch (_text[At])
            {
                case (byte)'{':
                    return Members(length, depth);
                case (byte)'[':
                    return Elements(length, depth);
                case (byte)'"':
                    if (!TryString(out var s, out bool escaped)) return false;
                    return Add(length, s, escaped ? PairFlags.ValueEscaped : 0);
                default:
                    int n = _text[At..].IndexOfAny(LiteralEnd);
                    var word = new ByteRange(At, n < 0 ? _text.Length - At : n);
                    if (!IsLiteral(word.Of(_text))) return false;
                    At = word.End;
                    return Add(length, word, word.Of(_text)[0] == 'n' ? PairFlags.Null : 0);
            }
        }

        bool Members(int length, int depth)
        {
            At++;
            SkipSpace(_text, ref At);
            if (Take('}')) return true;
            while (true)
            {
                SkipSpace(_text, ref At);
                if (At >= _text.Length || _text[At] != '"' || !TryString(out var key, out bool escaped)) return false;
                SkipSpace(_text, ref At);
                if (!Take(':')) return false;
                bool before = _pathEscaped;
                _pathEscaped |= escaped;
                if (!TryExtend(length, key.Of(_text), out int longer) || !Value(longer, depth + 1)) return false;
                _pathEscaped = before;
                SkipSpace(_text, ref At);
                if (Take('}')) return true;
                if (!Take(',')) return false;
            }
        }

        bool Elements(int length, int depth)
        {
            At++;
            SkipSpace(_text, ref At);
            if (Take(']')) return true;
            Span<byte> number = stackalloc byte[11];
            for (int index = 0; ; index++)
            {
                index.TryFormat(number, out int digits);
                if (!TryExtend(length, number[..digits], out int longer) || !Value(longer, depth + 1)) return false;
                SkipSpace(_text, ref At);
                if (Take(']')) return true;
                if (!Take(',')) return false;
            }
        }

        bool Add(int length, ByteRange value, PairFlags flags)
        {
            into.AddNamed(_path[..length], value.Start, value.Length, flags | (_pathEscaped ? PairFlags.KeyEscaped : 0));
            return true;
        }

        readonly bool TryExtend(int length, scoped ReadOnlySpan<byte> key, out int longer)
        {
            int dot = length > 0 ? 1 : 0;
            longer = length + dot + key.Length;
            if (longer > _path.Length) return false;
            if (dot > 0) _path[length] = (byte)'.';
            key.CopyTo(_path[(length + dot)..]);
            return true;
        }

        bool Take(char c)
        {
            if (At >= _text.Length || _text[At] != c) return false;
            At++;
            return true;
        }

        /// <summary>The text between the quotes at <see cref="At"/>.</summary>
        bool TryString(out ByteRange range, out bool escaped)
        {
            int start = At + 1, i = start;
            escaped = false;
            range = default;
            while (i < _text.Length)
            {
                int n = _text[i..].IndexOfAny(QuoteOrBackslash);
                if (n < 0) return false;
                i += n;
                if (_text[i] == '"')
                {
                    range = new(start, i - start);
                    At = i + 1;
                    return true;
                }
                escaped = true;
                i += 2;
            }
            return false;
        }
    }

    static bool IsLiteral(ReadOnlySpan<byte> word)
    {
        if (word.IsEmpty) return false;
        if (word[0] is (byte)'-' or >= (byte)'0' and <= (byte)'9') return word.IndexOfAnyExcept("0123456789+-.eE"u8) < 0;
        return word.SequenceEqual("true"u8) || word.SequenceEqual("false"u8) || word.SequenceEqual("null"u8);
    }

    static void SkipSpace(ReadOnlySpan<byte> text, ref int i)
    {
        while (i < text.Length && text[i] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') i++;
    }

    /// <summary>RFC 8259 §7; a lone surrogate becomes U+FFFD, an unknown escape stays as written.</summary>
    public static int Unescape(ReadOnlySpan<byte> value, Span<byte> to)
    {
        int w = 0;
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] != '\\' || i + 1 >= value.Length)
            {
                to[w++] = value[i];
                continue;
            }
            byte next = value[i + 1];
            byte meant = next switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'t' => (byte)'\t',
                (byte)'r' => (byte)'\r',
                (byte)'b' => 8,
                (byte)'f' => 12,
                (byte)'"' or (byte)'\\' or (byte)'/' => next,
                _ => 0,
            };
            if (meant != 0)
            {
                to[w++] = meant;
                i++;
            }
            else if (next == 'u' && TryHex(value, i + 2, out int unit))
            {
                i += 5;
                var rune = Rune.ReplacementChar;
                if (char.IsHighSurrogate((char)unit) && i + 2 < value.Length && value[i + 1] == '\\' && value[i + 2] == 'u'
                    && TryHex(value, i + 3, out int low) && char.IsLowSurrogate((char)low))
                {
                    rune = new Rune((char)unit, (char)low);
                    i += 6;
                }
                else if (Rune.TryCreate((char)unit, out var single)) rune = single;
                w += rune.EncodeToUtf8(to[w..]);
            }
            else to[w++] = value[i];
        }
        return w;
    }

    static bool TryHex(ReadOnlySpan<byte> text, int i, out int value)
    {
        value = 0;
#if !PLANTED_BUG
        if (i + 4 > text.Length) return false;
#endif
        foreach (byte b in text.Slice(i, 4))
        {
            int digit = char.IsAsciiHexDigit((char)b) ? (b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10) : -1;
            if (digit < 0) return false;
            value = value << 4 | digit;
        }
        return true;
    }
}
