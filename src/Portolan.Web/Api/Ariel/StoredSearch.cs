using System.Text.Json;
using System.Text.Json.Nodes;
using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Web.Control;
using ResultColumn = Portolan.Web.Control.ResultColumn;

namespace Portolan.Web.Api.Ariel;

/// <summary>A completed search as it lies beside its rows, for the process after this one.</summary>
sealed record StoredSearch(string Id, string Owner, string Query, Database Database, IReadOnlyList<ResultColumn> Columns, DateTimeOffset Created, DateTimeOffset Ended,
    bool Saved, IReadOnlyList<string> Notes, bool Partial, TimeSpan RunTime, long RowsScanned, int BlocksRead, StoredRows Rows)
{
    // Raised when the form of the rows or of this changes: what an older program stored is then removed.
    const int Version = 1;

    // A text of a search, its columns and notes never come near.
    const long MostBytes = 8 << 20;

    /// <summary>Replaces the file whole; one that is torn by a power cut does not parse, or does not fit its rows.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string path)
    {
        var json = new JsonObject
        {
            ["version"] = Version,
            ["id"] = Id,
            ["owner"] = Owner,
            ["query"] = Query,
            ["database"] = Database.ToString(),
            ["columns"] = new JsonArray([.. Columns.Select(c => new JsonObject { ["name"] = c.Name, ["kind"] = c.Kind.ToString(), ["type"] = c.Type.ToString() })]),
            ["created"] = Created.UtcTicks,
            ["ended"] = Ended.UtcTicks,
            ["saved"] = Saved,
            ["notes"] = new JsonArray([.. Notes.Select(n => JsonValue.Create(n))]),
            ["partial"] = Partial,
            ["ran"] = RunTime.Ticks,
            ["scanned"] = RowsScanned,
            ["blocks"] = BlocksRead,
            ["rows"] = Rows.Count,
            ["bytes"] = Rows.Bytes,
            ["checksum"] = Rows.Checksum,
        };
        File.WriteAllText(Unfinished(path), json.ToJsonString());
        File.Move(Unfinished(path), path, overwrite: true);
    }

    /// <summary>Where it is written before it counts.</summary>
    public static string Unfinished(string path) => path + ".new";

    /// <summary>Null when it is none, or another program's.</summary>
    public static StoredSearch? Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MostBytes) return null;
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var o = json.RootElement;
            if (o.GetProperty("version").GetInt32() != Version) return null;
            var rows = new StoredRows(o.GetProperty("rows").GetInt64(), o.GetProperty("bytes").GetInt64(), o.GetProperty("checksum").GetUInt32());
            if (rows.Count < 0 || rows.Bytes < 0) return null;
            return new(Text(o, "id"), Text(o, "owner"), Text(o, "query"), Enum.Parse<Database>(Text(o, "database")),
                [.. o.GetProperty("columns").EnumerateArray().Select(c => new ResultColumn(Text(c, "name"), Enum.Parse<ColumnKind>(Text(c, "kind")), Enum.Parse<AqlType>(Text(c, "type"))))],
                Moment(o, "created"), Moment(o, "ended"), o.GetProperty("saved").GetBoolean(), [.. o.GetProperty("notes").EnumerateArray().Select(n => n.GetString() ?? "")],
                o.GetProperty("partial").GetBoolean(), TimeSpan.FromTicks(o.GetProperty("ran").GetInt64()), o.GetProperty("scanned").GetInt64(),
                o.GetProperty("blocks").GetInt32(), rows);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }

        static string Text(JsonElement o, string name) => o.GetProperty(name).GetString() ?? throw new FormatException(name);
        static DateTimeOffset Moment(JsonElement o, string name) => new(o.GetProperty(name).GetInt64(), TimeSpan.Zero);
    }
}
