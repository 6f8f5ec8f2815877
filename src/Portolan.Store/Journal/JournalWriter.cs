using Portolan.Model;
using Portolan.Store.Files;

namespace Portolan.Store.Journal;

/// <summary>
/// The only write-ahead log: every raw record goes to it once. Any thread appends into a buffer in memory; one thread writes what has gathered, syncs it
/// and then shows it to readers and to those who wait to acknowledge (group commit). What was accepted is never dropped: a disk that refuses is asked
/// again until it takes it, and meanwhile nothing new is accepted.
/// </summary>
public sealed partial class JournalWriter : IDisposable
{
    readonly IFiles _files;
    readonly JournalOptions _options;
    readonly object _gate = new(); // guards the buffers and the figures they are judged by
    readonly JournalSignal _committed, _room = new(0);
    readonly Thread _thread;
    readonly uint _salt;
    readonly int _epoch;

    byte[] _active, _spare;
    int _used;
    long _next, _first; // sequences: of the next record, and of the first one in the active buffer
    long _onDisk, _limit;
    int _inFlight; // bytes being written
    bool _resting, _pacing, _closing, _closed;
    string _limitReason = "";
    (JournalState State, string Message, string Remedy)? _fault;
    JournalExtent _extent;

    JournalWriter(IFiles files, JournalOptions options, JournalOpen open, JournalRecovery recovery)
    {
        _files = files;
        _options = options;
        Recovery = recovery;
        _epoch = open.Epoch;
        _salt = open.Salt;
        _next = _first = open.Next;
        _committed = new(open.Next - 1);
        _extent = new([.. open.Files], _epoch, open.Next - 1);
        _onDisk = open.Files.Sum(f => f.End);
        _needsFile = !open.Continues;
        if (open.Continues)
        {
            _file = files.OpenWrite(open.Files[^1].Path);
            (_path, _, _fileFirst, _end) = open.Files[^1];
        }
        _active = GC.AllocateUninitializedArray<byte>(options.BufferBytes);
        _spare = GC.AllocateUninitializedArray<byte>(options.BufferBytes);
        LookAtRoom();
        _thread = new Thread(Run) { IsBackground = true, Name = "journal" };
    }

    /// <summary>Opens or makes the journal, cutting a torn tail; <see cref="Recovery"/> says what was found.</summary>
    public static JournalWriter Open(IFiles files, JournalOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BufferBytes, 2 * JournalFormat.RecordHeaderSize);
        var open = new JournalOpen(files, options);
        var recovery = open.Run();
        var journal = new JournalWriter(files, options, open, recovery);
        journal._thread.Start();
        return journal;
    }

    public JournalRecovery Recovery { get; }

    public int Host => _options.Host;

    public int Epoch => _epoch;

    /// <summary>The longest message a record can hold, bytes; who has a longer one cuts it.</summary>
    public int MaxPayload => Math.Min(JournalFormat.MaxPayload, _options.BufferBytes - JournalFormat.RecordHeaderSize - JournalFormat.MaxCertificate);

    /// <summary>Up to here all is durable; readers see no further.</summary>
    public long CommittedSequence => _committed.Value;

    /// <summary>Bytes of all files.</summary>
    public long BytesOnDisk => Volatile.Read(ref _onDisk);

    /// <summary>Appends that found the buffers full because the disk was slow.</summary>
    public long BufferFullCount { get; private set; }

    /// <summary>Commits so far.</summary>
    public long Commits { get; private set; }

    internal JournalExtent Extent => Volatile.Read(ref _extent);

    internal IFiles Files => _files;

    public JournalHealth Health
    {
        get
        {
            lock (_gate)
            {
                if (_closed) return new(JournalState.Closed, "the journal is closed", "");
                if (_fault is { } f) return new(f.State, f.Message, f.Remedy);
                if (NoRoom) return new(JournalState.NoRoom, $"nothing more is accepted: {_limitReason}",
                    "free disk space, raise journal.max, or see why the pipeline does not keep up");
                return new(JournalState.Writing, "", "");
            }
        }
    }

    int LongestRecord => JournalFormat.RecordHeaderSize + JournalFormat.MaxCertificate + MaxPayload;

    // Whatever comes next fits as long as this is false, so that one answer holds for every record.
    bool NoRoom => _limit - _onDisk - _inFlight - _used < LongestRecord;

    /// <summary>
    /// Holds the journal for a batch of records: dispose soon. <code>using var append = journal.BeginAppend(); append.Add(header, payload);</code>
    /// </summary>
    public JournalAppend BeginAppend()
    {
        Monitor.Enter(_gate);
        return new(this);
    }

    internal bool Add(in RecordHeader header, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> certificate)
    {
        int length = JournalFormat.RecordHeaderSize + certificate.Length + payload.Length;
        if (length > _active.Length - _used)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxPayload);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(certificate.Length, JournalFormat.MaxCertificate);
            BufferFullCount++;
            return false;
        }
        if (_fault != null || _closing || NoRoom) return false;
        if (payload.Length > JournalFormat.MaxPayload || certificate.Length > JournalFormat.MaxCertificate)
            throw new ArgumentOutOfRangeException(nameof(payload));
        JournalFormat.WriteRecord(_active.AsSpan(_used), _salt, _next, header, certificate, payload);
        _used += length;
        _next++;
        return true;
    }

    internal long LastSequence => _next - 1;

    internal void EndAppend()
    {
        if (_used > 0 && (_resting || _pacing && _used > _active.Length / 2)) Monitor.PulseAll(_gate);
        Monitor.Exit(_gate);
    }

    /// <summary>Blocks until the record is durable; false on time-out (negative: none), cancel, or when the journal closed without it.</summary>
    public bool WaitCommitted(long sequence, TimeSpan timeout, CancellationToken cancel = default) => _committed.Wait(sequence, timeout, cancel);

    /// <summary>True when the record is durable and may be acknowledged; false when the journal closed without it.</summary>
    public ValueTask<bool> CommittedAsync(long sequence, CancellationToken cancel = default) => _committed.WaitAsync(sequence, cancel);

    /// <summary>Blocks until a record of the longest kind would be accepted; false on time-out, cancel or close.</summary>
    public bool WaitForRoom(TimeSpan timeout, CancellationToken cancel = default)
    {
        long deadline = timeout < TimeSpan.Zero ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (!HasRoom(out long turn))
        {
            var left = deadline == long.MaxValue ? timeout : TimeSpan.FromMilliseconds(Math.Max(0, deadline - Environment.TickCount64));
            if (!_room.Wait(turn + 1, left, cancel)) return false;
        }
        return true;
    }

    /// <summary>As <see cref="WaitForRoom"/>, not blocking; false when the journal closed.</summary>
    public async ValueTask<bool> RoomAsync(CancellationToken cancel = default)
    {
        while (!HasRoom(out long turn))
            if (!await _room.WaitAsync(turn + 1, cancel).ConfigureAwait(false)) return false;
        return true;
    }

    bool HasRoom(out long turn)
    {
        turn = _room.Value;
        lock (_gate)
        {
            return _fault == null && !_closing && !NoRoom && _active.Length - _used >= Math.Min(LongestRecord, _active.Length / 2);
        }
    }

    void MoreRoom() => _room.Raise(_room.Value + 1);

    /// <summary>A reader that stands at <paramref name="from"/>, or at the oldest record kept.</summary>
    public JournalReader OpenReader(JournalPosition from) => new(this, from);

    /// <summary>
    /// Deletes the files all of whose records lie before <paramref name="position"/>, oldest first. The newest file stays. What the disk refuses to delete
    /// now stays as well, for the next call. For one thread at a time.
    /// </summary>
    /// <returns>How many were deleted.</returns>
    public int DropBefore(JournalPosition position)
    {
        var files = Extent.Files;
        int gone = 0;
        try
        {
            while (gone + 1 < files.Length && new JournalPosition(files[gone + 1].Epoch, files[gone + 1].First) <= position)
            {
                _files.Delete(files[gone].Path);
                gone++;
            }
        }
        // Not synced: a file that a power cut brings back lies below the cursor, is never read, and goes with the next call.
        catch (IOException)
        {
            // Only room is at stake, and the next call comes soon.
        }
        if (gone == 0) return 0;
        lock (_publishing) Volatile.Write(ref _extent, _extent with { Files = _extent.Files[gone..] });
        lock (_gate) _onDisk -= files.Take(gone).Sum(f => f.End);
        MoreRoom();
        return gone;
    }

    /// <summary>
    /// Commits what was accepted and closes. A disk that refuses is asked once more; what it does not take then was never acknowledged:
    /// <see cref="CommittedSequence"/> says how far all is durable.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closing) return;
            _closing = true;
            Monitor.PulseAll(_gate);
        }
        _thread.Join();
        _file?.Dispose();
        lock (_gate) _closed = true;
        _committed.Close();
        _room.Close();
    }
}

/// <summary>Holds the journal for one batch of records. On the stack of one thread only.</summary>
public readonly ref struct JournalAppend
{
    readonly JournalWriter _journal;

    internal JournalAppend(JournalWriter journal) => _journal = journal;

    /// <summary>
    /// Copies the record; false when it is not accepted: the buffer is full because the disk is slow, or <see cref="JournalWriter.Health"/> says why.
    /// A datagram is then counted as dropped, a stream is not read until there is room.
    /// </summary>
    public bool Add(in RecordHeader header, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> certificate = default) =>
        _journal.Add(header, payload, certificate);

    /// <summary>The sequence of the last record accepted: what to wait for before acknowledging.</summary>
    public long LastSequence => _journal.LastSequence;

    public void Dispose() => _journal.EndAppend();
}
