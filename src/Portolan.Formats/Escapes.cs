namespace Portolan.Formats;

/// <summary>The undoing of escapes. The result is never longer than what it was made from.</summary>
public static class Escapes
{
    /// <summary>Drops each backslash that stands before one of <paramref name="special"/>; other backslashes stay.</summary>
    public static int DropBackslashes(ReadOnlySpan<byte> value, Span<byte> to, ReadOnlySpan<byte> special)
    {
        int w = 0;
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length && special.IndexOf(value[i + 1]) >= 0) i++;
            to[w++] = value[i];
        }
        return w;
    }

    /// <summary>
    /// Undoes the <c>#ooo</c> and <c>\ooo</c> (three octal digits, a control character or a byte above 127) that relays write for control
    /// characters.
    /// </summary>
    public static int UndoControlEscapes(ReadOnlySpan<byte> text, Span<byte> to)
    {
        int w = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            if (b is (byte)'#' or (byte)'\\' && i + 3 < text.Length && IsOctal(text[i + 1]) && IsOctal(text[i + 2]) && IsOctal(text[i + 3]))
            {
                int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
                if (code is < 32 or 127 or >= 128 and < 256)
                {
                    b = (byte)code;
                    i += 3;
                }
            }
            to[w++] = b;
        }
        return w;
    }

    static bool IsOctal(byte b) => b is >= (byte)'0' and <= (byte)'7';
}
