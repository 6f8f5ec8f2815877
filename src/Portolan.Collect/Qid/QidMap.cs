using System.Globalization;
using Portolan.Collect.LogSources;
using Portolan.Model;

namespace Portolan.Collect.Qid;

/// <summary>A low-level category (QRadar's documented ids); <paramref name="HighId"/> is its high-level category.</summary>
/// <param name="Severity">0 to 10; null where it is not documented.</param>
public sealed record Category(int Id, string Name, int HighId, string HighName, int? Severity);

/// <summary>What an event is called. Several device events may share one. <paramref name="Qid"/> 0 is the unknown event of an unknown
/// source.</summary>
public sealed record QidRecord(int Qid, string Name, int Severity, int Category, int HighCategory, string Description)
{
    public static readonly QidRecord Unknown = new(0, "Unknown", 1, StoredCategory, 10000, "");

    /// <summary>QRadar's low-level categories Unknown (the source is known, the event is not) and Stored (kept, not understood).</summary>
    public const int UnknownCategory = 10001, StoredCategory = 10008;
}

/// <summary>A device event of one source type: event id and category as the type's templates make them, and its QID record.</summary>
/// <param name="Number">Among all mapped events of the process, from 0: an index for what is kept per event.</param>
public sealed record MappedEvent(int Number, string EventId, string EventCategory, QidRecord Record);

/// <summary>
/// The QID map: (source type, event id, event category) → QID record, from <c>content/qidmap/*.csv</c>. QIDs are devicetype × 100,000 + n;
/// n = 0 is the unknown event of that type.
/// </summary>
public sealed class QidMap
{
    public const int PerType = 100_000;
    static readonly string[] Columns = ["eventid", "eventcategory", "qid", "name", "severity", "category", "description"];
    static readonly string[] CategoryColumns = ["id", "name", "highid", "highname", "severity"];

    readonly Dictionary<string, SourceEvents> _sources = [];
    int _events;
    readonly SortedDictionary<int, QidRecord> _records = new() { [0] = QidRecord.Unknown };
    readonly SortedDictionary<int, Category> _categories = [];

    public IReadOnlyDictionary<int, QidRecord> Records => _records;
    public IReadOnlyDictionary<int, Category> Categories => _categories;

    /// <summary>How many mapped events there are.</summary>
    public int EventCount => _events;

    /// <summary>The events of a source type; empty when it has no map.</summary>
    public SourceEvents Events(string source) => _sources.TryGetValue(source, out var events) ? events : SourceEvents.None;

    /// <summary>Reads all maps; mistakes go to <paramref name="faults"/>.</summary>
    public static QidMap Load(ContentFolders folders, List<ContentFault> faults)
    {
        var map = new QidMap();
        var files = folders.Files("qidmap", ".csv");
        foreach (var (name, path) in files.Where(f => f.Name == "categories")) map.ReadCategories(path, faults);
        foreach (var (name, path) in files.Where(f => f.Name != "categories")) map.ReadSource(name, path, faults);
        return map;
    }

    /// <summary>The record of "unknown event of this type".</summary>
    public QidRecord UnknownOf(string typeName, int deviceType)
    {
        int qid = deviceType * PerType;
        if (_records.TryGetValue(qid, out var record)) return record;
        return _records[qid] = new(qid, $"unknown event of {typeName}", QidRecord.Unknown.Severity, QidRecord.UnknownCategory,
            High(QidRecord.UnknownCategory), "");
    }

    int High(int category) => _categories.TryGetValue(category, out var c) ? c.HighId : category / 1000 * 1000;

    void ReadCategories(string path, List<ContentFault> faults)
    {
        foreach (var (line, cells) in Table(path, CategoryColumns, faults))
        {
            int? severity = cells[4].Length == 0 ? null : Number(cells[4], 0, 10, out int said) ? said : -1;
            if (Number(cells[0], 1, 99_999, out int id) && Number(cells[2], 1, 99_999, out int high) && severity is not -1)
            {
                if (!_categories.TryAdd(id, new(id, cells[1], high, cells[3], severity)))
                    faults.Add(new(path, line, $"category {id} stands twice"));
            }
            else faults.Add(new(path, line, "a number is out of range: id, highid 1 to 99999, severity 0 to 10"));
        }
    }

    void ReadSource(string source, string path, List<ContentFault> faults)
    {
        var events = new List<MappedEvent>();
        var seen = new HashSet<(string, string)>();
        foreach (var (line, cells) in Table(path, Columns, faults))
        {
            string id = cells[0], category = cells[1], name = cells[3];
            if (id.Length == 0 || name.Length == 0) faults.Add(new(path, line, "eventid and name may not be empty"));
            else if (!Number(cells[2], 1, int.MaxValue, out int qid))
                faults.Add(new(path, line, $"qid \"{cells[2]}\" is no number above 0"));
            else if (!Number(cells[4], 0, 10, out int severity)) faults.Add(new(path, line, $"severity \"{cells[4]}\" is not 0 to 10"));
            else if (!Number(cells[5], 1, 99_999, out int low) || _categories.Count > 0 && !_categories.ContainsKey(low))
                faults.Add(new(path, line, $"category \"{cells[5]}\" is not in categories.csv"));
            else if (!seen.Add((id, category))) faults.Add(new(path, line, $"event \"{id}\" with category \"{category}\" stands twice"));
            else
            {
                var record = new QidRecord(qid, name, severity, low, High(low), cells[6]);
                if (_records.TryGetValue(qid, out var other) && other != record)
                    faults.Add(new(path, line, $"qid {qid} is already \"{other.Name}\", or differs from it"));
                else _records[qid] = other ?? record;
                events.Add(new(_events++, id, category, _records[qid]));
            }
        }
        _sources[source] = new(events);
    }

    static IEnumerable<(int Line, List<string> Cells)> Table(string path, string[] columns, List<ContentFault> faults)
    {
        bool header = true;
        foreach (var (line, cells) in Csv.Rows(File.ReadAllText(path)))
        {
            if (header && !cells.SequenceEqual(columns))
            {
                faults.Add(new(path, line, $"the header line must be {string.Join(',', columns)}"));
                yield break;
            }
            if (!header)
            {
                if (cells.Count == columns.Length) yield return (line, cells);
                else faults.Add(new(path, line, $"{cells.Count} cells instead of {columns.Length}"));
            }
            header = false;
        }
    }

    static bool Number(string text, int least, int most, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;
}

/// <summary>The mapped events of one source type, found by the bytes of event id and category without allocating.</summary>
public sealed class SourceEvents
{
    public static readonly SourceEvents None = new([]);

    readonly BytesTable<MappedEvent[]> _byId = new();

    public SourceEvents(IEnumerable<MappedEvent> events)
    {
        All = [.. events];
        foreach (var group in All.GroupBy(e => e.EventId)) _byId.Add(group.Key, [.. group]);
    }

    public IReadOnlyList<MappedEvent> All { get; }

    /// <summary>The event with this category, else the one for any category; null when the id is not mapped.</summary>
    public MappedEvent? Find(ReadOnlySpan<byte> eventId, ReadOnlySpan<byte> category)
    {
        if (!_byId.TryFind(eventId, out var events)) return null;
        MappedEvent? any = null;
        foreach (var e in events)
        {
            if (e.EventCategory.Length == 0) any = e;
            else if (System.Text.Ascii.Equals(category, e.EventCategory)) return e;
        }
        return any;
    }
}
