namespace Portolan.Formats.KeyValue;

/// <summary>
/// <c>key=value</c> pairs with a byte between pairs and one between key and value. A value may stand in double or single quotes, in which a
/// backslash
/// protects what follows it; the quotes are not part of the value. Outside quotes a backslash protects the pair separator, unless that is a
/// space (Windows paths end in backslashes). Words without a key are skipped; spaces around keys and separators do not count.
/// </summary>
public sealed class KeyValueSyntax(byte pairSeparator, byte keySeparator)
{
    public static readonly KeyValueSyntax Spaces = new((byte)' ', (byte)'=');
    public static readonly KeyValueSyntax Pipes = new((byte)'|', (byte)'=');
    public static readonly KeyValueSyntax Semicolons = new((byte)';', (byte)':');
    public static readonly KeyValueSyntax Commas = new((byte)',', (byte)'=');

    readonly bool _spaced = pairSeparator is (byte)' ' or (byte)'\t';

    /// <summary>False when there is no pair at all.</summary>
    public bool Parse(ReadOnlySpan<byte> text, PairList into)
    {
        int i = 0;
        bool any = false;
        while (i < text.Length)
        {
            if (text[i] == pairSeparator || text[i] == ' ')
            {
                i++;
                continue;
            }
            int key = i, n = text[i..].IndexOfAny(keySeparator, pairSeparator);
            if (n < 0) break;
            i += n;
            if (text[i] != keySeparator) continue;
            i++;
            int keyLength = text[key..(i - 1)].TrimEnd((byte)' ').Length;
            int value = Value(text, ref i, out int length, out bool escaped);
            if (keyLength == 0) continue;
            any = true;
            if (!into.Add(key, keyLength, value, length, escaped ? PairFlags.ValueEscaped : 0)) break;
        }
        return any;
    }

    /// <summary>Reads the value at <paramref name="i"/> and moves past it.</summary>
    int Value(ReadOnlySpan<byte> text, ref int i, out int length, out bool escaped)
    {
        escaped = false;
        int start = i;
        if (!_spaced)
            while (start < text.Length && text[start] == ' ') start++;
        if (start < text.Length && text[start] is (byte)'"' or (byte)'\'')
        {
            byte quote = text[start++];
            int at = start;
            while (at < text.Length)
            {
                int n = text[at..].IndexOfAny(quote, (byte)'\\');
                if (n < 0) break;
                at += n;
                if (text[at] == quote)
                {
                    length = at - start;
                    i = at + 1;
                    return start;
                }
                escaped = true;
                at += 2;
            }
            // The quote never closes: an apostrophe is then a letter, a double quote holds the rest (a cut message).
            escaped = false;
            if (quote == '"')
            {
                length = text.Length - start;
                escaped = text[start..].IndexOf((byte)'\\') >= 0;
                i = text.Length;
                return start;
            }
            start--;
        }
        int end = start;
        while (end < text.Length)
        {
            int n = _spaced ? text[end..].IndexOf(pairSeparator) : text[end..].IndexOfAny(pairSeparator, (byte)'\\');
            if (n < 0)
            {
                end = text.Length;
                break;
            }
            end += n;
            if (text[end] == pairSeparator) break;
            escaped = true;
            end += 2;
        }
        end = Math.Min(end, text.Length);
        i = end;
        length = _spaced ? end - start : text[start..end].TrimEnd((byte)' ').Length;
        return start;
    }

    /// <summary>A backslash before a quote, a separator or a backslash falls away; other backslashes stay.</summary>
    public static int Unescape(ReadOnlySpan<byte> value, Span<byte> to) => Escapes.DropBackslashes(value, to, "\"'\\=|;,:]"u8);
}
