using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Columns;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Store.Segments;

namespace Portolan.Store;

/// <summary>
/// Keeps events: the open block in memory, sealed segments on disk, one cursor between them. One thread fills (<see cref="Current"/>,
/// <see cref="Publish"/>); sealing runs on a thread of its own; any thread may search.
/// <para>A seal writes the segments of a stretch of the journal, then moves the cursor together with the stages' checkpoints. Whatever a crash leaves half
/// done lies at or above the cursor: it is deleted at start and made again from the journal.</para>
/// </summary>
public sealed class EventStore : IBlockSource, IDisposable
{
    // Slices address a batch's slab with 31 bits; long before that a batch is closed.
    const int MostBatchBytes = 64 << 20;

    readonly IFiles _files;
    readonly string _directory;
    volatile StoreOptions _options;
    readonly SegmentWriter _writer;
    readonly TimeProvider _clock;
    readonly IReadOnlyList<ICheckpoint> _checkpoints;
    readonly Action<string> _tell;
    readonly object _lock = new();
    readonly OpenBlock _open;
    readonly List<Held> _segments = [];
    readonly List<EventBatch> _full = [];
    readonly Thread? _sealer;
    readonly Queue<SealJob> _jobs = [];
    readonly MemoryStream _state = new();
    EventBatch? _current;
    JournalPosition _published;
    long _fullRows, _fullBytes, _openedAt;
    bool _closing, _lastTry;
    Exception? _failure;

    sealed record SealJob(IReadOnlyList<EventBatch> Batches, JournalPosition End, IReadOnlyList<(string Name, byte[] State)> Checkpoints);

    /// <param name="directory">The folder <c>store</c> of a data directory; made if absent.</param>
    /// <param name="checkpoints">State of stages, saved with the cursor.</param>
    /// <param name="readOnly">For a stopped server's data: nothing is written, nothing sealed.</param>
    public EventStore(IFiles files, string directory, StoreOptions options, PropertyCatalogue properties, TimeProvider clock,
        IReadOnlyList<ICheckpoint> checkpoints, Action<string> tell, bool readOnly = false)
    {
        (_files, _directory, _options, _clock, _checkpoints, _tell) = (files, directory, options, clock, checkpoints, tell);
        (_writer, _open) = (new(properties), new(properties));
        ReadOnly = readOnly;
        if (!readOnly) MakeDirectory();
        Recover();
        if (readOnly) return;
        _sealer = new Thread(SealLoop) { Name = "seal", IsBackground = true };
        _sealer.Start();
    }

    public bool ReadOnly { get; }

    /// <summary>The next journal record that no segment holds: replay starts here.</summary>
    public JournalPosition Sealed { get; private set; }

    /// <summary>Sealing met something that it cannot go on from; whoever fills learns the reason.</summary>
    public bool HasFailed => Volatile.Read(ref _failure) != null;

    /// <summary>Rows in segments, and their bytes on disk.</summary>
    public (long Rows, long Bytes, int Count) SegmentTotals
    {
        get
        {
            lock (_lock) return (_segments.Sum(s => s.Info.Rows), _segments.Sum(s => s.Info.Bytes), _segments.Count);
        }
    }

    /// <summary>
    /// Called on the filling thread with each batch about to be sealed: the last moment at which a stage may add what it has learnt since (a login is often
    /// reported after what it explains). Afterwards rows never change.
    /// </summary>
    public Action<EventBatch>? AtSeal { get; set; }

    /// <summary>Raised on the sealing thread before segments are written: what their rows refer to (log source ids) must be durable before they are.</summary>
    public event Action? Sealing;

    /// <summary>Raised on the sealing thread after the cursor has moved: the journal below it may go.</summary>
    public event Action<JournalPosition>? SealedUpTo;

    void MakeDirectory()
    {
        _files.CreateDirectory(_directory);
        _files.SyncDirectory(Path.GetDirectoryName(_directory)!);
    }

    void Recover()
    {
        var unfinished = new List<string>();
        var found = new List<SegmentInfo>();
        foreach (string name in SegmentFiles.All(_files, _directory))
        {
            if (SegmentInfo.TryParseName(name, out var info)) found.Add(info);
            else unfinished.Add(name);
        }
        var cursor = SealedPosition.Read(_files, _directory);
        if (cursor == null && found.Count == 0 && !ReadOnly)
        {
            // From the first segment on there is a cursor, so that the half of a first seal is not taken for a whole one.
            cursor = new(default, []);
            cursor.Write(_files, _directory);
        }
        // Without a readable cursor the segments themselves say how far sealing came.
        Sealed = cursor?.Next ?? found.Select(s => new JournalPosition(s.Range.Epoch, s.Range.Last + 1)).DefaultIfEmpty().Max();
        foreach (var s in found)
        {
            if (new JournalPosition(s.Range.Epoch, s.Range.Last) < Sealed) Open(s.Name);
            else unfinished.Add(s.Name);
        }
        if (!ReadOnly && unfinished.Count > 0)
        {
            SegmentFiles.Delete(_files, _directory, unfinished);
            _tell($"store: {unfinished.Count} segments were not finished when the process ended; their rows are made again from the journal");
        }
        foreach (var (name, state) in cursor?.Checkpoints ?? [])
            _checkpoints.FirstOrDefault(c => c.CheckpointName == name)?.Load(new MemoryStream(state));
    }

    // One damaged file must not keep the others from being searched; it stays where it is for whoever can mend it.
    void Open(string name)
    {
        try
        {
            _segments.Add(new(SegmentReader.Open(_files, _directory, name)));
        }
        catch (SegmentCorruptException e)
        {
            Damaged.Add(name);
            _tell($"store: {e.Message}; its rows are missing from searches; try: restore {Path.Combine(_directory, name)} from a backup");
        }
    }

    /// <summary>Segments that could not be opened.</summary>
    public List<string> Damaged { get; } = [];

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

    /// <summary>The batch to fill next, with room for at least one row. Everything in it so far is published.</summary>
    public EventBatch Current()
    {
        lock (_lock)
        {
            ThrowIfFailed();
            if (_current is { } c && (c.Count >= Math.Min(EventBatch.Capacity, _options.SealRows) || c.Used > MostBatchBytes)) Retire();
            return _current ??= _open.Add();
        }
    }

    /// <summary>An empty batch to fill next, though the current one has room: for rows that must not be parted, or of another epoch.</summary>
    public EventBatch Next()
    {
        lock (_lock)
        {
            ThrowIfFailed();
            if (_current is { Count: > 0 }) Retire();
            return _current ??= _open.Add();
        }
    }

    /// <summary>Lets searches see the current batch's rows.</summary>
    /// <param name="next">The journal position behind the last row.</param>
    public void Publish(JournalPosition next)
    {
        lock (_lock)
        {
            _published = next;
            if (_current is not { Count: > 0 } c) return;
            c.Published = c.Count;
            if (_openedAt == 0) _openedAt = _clock.GetTimestamp();
        }
    }

    /// <summary>To be called now and then by the filling thread: seals the open block when its oldest row has waited long enough.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            ThrowIfFailed();
            if (ReadOnly || _openedAt == 0 || _clock.GetElapsedTime(_openedAt) < _options.SealAfter) return;
            Seal();
        }
    }

    /// <summary>Hands every published row to the sealing thread now. Called by the filling thread.</summary>
    public void Seal()
    {
        lock (_lock)
        {
            // Rows that are being filled belong to the next start: a segment that held them would reach past the cursor.
            if (_current is { } c && c.Count > c.Published)
            {
                c.ClearRowsFrom(c.Published);
                c.Count = c.Published;
            }
            if (_current is { Count: > 0 }) Retire();
            if (_full.Count > 0) HandOver();
        }
    }

    /// <summary>Waits until all that was handed over is in segments and the cursor has moved.</summary>
    public void WaitSealed()
    {
        lock (_lock)
        {
            while (_jobs.Count > 0 && _failure == null) Monitor.Wait(_lock);
            ThrowIfFailed();
        }
    }

    void Retire()
    {
        _fullRows += _current!.Count;
        _fullBytes += _current.Used;
        _full.Add(_current);
        _current = null;
        // The next batch may be full as well before anyone looks again, and a block must not outgrow its rows.
        if (!ReadOnly && (_fullRows + EventBatch.Capacity > _options.SealRows || _fullBytes >= _options.SealBytes)) HandOver();
    }

    // Waits while a block is being sealed and the next is full as well: memory stays bounded, and the journal holds the rest.
    void HandOver()
    {
        while (_jobs.Count >= 1 && _failure == null) Monitor.Wait(_lock);
        ThrowIfFailed();
        if (AtSeal is { } stamp)
        {
            // Under the lock no search begins; a batch that one reads at this moment is left as it is.
            foreach (var batch in _full)
                if (_open.TryBeginChange(batch)) stamp(batch);
        }
        _jobs.Enqueue(new([.. _full], _published, [.. _checkpoints.Select(Save)]));
        _full.Clear();
        (_fullRows, _fullBytes, _openedAt) = (0, 0, 0);
        Monitor.PulseAll(_lock);
    }

    (string, byte[]) Save(ICheckpoint c)
    {
        _state.SetLength(0);
        c.Save(_state);
        return (c.CheckpointName, _state.ToArray());
    }

    void ThrowIfFailed()
    {
        if (_failure != null) throw new IOException($"the store cannot seal: {_failure.Message}", _failure);
    }

    void SealLoop()
    {
        ThreadShare.Sealing();
        while (true)
        {
            SealJob job;
            lock (_lock)
            {
                while (_jobs.Count == 0 && !_closing) Monitor.Wait(_lock);
                if (_jobs.Count == 0) return;
                job = _jobs.Peek();
            }
            try
            {
                SealWithRetry(job);
            }
            catch (Exception e)
            {
                lock (_lock)
                {
                    _failure = e;
                    Monitor.PulseAll(_lock);
                }
                return;
            }
            SealedUpTo?.Invoke(job.End);
        }
    }

    // A full disk is not the end: the journal keeps what arrives until there is room again (or it is full itself and says so).
    void SealWithRetry(SealJob job)
    {
        for (bool told = false; ; told = true)
        {
            try
            {
                SealOne(job);
                if (told) _tell("store: sealing goes on");
                return;
            }
            catch (IOException e) when (!Volatile.Read(ref _lastTry))
            {
                if (!told) _tell($"store: cannot write a segment: {e.Message}; try: free space under {_directory}. Nothing is lost, sealing is tried again every second");
                Expire();
                Thread.Sleep(1000);
            }
        }
    }

    void SealOne(SealJob job)
    {
        Sealing?.Invoke();
        var made = new List<Held>();
        try
        {
            foreach (var (key, range, rows) in SealKeys.Split(job.Batches))
                made.Add(new(SegmentReader.Open(_files, _directory, _writer.Write(_files, _directory, key, range, rows).Name)));
            new SealedPosition(job.End, job.Checkpoints).Write(_files, _directory);
        }
        catch
        {
            made.ForEach(s => s.Release());
            throw;
        }
        lock (_lock)
        {
            Sealed = job.End;
            _segments.AddRange(made);
            _open.Seal(job.Batches);
            _jobs.Dequeue();
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Changes what <see cref="Expire"/> goes by. Any thread.</summary>
    public void Keep(TimeSpan keepFor, TimeSpan keepImportFor, int diskPercent) =>
        _options = _options with { KeepFor = keepFor, KeepImportFor = keepImportFor, DiskPercent = diskPercent };

    /// <summary>
    /// Deletes segments older than <see cref="StoreOptions.KeepFor"/> (imported ones: <see cref="StoreOptions.KeepImportFor"/>), and the oldest ones while the disk is fuller than
    /// <see cref="StoreOptions.DiskPercent"/> or the store larger than <see cref="StoreOptions.MaxBytes"/>. A search that reads one keeps it open.
    /// </summary>
    /// <returns>How many segments were deleted.</returns>
    public int Expire()
    {
        var now = _clock.GetUtcNow();
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
            _files.Delete($"{_directory}/{victim.Info.Name}");
            victim.Release();
            gone.Add(victim);
        }
        foreach (string folder in gone.Select(v => v.Info.Key.Folder).Distinct()) _files.SyncDirectory($"{_directory}/{folder}");
        if (gone.Count > 0) _tell($"store: {gone.Count} segments expired, {gone.Sum(v => v.Info.Rows)} events of {gone.Min(v => v.Info.Key.Day)} to {gone.Max(v => v.Info.Key.Day)}");
        return gone.Count;
    }

    bool UnderPressure()
    {
        if (_options.MaxBytes > 0 && _segments.Sum(s => s.Info.Bytes) > _options.MaxBytes) return true;
        var (free, total) = _files.Space(_directory);
        return total > 0 && (total - free) * 100 > total * _options.DiskPercent;
    }

    static long Micros(DateTimeOffset t) => (t - DateTimeOffset.UnixEpoch).Ticks / 10;

    public BlockSnapshot Snapshot(Database database, long from, long to)
    {
        lock (_lock)
        {
            var segments = _segments.Where(s => s.Info.Key.Database == database && s.Info.MaxTime >= from && s.Info.MinTime <= to).ToList();
            foreach (var s in segments) s.Hold();
            var blocks = new List<IBlock>(segments.SelectMany(s => s.Reader.Blocks).Where(b => b.Time.Max >= from && b.Time.Min <= to));
            var (open, release) = database == Database.Events ? _open.Read() : ([], () => { });
            blocks.AddRange(open.Where(b => b.Time.Max >= from && b.Time.Min <= to));
            return new(blocks, () =>
            {
                lock (_lock) release();
                foreach (var s in segments) s.Release();
            });
        }
    }

    /// <summary>Seals what is open, waits for it and closes the files.</summary>
    public void Dispose()
    {
        if (_sealer != null)
        {
            // A disk that refuses is not waited for: what is not sealed now is made again from the journal.
            Volatile.Write(ref _lastTry, true);
            try
            {
                Seal();
            }
            catch (IOException e)
            {
                _tell($"store: {e.Message}; the rows not sealed are in the journal and come back at the next start");
            }
            lock (_lock)
            {
                Volatile.Write(ref _closing, true);
                Monitor.PulseAll(_lock);
            }
            _sealer.Join();
        }
        lock (_lock)
        {
            foreach (var s in _segments) s.Release();
            _segments.Clear();
        }
    }
}
