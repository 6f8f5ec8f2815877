namespace Portolan.Formats.Delimited;

/// <summary>
/// Values by their place (RFC 4180, one record): pairs without keys, one a column, empty columns included. A value that begins with a quote
/// runs to its closing quote, delimiters and line ends included; a doubled quote inside is one quote. Text between the closing quote and
/// the
/// delimiter is dropped; a quote that never closes is a letter.
/// </summary>
public sealed class DelimitedSyntax(byte delimiter)
{
    public static readonly DelimitedSyntax Commas = new((byte)',');
    public static readonly DelimitedSyntax Tabs = new((byte)'\t');

    /// <summary>False when there is only one column.</summary>
    public bool Parse(ReadOnlySpan<byte> text, PairList into)
    {
        int i = 0;
        bool unclosed = false;
        while (true)
        {
            int start = i, length = -1;
            bool escaped = false;
            if (!unclosed && i < text.Length && text[i] == '"')
            {
                length = Quoted(text, i + 1, out escaped);
                // Whatever else is quoted after an open quote cannot close either: looking again would cost the square of the length.
                unclosed = length < 0;
            }
            if (length >= 0) i = ++start + length + 1;
            int n = text[i..].IndexOf(delimiter);
            int end = n < 0 ? text.Length : i + n;
            if (length < 0)
            {
                length = end - start;
                escaped = false;
            }
            if (!into.Add(0, 0, start, length, escaped ? PairFlags.ValueEscaped : 0) || n < 0) return into.Count > 1;
            i = end + 1;
        }
    }

    /// <summary>The length up to the closing quote; -1 when there is none.</summary>
    static int Quoted(ReadOnlySpan<byte> text, int start, out bool escaped)
    {
        escaped = false;
        int i = start;
        while (true)
        {
            int n = text[i..].IndexOf((byte)'"');
            if (n < 0) return -1;
            i += n;
            if (i + 1 >= text.Length || text[i + 1] != '"') return i - start;
            escaped = true;
            i += 2;
        }
    }

    /// <summary>A doubled quote becomes one.</summary>
    public static int Unescape(ReadOnlySpan<byte> value, Span<byte> to)
    {
        int w = 0;
        for (int i = 0; i < value.Length; i++)
        {
            to[w++] = value[i];
            if (value[i] == '"' && i + 1 < value.Length && value[i + 1] == '"') i++;
        }
        return w;
    }
}
