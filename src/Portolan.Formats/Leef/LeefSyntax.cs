using System.Buffers;

namespace Portolan.Formats.Leef;

/// <summary>
/// LEEF 1.0 and 2.0 (IBM, Log Event Extended Format version 2): <c>LEEF:1.0|vendor|product|version|event|attributes</c>, TAB between
/// attributes; 2.0
/// has a sixth header field that names another delimiter: one character, or 1 to 4 hex digits after <c>x</c> or <c>0x</c>. The header comes
/// as
/// <c>leefVersion deviceVendor deviceProduct deviceVersion eventId</c>. Only an attribute's first <c>=</c> divides; nothing is trimmed.
/// <para>Also read: 2.0 with the delimiter field missing, empty or not understood (TAB); PAN-OS, which writes 1.0 with <c>|</c> between
/// attributes, and FireEye, which writes <c>^</c>; TABs that a relay turned into <c>#011</c> or <c>\011</c>.</para>
/// </summary>
public static class LeefSyntax
{
    static readonly SearchValues<byte> PipeOrBackslash = SearchValues.Create("|\\"u8);

    public static bool Parse(ReadOnlySpan<byte> text, PairList into)
    {
        if (!text.StartsWith("LEEF:"u8)) return false;
        int i = 5;
        bool two = text[i..].StartsWith("2"u8);
        if (!TryHeader(text, ref i, "leefVersion"u8, into) || !TryHeader(text, ref i, "deviceVendor"u8, into)
            || !TryHeader(text, ref i, "deviceProduct"u8, into) || !TryHeader(text, ref i, "deviceVersion"u8, into)) return false;
        if (!TryHeader(text, ref i, "eventId"u8, into))
        {
            // An event without attributes may leave out the last pipe.
            into.AddNamed("eventId"u8, i, text.Length - i, Escaped(text[i..]));
            return true;
        }
        Span<byte> room = stackalloc byte[4];
        var delimiter = two ? Delimiter(text, ref i, room) : default;
        if (delimiter.IsEmpty) delimiter = Guess(text[i..]);
        Attributes(text, i, delimiter, into);
        return true;
    }

    static bool TryHeader(ReadOnlySpan<byte> text, ref int i, ReadOnlySpan<byte> name, PairList into)
    {
        var flags = PairFlags.None;
        for (int at = i; at < text.Length; at += 2)
        {
            int n = text[at..].IndexOfAny(PipeOrBackslash);
            if (n < 0) return false;
            at += n;
            if (text[at] == '|')
            {
                into.AddNamed(name, i, at - i, flags);
                i = at + 1;
                return true;
            }
            flags = PairFlags.ValueEscaped;
        }
        return false;
    }

    static PairFlags Escaped(ReadOnlySpan<byte> text) => text.IndexOf((byte)'\\') >= 0 ? PairFlags.ValueEscaped : 0;

    /// <summary>The delimiter that the header names, and the step past its field; empty when it names none.</summary>
    static ReadOnlySpan<byte> Delimiter(ReadOnlySpan<byte> text, ref int i, Span<byte> room)
    {
        var rest = text[i..];
        if (rest.StartsWith("||"u8) && !rest.StartsWith("|||"u8))
        {
            // The pipe itself, written plainly.
            i += 2;
            return "|"u8;
        }
        int length = rest.IndexOf((byte)'|');
        if (length < 0) return default;
        var field = rest[..length];
        if (length > 1 && field.IndexOf((byte)'=') >= 0) return default;
        i += length + 1;
        if (length == 0) return default;
        if (length == 1) return field;
        int digits = field[0] is (byte)'x' or (byte)'X' ? 1 : field.StartsWith("0x"u8) || field.StartsWith("0X"u8) ? 2 : 0;
        if (digits == 0)
            // One character of several bytes.
            return length <= 4 && field[0] >= 0xc0 ? field : default;
        var hex = field[digits..];
        if (hex.Length is 0 or > 4) return default;
        int code = 0;
        foreach (byte b in hex)
        {
            int digit = b switch
            {
                >= (byte)'0' and <= (byte)'9' => b - '0',
                >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
                >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
                _ => -1,
            };
            if (digit < 0) return default;
            code = code << 4 | digit;
        }
        if (code == 0) return default;
        if (code < 0x80)
        {
            room[0] = (byte)code;
            return room[..1];
        }
        // Above ASCII the character may be meant, or the byte.
        if (!System.Text.Rune.TryCreate(code, out var rune)) return default;
        int n = rune.EncodeToUtf8(room);
        if (code > 0xff || text[i..].IndexOf(room[..n]) >= 0) return room[..n];
        room[0] = (byte)code;
        return room[..1];
    }

    static ReadOnlySpan<byte> Guess(ReadOnlySpan<byte> attributes)
    {
        if (attributes.IndexOf((byte)'\t') >= 0) return "\t"u8;
        if (attributes.IndexOf("#011"u8) >= 0) return "#011"u8;
        if (attributes.IndexOf("\\011"u8) >= 0) return "\\011"u8;
        return LooksDivided(attributes, (byte)'|') ? "|"u8 : LooksDivided(attributes, (byte)'^') ? "^"u8 : "\t"u8;
    }

    /// <summary>At least three attributes of the form <c>|key=</c>, or whatever stands for the pipe.</summary>
    static bool LooksDivided(ReadOnlySpan<byte> attributes, byte delimiter)
    {
        int found = 0;
        while (attributes.Length > 0)
        {
            int at = attributes.IndexOf(delimiter);
            var attribute = at < 0 ? attributes : attributes[..at];
            int equals = attribute.IndexOf((byte)'=');
            if (equals > 0 && attribute[..equals].IndexOf((byte)' ') < 0 && ++found == 3) return true;
            if (at < 0) return false;
            attributes = attributes[(at + 1)..];
        }
        return false;
    }

    static void Attributes(ReadOnlySpan<byte> text, int i, ReadOnlySpan<byte> delimiter, PairList into)
    {
        while (i < text.Length)
        {
            int n = text[i..].IndexOf(delimiter);
            int end = n < 0 ? text.Length : i + n;
            int equals = text[i..end].IndexOf((byte)'=');
            if (equals > 0 && !into.Add(i, equals, i + equals + 1, end - i - equals - 1)) return;
            i = end + delimiter.Length;
        }
    }

    /// <summary>Header fields escape <c>|</c> and <c>\</c>; attribute values have no escapes.</summary>
    public static int Unescape(ReadOnlySpan<byte> value, Span<byte> to) => Escapes.DropBackslashes(value, to, "|\\"u8);
}
