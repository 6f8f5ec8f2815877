using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Portolan.Formats.Json;

/// <summary>
/// Writes JSON values (RFC 8259) as UTF-8 for every output of ours. Beyond what the standard asks, all control characters (C0, DEL, C1 with
/// U+0085) and the line separators U+2028 and U+2029 are escaped, so that no line tool and no terminal sees one. Bytes that are no UTF-8
/// become U+FFFD.
/// </summary>
public static class JsonText
{
    // Bytes a string may hold as they are; the rest is looked at one by one.
    static readonly SearchValues<byte> Plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x5f).Where(b => b is not ('"' or '\\')).Select(b => (byte)b)]);

    public static void Null(IBufferWriter<byte> to) => to.Write("null"u8);

    public static void Flag(IBufferWriter<byte> to, bool value) => to.Write(value ? "true"u8 : "false"u8);

    public static void Number(IBufferWriter<byte> to, long value)
    {
        value.TryFormat(to.GetSpan(20), out int n);
        to.Advance(n);
    }

    /// <summary>
    /// The shortest text that reads back as the same number, always with a point or an exponent (<c>20615.0</c>); null when not finite.
    /// </summary>
    public static void Number(IBufferWriter<byte> to, double value)
    {
        if (!double.IsFinite(value))
        {
            Null(to);
            return;
        }
        var room = to.GetSpan(40);
        value.TryFormat(room, out int n, "R", CultureInfo.InvariantCulture);
        if (room[..n].IndexOfAny((byte)'.', (byte)'E') < 0)
        {
            room[n++] = (byte)'.';
            room[n++] = (byte)'0';
        }
        to.Advance(n);
    }

    /// <summary>A string holding the bytes in base64 (RFC 4648 §4).</summary>
    public static void Base64String(IBufferWriter<byte> to, ReadOnlySpan<byte> bytes)
    {
        var room = to.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length) + 2);
        room[0] = (byte)'"';
        Base64.EncodeToUtf8(bytes, room[1..], out _, out int n);
        room[n + 1] = (byte)'"';
        to.Advance(n + 2);
    }

    public static void String(IBufferWriter<byte> to, string text)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int n = Encoding.UTF8.GetBytes(text, rented);
        String(to, rented.AsSpan(0, n));
        ArrayPool<byte>.Shared.Return(rented);
    }

    public static void String(IBufferWriter<byte> to, ReadOnlySpan<byte> utf8)
    {
        to.Write("\""u8);
        while (!utf8.IsEmpty)
        {
            int plain = utf8.IndexOfAnyExcept(Plain);
            if (plain < 0) plain = utf8.Length;
            to.Write(utf8[..plain]);
            utf8 = utf8[plain..];
            if (utf8.IsEmpty) break;
            var status = Rune.DecodeFromUtf8(utf8, out var rune, out int length);
            if (status != OperationStatus.Done) to.Write("\uFFFD"u8);
            else if (MustEscape(rune.Value)) Escape(to, rune.Value);
            else to.Write(utf8[..length]);
            utf8 = utf8[length..];
        }
        to.Write("\""u8);
    }

    static bool MustEscape(int c) => c < 0x20 || c is '"' or '\\' || c is >= 0x7f and <= 0x9f || c is 0x2028 or 0x2029;

    static void Escape(IBufferWriter<byte> to, int c)
    {
        var shorthand = c switch
        {
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            '\n' => "\\n"u8,
            '\r' => "\\r"u8,
            '\t' => "\\t"u8,
            '\b' => "\\b"u8,
            '\f' => "\\f"u8,
            _ => default,
        };
        if (!shorthand.IsEmpty)
        {
            to.Write(shorthand);
            return;
        }
        var room = to.GetSpan(6);
        "\\u"u8.CopyTo(room);
        for (int i = 0; i < 4; i++) room[2 + i] = "0123456789abcdef"u8[c >> (12 - 4 * i) & 15];
        to.Advance(6);
    }
}
