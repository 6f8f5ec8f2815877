using Portolan.Collect.LogSources;
using Portolan.Model.Joints;

namespace Portolan.Collect.Qid;

/// <summary>Names behind the numbers that events carry. Names compare without case; the log source's names are read live, the rest is
/// fixed at load.</summary>
public sealed class CatalogNames : ICatalogNames
{
    readonly Dictionary<(CatalogKind, long), string> _names = [];
    readonly Dictionary<(CatalogKind, string), List<long>> _ids = [];
    readonly LogSourceRegistry _sources;

    public CatalogNames(SourceTypes types, LogSourceRegistry sources)
    {
        _sources = sources;
        foreach (var record in types.Qids.Records.Values)
        {
            Add(CatalogKind.Qid, record.Qid, record.Name);
            if (record.Description.Length > 0) Add(CatalogKind.QidDescription, record.Qid, record.Description);
        }
        foreach (var category in types.Qids.Categories.Values)
        {
            Add(CatalogKind.Category, category.Id, category.Name);
            if (!_names.ContainsKey((CatalogKind.Category, category.HighId))) Add(CatalogKind.Category, category.HighId, category.HighName);
        }
        Add(CatalogKind.LogSourceType, SourceType.GenericDeviceType, SourceType.GenericName);
        foreach (var type in types.All)
        {
            if (!_names.ContainsKey((CatalogKind.LogSourceType, type.DeviceType)))
                Add(CatalogKind.LogSourceType, type.DeviceType, type.Name);
        }
        foreach (var (number, name) in Protocols.All) Add(CatalogKind.Protocol, number, name);
    }

    public string? Name(CatalogKind kind, long id) =>
        kind == CatalogKind.LogSource ? _sources.ById(id)?.Name : _names.GetValueOrDefault((kind, id));

    public IReadOnlyList<long> Ids(CatalogKind kind, string name) => kind == CatalogKind.LogSource
        ? [.. _sources.All.Where(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(s => (long)s.Id)]
        : _ids.TryGetValue((kind, name.ToUpperInvariant()), out var ids) ? ids : [];

    void Add(CatalogKind kind, long id, string name)
    {
        _names[(kind, id)] = name;
        var key = (kind, name.ToUpperInvariant());
        if (!_ids.TryGetValue(key, out var ids)) _ids[key] = ids = [];
        ids.Add(id);
    }
}
