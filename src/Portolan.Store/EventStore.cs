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
    readonly StoreOptions _options;
    readonly TimeProvider _clock;
    readonly IReadOnlyList<ICheckpoint> _checkpoints;
    readonly Action<string> _tell;
    readonly object _lock = new();
    readonly OpenBlock _open;
    readonly StoredSegments _segments;
    readonly Sealer _sealer;
    readonly List<EventBatch> _full = [];
    readonly MemoryStream _cursor = new();
    EventBatch? _current;
    JournalPosition _published;
    long _fullRows, _fullBytes, _openedAt;

    /// <param name="directory">The folder <c>store</c> of a data directory; made if absent.</param>
    /// <param name="checkpoints">State of stages, saved with the cursor.</param>
    /// <param name="readOnly">For a stopped server's data: nothing is written, nothing sealed.</param>
    /// <param name="late">Asked for what rows lack until they are sealed.</param>
    public EventStore(IFiles files, string directory, StoreOptions options, PropertyCatalogue properties, TimeProvider clock,
        IReadOnlyList<ICheckpoint> checkpoints, Action<string> tell, bool readOnly = false, ILateText? late = null)
    {
        (_files, _directory, _options, _clock, _checkpoints, _tell) = (files, directory, options, clock, checkpoints, tell);
        ReadOnly = readOnly;
        _open = new(properties, late);
        _segments = new(files, directory, options, clock, tell);
        _sealer = new(files, directory, new(properties), late, _lock, () => Sealing?.Invoke(), Count, job => SealedUpTo?.Invoke(job.End), () => Expire(), tell);
        if (!readOnly) MakeDirectory();
        Recover();
        if (!readOnly) _sealer.Start();
    }

    public bool ReadOnly { get; }

    /// <summary>The next journal record that no segment holds: replay starts here.</summary>
    public JournalPosition Sealed { get; private set; }

    /// <summary>Sealing met something that it cannot go on from; whoever fills learns the reason.</summary>
    public bool HasFailed => _sealer.HasFailed;

    /// <summary>Rows in segments, and their bytes on disk.</summary>
    public (long Rows, long Bytes, int Count) SegmentTotals => _segments.Totals;

    /// <inheritdoc cref="StoredSegments.Damaged"/>
    public IReadOnlyList<string> Damaged => _segments.Damaged;

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
            SealedPosition.Fill(_cursor, cursor.Next, []);
            SealedPosition.Write(_files, _directory, _cursor);
        }
        // Without a readable cursor the segments themselves say how far sealing came.
        Sealed = cursor?.Next ?? found.Select(s => new JournalPosition(s.Range.Epoch, s.Range.Last + 1)).DefaultIfEmpty().Max();
        foreach (var s in found)
        {
            if (new JournalPosition(s.Range.Epoch, s.Range.Last) < Sealed) _segments.Open(s.Name);
            else unfinished.Add(s.Name);
        }
        if (!ReadOnly && unfinished.Count > 0)
        {
            SegmentFiles.Delete(_files, _directory, unfinished);
            _tell($"{LogSeverity.Notice}store: {unfinished.Count} segments were not finished when the process ended; their rows are made again from the journal");
        }
        foreach (var (name, state) in cursor?.Checkpoints ?? [])
            _checkpoints.FirstOrDefault(c => c.CheckpointName == name)?.Load(new MemoryStream(state));
    }

    /// <summary>The batch to fill next, with room for at least one row. Everything in it so far is published.</summary>
    public EventBatch Current()
    {
        lock (_lock)
        {
            _sealer.ThrowIfFailed();
            if (_current is { } c && (c.Count >= Math.Min(EventBatch.Capacity, _options.SealRows) || c.Used > MostBatchBytes)) Retire();
            return _current ??= _open.Add();
        }
    }

    /// <summary>An empty batch to fill next, though the current one has room: for rows that must not be parted, or of another epoch.</summary>
    public EventBatch Next()
    {
        lock (_lock)
        {
            _sealer.ThrowIfFailed();
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
            _sealer.ThrowIfFailed();
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
        lock (_lock) _sealer.WaitIdle();
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
        _sealer.WaitIdle();
        SealedPosition.Fill(_cursor, _published, _checkpoints);
        _sealer.Take(new([.. _full], _published, _cursor, _open.Learnt(_full)));
        _full.Clear();
        (_fullRows, _fullBytes, _openedAt) = (0, 0, 0);
    }

    // From one moment to the next rows are no longer those of the open block but those of segments.
    void Count(SealJob job, List<SegmentReader> made)
    {
        Sealed = job.End;
        _segments.Add(made);
        _open.Seal(job.Batches);
    }

    /// <inheritdoc cref="StoredSegments.Keep"/>
    public void Keep(TimeSpan keepFor, TimeSpan keepImportFor, int diskPercent) => _segments.Keep(keepFor, keepImportFor, diskPercent);

    /// <inheritdoc cref="StoredSegments.Expire"/>
    public int Expire() => _segments.Expire();

    public BlockSnapshot Snapshot(Database database, long from, long to)
    {
        lock (_lock)
        {
            var (blocks, release) = _segments.Read(database, from, to);
            var (open, releaseOpen) = database == Database.Events ? _open.Read() : ([], () => { });
            blocks.AddRange(open.Where(b => b.Time.Max >= from && b.Time.Min <= to));
            return new(blocks, () =>
            {
                lock (_lock) releaseOpen();
                release();
            });
        }
    }

    /// <summary>
    /// The blocks of events that may hold rows of a stretch of the journal, whatever their times: for who reads them in the order in which they came.
    /// </summary>
    public BlockSnapshot Snapshot(JournalRange records)
    {
        lock (_lock)
        {
            var (blocks, release) = _segments.Read(records);
            var (open, releaseOpen) = _open.Read(records);
            blocks.AddRange(open);
            return new(blocks, () =>
            {
                lock (_lock) releaseOpen();
                release();
            });
        }
    }

    /// <summary>The first record at or after a position of which there may be rows; null when there are none.</summary>
    public JournalPosition? FirstFrom(JournalPosition from)
    {
        lock (_lock)
        {
            var (stored, open) = (_segments.FirstFrom(from), _open.FirstFrom(from));
            return stored is { } s && open is { } o ? s < o ? s : o : stored ?? open;
        }
    }

    /// <summary>Seals what is open, waits for it and closes the files.</summary>
    public void Dispose()
    {
        if (!ReadOnly)
        {
            _sealer.LastTry();
            try
            {
                Seal();
            }
            catch (IOException e)
            {
                _tell($"{LogSeverity.Error}store: {e.Message}; the rows not sealed are in the journal and come back at the next start");
            }
            _sealer.Close();
        }
        _segments.Dispose();
    }
}
