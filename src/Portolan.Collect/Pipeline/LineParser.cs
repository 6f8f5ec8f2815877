using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Portolan.Collect.LogSources;
using Portolan.Formats.Syslog;
using Portolan.Model;

namespace Portolan.Collect.Pipeline;

/// <summary>
/// What <c>portolan parse</c> does: one line, judged alone, to one flat JSON object. Keys are those of <see cref="Fields"/> without what
/// only receiving and storing give (starttime, endtime, sendingip, log source id), then sourcetype, eventname, parsestatus, payload (or
/// payloadbase64) and properties. One thread.
/// </summary>
public sealed class LineParser
{
    static readonly HashSet<Field> Always = [Fields.Qid, Fields.Category, Fields.Severity];
    static readonly HashSet<Field> Never = [Fields.StartTime, Fields.EndTime, Fields.SendingIp, Fields.LogSourceId, Fields.HostId,
        Fields.ParseStatus];

    readonly SourceTypes _types;
    readonly TimeProvider _clock;
    readonly Normalizer _normalizer;
    readonly EventBatch _batch = new(64 * 1024);
    SourceType? _hint;

    /// <param name="clock">Completes dates without a year.</param>
    /// <param name="zone">Of lines that name none; UTC when null.</param>
    public LineParser(SourceTypes types, TimeProvider? clock = null, DeviceZone? zone = null)
    {
        (_types, _clock) = (types, clock ?? TimeProvider.System);
        _normalizer = new(types, new LogSourceRegistry(new Ledger()), zone) { Remember = false, Named = _ => _hint };
    }

    /// <summary>Parses one line, without its line end, and writes its JSON object, without one.</summary>
    /// <param name="hint">The type that the line is; null to recognise it.</param>
    /// <param name="explain">Adds the key <c>explain</c>: the steps that led to each field.</param>
    /// <returns>How far the line was understood; a parser that throws gives <see cref="ParseStatus.Failed"/>.</returns>
    public ParseStatus Parse(ReadOnlySpan<byte> line, SourceType? hint, IBufferWriter<byte> to, bool explain = false)
    {
        var explanation = explain ? new Explanation(_types.Properties) : null;
        var status = Normalize(line, hint, explanation);
        using var json = new Utf8JsonWriter(to, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        foreach (var field in Fields.All)
        {
            if (field.Origin == Origin.Stored && _batch.Has(field) && !Never.Contains(field)) Write(json, field);
        }
        json.WriteString("sourcetype", _normalizer.Type?.Id ?? SourceType.GenericId);
        if (EventName() is { } name) json.WriteString("eventname", name);
        json.WriteString("parsestatus", status.Utf8());
        if (Utf8.IsValid(line)) json.WriteString("payload", line);
        else json.WriteBase64String("payloadbase64", line);
        if (_batch.Properties.Length > 0)
        {
            json.WriteStartObject("properties");
            foreach (var property in _batch.Properties)
                json.WriteString(_types.Properties.Name(property.Property), _batch.Span(property.Value));
            json.WriteEndObject();
        }
        if (explanation != null)
        {
            json.WriteStartArray("explain");
            foreach (var step in explanation.Steps) json.WriteStringValue($"{step.Subject}: {step.What}");
            json.WriteEndArray();
        }
        json.WriteEndObject();
        return status;
    }

    /// <summary>The same judgement without the object: what <c>portolan sources test</c> shows of a line.</summary>
    /// <returns>The type it was taken for, how far it was understood, and the event's name in the QID map; null when it has none.</returns>
    public (SourceType? Type, ParseStatus Status, string? EventName) Judge(ReadOnlySpan<byte> line, SourceType? hint)
    {
        var status = Normalize(line, hint, null);
        return (_normalizer.Type, status, EventName());
    }

    string? EventName() => _types.Qids.Records.TryGetValue((int)_batch.Numbers(Fields.Qid)[0], out var record) ? record.Name : null;

    ParseStatus Normalize(ReadOnlySpan<byte> line, SourceType? hint, Explanation? explanation)
    {
        (_hint, _normalizer.Explain) = (hint, explanation);
        _batch.Clear();
        _batch.Payload[0] = _batch.Append(line);
        _batch.Count = 1;
        _batch.Listener[0] = Endpoints.ImportListener;
        _batch.Origin[0] = hint == null ? 0u : 1u;
        _batch.Numbers(Fields.StartTime)[0] = (_clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        try
        {
            _normalizer.Process(_batch, 0, 1);
        }
        catch (Exception e)
        {
            // The pipeline's rule for a stage that throws, for this one line: it is kept raw and says failed.
            _batch.ClearRowsFrom(0);
            _batch.Status[0] = ParseStatus.Failed;
            explanation?.Say("failed", e.Message);
        }
        return _batch.Status[0];
    }

    void Write(Utf8JsonWriter json, Field field)
    {
        switch (field.Kind)
        {
            case FieldKind.Address:
                var address = _batch.Addresses(field)[0];
                if (address.IsAbsent) break;
                Span<byte> text = stackalloc byte[Address.MaxText];
                address.TryFormat(text, out int length);
                json.WriteString(field.Name, text[..length]);
                break;
            case FieldKind.Text:
                var slice = _batch.Texts(field)[0];
                if (!slice.IsNull) json.WriteString(field.Name, _batch.Span(slice));
                break;
            default:
                long number = _batch.Numbers(field)[0];
                if (number == 0 && !Always.Contains(field)) break;
                if (field.Kind == FieldKind.Flag) json.WriteBoolean(field.Name, true);
                else if (field.Kind == FieldKind.Mac) json.WriteString(field.Name, Mac(number));
                else json.WriteNumber(field.Name, field.Kind == FieldKind.Time ? number / 1000 : number);
                break;
        }
    }

    static string Mac(long mac) => string.Join(':', Enumerable.Range(0, 6).Select(i => ((mac >> (40 - 8 * i)) & 0xff).ToString("x2")));
}
