using Portolan.Model;
using Portolan.Store.Columns;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Store.Segments;

namespace Portolan.Store;

/// <summary>The segments on disk that count: opened, searched, expired. For any thread.</summary>
sealed class StoredSegments(IFiles files, string directory, StoreOptions options, TimeProvider clock, Action<string> tell) : IDisposable
{
    readonly object _lock = new();
    readonly List<Held> _segments = [];
    volatile StoreOptions _options = options;

    /// <summary>Segments that could not be opened.</summary>
    public List<string> Damaged { get; } = [];

    public (long Rows, long Bytes, int Count) Totals
    {
        get
        {
            lock (_lock) return (_segments.Sum(s => s.Info.Rows), _segments.Sum(s => s.Info.Bytes), _segments.Count);
        }
    }

    // A segment that a search reads outlives its deletion until the search lets go.
    sealed class Held(SegmentReader reader)
    {
        int _holders = 1;

        public SegmentReader Reader => reader;
        public SegmentInfo Info => reader.Info;
        public void Hold() => Interlocked.Increment(ref _holders);

        public void Release()
        {
            if (Interlocked.Decrement(ref _holders) == 0) reader.Dispose();
        }
    }

    // One damaged file must not keep the others from being searched; it stays where it is for whoever can mend it.
    public void Open(string name)
    {
        try
        {
            _segments.Add(new(SegmentReader.Open(files, directory, name)));
        }
        catch (SegmentCorruptException e)
        {
            Damaged.Add(name);
            tell($"{LogSeverity.Error}store: {e.Message}; its rows are missing from searches; try: restore {Path.Combine(directory, name)} from a backup");
        }
    }

    public void Add(IEnumerable<SegmentReader> made)
    {
        lock (_lock) _segments.AddRange(made.Select(m => new Held(m)));
    }

    /// <summary>The blocks that may hold rows of a time range, and what to call when they are no longer read.</summary>
    public (List<IBlock> Blocks, Action Release) Read(Database database, long from, long to) =>
        Read(s => s.Key.Database == database && s.MaxTime >= from && s.MinTime <= to, b => b.Time.Max >= from && b.Time.Min <= to);

    /// <summary>The blocks of the segments that may hold events of these records.</summary>
    public (List<IBlock> Blocks, Action Release) Read(JournalRange records) =>
        Read(s => s.Key.Database == Database.Events && s.Range.Epoch == records.Epoch && s.Range.First <= records.Last && s.Range.Last >= records.First, _ => true);

    /// <summary>The first record at or after a position that events of a segment may come from.</summary>
    public JournalPosition? FirstFrom(JournalPosition from)
    {
        JournalPosition? first = null;
        lock (_lock)
        {
            foreach (var s in _segments)
            {
                var range = s.Info.Range;
                if (s.Info.Key.Database != Database.Events || new JournalPosition(range.Epoch, range.Last) < from) continue;
                var begin = new JournalPosition(range.Epoch, range.First);
                if (begin <= from) return from;
                if (first is not { } f || begin < f) first = begin;
            }
        }
        return first;
    }

    (List<IBlock> Blocks, Action Release) Read(Func<SegmentInfo, bool> which, Func<IBlock, bool> whichBlock)
    {
        List<Held> segments;
        lock (_lock)
        {
            segments = [.. _segments.Where(s => which(s.Info))];
            foreach (var s in segments) s.Hold();
        }
        return ([.. segments.SelectMany(s => s.Reader.Blocks).Where(whichBlock)], () =>
        {
            foreach (var s in segments) s.Release();
        }
        );
    }

    /// <summary>Changes what <see cref="Expire"/> goes by.</summary>
    public void Keep(TimeSpan keepFor, TimeSpan keepImportFor, int diskPercent) =>
        _options = _options with { KeepFor = keepFor, KeepImportFor = keepImportFor, DiskPercent = diskPercent };

    /// <summary>
    /// Deletes segments older than <see cref="StoreOptions.KeepFor"/> (imported ones: <see cref="StoreOptions.KeepImportFor"/>), and the oldest ones while the disk is fuller than
    /// <see cref="StoreOptions.DiskPercent"/> or the store larger than <see cref="StoreOptions.MaxBytes"/>. A search that reads one keeps it open.
    /// </summary>
    /// <returns>How many segments were deleted.</returns>
    public int Expire()
    {
        var now = clock.GetUtcNow();
        long oldest = Micros(now - _options.KeepFor), oldestImport = Micros(now - _options.KeepImportFor);
        var gone = new List<Held>();
        while (true)
        {
            Held? victim;
            lock (_lock)
            {
                victim = _segments.FirstOrDefault(s => s.Info.MaxTime < (s.Info.Key.Bucket == StoreOptions.ImportBucket ? oldestImport : oldest));
                if (victim == null && _segments.Count > 0 && UnderPressure()) victim = _segments.MinBy(s => s.Info.MaxTime);
                if (victim == null) break;
                _segments.Remove(victim);
            }
            // Freed at once: the next look at the disk must see it.
            files.Delete($"{directory}/{victim.Info.Name}");
            victim.Release();
            gone.Add(victim);
        }
        foreach (string folder in gone.Select(v => v.Info.Key.Folder).Distinct()) files.SyncDirectory($"{directory}/{folder}");
        if (gone.Count > 0) tell($"{LogSeverity.Info}store: {gone.Count} segments expired, {gone.Sum(v => v.Info.Rows)} events of {gone.Min(v => v.Info.Key.Day)} to {gone.Max(v => v.Info.Key.Day)}");
        return gone.Count;
    }

    bool UnderPressure()
    {
        if (_options.MaxBytes > 0 && _segments.Sum(s => s.Info.Bytes) > _options.MaxBytes) return true;
        var (free, total) = files.Space(directory);
        return total > 0 && (total - free) * 100 > total * _options.DiskPercent;
    }

    static long Micros(DateTimeOffset t) => (t - DateTimeOffset.UnixEpoch).Ticks / 10;

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var s in _segments) s.Release();
            _segments.Clear();
        }
    }
}
