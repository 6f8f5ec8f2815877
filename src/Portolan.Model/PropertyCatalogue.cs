using System.Collections.Concurrent;

namespace Portolan.Model;

/// <summary>
/// The names of properties known to this process and small numbers for them. The numbers live only as long as the process: segments hold the
/// names. Names compare without case; the spelling that came first stays.
/// </summary>
public sealed class PropertyCatalogue
{
    /// <summary>How many names may exist (architecture: 4,096 in all); what is over stays in the payload.</summary>
    public const int Most = 4096;

    readonly ConcurrentDictionary<string, int> _ids = new(StringComparer.OrdinalIgnoreCase);
    readonly string?[] _names = new string?[Most];
    int _count;

    public int Count => _count;
    public string Name(int id) => _names[id] ?? throw new ArgumentOutOfRangeException(nameof(id), id, "no such property");
    public bool TryFind(string name, out int id) => _ids.TryGetValue(name, out id);
    public IEnumerable<string> Names => _names.Take(_count).OfType<string>();

    /// <summary>The id of a name, given at first sight; false when the catalogue is full.</summary>
    public bool TryAdd(string name, out int id)
    {
        if (_ids.TryGetValue(name, out id)) return true;
        lock (_names)
        {
            if (_ids.TryGetValue(name, out id)) return true;
            if (_count == Most) return false;
            id = _count;
            _names[_count++] = name;
            _ids[name] = id;
            return true;
        }
    }
}
