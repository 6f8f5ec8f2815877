using System.Runtime.CompilerServices;
using Portolan.Collect.LogSources;
using Portolan.Collect.Qid;
using Portolan.Formats;
using Portolan.Formats.Syslog;
using Portolan.Formats.Text;
using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Collect.Pipeline;

/// <summary>
/// The first stage: from the raw bytes of a row to its normalized columns. The reader has set Payload, Sequence, Index, Listener, Origin,
/// StartTime and SendingIp; this fills the rest of what the message itself and its source type say. Nothing is allocated per event once
/// the types are warm. One thread; the types it works with are its own (what it learns of key names is kept in them).
/// </summary>
public sealed class Normalizer : IStage
{
    const int DefaultRelevance = 5, DefaultCredibility = 5;

    readonly SourceTypes _types;
    readonly LogSourceRegistry _sources;
    readonly DeviceZone _zone;
    readonly RawValues _raw = new();
    readonly PairList _pairs = new();
    readonly Capture[] _captures = new Capture[SourceType.MostCaptures];
    readonly RowWriter _row;
    readonly byte[] _magnitudes = new byte[11];
    readonly Slice[] _confidences = new Slice[ConfidenceNames.Length];

    // The place of a mapped event's id in the batch at hand, found once per call.
    readonly Slice[] _eventIds;
    readonly int[] _eventRounds;
    int _round;

    /// <param name="zone">Of devices that write none; UTC when null.</param>
    public Normalizer(SourceTypes types, LogSourceRegistry sources, DeviceZone? zone = null)
    {
        (_types, _sources, _zone) = (types, sources, zone ?? DeviceZone.Utc);
        _row = new(types.Properties);
        _eventIds = new Slice[types.Qids.EventCount];
        _eventRounds = new int[types.Qids.EventCount];
        for (int severity = 0; severity <= 10; severity++)
            _magnitudes[severity] = (byte)MagnitudeOf(DefaultRelevance, severity, DefaultCredibility);
    }

    public string Name => "normalize";

    /// <summary>Whether a sender's last type is asked first and wins ties; off where each line is judged alone.</summary>
    public bool Remember { get; init; } = true;

    /// <summary>The source type that whoever started an import named for it, by the record's origin; null where the type is to be
    /// recognised.</summary>
    public Func<uint, SourceType?>? Named { get; init; }

    /// <summary>Told how each row came about; null in the stream.</summary>
    public Explanation? Explain
    {
        get => _row.Explain;
        set => _row.Explain = value;
    }

    /// <summary>The type of the row processed last; null when none claimed it.</summary>
    internal SourceType? Type { get; private set; }

    /// <summary>Properties that found no room in their row since the start.</summary>
    public long PropertiesLeftOut => _row.PropertiesLeftOut;

    /// <summary>The weighted mean of relevance 50 %, severity 30 % and credibility 20 %, rounded.</summary>
    public static int MagnitudeOf(int relevance, int severity, int credibility) =>
        (5 * relevance + 3 * severity + 2 * credibility + 5) / 10;

    public void Process(EventBatch batch, int from, int to)
    {
        _round++;
        for (int i = 0; i < _confidences.Length; i++) _confidences[i] = batch.Constant(ConfidenceNames[i]);
        for (int row = from; row < to; row++) Row(batch, row);
    }

    void Row(EventBatch batch, int row)
    {
        var payload = batch.Payload[row];
        var message = batch.Span(payload);
        long receipt = batch.Numbers(Fields.StartTime)[row];
        SyslogHeader.Parse(message, out var header);

        var host = header.HostName.Of(message);
        var source = _sources.Find(batch.Listener[row], batch.Addresses(Fields.SendingIp)[row], host, receipt);
        var recognizable = new Recognizable(header.Body.Of(message), header.Application.Of(message), header.MessageId.Of(message),
            header.StructuredData.Of(message));
        var type = batch.Origin[row] is not 0 and var origin ? Named?.Invoke(origin) : null;
        if (type == null)
        {
            var rule = _types.Recognizer.Recognize(recognizable, Remember ? source.Type : null);
            type = rule?.Type;
            // What we say of ourselves nobody else can say; a person may import what we once said.
            if (type?.Id == SourceTypes.OwnId && batch.Listener[row] is not (Endpoints.OwnListener or Endpoints.ImportListener)) type = null;
            if (type != null && Remember) source.Recognized(type);
            Explain?.Say("source type", type == null ? "no rule fits" : $"{type.Id}, certainty {rule!.Certainty}");
        }
        else Explain?.Say("source type", $"{type.Id}, named by the caller");
        Type = type;

        _row.Begin(batch, row);
        var time = DeviceTime.Resolve(header.Time, receipt, _zone);
        if (type != null) Typed(batch, row, payload, header, type, receipt, ref time);
        else Untyped(batch, row);

        Header(batch, row, payload, header);
        if (time.Confidence != TimeConfidence.None)
        {
            batch.Numbers(Fields.DeviceTime)[row] = time.Micros;
            batch.Numbers(Fields.DeviceTimeOffset)[row] = time.OffsetMinutes;
            // An import's receipt says nothing of the device's clock, but its time says since when the source has been there.
            if (batch.Listener[row] == Endpoints.ImportListener) source.Happened(time.Micros);
            else if (time.Confidence == TimeConfidence.Exact && receipt > 0) source.Clock(time.Micros, receipt);
        }
        batch.Texts(Fields.DeviceTimeConfidence)[row] = _confidences[(int)time.Confidence];
        batch.Numbers(Fields.LogSourceId)[row] = source.Id;
        // A believed host stands in the message already.
        batch.Texts(Fields.LogSourceIdentifier)[row] = source.Host.Length > 0 && source.Host.Length == host.Length
            && source.Host != LogSourceRegistry.OverflowHost
            ? new(payload.Start + header.HostName.Start, header.HostName.Length)
            : batch.Constant(source.Identifier);
    }

    static readonly string[] ConfidenceNames = ["none", "exact", "zone-inferred", "year-inferred"];

    void Header(EventBatch batch, int row, Slice payload, in SyslogHeader header)
    {
        Text(Fields.HostName, header.HostName);
        Text(Fields.Application, header.Application);
        Text(Fields.ProcessId, header.ProcessId);

        void Text(Field field, ByteRange range)
        {
            // What the type read of the body goes before.
            ref var cell = ref batch.Texts(field)[row];
            if (range.Length > 0 && cell.IsNull) cell = new(payload.Start + range.Start, range.Length);
        }
    }

    void Untyped(EventBatch batch, int row)
    {
        batch.Status[row] = ParseStatus.Unparsed;
        batch.Numbers(Fields.IsUnparsed)[row] = 1;
        batch.Numbers(Fields.DeviceType)[row] = SourceType.GenericDeviceType;
        Event(batch, row, QidRecord.Unknown);
    }

    void Typed(EventBatch batch, int row, Slice payload, in SyslogHeader header, SourceType type, long receipt, ref DeviceTime time)
    {
        var body = new Slice(payload.Start + header.Body.Start, header.Body.Length);
        type.Probe?.Invoke(batch.Span(body));
        batch.Numbers(Fields.DeviceType)[row] = type.DeviceType;
        _raw.Begin(type.Names.Count);
        PutHeader(RawNames.Application, header.Application);
        PutHeader(RawNames.HostName, header.HostName);
        PutHeader(RawNames.ProcessId, header.ProcessId);
        PutHeader(RawNames.MessageId, header.MessageId);

        bool fits = true;
        var text = body;
        if (type.Lead is { } lead) fits = Lead(batch, type, lead, body, ref text);
        if (fits && type.Pairs is { } reader)
        {
            if (reader.Kind == "structured-data") text = new(payload.Start + header.StructuredData.Start, header.StructuredData.Length);
            fits = reader.Read(type, batch, text, _pairs, _raw, _row, _types.Properties);
            Explain?.Say("syntax", fits ? $"{reader.Kind}, {_pairs.Count} values" : $"not {reader.Kind}");
        }
        var message = fits ? FindMessage(batch, type, text) : null;
        if (message == null && type.Messages.All.Count > 0 && type.Event == null) fits = false;
        var mapped = Mapped(batch, type, message, row);
        bool parsed = fits && mapped != null && (message != null || type.Pairs != null || type.Messages.All.Count == 0);
        batch.Status[row] = parsed ? ParseStatus.Parsed : ParseStatus.Partial;

        for (int i = 0; i < _raw.Count; i++)
        {
            int slot = _raw.Found(i);
            var actions = message?.Actions is { } own && slot < own.Length && own[slot] is { } mine ? mine : type.Actions[slot];
            if (actions.Length == 0) continue;
            Explain?.From(type.Names.Name(slot));
            _row.Write(actions, _raw[slot], type.Absent);
        }
        if (message is { Set.Length: > 0 }) _row.Set(message.Set, _raw);
        if (type.Set.Length > 0) _row.Set(type.Set, _raw);
        if (Holds(batch, message?.Swap) || Holds(batch, type.Swap)) _row.Swap();

        foreach (var format in type.Time)
        {
            if (!format.TryRead(_raw, batch.Bytes, receipt, _zone, out var found)) continue;
            time = found;
            break;
        }
        Event(batch, row, mapped?.Record ?? type.Unknown);
        if (message is { DirectionUnknown: true }) batch.DirectionUnknown[row] = true;
        if (message is { Login: not LoginKind.None }) Login(batch, row, message.Login);
        else if (type.Logins != null && batch.Texts(Fields.QidEventId)[row] is { Length: > 0 } id
            && type.Logins.TryFind(batch.Span(id), out var kind)) Login(batch, row, kind);

        void PutHeader(int slot, ByteRange range)
        {
            if (range.Length > 0) _raw.Put(slot, new(payload.Start + range.Start, range.Length));
        }
    }

    bool Lead(EventBatch batch, SourceType type, MessagePattern lead, Slice body, ref Slice text)
    {
        if (!lead.TryMatch(batch.Span(body), _captures, out int count))
        {
            Explain?.Say("lead", "does not fit");
            return false;
        }
        Put(_captures.AsSpan(0, count), type.LeadSlots, body);
        if (type.Names.TryFind("text"u8, out int slot) && _raw[slot] is { IsNull: false } rest) text = rest;
        Explain?.Say("lead", lead.Text);
        return true;
    }

    void Put(ReadOnlySpan<Capture> captures, int[] slots, Slice text)
    {
        foreach (var c in captures) _raw.Put(slots[c.Name], new(text.Start + c.Start, c.Length));
    }

    Message? FindMessage(EventBatch batch, SourceType type, Slice text)
    {
        var bytes = batch.Span(text);
        foreach (var step in type.Messages.Candidates(_raw, batch.Bytes))
        {
            Message? found;
            if (step.Set is { } set)
            {
                if (!set.TryMatch(bytes, _captures, out int pattern, out int count)) continue;
                found = step.Owners[pattern];
                Put(_captures.AsSpan(0, count), step.Slots, text);
                Explain?.Say("message", $"{set[pattern].Text} (line {found.Line})");
            }
            else
            {
                found = step.Single!;
                if (!Fits(batch, found, text)) continue;
                Explain?.Say("message", $"line {found.Line}");
            }
            if (found.Pairs is { } reader)
            {
                var rest = found.Rest < 0 ? text : _raw[found.Rest];
                if (!rest.IsNull) reader.Read(type, batch, rest, _pairs, _raw, _row, _types.Properties);
            }
            return found;
        }
        return null;
    }

    bool Fits(EventBatch batch, Message m, Slice text)
    {
        foreach (var condition in m.When)
        {
            if (!Holds(batch, condition)) return false;
        }
        if (m.Applications != null && (_raw[RawNames.Application] is not { Length: > 0 } application
            || !m.Applications.TryFind(batch.Span(application), out _))) return false;
        if (m.Patterns.Length == 0) return true;
        if (m.Of >= 0) text = _raw[m.Of];
        if (text.IsNull) return false;
        for (int i = 0; i < m.Patterns.Length; i++)
        {
            if (!m.Patterns[i].TryMatch(batch.Span(text), _captures, out int count)) continue;
            Put(_captures.AsSpan(0, count), m.CaptureSlots[i], text);
            return true;
        }
        return false;
    }

    bool Holds(EventBatch batch, SlotCondition? condition) =>
        condition != null && _raw[condition.Slot] is { IsNull: false } value && condition.Holds(batch.Span(value));

    /// <summary>The device's event id and category into their columns, and what the QID map says of them.</summary>
    [SkipLocalsInit]
    MappedEvent? Mapped(EventBatch batch, SourceType type, Message? message, int row)
    {
        MappedEvent? mapped;
        if (message?.Fixed is { } f)
        {
            mapped = f;
            batch.Texts(Fields.QidEventId)[row] = EventId(batch, f);
            if (f.EventCategory.Length > 0) batch.Texts(Fields.QidEventCategory)[row] = batch.Constant(f.EventCategory);
        }
        else
        {
            Span<byte> id = stackalloc byte[256], category = stackalloc byte[256];
            int categoryLength = 0;
            if ((message?.Event ?? type.Event) is not { } idTemplate || !idTemplate.TryWrite(_raw, batch.Bytes, id, out int length))
                return null;
            if ((message?.Category ?? type.Category) is { } categoryTemplate
                && !categoryTemplate.TryWrite(_raw, batch.Bytes, category, out categoryLength)) categoryLength = 0;
            mapped = type.Events.Find(id[..length], category[..categoryLength]);
            batch.Texts(Fields.QidEventId)[row] = mapped != null ? EventId(batch, mapped) : batch.Append(id[..length]);
            if (categoryLength > 0)
                batch.Texts(Fields.QidEventCategory)[row] = mapped is { EventCategory.Length: > 0 } ? batch.Constant(mapped.EventCategory)
                    : batch.Append(category[..categoryLength]);
        }
        Explain?.Say("event", mapped == null ? $"not in qidmap/{type.Id}.csv"
            : $"{mapped.EventId} → {mapped.Record.Qid} {mapped.Record.Name}");
        return mapped;
    }

    Slice EventId(EventBatch batch, MappedEvent e)
    {
        if (_eventRounds[e.Number] == _round) return _eventIds[e.Number];
        _eventRounds[e.Number] = _round;
        return _eventIds[e.Number] = batch.Constant(e.EventId);
    }

    void Event(EventBatch batch, int row, QidRecord record)
    {
        batch.Numbers(Fields.Qid)[row] = record.Qid;
        batch.Numbers(Fields.Category)[row] = record.Category;
        batch.Numbers(Fields.HighLevelCategory)[row] = record.HighCategory;
        ref long severity = ref batch.Numbers(Fields.Severity)[row];
        if (severity == 0) severity = record.Severity;
        batch.Numbers(Fields.Relevance)[row] = DefaultRelevance;
        batch.Numbers(Fields.Credibility)[row] = DefaultCredibility;
        batch.Numbers(Fields.Magnitude)[row] = _magnitudes[severity];
        ref long count = ref batch.Numbers(Fields.EventCount)[row];
        if (count == 0) count = 1;
        batch.Login[row] = LoginKind.None;
        batch.DirectionUnknown[row] = false;
    }

    static void Login(EventBatch batch, int row, LoginKind kind)
    {
        batch.Login[row] = kind;
        if (kind == LoginKind.Failed) return;
        ref var identity = ref batch.Addresses(Fields.IdentityIp)[row];
        if (identity.IsAbsent) identity = batch.Addresses(Fields.SourceIp)[row];
        if (!identity.IsAbsent && batch.Texts(Fields.UserName)[row].Length > 0) batch.Numbers(Fields.HasIdentity)[row] = 1;
    }
}
