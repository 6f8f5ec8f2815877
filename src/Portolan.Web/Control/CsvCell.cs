using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Portolan.Formats.Json;

namespace Portolan.Web.Control;

/// <summary>
/// A cell of a result as CSV by RFC 4180: numbers invariant, null empty, an empty text <c>""</c>, bytes in base64. A spreadsheet runs a cell that
/// begins with = + - @ (or their full-width forms), a tab or a line break as a formula: such a <em>text</em> gets an apostrophe in front,
/// which spreadsheets take for "this is text". Numbers, texts that are plain decimal numbers (<c>-5</c>), and base64 stay as they are.
/// </summary>
public static class CsvCell
{
    public static void Write(IBufferWriter<byte> to, object? cell)
    {
        switch (cell)
        {
            case null:
                break;
            case long number:
                JsonText.Number(to, number);
                break;
            case int number:
                JsonText.Number(to, number);
                break;
            case double number:
                if (double.IsFinite(number)) JsonText.Number(to, number);
                break;
            case bool flag:
                JsonText.Flag(to, flag);
                break;
            case byte[] bytes:
                var room = to.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
                Base64.EncodeToUtf8(bytes, room, out _, out int n);
                to.Advance(n);
                break;
            default:
                Text(to, cell.ToString()!);
                break;
        }
    }

    static void Text(IBufferWriter<byte> to, string text)
    {
        if (IsFormula(text)) text = "'" + text;
        bool quote = text.Length == 0 || text.AsSpan().IndexOfAny(",\"\r\n") >= 0 || text[0] == ' ' || text[^1] == ' ';
        Encoding.UTF8.GetBytes(quote ? $"\"{text.Replace("\"", "\"\"")}\"" : text, to);
    }

    static bool IsFormula(string text) => text.Length > 0
        && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠'
        && !(text[0] == '-' && text.Length > 1 && char.IsAsciiDigit(text[1])
            && double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _));
}
