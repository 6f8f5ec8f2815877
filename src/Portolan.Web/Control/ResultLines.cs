using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Portolan.Formats.Json;

namespace Portolan.Web.Control;

/// <summary>
/// A result on the wire, newline-separated JSON: <c>{"columns":[{"name":"sourceip","kind":"Value"}]}</c>, then each row as an array (bytes
/// as <c>{"base64":"…"}</c>, doubles always with point or exponent), then <c>{"end":{"rows":2,"partial":false,"notes":[]}}</c>. A refusal
/// is
/// <c>{"fault":{"kind":"Syntax","what":"…","why":"…","try":"…"}}</c>, instead of the columns or in place of the end. A stream without
/// either broke off.
/// </summary>
public static class ResultLines
{
    const int FlushAt = 32 << 10;

    /// <summary>What is written does not wait longer for more, in milliseconds.</summary>
    const int FlushAfter = 50;

    /// <summary>
    /// Writes columns, rows and end; what is written is handed on when it is much, when it has waited for a while, or when the next row is not there yet.
    /// </summary>
    public static async Task WriteAsync(PipeWriter to, ResultSet result, CancellationToken cancel)
    {
        Columns(to, result.Columns);
        await using var rows = result.Rows.GetAsyncEnumerator(cancel);
        long handedOn = Environment.TickCount64;
        while (true)
        {
            var next = rows.MoveNextAsync();
            if (!next.IsCompleted || to.UnflushedBytes >= FlushAt || Environment.TickCount64 - handedOn >= FlushAfter)
            {
                handedOn = Environment.TickCount64;
                var flushed = await to.FlushAsync(cancel);
                if (flushed.IsCompleted) throw new OperationCanceledException(cancel);
            }
            if (!await next) break;
            Row(to, rows.Current);
        }
        End(to, result.End);
        await to.FlushAsync(cancel);
    }

    internal static void Columns(IBufferWriter<byte> to, IReadOnlyList<ResultColumn> columns)
    {
        to.Write("{\"columns\":"u8);
        ColumnList(to, columns);
        to.Write("}\n"u8);
    }

    internal static void ColumnList(IBufferWriter<byte> to, IReadOnlyList<ResultColumn> columns)
    {
        to.Write("["u8);
        for (int i = 0; i < columns.Count; i++)
        {
            to.Write(i == 0 ? "{\"name\":"u8 : ",{\"name\":"u8);
            JsonText.String(to, columns[i].Name);
            to.Write(",\"kind\":"u8);
            JsonText.String(to, columns[i].Kind.ToString());
            to.Write("}"u8);
        }
        to.Write("]"u8);
    }

    internal static void Row(IBufferWriter<byte> to, object?[] cells)
    {
        to.Write("["u8);
        for (int i = 0; i < cells.Length; i++)
        {
            if (i > 0) to.Write(","u8);
            bool isBytes = cells[i] is byte[];
            if (isBytes) to.Write("{\"base64\":"u8);
            JsonCell.Write(to, cells[i]);
            if (isBytes) to.Write("}"u8);
        }
        to.Write("]\n"u8);
    }

    internal static void End(IBufferWriter<byte> to, ResultEnd end)
    {
        to.Write("{\"end\":{\"rows\":"u8);
        JsonText.Number(to, end.Rows);
        to.Write(",\"partial\":"u8);
        JsonText.Flag(to, end.Partial);
        to.Write(",\"notes\":["u8);
        for (int i = 0; i < (end.Notes?.Count ?? 0); i++)
        {
            if (i > 0) to.Write(","u8);
            JsonText.String(to, end.Notes![i]);
        }
        to.Write("]}}\n"u8);
    }

    public static void Fault(IBufferWriter<byte> to, ApiException fault)
    {
        to.Write("{\"fault\":{\"kind\":"u8);
        JsonText.String(to, fault.Kind.ToString());
        foreach (var (name, value) in new[] { ("what", fault.What), ("why", fault.Why), ("try", fault.Try) })
        {
            if (value is null) continue;
            to.Write(","u8);
            JsonText.String(to, name);
            to.Write(":"u8);
            JsonText.String(to, value);
        }
        to.Write("}}\n"u8);
    }

    /// <summary>Reads what <see cref="WriteAsync"/> wrote; a fault is thrown, at once or where it stands between the rows.</summary>
    public static async Task<ResultSet> ReadAsync(Stream from, Func<ValueTask> release, CancellationToken cancel)
    {
        var pipe = PipeReader.Create(from, new(bufferSize: 64 << 10));
        var first = await LineAsync(pipe, cancel) ?? throw Broken();
        ThrowFault(first);
        var columns = first.GetProperty("columns").EnumerateArray().Select(c =>
            new ResultColumn(c.GetProperty("name").GetString()!, OneOf(c.GetProperty("kind").GetString(), ColumnKind.Value)));
        ResultSet? result = null;
        result = new([.. columns], Rows()) { Release = release };
        return result;

        async IAsyncEnumerable<object?[]> Rows([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop = default)
        {
            while (true)
            {
                var line = await LineAsync(pipe, stop) ?? throw Broken();
                if (line.ValueKind == JsonValueKind.Array)
                {
                    yield return Cells(line);
                    continue;
                }
                ThrowFault(line);
                var end = line.GetProperty("end");
                result!.End = new(end.GetProperty("rows").GetInt64(), end.GetProperty("partial").GetBoolean(),
                    [.. end.GetProperty("notes").EnumerateArray().Select(n => n.GetString()!)]);
                yield break;
            }
        }
    }

    static ApiException Broken() =>
        new(FaultKind.Unanswerable, "the answer broke off", "the server has gone",
            "portolan search again; portolan check tells what is amiss");

    static void ThrowFault(JsonElement line)
    {
        if (!line.TryGetProperty("fault", out var fault)) return;
        string? Part(string name) => fault.TryGetProperty(name, out var part) ? part.GetString() : null;
        throw new ApiException(OneOf(Part("kind"), FaultKind.Unavailable), Part("what") ?? "refused", Part("why"), Part("try"));
    }

    // A newer server may know more kinds than we do.
    static T OneOf<T>(string? name, T otherwise) where T : struct, Enum => Enum.TryParse<T>(name, out var value) ? value : otherwise;

    static object?[] Cells(JsonElement row)
    {
        var cells = new object?[row.GetArrayLength()];
        for (int i = 0; i < cells.Length; i++)
        {
            var cell = row[i];
            cells[i] = cell.ValueKind switch
            {
                JsonValueKind.String => cell.GetString(),
                JsonValueKind.Number => Number(cell),
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.Object => cell.GetProperty("base64").GetBytesFromBase64(),
                _ => null,
            };
        }
        return cells;
    }

    static object Number(JsonElement cell)
    {
        string text = cell.GetRawText();
        if (text.AsSpan().IndexOfAny('.', 'E') >= 0) return cell.GetDouble();
        return long.Parse(text, CultureInfo.InvariantCulture);
    }

    static async ValueTask<JsonElement?> LineAsync(PipeReader pipe, CancellationToken cancel)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await pipe.ReadAsync(cancel);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                return null;
            }
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Parse(buffer.Slice(0, end));
                pipe.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }
            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) return null;
        }
    }

    static JsonElement Parse(ReadOnlySequence<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        return JsonElement.ParseValue(ref reader);
    }
}
