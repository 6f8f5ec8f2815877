using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Portolan.Formats.Json;
using Portolan.Model;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Ariel;

/// <summary>One of the forms in which a client may have the rows of a search. Rows are written as they are read: memory does not grow with them.</summary>
abstract class ResultFormat
{
    const int FlushAt = 64 << 10;

    /// <summary>The form the client accepts, and the content type it is to have; JSON when we have none that it accepts (RFC 9110 §12.5.1 leaves that to us).</summary>
    public static (ResultFormat Format, string ContentType) Of(HttpRequest request)
    {
        // A client of IBM's samples sends two of these headers: first the form it wants by default, then the one it wants now.
        string accept = request.Headers.Accept.LastOrDefault() ?? "";
        if (accept.Length == 0) return (new JsonFormat(), "application/json");
        if (!MediaTypeHeaderValue.TryParseList([accept], out var types)) types = [];
        foreach (string type in types.OrderByDescending(t => t.Quality ?? 1).Select(t => t.MediaType.ToString().ToLowerInvariant()))
        {
            switch (type)
            {
                case "application/json" or "application/*" or "*/*":
                    return (new JsonFormat(), "application/json");
                case "application/csv" or "text/csv":
                    return (new CsvFormat(), type + "; charset=utf-8");
                case "application/xml" or "text/xml":
                    return (new XmlFormat(), type + "; charset=utf-8");
                case "text/table" or "text/plain" or "text/*":
                    return (new TableFormat(), (type == "text/*" ? "text/plain" : type) + "; charset=utf-8");
            }
        }
        return (new JsonFormat(), "application/json");
    }

    /// <summary>The form of a file that people save, docs/output.md; null: there is none of that name.</summary>
    public static (ResultFormat Format, string ContentType)? OfFile(string kind) => kind switch
    {
        "csv" => (new CsvFormat(), "text/csv; charset=utf-8"),
        "json" => (new ArrayFormat(), "application/json"),
        _ => null,
    };

    /// <summary>Writes rows from one index up to another, as far as they are there. What fails before the first flush leaves the response as it was.</summary>
    /// <exception cref="ObjectDisposedException">The rows are gone.</exception>
    public async Task WriteAsync(HttpResponse response, SearchJob job, ItemRange range, CancellationToken cancel)
    {
        var to = new ArrayBufferWriter<byte>();
        Begin(to, job, range);
        bool first = true;
        foreach (var row in job.Rows.Read(range.From, range.To))
        {
            Row(to, job, row.Span, first);
            first = false;
            if (to.WrittenCount < FlushAt) continue;
            if ((await response.BodyWriter.WriteAsync(to.WrittenMemory, cancel)).IsCompleted) throw new OperationCanceledException(cancel);
            to.ResetWrittenCount();
        }
        End(to, job);
        await response.BodyWriter.WriteAsync(to.WrittenMemory, cancel);
    }

    protected abstract void Begin(IBufferWriter<byte> to, SearchJob job, ItemRange range);

    protected abstract void Row(IBufferWriter<byte> to, SearchJob job, ReadOnlySpan<byte> row, bool first);

    protected virtual void End(IBufferWriter<byte> to, SearchJob job)
    {
    }

    /// <summary>The key of a JSON answer, which clients look for: the name of the database.</summary>
    static string Name(SearchJob job) => job.Database == Database.Flows ? "flows" : "events";

    static byte[] Key(string name, bool first)
    {
        var text = new ArrayBufferWriter<byte>();
        if (!first) text.Write(","u8);
        JsonText.String(text, name);
        text.Write(":"u8);
        return text.WrittenSpan.ToArray();
    }

    static void Json(IBufferWriter<byte> to, in KeptRow row)
    {
        switch (row.Tag)
        {
            case KeptRows.Null:
                JsonText.Null(to);
                break;
            case KeptRows.False or KeptRows.True:
                JsonText.Flag(to, row.Tag == KeptRows.True);
                break;
            case KeptRows.Long:
                JsonText.Number(to, row.Number);
                break;
            case KeptRows.Double:
                JsonText.Number(to, row.Double);
                break;
            case KeptRows.Text:
                JsonText.String(to, row.Span);
                break;
            case KeptRows.Bytes:
                JsonText.Base64String(to, row.Span);
                break;
        }
    }

    /// <summary>A cell for people and XML: null is nothing, control characters are written out.</summary>
    static string Shown(in KeptRow row)
    {
        switch (row.Tag)
        {
            case KeptRows.Null:
                return "";
            case KeptRows.Text:
                return Visible(Encoding.UTF8.GetString(row.Span));
            case KeptRows.Bytes:
                return Convert.ToBase64String(row.Span);
            default:
                var text = new ArrayBufferWriter<byte>(32);
                Json(text, row);
                return Encoding.ASCII.GetString(text.WrittenSpan);
        }
    }

    static string Visible(string text)
    {
        if (!text.Any(Hidden)) return text;
        var shown = new StringBuilder();
        foreach (char c in text) _ = Hidden(c) ? shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : shown.Append(c);
        return shown.ToString();
    }

    // Neither XML 1.0 nor a terminal takes these.
    static bool Hidden(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFFFE' or '\uFFFF';

    /// <summary><c>{"events":[{"sourceip":"192.0.2.1",…},…]}</c>. A name that occurs twice is written once, with its first value.</summary>
    sealed class JsonFormat : ResultFormat
    {
        byte[]?[] _names = [];

        protected override void Begin(IBufferWriter<byte> to, SearchJob job, ItemRange range)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            _names = [.. job.Columns.Select((c, i) => seen.Add(c.Name) ? Key(c.Name, i == 0) : null)];
            to.Write(Encoding.ASCII.GetBytes($"{{\"{Name(job)}\":["));
        }

        protected override void Row(IBufferWriter<byte> to, SearchJob job, ReadOnlySpan<byte> row, bool first)
        {
            to.Write(first ? "\n{"u8 : ",\n{"u8);
            var cells = new KeptRow(row);
            foreach (byte[]? name in _names)
            {
                cells.Next();
                if (name == null) continue;
                to.Write(name);
                Json(to, cells);
            }
            to.Write("}"u8);
        }

        protected override void End(IBufferWriter<byte> to, SearchJob job) => to.Write("]}"u8);
    }

    /// <summary>One array, an object a line, as the command line writes it: the second of two equal names is told by its place.</summary>
    sealed class ArrayFormat : ResultFormat
    {
        byte[][] _names = [];

        protected override void Begin(IBufferWriter<byte> to, SearchJob job, ItemRange range)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            _names = [.. job.Columns.Select((c, i) => Key(seen.Add(c.Name) ? c.Name : $"{c.Name} ({i + 1})", i == 0))];
            to.Write("["u8);
        }

        protected override void Row(IBufferWriter<byte> to, SearchJob job, ReadOnlySpan<byte> row, bool first)
        {
            to.Write(first ? "\n{"u8 : ",\n{"u8);
            var cells = new KeptRow(row);
            for (int i = 0; cells.Next(); i++)
            {
                to.Write(_names[i]);
                Json(to, cells);
            }
            to.Write("}"u8);
        }

        protected override void End(IBufferWriter<byte> to, SearchJob job) => to.Write("\n]\n"u8);
    }

    /// <summary>A header and CRLF, cells as <see cref="CsvCell"/> writes them.</summary>
    sealed class CsvFormat : ResultFormat
    {
        protected override void Begin(IBufferWriter<byte> to, SearchJob job, ItemRange range)
        {
            for (int i = 0; i < job.Columns.Count; i++)
            {
                if (i > 0) to.Write(","u8);
                CsvCell.Write(to, job.Columns[i].Name);
            }
            to.Write("\r\n"u8);
        }

        protected override void Row(IBufferWriter<byte> to, SearchJob job, ReadOnlySpan<byte> row, bool first)
        {
            var cells = new KeptRow(row);
            for (bool next = false; cells.Next(); next = true)
            {
                if (next) to.Write(","u8);
                if (cells.Tag == KeptRows.Text) CsvCell.Write(to, Encoding.UTF8.GetString(cells.Span));
                else Encoding.UTF8.GetBytes(Shown(cells), to);
            }
            to.Write("\r\n"u8);
        }
    }

    /// <summary><c>&lt;events&gt;&lt;event&gt;&lt;column name="sourceip"&gt;…</c>; a column that is null is left out, for names need not be names of elements.</summary>
    sealed class XmlFormat : ResultFormat
    {
        protected override void Begin(IBufferWriter<byte> to, SearchJob job, ItemRange range) =>
            Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{Name(job)}>\n", to);

        protected override void Row(IBufferWriter<byte> to, SearchJob job, ReadOnlySpan<byte> row, bool first)
        {
            var text = new StringBuilder("<").Append(Name(job), 0, Name(job).Length - 1).Append('>');
            var cells = new KeptRow(row);
            for (int i = 0; cells.Next(); i++)
            {
                if (cells.Tag == KeptRows.Null) continue;
                text.Append("<column name=\"").Append(Escaped(Visible(job.Columns[i].Name))).Append("\">").Append(Escaped(Shown(cells))).Append("</column>");
            }
            text.Append("</").Append(Name(job), 0, Name(job).Length - 1).Append(">\n");
            Encoding.UTF8.GetBytes(text.ToString(), to);
        }

        static string Escaped(string text) => System.Security.SecurityElement.Escape(text);

        protected override void End(IBufferWriter<byte> to, SearchJob job) => Encoding.UTF8.GetBytes($"</{Name(job)}>\n", to);
    }

    /// <summary>Columns under their names, as wide as their widest cell in these rows.</summary>
    sealed class TableFormat : ResultFormat
    {
        int[] _widths = [];

        protected override void Begin(IBufferWriter<byte> to, SearchJob job, ItemRange range)
        {
            _widths = [.. job.Columns.Select(c => Visible(c.Name).Length)];
            foreach (var row in job.Rows.Read(range.From, range.To)) Widen(row.Span);
            Line(to, job.Columns.Select(c => Visible(c.Name)));
            Line(to, _widths.Select(w => new string('-', w)));
        }

        void Widen(ReadOnlySpan<byte> row)
        {
            var cells = new KeptRow(row);
            for (int i = 0; cells.Next(); i++) _widths[i] = Math.Max(_widths[i], Shown(cells).Length);
        }

        protected override void Row(IBufferWriter<byte> to, SearchJob job, ReadOnlySpan<byte> row, bool first)
        {
            var shown = new string[job.Columns.Count];
            var cells = new KeptRow(row);
            for (int i = 0; cells.Next(); i++) shown[i] = Shown(cells);
            Line(to, shown);
        }

        void Line(IBufferWriter<byte> to, IEnumerable<string> cells) =>
            Encoding.UTF8.GetBytes(string.Join("  ", cells.Select((c, i) => c.PadRight(_widths[i]))).TrimEnd(' ') + "\n", to);
    }

    /// <summary>
    /// As our own API has results (<see cref="ResultLines"/>): columns, a row a line, the end; the rows of a search that still runs, too.
    /// </summary>
    public sealed class Lines : ResultFormat
    {
        long _rows;

        protected override void Begin(IBufferWriter<byte> to, SearchJob job, ItemRange range) => ResultLines.Columns(to, job.Columns);

        protected override void Row(IBufferWriter<byte> to, SearchJob job, ReadOnlySpan<byte> row, bool first)
        {
            _rows++;
            to.Write("["u8);
            var cells = new KeptRow(row);
            for (bool next = false; cells.Next(); next = true)
            {
                if (next) to.Write(","u8);
                bool bytes = cells.Tag == KeptRows.Bytes;
                if (bytes) to.Write("{\"base64\":"u8);
                Json(to, cells);
                if (bytes) to.Write("}"u8);
            }
            to.Write("]\n"u8);
        }

        protected override void End(IBufferWriter<byte> to, SearchJob job) => ResultLines.End(to, new(_rows, job.Partial, job.Notes));
    }
}
