using System.Buffers;
using Portolan.Model;

namespace Portolan.Formats.Text;

/// <summary>The types of a pattern's places. Each gives where it ends in the message, or -1.</summary>
static class Matchers
{
    static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);
    static readonly SearchValues<byte> V4Bytes = SearchValues.Create("0123456789."u8);
    static readonly SearchValues<byte> V6Bytes = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    public static int Match(in Step step, ReadOnlySpan<byte> m, int at, out int start, out int length)
    {
        start = at;
        length = 0;
        var text = m[at..];
        switch (step.Kind)
        {
            case StepKind.Word:
                length = Word(step, text);
                break;
            case StepKind.Int:
                length = Int(text);
                break;
            case StepKind.Number:
                length = Int(text);
                if (length > 0 && length + 1 < text.Length && text[length] == '.' && IsDigit(text[length + 1]))
                    length += 1 + Digits(text[(length + 1)..]);
                break;
            case StepKind.Hex:
                int prefix = text.StartsWith("0x"u8) || text.StartsWith("0X"u8) ? 2 : 0;
                int digits = Run(text[prefix..], HexDigits);
                length = digits == 0 ? prefix / 2 : prefix + digits;
                break;
            case StepKind.Ip:
                return Ip(m, at, out length);
            case StepKind.Mac:
                length = Mac(text);
                break;
            case StepKind.Quoted:
                return Quoted(m, at, out start, out length);
            case StepKind.Upto:
                length = Nearest(step, text);
                if (length < 0)
                {
                    if (!step.MayEnd) return -1;
                    length = text.Length;
                }
                return at + length;
            case StepKind.Last:
                length = text.LastIndexOf(step.Stops[0]);
                return length < 0 ? -1 : at + length;
            case StepKind.Rest:
                length = text.Length;
                return m.Length;
        }
        return length > 0 ? at + length : -1;
    }

    /// <summary>Where the first of the texts that may follow begins; -1 if none does.</summary>
    static int Nearest(in Step step, ReadOnlySpan<byte> text)
    {
        int nearest = -1;
        foreach (var stop in step.Stops)
        {
            int n = text.IndexOf(stop);
            if (n >= 0 && (nearest < 0 || n < nearest)) nearest = n;
        }
        return nearest;
    }

    static int Word(in Step step, ReadOnlySpan<byte> text)
    {
        int space = text.IndexOfAny((byte)' ', (byte)'\t');
        int length = space < 0 ? text.Length : space;
        foreach (var stop in step.Stops)
        {
            if (length < 2 || stop[0] == ' ') continue;
            int n = text[1..Math.Min(text.Length, length + stop.Length - 1)].IndexOf(stop);
            if (n >= 0) length = Math.Min(length, n + 1);
        }
        return length;
    }

    static int Int(ReadOnlySpan<byte> text)
    {
        int sign = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        int digits = Digits(text[Math.Min(sign, text.Length)..]);
        return digits == 0 ? 0 : sign + digits;
    }

    public static int Digits(ReadOnlySpan<byte> text)
    {
        int i = 0;
        while (i < text.Length && IsDigit(text[i])) i++;
        return i;
    }

    static int Ip(ReadOnlySpan<byte> m, int at, out int length)
    {
        var text = m[at..Math.Min(m.Length, at + Address.MaxText + 2)];
        length = Run(text, V4Bytes);
        // A full stop after the address ends the sentence.
        while (length > 0 && text[length - 1] == '.') length--;
        if (Address.TryParse(text[..length], out _)) return at + length;
        length = Run(text, V6Bytes);
        while (length > 0 && !Address.TryParse(text[..length], out _))
        {
            byte last = text[length - 1];
            if (last != '.' && last != ':' || length > Address.MaxText + 2) return -1;
            length--;
        }
        if (length == 0) return -1;
        int end = at + length;
        if (end < m.Length && m[end] == '%')
        {
            end++;
            while (end < m.Length && char.IsAsciiLetterOrDigit((char)m[end])) end++;
        }
        return end;
    }

    static int Mac(ReadOnlySpan<byte> text)
    {
        if (text.Length >= 17 && text[2] is (byte)':' or (byte)'-')
        {
            for (int i = 0; i < 17; i++)
                if (i % 3 == 2 ? text[i] != text[2] : !char.IsAsciiHexDigit((char)text[i])) return 0;
            return 17;
        }
        if (text.Length >= 14 && text[4] is (byte)'.' or (byte)'-')
        {
            for (int i = 0; i < 14; i++)
                if (i % 5 == 4 ? text[i] != text[4] : !char.IsAsciiHexDigit((char)text[i])) return 0;
            return 14;
        }
        return text.Length >= 12 && Run(text[..Math.Min(13, text.Length)], HexDigits) == 12 ? 12 : 0;
    }

    static int Quoted(ReadOnlySpan<byte> m, int at, out int start, out int length)
    {
        start = at + 1;
        length = 0;
        if (at >= m.Length || m[at] is not ((byte)'"' or (byte)'\'')) return -1;
        for (int i = start; i < m.Length; i += 2)
        {
            int n = m[i..].IndexOfAny(m[at], (byte)'\\');
            if (n < 0) return -1;
            i += n;
            if (m[i] != m[at]) continue;
            length = i - start;
            return i + 1;
        }
        return -1;
    }

    static int Run(ReadOnlySpan<byte> text, SearchValues<byte> values)
    {
        int n = text.IndexOfAnyExcept(values);
        return n < 0 ? text.Length : n;
    }

    static bool IsDigit(byte b) => (uint)(b - '0') <= 9;
}
