using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Portolan.Formats.Json;
using Portolan.Web.Control;

namespace Portolan.Output;

/// <summary>
/// CSV by RFC 4180: a header, CRLF, numbers invariant, null empty, an empty text <c>""</c>, bytes in base64. A spreadsheet runs a cell that
/// begins with = + - @ (or their full-width forms), a tab or a line break as a formula: such a <em>text</em> gets an apostrophe in front,
/// which spreadsheets take for "this is text". Numbers, texts that are plain decimal numbers (<c>-5</c>), and base64 stay as they are.
/// Where the exact text matters, use jsonl.
/// </summary>
sealed class CsvWriter(Terminal terminal) : RowWriter(terminal)
{
    public override void Begin(IReadOnlyList<ResultColumn> columns) => Line([.. columns.Select(c => (object?)c.Name)]);

    public override void Row(object?[] row) => Line(row);

    public override void End()
    {
    }

    void Line(object?[] cells)
    {
        for (int i = 0; i < cells.Length; i++)
        {
            if (i > 0) Buffer.Write(","u8);
            Cell(cells[i]);
        }
        Buffer.Write("\r\n"u8);
        HandWhenFull();
    }

    void Cell(object? cell)
    {
        switch (cell)
        {
            case null:
                break;
            case long number:
                JsonText.Number(Buffer, number);
                break;
            case int number:
                JsonText.Number(Buffer, number);
                break;
            case double number:
                if (double.IsFinite(number)) JsonText.Number(Buffer, number);
                break;
            case bool flag:
                JsonText.Flag(Buffer, flag);
                break;
            case byte[] bytes:
                var room = Buffer.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
                Base64.EncodeToUtf8(bytes, room, out _, out int n);
                Buffer.Advance(n);
                break;
            default:
                Text(cell.ToString()!);
                break;
        }
    }

    void Text(string text)
    {
        if (IsFormula(text)) text = "'" + text;
        bool quote = text.Length == 0 || text.AsSpan().IndexOfAny(",\"\r\n") >= 0 || text[0] == ' ' || text[^1] == ' ';
        Encoding.UTF8.GetBytes(quote ? $"\"{text.Replace("\"", "\"\"")}\"" : text, Buffer);
    }

    static bool IsFormula(string text) => text.Length > 0
        && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠'
        && !(text[0] == '-' && text.Length > 1 && char.IsAsciiDigit(text[1])
            && double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _));
}
