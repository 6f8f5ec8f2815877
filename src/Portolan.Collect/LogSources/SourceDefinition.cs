using Portolan.Model;
using YamlDotNet.RepresentationModel;

namespace Portolan.Collect.LogSources;

/// <summary>A source type as its file declares it (docs/source-types.md), before compilation.</summary>
sealed record SourceDefinition(
    string File,
    string Id,
    string Name,
    int DeviceType,
    IReadOnlyList<RecognizeRule> Recognize,
    Located? Lead,
    SyntaxDefinition? Syntax,
    Located? Event,
    Located? Category,
    IReadOnlyDictionary<string, MapEntry> Map,
    IReadOnlyList<SetEntry> Set,
    Condition? Swap,
    IReadOnlyList<TimeRule> Time,
    IReadOnlyList<string> Absent,
    bool DropOthers,
    IReadOnlyDictionary<string, LoginKind> Logins,
    IReadOnlyList<MessageDefinition> Messages,
    IReadOnlyList<SetupText> Setup);

/// <summary>A text with the line it stands on.</summary>
readonly record struct Located(string Text, long Line);

sealed record RecognizeRule(
    long Line,
    int Certainty,
    IReadOnlyList<string> Application,
    IReadOnlyList<string> MessageId,
    IReadOnlyList<string> StructuredData,
    IReadOnlyList<string> Prefix,
    IReadOnlyList<string> Contains,
    IReadOnlyList<string> Excludes,
    IReadOnlyList<string> Pattern,
    string? Syntax,
    IReadOnlyList<string> Vendor,
    IReadOnlyList<string> Product,
    IReadOnlyList<(int Column, IReadOnlyList<string> Values)> Columns);

/// <param name="Otherwise">The syntax to try where this one does not fit.</param>
/// <param name="Columns">Names of a delimited record by the value of column <paramref name="By"/> (from 1); key "" when there is one list
/// for all. A null name skips.</param>
sealed record SyntaxDefinition(
    long Line,
    string Kind,
    string? Separator,
    string? EqualsSign,
    int By,
    IReadOnlyDictionary<string, IReadOnlyList<string?>> Columns,
    SyntaxDefinition? Otherwise)
{
    /// <summary>This syntax and those after it.</summary>
    public IEnumerable<SyntaxDefinition> All
    {
        get
        {
            for (var s = this; s != null; s = s.Otherwise) yield return s;
        }
    }
}

/// <summary>What becomes of a raw value; no targets: nothing.</summary>
sealed record MapEntry(long Line, IReadOnlyList<string> To, string? As, IReadOnlyDictionary<string, string>? Values);

/// <param name="From">The field or raw name to copy; null for a constant.</param>
sealed record SetEntry(long Line, string To, string Value, string? From);

sealed record Condition(long Line, string Name, IReadOnlyList<string> Values);

sealed record TimeRule(long Line, IReadOnlyList<string> From, string Format, string? Zone);

sealed record MessageDefinition(
    long Line,
    Located? Event,
    Located? Category,
    IReadOnlyList<string> Application,
    IReadOnlyList<Condition> When,
    string? Of,
    IReadOnlyList<Located> Patterns,
    SyntaxDefinition? Syntax,
    string? Rest,
    IReadOnlyDictionary<string, MapEntry> Map,
    IReadOnlyList<SetEntry> Set,
    Condition? Swap,
    bool DirectionUnknown,
    LoginKind Login);

/// <summary>Reads <see cref="SourceDefinition"/> from YAML.</summary>
static class SourceDefinitionReader
{
    static readonly string[] Kinds = ["leef", "cef", "keyvalue", "json", "delimited", "structured-data"];
    public static readonly string[] Transforms = ["lower", "upper", "verbatim", "account", "host", "hex", "first", "trim"];

    /// <summary>The definition, or null when the file is no mapping; other mistakes only add faults.</summary>
    public static SourceDefinition? Read(string file, string text, List<ContentFault> faults)
    {
        var y = new YamlShape(file, faults);
        if (y.Root(text) is not { } root) return null;
        y.Keys(root, "id", "name", "devicetype", "recognize", "lead", "syntax", "separator", "equals", "columns", "event", "category",
            "map", "set", "swap", "time", "absent", "others", "logins", "messages", "setup");
        string id = y.Text(root, "id", true) ?? "";
        if (id.Length > 0 && id != Path.GetFileNameWithoutExtension(file))
            y.Fault(YamlShape.Get(root, "id"), $"id {id} must be the file's name");
        var rules = y.Maps(root, "recognize").Select(m => Rule(y, m)).ToList();
        if (rules.Count == 0) y.Fault(root, "recognize: at least one rule is needed");
        string? others = y.Text(root, "others");
        if (others is not (null or "drop" or "keep"))
            y.Fault(YamlShape.Get(root, "others"), $"others: drop or keep is expected, not \"{others}\"");
        return new(file, id, y.Text(root, "name", true) ?? "", y.Number(root, "devicetype", 1, 20_000), rules, Place(y, root, "lead"),
            Syntax(y, root),
            Place(y, root, "event"), Place(y, root, "category"), Map(y, root), Set(y, root), Swap(y, root),
                [.. y.Maps(root, "time").Select(m => Time(y, m))],
            y.Texts(root, "absent"), others == "drop", Logins(y, root), [.. y.Maps(root, "messages").Select(m => Message(y, m))], [.. y.Maps(root, "setup").SelectMany(m => Setup(y, m))]);
    }

    // One for each way: over is one of them, or each with what {over} stands for in the text.
    static IEnumerable<SetupText> Setup(YamlShape y, YamlMappingNode m)
    {
        y.Keys(m, "name", "file", "over", "ports", "text", "authority", "then", "note");
        (string Over, string Word)[] ways = YamlShape.Get(m, "over") is YamlMappingNode several ? [.. several.Children.Keys.Select(k => k.ToString()).Select(k => (k, y.Text(several, k, true) ?? ""))]
            : [(y.Text(m, "over", true) ?? "", "")];
        foreach (var (over, _) in ways)
            if (!SetupText.Transports.Contains(over)) y.Fault(YamlShape.Get(m, "over"), $"over: {string.Join(", ", SetupText.Transports)} are expected, not \"{over}\"");
        string[] ports = (y.Text(m, "ports") ?? "1-65535").Split('-');
        int least = 0, most = 0;
        if (ports.Length > 2 || !ushort.TryParse(ports[0], out ushort from) || !ushort.TryParse(ports[^1], out ushort to) || from > to)
            y.Fault(YamlShape.Get(m, "ports"), "ports: a port, or the first and the last with - between, are expected");
        else (least, most) = (from, to);
        SetupNote? note = null;
        if (y.Map(m, "note") is { } words)
        {
            y.Keys(words, "en", "ja");
            note = new(y.Text(words, "en", true) ?? "", y.Text(words, "ja", true) ?? "");
        }
        string name = y.Text(m, "name", true) ?? "", text = y.Text(m, "text", true) ?? "";
        return [.. ways.Select(w => new SetupText(name, y.Text(m, "file"), w.Over, (least, most), text.Replace("{over}", w.Word), y.Text(m, "authority"), y.Text(m, "then"), note))];
    }

    static Located? Place(YamlShape y, YamlMappingNode map, string key) =>
        y.Text(map, key) is { } text ? new(text, YamlShape.Get(map, key)!.Start.Line) : null;

    static RecognizeRule Rule(YamlShape y, YamlMappingNode m)
    {
        y.Keys(m, "certainty", "application", "messageid", "structureddata", "prefix", "contains", "excludes", "pattern", "syntax",
            "vendor", "product", "column");
        if (m.Children.Count < 2) y.Fault(m, "a rule needs a condition besides its certainty");
        string? syntax = y.Text(m, "syntax");
        if (syntax is not (null or "leef" or "cef" or "json"))
            y.Fault(YamlShape.Get(m, "syntax"), $"syntax: leef, cef or json is expected, not \"{syntax}\"");
        if (syntax is not ("leef" or "cef") && (YamlShape.Get(m, "vendor") ?? YamlShape.Get(m, "product")) is { } header)
            y.Fault(header, "vendor and product need syntax: leef or cef");
        var columns = new List<(int, IReadOnlyList<string>)>();
        foreach (var (key, node, value) in y.Entries(y.Map(m, "column")))
        {
            if (int.TryParse(key, out int n) && n is > 0 and <= 1000) columns.Add((n, y.Texts(value, "column")));
            else y.Fault(node, $"column: a number from 1 is expected, not \"{key}\"");
        }
        return new(m.Start.Line, y.Number(m, "certainty", 1, 100), y.Texts(m, "application"), y.Texts(m, "messageid"),
            y.Texts(m, "structureddata"),
            y.Texts(m, "prefix"), y.Texts(m, "contains"), y.Texts(m, "excludes"), y.Texts(m, "pattern"), syntax, y.Texts(m, "vendor"),
                y.Texts(m, "product"), columns);
    }

    // A list of syntaxes is read by the first that fits.
    static SyntaxDefinition? Syntax(YamlShape y, YamlMappingNode m)
    {
        var kinds = y.Texts(m, "syntax");
        foreach (var (option, of) in new[] { ("separator", "keyvalue delimited"), ("equals", "keyvalue"), ("columns", "delimited") })
        {
            if (YamlShape.Get(m, option) is { } node && !of.Split(' ').Intersect(kinds).Any())
                y.Fault(node, $"{option} belongs to syntax {of.Replace(" ", " or ")}");
        }
        SyntaxDefinition? syntax = null;
        foreach (string kind in kinds.Reverse())
        {
            if (Kinds.Contains(kind)) syntax = Syntax(y, m, kind, syntax);
            else y.Fault(YamlShape.Get(m, "syntax"), $"unknown syntax \"{kind}\": known are {string.Join(' ', Kinds)}");
        }
        return syntax;
    }

    static SyntaxDefinition Syntax(YamlShape y, YamlMappingNode m, string kind, SyntaxDefinition? otherwise)
    {
        int by = 0;
        var columns = new Dictionary<string, IReadOnlyList<string?>>();
        if (kind == "delimited")
        {
            var node = YamlShape.Get(m, "columns");
            if (node is YamlMappingNode lists)
            {
                by = y.Number(lists, "by", 1, 1000);
                foreach (var (key, _, value) in y.Entries(lists).Where(e => e.Key != "by")) columns[key] = Names(y, value);
            }
            else if (node != null) columns[""] = Names(y, node);
            else y.Fault(m, "syntax delimited needs columns");
        }
        return new(m.Start.Line, kind, y.Text(m, "separator"), y.Text(m, "equals"), by, columns, otherwise);
    }

    static IReadOnlyList<string?> Names(YamlShape y, YamlNode node)
    {
        if (node is YamlSequenceNode list) return [.. list.Select(YamlShape.Plain).Select(Name)];
        return [.. y.Texts(node, "columns").SelectMany(t => t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Select(Name)];

        static string? Name(string? name) => name == "-" ? null : name;
    }

    static Dictionary<string, MapEntry> Map(YamlShape y, YamlMappingNode m)
    {
        var map = new Dictionary<string, MapEntry>();
        foreach (var (key, _, value) in y.Entries(y.Map(m, "map")))
        {
            if (value is YamlMappingNode full)
            {
                y.Keys(full, "to", "as", "values");
                string? transform = y.Text(full, "as");
                if (transform != null && !Transforms.Contains(transform))
                    y.Fault(YamlShape.Get(full, "as"), $"unknown transform \"{transform}\": known are {string.Join(' ', Transforms)}"
                        + (Nearest.To(transform, Transforms, 1) is [var near] ? $"; did you mean {near}?" : ""));
                Dictionary<string, string>? values = null;
                foreach (var (from, _, to) in y.Entries(y.Map(full, "values"))) (values ??= [])[from] = YamlShape.Plain(to) ?? "";
                map[key] = new(value.Start.Line, YamlShape.Get(full, "to") is { } to2 ? Targets(y, to2) : [key], transform, values);
            }
            else map[key] = new(value.Start.Line, Targets(y, value), null, null);
        }
        return map;
    }

    static IReadOnlyList<string> Targets(YamlShape y, YamlNode node) =>
        node is YamlScalarNode && YamlShape.Plain(node) == null ? [] : y.Texts(node, "map");

    static List<SetEntry> Set(YamlShape y, YamlMappingNode m)
    {
        var set = new List<SetEntry>();
        foreach (var (key, node, value) in y.Entries(y.Map(m, "set")))
        {
            if (YamlShape.Plain(value) is { } text) set.Add(new(node.Start.Line, key, text, text.StartsWith('$') ? text[1..] : null));
            else y.Fault(value, $"set {key}: a text is expected");
        }
        return set;
    }

    static Condition? Swap(YamlShape y, YamlMappingNode m)
    {
        var conditions = Conditions(y, y.Map(m, "swap"));
        if (conditions.Count > 1) y.Fault(YamlShape.Get(m, "swap"), "swap: one raw name is expected");
        return conditions.FirstOrDefault();
    }

    static List<Condition> Conditions(YamlShape y, YamlMappingNode? m) =>
        [.. y.Entries(m).Select(e => new Condition(e.KeyNode.Start.Line, e.Key, y.Texts(e.Value, e.Key)))];

    static TimeRule Time(YamlShape y, YamlMappingNode m)
    {
        y.Keys(m, "from", "format", "zone");
        var from = y.Texts(m, "from");
        if (from.Count == 0) y.Fault(m, "time: from is missing");
        return new(m.Start.Line, from, y.Text(m, "format", true) ?? "iso", y.Text(m, "zone"));
    }

    static Dictionary<string, LoginKind> Logins(YamlShape y, YamlMappingNode m)
    {
        var logins = new Dictionary<string, LoginKind>();
        foreach (var (key, _, value) in y.Entries(y.Map(m, "logins"))) logins[key] = Login(y, value);
        return logins;
    }

    static LoginKind Login(YamlShape y, YamlNode? node)
    {
        if (node == null) return LoginKind.None;
        switch (YamlShape.Plain(node))
        {
            case "start": return LoginKind.Start;
            case "stop": return LoginKind.Stop;
            case "failed": return LoginKind.Failed;
            default:
                y.Fault(node, "login: start, stop or failed is expected");
                return LoginKind.None;
        }
    }

    static bool DirectionUnknown(YamlShape y, YamlMappingNode m)
    {
        string? direction = y.Text(m, "direction");
        if (direction is not (null or "unknown")) y.Fault(YamlShape.Get(m, "direction"), $"direction: unknown is expected, not \"{direction}\"");
        return direction == "unknown";
    }

    static MessageDefinition Message(YamlShape y, YamlMappingNode m)
    {
        y.Keys(m, "event", "category", "application", "when", "of", "pattern", "syntax", "separator", "equals", "columns", "rest", "map",
            "set", "swap", "direction", "login");
        var patterns = YamlShape.Get(m, "pattern") switch
        {
            null => [],
            YamlSequenceNode list => list.Children.Select(n => new Located(YamlShape.Plain(n) ?? "", n.Start.Line)).ToList(),
            var one => [new(YamlShape.Plain(one) ?? "", one.Start.Line)],
        };
        foreach (var p in patterns.Where(p => p.Text.Length == 0)) y.Fault(YamlShape.Get(m, "pattern"), "pattern: a text is expected");
        return new(m.Start.Line, Place(y, m, "event"), Place(y, m, "category"), y.Texts(m, "application"), Conditions(y, y.Map(m, "when")),
            y.Text(m, "of"),
            patterns, Syntax(y, m), y.Text(m, "rest"), Map(y, m), Set(y, m), Swap(y, m),
            DirectionUnknown(y, m), Login(y, YamlShape.Get(m, "login")));
    }
}
