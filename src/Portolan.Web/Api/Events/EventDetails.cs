using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Portolan.Collect.Pipeline;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Aql;
using Portolan.Store.Columns;

namespace Portolan.Web.Api.Events;

/// <summary>
/// Everything about one event: what is stored of it, its bytes, how they become fields with today's content, and who, what and may, as it was stamped and as
/// it is known today. Any thread.
/// </summary>
public sealed class EventDetails
{
    static readonly Field[] Shown = [.. Fields.All.Where(f => f.In.HasFlag(Database.Events) && f != Fields.Payload && f.Kind != FieldKind.Bytes)];

    readonly EngineView _engine;
    readonly AqlProjection _fields;
    readonly Lock _parsing = new();
    LineParser? _parser;

    public EventDetails(EngineView engine)
    {
        _engine = engine;
        _fields = engine.Searches.CompileColumns(string.Join(", ", Shown.Select(f => f.Name)));
    }

    /// <summary>The event as JSON; null when no such event is stored (any more).</summary>
    /// <param name="knowledge">With what is known today of both ends besides the row itself.</param>
    public JsonObject? Find(EventId id, bool knowledge = true)
    {
        using var snapshot = _engine.Blocks.Snapshot(Database.Events, long.MinValue, long.MaxValue);
        foreach (var block in snapshot.Blocks)
        {
            if (Row(block, id) is var row and >= 0) return Detail(id, block, row, knowledge);
        }
        return null;
    }

    static int Row(IBlock block, EventId id)
    {
        if (!block.MayHoldNumber(Fields.Sequence, id.Sequence, id.Sequence) || !block.MayHoldNumber(Fields.Epoch, id.Epoch, id.Epoch)) return -1;
        long[]? sequence = block.Numbers(Fields.Sequence)?.Values;
        if (sequence == null) return -1;
        for (int row = Array.IndexOf(sequence, id.Sequence); row >= 0; row = Array.IndexOf(sequence, id.Sequence, row + 1))
        {
            if (Number(block, Fields.Epoch, row) == id.Epoch && Number(block, Fields.HostId, row) == id.Host && Number(block, Fields.RecordIndex, row) == id.Index) return row;
        }
        return -1;
    }

    static long Number(IBlock block, Field field, int row) => block.Numbers(field)?.Values[row] ?? 0;

    static Address AddressOf(IBlock block, Field field, int row) => block.Addresses(field) is { } column ? column[row] : default;

    static string? Text(TextColumn? column, int row)
    {
        if (column == null || column.Codes[row] is var code && code < 0) return null;
        int start = code == 0 ? 0 : column.Ends[code - 1];
        return Encoding.UTF8.GetString(column.Bytes, start, column.Ends[code] - start);
    }

    JsonObject Detail(EventId id, IBlock block, int row, bool knowledge)
    {
        long time = Number(block, Fields.StartTime, row), minute = time / 60_000_000 * 60_000;
        byte[] raw = [];
        block.Payloads([row], (_, payload) => raw = payload.ToArray());
        var values = _fields.Rows(block, [row])[0];
        var fields = new JsonObject();
        for (int i = 0; i < Shown.Length; i++)
        {
            if (!IsAbsent(Shown[i], values[i])) fields[Shown[i].Name] = JsonValue.Create(values[i]);
        }
        var properties = new JsonObject();
        foreach (string name in block.Properties.Order(StringComparer.OrdinalIgnoreCase))
        {
            if (Text(block.Property(name), row) is { } value) properties[name] = value;
        }
        int domain = (int)Number(block, Fields.DomainId, row);
        var source = AddressOf(block, Fields.SourceIp, row);
        var destination = AddressOf(block, Fields.DestinationIp, row);
        return new()
        {
            ["id"] = id.ToString(),
            ["link"] = $"/event/{id}",
            ["aql"] = $"SELECT * FROM events WHERE epoch = {id.Epoch} AND sequence = {id.Sequence} AND recordindex = {id.Index} START {minute} STOP {minute + 60_000}",
            ["around"] = $"SELECT * FROM events WHERE logsourceid = {Number(block, Fields.LogSourceId, row)} START {minute - 60_000} STOP {minute + 120_000}",
            ["fields"] = fields,
            ["names"] = Names(block, row),
            ["properties"] = properties,
            ["raw"] = Convert.ToBase64String(raw),
            ["text"] = Utf8.IsValid(raw) ? Encoding.UTF8.GetString(raw) : null,
            ["today"] = Today(raw),
            ["source"] = End(block, row, domain, source, time, Fields.SourceUser, Fields.SourceAssetId, Fields.SourceNetworkId, knowledge),
            ["destination"] = End(block, row, domain, destination, time, Fields.DestinationUser, Fields.DestinationAssetId, Fields.DestinationNetworkId, knowledge),
            ["may"] = May(block, row, domain, source, destination, knowledge),
        };
    }

    // Some numbers mean something when they are 0.
    static bool IsAbsent(Field field, object? value) => value switch
    {
        null or false => true,
        long and 0 => field != Fields.Severity,
        "0.0.0.0" => field.Kind == FieldKind.Address || field == Fields.SourceAddress || field == Fields.DestinationAddress,
        "00:00:00:00:00:00" => field.Kind == FieldKind.Mac,
        _ => false,
    };

    JsonObject Names(IBlock block, int row)
    {
        var names = new JsonObject();
        foreach (var (key, kind, field) in ((string, CatalogKind, Field)[])[("event", CatalogKind.Qid, Fields.Qid), ("category", CatalogKind.Category, Fields.Category),
            ("highLevelCategory", CatalogKind.Category, Fields.HighLevelCategory), ("logSource", CatalogKind.LogSource, Fields.LogSourceId),
            ("logSourceType", CatalogKind.LogSourceType, Fields.DeviceType), ("protocol", CatalogKind.Protocol, Fields.ProtocolId)])
        {
            if (Number(block, field, row) is var number && number != 0 && _engine.Context.Names.Name(kind, number) is { } name) names[key] = name;
        }
        return names;
    }

    /// <summary>What the shipped and the person's content makes of the bytes now, and by which steps: as <c>portolan parse --explain</c>.</summary>
    JsonNode Today(byte[] raw)
    {
        var json = new ArrayBufferWriter<byte>();
        // A parser is for one thread, and large.
        lock (_parsing) (_parser ??= new(_engine.Types, zone: _engine.Zone)).Parse(raw, null, json, explain: true);
        var today = JsonNode.Parse(json.WrittenSpan, documentOptions: new() { AllowDuplicateProperties = true })!.AsObject();
        today.Remove("payload");
        today.Remove("payloadbase64");
        return today;
    }

    JsonObject? End(IBlock block, int row, int domain, Address address, long time, Field user, Field asset, Field network, bool knowledge)
    {
        if (address.IsAbsent) return null;
        var then = new JsonObject { ["user"] = Text(block.Texts(user), row) };
        if (Number(block, asset, row) is var assetId and not 0) then["assetId"] = assetId;
        if (_engine.Context.Networks.Name((int)Number(block, network, row)) is { } networkThen) then["network"] = networkThen;
        if (!knowledge) return new() { ["address"] = address.ToString(), ["then"] = then };
        var now = new JsonObject();
        if (_engine.Context.Users.TryAt(domain, address, time, out var at))
            (now["user"], now["since"], now["until"], now["by"]) = (at.User, at.Since / 1000, at.Until / 1000, at.Source);
        if (_engine.Context.Assets.TryAt(domain, address, time, out var known))
            (now["assetId"], now["host"], now["firstSeen"], now["lastSeen"]) = (known.Id, known.HostName, known.FirstSeen / 1000, known.LastSeen / 1000);
        if (_engine.Context.Networks.Name(_engine.Context.Networks.At(domain, address)) is { } networkNow) now["network"] = networkNow;
        return new() { ["address"] = address.ToString(), ["then"] = then, ["now"] = now };
    }

    JsonObject? May(IBlock block, int row, int domain, Address source, Address destination, bool knowledge)
    {
        if (source.IsAbsent || destination.IsAbsent) return null;
        var stamped = new JsonObject { ["verdict"] = Text(block.Texts(Fields.ContractVerdict), row), ["row"] = Text(block.Texts(Fields.ContractId), row) };
        if (!knowledge) return new() { ["then"] = stamped };
        int protocol = (int)Number(block, Fields.ProtocolId, row);
        var verdict = _engine.Contract.Check(domain, source, destination, (int)Number(block, Fields.DestinationPort, row), protocol, out string? contract);
        // Where it was not known who began, the connection was judged from its other end (ContractStage); so it is today.
        if (verdict == ContractVerdict.NotPermitted && (string?)stamped["verdict"] == "permitted"
            && _engine.Contract.Check(domain, destination, source, (int)Number(block, Fields.SourcePort, row), protocol, out string? reverse) == ContractVerdict.Permitted
            && reverse == (string?)stamped["row"])
        {
            (verdict, contract) = (ContractVerdict.Permitted, reverse);
        }
        return new()
        {
            ["then"] = stamped,
            ["now"] = new JsonObject
            {
                ["verdict"] = verdict switch { ContractVerdict.Permitted => "permitted", ContractVerdict.NotPermitted => "not permitted", _ => "not declared" },
                ["row"] = contract,
            },
        };
    }
}
