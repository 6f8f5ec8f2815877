using System.Buffers;
using Portolan.Web.Control;

namespace Portolan.Output;

/// <summary>CSV by RFC 4180: a header, CRLF, cells as <see cref="CsvCell"/> writes them. Where the exact text matters, use jsonl.</summary>
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
            CsvCell.Write(Buffer, cells[i]);
        }
        Buffer.Write("\r\n"u8);
        HandWhenFull();
    }
}
