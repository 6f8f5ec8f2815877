using Portolan.Collect.Qid;
using Portolan.Model;

namespace Portolan.Collect.LogSources;

/// <summary>All log source types with their QID map, loaded from content and compiled.</summary>
public sealed class SourceTypes
{
    /// <summary>The type of what we say of ourselves (content/sources/portolan.yml).</summary>
    public const string OwnId = "portolan";

    readonly Dictionary<string, SourceType> _byId;

    SourceTypes(IReadOnlyList<SourceType> all, QidMap qids, PropertyCatalogue properties, Recognizer recognizer)
    {
        (All, Qids, Properties, Recognizer) = (all, qids, properties, recognizer);
        _byId = all.ToDictionary(t => t.Id);
    }

    public IReadOnlyList<SourceType> All { get; }
    public QidMap Qids { get; }
    public PropertyCatalogue Properties { get; }
    internal Recognizer Recognizer { get; }

    public SourceType? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Reads <c>sources/*.yml</c> and <c>qidmap/*.csv</c> of the content folders.</summary>
    /// <exception cref="ContentException">All mistakes of all files.</exception>
    public static SourceTypes Load(ContentFolders folders, PropertyCatalogue properties)
    {
        var faults = new List<ContentFault>();
        var qids = QidMap.Load(folders, faults);
        var definitions = new List<SourceDefinition>();
        var known = new HashSet<string> { "categories" };
        foreach (var (name, path) in folders.Files("sources", ".yml"))
        {
            known.Add(name); // also when it cannot be read: its QID map is not at fault then
            if (SourceDefinitionReader.Read(path, File.ReadAllText(path), faults) is { } definition) definitions.Add(definition);
        }
        known.UnionWith(definitions.Select(d => d.Id));
        foreach (var same in definitions.GroupBy(d => d.Id).Where(g => g.Count() > 1))
            faults.Add(new(same.Last().File, 1, $"id {same.Key} stands twice"));
        foreach (var (name, path) in folders.Files("qidmap", ".csv"))
        {
            if (!known.Contains(name)) faults.Add(new(path, 1, $"no source type {name}"));
        }
        var types = new List<SourceType>();
        var rules = new List<(Recognition Rule, string Id)>();
        foreach (var definition in definitions.DistinctBy(d => d.Id).OrderBy(d => d.Id, StringComparer.Ordinal))
        {
            var (type, own) = new SourceTypeCompiler(definition, qids, properties, faults, rules.Count).Compile();
            types.Add(type);
            rules.AddRange(own.Select(r => (r, type.Id)));
        }
        CheckQids(definitions, types, faults);
        if (faults.Count > 0) throw new ContentException([.. faults.OrderBy(f => f.File, StringComparer.Ordinal).ThenBy(f => f.Line)]);
        return new(types, qids, properties, new([.. rules.Select(r => r.Rule)]));
    }

    // A QID of QRadar's own, where one is known, may lie anywhere but among those of another type.
    static void CheckQids(List<SourceDefinition> definitions, List<SourceType> types, List<ContentFault> faults)
    {
        var others = types.ToLookup(t => t.DeviceType);
        foreach (var type in types)
        {
            foreach (var e in type.Events.All)
            {
                int block = e.Record.Qid / QidMap.PerType;
                if (block == type.DeviceType || !others.Contains(block)) continue;
                faults.Add(new(definitions.First(d => d.Id == type.Id).File, 1,
                    $"qid {e.Record.Qid} of event {e.EventId} is not {type.DeviceType} × {QidMap.PerType} + n and lies among those of {others[block].First().Id}"));
            }
        }
    }
}
