using System.Buffers;
using Portolan.Formats.Json;
using Portolan.Web.Control;

namespace Portolan.Output;

enum RowFormat
{
    Table,
    Json,
    Jsonl,
    Csv,
}

/// <summary>
/// Writes columns and rows to standard output as they come: <c>Begin</c>, any number of <c>Row</c>, <c>End</c>. A cell is a long, double,
/// string, bool, byte[] or null.
/// </summary>
abstract class RowWriter(Terminal terminal)
{
    const int FlushAt = 1 << 15;

    protected Terminal Terminal { get; } = terminal;
    protected ArrayBufferWriter<byte> Buffer { get; } = new(FlushAt + 4096);

    public static RowWriter Of(RowFormat format, Terminal terminal) => format switch
    {
        RowFormat.Json => new JsonWriter(terminal),
        RowFormat.Jsonl => new JsonLinesWriter(terminal),
        RowFormat.Csv => new CsvWriter(terminal),
        _ => new TableWriter(terminal),
    };

    public abstract void Begin(IReadOnlyList<ResultColumn> columns);

    public abstract void Row(object?[] row);

    public abstract void End();

    /// <summary>Hands on what is written so far: after a batch of a live stream, and at the end.</summary>
    public void Flush()
    {
        Hand();
        Terminal.Out.Flush();
    }

    protected void HandWhenFull()
    {
        if (Buffer.WrittenCount >= FlushAt) Hand();
    }

    void Hand()
    {
        Terminal.Out.Write(Buffer.WrittenSpan);
        Buffer.ResetWrittenCount();
    }

    /// <summary>Called where a live stream has no further row yet: what is held back must be shown.</summary>
    protected virtual void Pause()
    {
    }

    /// <summary>All rows, then the notes of the result on standard error.</summary>
    /// <param name="live">Rows are handed on as soon as no further one is at hand.</param>
    public async Task<ResultEnd> WriteAsync(ResultSet result, CancellationToken cancel, bool live = false)
    {
        Begin(result.Columns);
        await using (var rows = result.Rows.GetAsyncEnumerator(cancel))
        {
            while (true)
            {
                var next = rows.MoveNextAsync();
                if (live && !next.IsCompleted)
                {
                    Pause();
                    Flush();
                }
                if (!await next) break;
                Row(rows.Current);
            }
        }
        End();
        Flush();
        foreach (string note in result.End.Notes ?? []) Terminal.Error.WriteLine("note: " + Visible.Text(note));
        return result.End;
    }

    public void Write(IReadOnlyList<ResultColumn> columns, IEnumerable<object?[]> rows)
    {
        Begin(columns);
        foreach (var row in rows) Row(row);
        End();
        Flush();
    }
}

/// <summary>One object a line.</summary>
class JsonLinesWriter(Terminal terminal) : RowWriter(terminal)
{
    // The names as they stand in each object: {"a":  ,"b":
    byte[][] _names = [];

    public override void Begin(IReadOnlyList<ResultColumn> columns)
    {
        _names = new byte[columns.Count][];
        var name = new ArrayBufferWriter<byte>();
        for (int i = 0; i < columns.Count; i++)
        {
            name.ResetWrittenCount();
            name.Write(i == 0 ? "{"u8 : ","u8);
            JsonText.String(name, columns[i].Name);
            name.Write(":"u8);
            _names[i] = name.WrittenSpan.ToArray();
        }
    }

    public override void Row(object?[] row)
    {
        WriteObject(row);
        Buffer.Write("\n"u8);
        HandWhenFull();
    }

    protected void WriteObject(object?[] row)
    {
        for (int i = 0; i < _names.Length; i++)
        {
            Buffer.Write(_names[i]);
            JsonCell.Write(Buffer, row[i]);
        }
        Buffer.Write(_names.Length == 0 ? "{}"u8 : "}"u8);
    }

    public override void End()
    {
    }
}

/// <summary>One array of objects, an object a line. An array that is not closed is an answer that broke off.</summary>
sealed class JsonWriter(Terminal terminal) : JsonLinesWriter(terminal)
{
    bool _any;

    public override void Row(object?[] row)
    {
        Buffer.Write(_any ? ",\n"u8 : "[\n"u8);
        _any = true;
        WriteObject(row);
        HandWhenFull();
    }

    public override void End() => Buffer.Write(_any ? "\n]\n"u8 : "[]\n"u8);
}
