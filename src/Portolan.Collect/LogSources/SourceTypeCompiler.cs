using System.Text;
using Portolan.Collect.Qid;
using Portolan.Formats.Text;
using Portolan.Model;

namespace Portolan.Collect.LogSources;

/// <summary>Turns a declared source type into its compiled form; what does not fit becomes faults.</summary>
sealed class SourceTypeCompiler(SourceDefinition source, QidMap qids, PropertyCatalogue properties, List<ContentFault> faults,
    int firstRule)
{
    /// <summary>Fields that a source may fill, and how their values are read.</summary>
    static readonly Dictionary<string, (Field Field, ValueTarget Target)> Fillable = new (Field, ValueTarget)[]
    {
        (Fields.SourceIp, ValueTarget.Address), (Fields.SourcePort, ValueTarget.Port), (Fields.SourceMac, ValueTarget.Mac),
        (Fields.DestinationIp, ValueTarget.Address), (Fields.DestinationPort, ValueTarget.Port), (Fields.DestinationMac, ValueTarget.Mac),
        (Fields.PreNatSourceIp, ValueTarget.Address), (Fields.PreNatSourcePort, ValueTarget.Port),
        (Fields.PreNatDestinationIp, ValueTarget.Address), (Fields.PreNatDestinationPort, ValueTarget.Port),
        (Fields.PostNatSourceIp, ValueTarget.Address), (Fields.PostNatSourcePort, ValueTarget.Port),
        (Fields.PostNatDestinationIp, ValueTarget.Address), (Fields.PostNatDestinationPort, ValueTarget.Port),
        (Fields.ProtocolId, ValueTarget.Protocol), (Fields.UserName, ValueTarget.UserName), (Fields.IdentityIp, ValueTarget.Address),
        (Fields.IdentityHostName, ValueTarget.Text), (Fields.HasIdentity, ValueTarget.Flag), (Fields.Duration, ValueTarget.Number),
        (Fields.EventCount, ValueTarget.Number), (Fields.Severity, ValueTarget.Severity), (Fields.HostName, ValueTarget.Text),
        (Fields.Application, ValueTarget.Text), (Fields.ProcessId, ValueTarget.Text),
    }.ToDictionary(f => f.Item1.Name);

    /// <summary>What the standard keys of a syntax mean where the type says nothing else (IBM LEEF guide, ArcSight CEF
    /// dictionary).</summary>
    static readonly Dictionary<string, Dictionary<string, string>> StandardKeys = new()
    {
        ["leef"] = Pairs("src=sourceip dst=destinationip srcPort=sourceport dstPort=destinationport proto=protocolid usrName=username srcMAC=sourcemac "
            + "dstMAC=destinationmac srcPreNAT=prenatsourceip dstPreNAT=prenatdestinationip srcPostNAT=postnatsourceip dstPostNAT=postnatdestinationip "
            + "srcPreNATPort=prenatsourceport dstPreNATPort=prenatdestinationport srcPostNATPort=postnatsourceport dstPostNATPort=postnatdestinationport "
            + "identSrc=identityip identHostName=identityhostname"),
        ["cef"] = Pairs("src=sourceip dst=destinationip spt=sourceport dpt=destinationport proto=protocolid suser=username duser=username smac=sourcemac "
            + "dmac=destinationmac c6a2=sourceip c6a3=destinationip sourceTranslatedAddress=postnatsourceip destinationTranslatedAddress=postnatdestinationip "
            + "sourceTranslatedPort=postnatsourceport destinationTranslatedPort=postnatdestinationport cnt=eventcount"),
    };

    readonly RawNames _names = new();
    readonly HashSet<string> _properties = new(StringComparer.OrdinalIgnoreCase);
    readonly HashSet<int> _captured = [];

    static Dictionary<string, string> Pairs(string text) => text.Split(' ').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]);

    public (SourceType Type, List<Recognition> Rules) Compile()
    {
        var lead = source.Lead is { } l ? Pattern(l.Text.Contains("{text") ? l : l with { Text = l.Text + "{text:rest}" }) : null;
        var events = qids.Events(source.Id);
        var leadSlots = Slots(lead);
        _captured.Remove(_names.Slot("text"));
        var type = new SourceType(source.Id, source.Name, source.DeviceType, qids.UnknownOf(source.Name, source.DeviceType))
        {
            Setup = source.Setup,
            Events = events,
            Names = _names,
            Lead = lead,
            LeadSlots = leadSlots,
            Pairs = Reader(source.Syntax),
            DropOthers = source.DropOthers,
            Event = Template(source.Event),
            Category = Template(source.Category),
            Set = Sets(source.Set),
            Swap = Condition(source.Swap),
            Time = [.. source.Time.Select(Time)],
            Absent = source.Absent.Count == 0 ? null : Table(source.Absent),
            Logins = Logins(),
            Messages = new([.. source.Messages.Select(m => Message(m, events))], _names),
        };
        foreach (var (name, entry) in source.Map) _names.Slot(name);
        foreach (var kind in source.Messages.Select(m => m.Syntax).Append(source.Syntax).SelectMany(s => s?.All ?? [])
            .Select(s => s.Kind).Where(StandardKeys.ContainsKey))
        {
            foreach (string key in StandardKeys[kind].Keys) _names.Slot(key);
        }
        Actions(type);
        CheckEvents(events);
        if (_properties.Count > Pipeline.RowWriter.MostPropertiesPerType)
            Fault(1, $"{_properties.Count} properties: a type may have {Pipeline.RowWriter.MostPropertiesPerType}");
        int order = firstRule;
        return (type, [.. source.Recognize.Select(r => Rule(type, r, order++))]);
    }

    void Fault(long line, string what) => faults.Add(new(source.File, line, what));

    // What becomes of each raw value: the type's map, else the syntax's standard, else (captures and columns) the field or property of
    // that name.
    void Actions(SourceType type)
    {
        var standard = source.Syntax?.All.Select(s => StandardKeys.GetValueOrDefault(s.Kind)).FirstOrDefault(k => k != null);
        for (int i = 0; i < source.Messages.Count; i++)
        {
            var declared = source.Messages[i];
            if (standard == null && declared.Syntax is { } inner) standard = StandardKeys.GetValueOrDefault(inner.Kind);
            if (declared.Map.Count == 0) continue;
            foreach (string name in declared.Map.Keys) _names.Slot(name);
            var actions = new ValueAction[]?[_names.Count];
            foreach (var (name, entry) in declared.Map) actions[_names.Slot(name)] = Map(name, entry);
            type.Messages.All[i].Actions = actions;
        }
        var all = new ValueAction[_names.Count][];
        for (int slot = 0; slot < all.Length; slot++)
        {
            string name = _names.Name(slot);
            if (source.Map.TryGetValue(name, out var entry)) all[slot] = Map(name, entry);
            else if (standard != null && standard.TryGetValue(name, out string? field)) all[slot] = [Action(field, 1, null)!];
            else if (_captured.Contains(slot)) all[slot] = Action(name, 1, null) is { } action ? [action] : [];
            else all[slot] = [];
        }
        type.Actions = all;
    }

    ValueAction[] Map(string name, MapEntry entry)
    {
        BytesTable<string>? values = null;
        foreach (var (from, to) in (entry.Values ?? new Dictionary<string, string>()).Where(v => v.Key != "*"))
            (values ??= new()).Add(from, to);
        string? otherwise = entry.Values?.GetValueOrDefault("*");
        if (otherwise != null) values ??= new();
        var transform = Enum.TryParse(entry.As, true, out Transform t) ? t : Transform.None;
        return [.. entry.To.Select(to => Action(to, entry.Line, name)).OfType<ValueAction>().Select(a =>
            a with { Values = values, Otherwise = otherwise, Transform = transform })];
    }

    /// <summary>The action that fills a field, or the property of that name.</summary>
    ValueAction? Action(string to, long line, string? from)
    {
        if (Fillable.TryGetValue(to, out var field)) return new(field.Target, field.Field, -1, Transform.None, null, null);
        if (Fields.TryFind(to, out var other))
        {
            // A message may capture what Portolan itself fills (category, eventid): then it is a raw value for templates and conditions
            // only.
            if (from != null)
                Fault(line, $"{from}: {to} is a field of Portolan's own: a source cannot fill it, and a property needs another name" + DidYouMean(to));
            return null;
        }
        string plain = new string([.. to.Where(c => c is not ('_' or '-' or ' '))]).ToLowerInvariant();
        if (Fillable.ContainsKey(plain))
        {
            Fault(line, $"property \"{to}\" looks like the field {plain}: write {plain}, or map it to another name");
            return null;
        }
        if (!properties.TryAdd(to, out int id))
        {
            Fault(line, $"property \"{to}\": there are already {PropertyCatalogue.Most} properties");
            return null;
        }
        _properties.Add(to);
        return new(ValueTarget.Property, null, id, Transform.None, null, null);
    }

    static string DidYouMean(string name) => Nearest.To(name, Fillable.Keys.Where(k => k != name), 1) is [var near]
        ? $": did you mean {near}?" : "";

    MessagePattern? Pattern(Located text)
    {
        // Text after a pattern's end does not matter, unless the pattern says itself what becomes of the rest.
        if (MessagePattern.TryCompile(text.Text + "{_:rest}", out var pattern, out _)) return pattern;
        if (MessagePattern.TryCompile(text.Text, out pattern, out string fault)) return pattern;
        Fault(text.Line, $"pattern: {fault}");
        return null;
    }

    int[] Slots(MessagePattern? pattern)
    {
        if (pattern == null) return [];
        if (pattern.MaxCaptures > SourceType.MostCaptures)
            Fault(1, $"pattern \"{pattern.Text}\": at most {SourceType.MostCaptures} captures");
        int[] slots = [.. pattern.Names.Select(_names.Slot)];
        foreach (int slot in slots) _captured.Add(slot);
        return slots;
    }

    PairReader? Reader(SyntaxDefinition? syntax)
    {
        if (syntax == null) return null;
        foreach (string? option in (string?[])[syntax.Separator, syntax.EqualsSign])
        {
            if (option is not null && (option.Length != 1 || option[0] > 127))
            {
                Fault(syntax.Line, "separator and equals are one ASCII character");
                return null;
            }
        }
        foreach (string name in syntax.All.SelectMany(s => s.Columns.Values).SelectMany(c => c).OfType<string>())
            _captured.Add(_names.Slot(name));
        return new(syntax, _names);
    }

    Template? Template(Located? text)
    {
        if (text is not { } t) return null;
        var template = new Template(t.Text, _names);
        if (template.Fault is { } fault) Fault(t.Line, fault);
        return template;
    }

    SetAction[] Sets(IReadOnlyList<SetEntry> entries)
    {
        var set = new List<SetAction>();
        foreach (var e in entries)
        {
            if (Action(e.To, e.Line, "set") is not { } to) continue;
            var from = e.From != null && Fillable.TryGetValue(e.From, out var f) ? f.Field : null;
            set.Add(new(to, e.Value, e.From != null && from == null ? _names.Slot(e.From) : -1, from));
        }
        return [.. set];
    }

    SlotCondition? Condition(Condition? c) => c == null ? null : new(_names.Slot(c.Name), Table(c.Values));

    TimeFormat Time(TimeRule rule)
    {
        var format = new TimeFormat(rule, _names);
        if (format.Fault is { } fault) Fault(rule.Line, fault);
        return format;
    }

    BytesTable<LoginKind>? Logins()
    {
        if (source.Logins.Count == 0) return null;
        var table = new BytesTable<LoginKind>();
        foreach (var (id, kind) in source.Logins) table.Add(id, kind);
        return table;
    }

    Message Message(MessageDefinition m, SourceEvents events)
    {
        var patterns = m.Patterns.Where(p => p.Text.Length > 0).Select(Pattern).OfType<MessagePattern>().ToArray();
        var (eventId, category) = (Template(m.Event ?? source.Event), Template(m.Category ?? source.Category));
        if (eventId == null) Fault(m.Line, "a message needs an event, or its type a template for all");
        MappedEvent? mapped = null;
        if (eventId?.Constant is { } id && (category == null || category.Constant != null))
        {
            mapped = events.Find(Encoding.UTF8.GetBytes(id), Encoding.UTF8.GetBytes(category?.Constant ?? ""));
            if (mapped == null) Fault(m.Event?.Line ?? m.Line, $"event \"{id}\" is not in qidmap/{source.Id}.csv" + NearEvent(id, events));
            // The looked-up row may stand for any category: what the message says is kept.
            else mapped = mapped with { EventCategory = category?.Constant ?? "" };
        }
        if (patterns.Length == 0 && m.When.Count == 0 && m.Application.Count == 0)
            Fault(m.Line, "a message needs a pattern or a condition");
        return new()
        {
            Line = m.Line,
            Fixed = mapped,
            Event = eventId,
            Category = category,
            Applications = m.Application.Count == 0 ? null : Table(m.Application),
            When = [.. m.When.Select(w => Condition(w)!)],
            Of = m.Of == null ? -1 : _names.Slot(m.Of),
            Patterns = patterns,
            CaptureSlots = [.. patterns.Select(p => Slots(p))],
            Pairs = Reader(m.Syntax),
            Rest = m.Rest == null ? -1 : RestSlot(m.Rest),
            Set = Sets(m.Set),
            Swap = Condition(m.Swap),
            DirectionUnknown = m.DirectionUnknown,
            Login = m.Login,
        };
    }

    // The text that is read further is no property of its own.
    int RestSlot(string name)
    {
        int slot = _names.Slot(name);
        _captured.Remove(slot);
        return slot;
    }

    static string NearEvent(string id, SourceEvents events) => Nearest.To(id, events.All.Select(e => e.EventId), 1) is [var near]
        ? $": did you mean {near}?" : "";

    void CheckEvents(SourceEvents events)
    {
        foreach (string id in source.Logins.Keys)
        {
            if (events.All.All(e => e.EventId != id))
                Fault(1, $"logins: event \"{id}\" is not in qidmap/{source.Id}.csv" + NearEvent(id, events));
        }
    }

    Recognition Rule(SourceType type, RecognizeRule r, int n) => new(type, r.Certainty, n)
    {
        Applications = Exact(r.Application),
        ApplicationStarts = Starts(r.Application),
        MessageIds = Exact(r.MessageId),
        MessageIdStarts = Starts(r.MessageId),
        StructuredData = Bytes(r.StructuredData),
        Prefixes = Bytes(r.Prefix),
        Contains = Bytes(r.Contains),
        Excludes = Bytes(r.Excludes),
        Patterns = [.. r.Pattern.Select(p => Pattern(new(p, r.Line))).OfType<MessagePattern>()],
        Syntax = r.Syntax,
        Vendors = Bytes(r.Vendor),
        Products = Bytes(r.Product),
        Columns = [.. r.Columns.Select(c => (c.Column, Bytes(c.Values)))],
    };

    static byte[][] Exact(IEnumerable<string> names) => Bytes(names.Where(n => !n.EndsWith('*')));
    static byte[][] Starts(IEnumerable<string> names) => [.. names.Where(n => n.EndsWith('*')).Select(n =>
        Encoding.UTF8.GetBytes(n[..^1]))];
    static byte[][] Bytes(IEnumerable<string> texts) => [.. texts.Where(t => t.Length > 0).Select(Encoding.UTF8.GetBytes)];

    static BytesTable<bool> Table(IEnumerable<string> values)
    {
        var table = new BytesTable<bool>();
        foreach (string value in values) table.Add(value, true);
        return table;
    }
}
