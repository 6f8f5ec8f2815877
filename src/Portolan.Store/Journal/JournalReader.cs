using Portolan.Model;
using Portolan.Store.Files;

namespace Portolan.Store.Journal;

/// <summary>
/// Reads records in order, once, straight into the slab of a batch; the same for replay, for the live end and for a stopped data directory. Sees durable
/// records only. Damage is skipped and counted.
/// </summary>
public sealed class JournalReader : IDisposable
{
    readonly IFiles _files;
    readonly JournalWriter? _writer;
    readonly JournalExtent? _stopped;
    IFile? _file;
    JournalFile _current;
    JournalFileHeader _header;
    long _offset;
    long _wanted; // records before it are passed over
    long _expected; // the sequence of the record at the offset
    int _usual = 512; // bytes of a record so far

    internal JournalReader(JournalWriter writer, JournalPosition from)
    {
        _files = writer.Files;
        _writer = writer;
        Seek(from);
    }

    JournalReader(IFiles files, JournalExtent stopped, JournalPosition from)
    {
        _files = files;
        _stopped = stopped;
        Seek(from);
    }

    /// <summary>Reads a journal that no process writes. Nothing is locked or changed; a torn tail is not read.</summary>
    public static JournalReader OpenStopped(IFiles files, string directory, JournalPosition from)
    {
        var found = new List<JournalFile>();
        foreach (string name in files.List(directory))
        {
            if (!JournalFormat.TryParseFileName(name, out int epoch, out long first)) continue;
            using var file = files.OpenRead(Path.Combine(directory, name));
            if (JournalFormat.TryReadFileHeader(file, out var header) && header.Epoch == epoch && header.First == first)
                found.Add(new(Path.Combine(directory, name), epoch, first, file.Length));
        }
        return new(files, new([.. found], found.Count == 0 ? 0 : found[^1].Epoch, long.MaxValue), from);
    }

    /// <summary>The next record to be read.</summary>
    public JournalPosition Position { get; private set; }

    /// <summary>True when the next record has another epoch or host than the batch given last: fill a fresh one.</summary>
    public bool NeedsNewBatch { get; private set; }

    /// <summary>Bytes passed over because they are no whole record, and the sequences missing from what was read.</summary>
    public long DamagedBytes { get; private set; }

    public long MissingRecords { get; private set; }

    JournalExtent Extent => _stopped ?? _writer!.Extent;

    /// <summary>Goes to a position; the first record at or after it is the next.</summary>
    public void Seek(JournalPosition to)
    {
        Close();
        Position = to;
    }

    /// <summary>
    /// Reads records into the batch's slab, in large reads, and says where they lie. Sets the batch's host and epoch; rows are the caller's to make.
    /// </summary>
    /// <param name="records">Filled from the start; its length is the most that is read.</param>
    /// <param name="maxBytes">About how much of the slab is used; a single record may be larger.</param>
    /// <param name="upTo">Records after it are left.</param>
    /// <returns>How many records were read; 0 at the end, or when <see cref="NeedsNewBatch"/>.</returns>
    public int Fill(EventBatch batch, Span<JournalRecord> records, int maxBytes = 1 << 20, JournalPosition? upTo = null)
    {
        NeedsNewBatch = false;
        int count = 0;
        while (count < records.Length && OpenCurrent(out var extent, out int index))
        {
            long end = extent.Files[index].End, held = LastIn(extent, index), last = held;
            if (upTo is { } u) last = u.Epoch < _current.Epoch ? 0 : u.Epoch == _current.Epoch ? Math.Min(held, u.Sequence) : held;
            if (_offset + JournalFormat.RecordHeaderSize > end || _expected > last)
            {
                if (count > 0 || !NextFile(extent, index, upTo)) break;
                continue;
            }
            if (batch.Used == 1)
            {
                batch.Host = _header.Host;
                batch.Epoch = _header.Epoch;
            }
            else if (batch.Host != _header.Host || batch.Epoch != _header.Epoch)
            {
                NeedsNewBatch = true;
                break;
            }
            int before = count;
            int bytes = Math.Min(maxBytes, 64 + _usual * (records.Length - count));
            if (!Read(batch, records, ref count, end, last, bytes)) PassDamage(extent, index, held);
            maxBytes -= _usual * (count - before);
            if (count > 0 && maxBytes < _usual) break;
        }
        return count;
    }

    /// <summary>Reads one stretch from the offset on; false when what stands there is no whole record.</summary>
    bool Read(EventBatch batch, Span<JournalRecord> records, ref int count, long end, long last, int bytes)
    {
        while (true)
        {
            int take = (int)Math.Min(Math.Max(bytes, JournalFormat.RecordHeaderSize), end - _offset);
            var slab = batch.Reserve(take);
            var window = batch.Bytes.AsSpan(slab.Start, _file!.Read(_offset, batch.Bytes.AsSpan(slab.Start, take)));
            int at = 0, size = 0, from = count;
            var state = RecordState.Whole;
            while (count < records.Length && at < window.Length)
            {
                state = JournalFormat.Check(window[at..], _header.Salt, out long sequence, out size);
                if (state == RecordState.Whole && sequence != _expected) state = RecordState.Damaged;
                if (state != RecordState.Whole || sequence > last) break;
                if (sequence >= _wanted) JournalFormat.Read(window[at..], slab.Start + at, size, out records[count++]);
                at += size;
                _expected++;
            }
            _offset += at;
            batch.Trim(count == from ? slab.Start : slab.Start + at);
            if (at > 0)
            {
                Position = new(_header.Epoch, Math.Max(_expected, _wanted));
                if (count > from) _usual = Math.Max(64, at / (count - from) + 1);
                return true;
            }
            // A record longer than the stretch is read again as a whole, if it ends in this file.
            if (state != RecordState.Cut || window.Length < take || size <= take || _offset + size > end) return false;
            bytes = size;
        }
    }

    /// <summary>Goes to the next whole record, or to the durable end of the file, whose last sequence is known to be <paramref name="held"/>.</summary>
    void PassDamage(JournalExtent extent, int index, long held)
    {
        long end = extent.Files[index].End;
        long found = JournalScan.FindNext(_file!, _offset, end, _header.Salt, _expected, out long sequence);
        bool tornTail = found < 0 && _stopped != null && index + 1 == extent.Files.Length; // never acknowledged: nobody's loss
        if (found < 0)
        {
            found = end;
            sequence = held == long.MaxValue ? _expected : held + 1;
        }
        if (!tornTail) DamagedBytes += found - _offset;
        Miss(sequence);
        _offset = found;
        _expected = sequence;
        Position = new(_header.Epoch, Math.Max(_expected, _wanted));
    }

    void Miss(long next)
    {
        long from = Math.Max(_wanted, _expected);
        if (next > from) MissingRecords += next - from;
    }

    /// <summary>The last sequence of a file; the highest there is where nobody knows.</summary>
    static long LastIn(JournalExtent extent, int index)
    {
        var file = extent.Files[index];
        if (index + 1 < extent.Files.Length)
            return extent.Files[index + 1].Epoch == file.Epoch ? extent.Files[index + 1].First - 1 : long.MaxValue;
        return extent.Epoch == file.Epoch ? extent.Committed : long.MaxValue;
    }

    /// <summary>Makes sure that the file of the position is open; false when there is none.</summary>
    bool OpenCurrent(out JournalExtent extent, out int index)
    {
        extent = Extent;
        index = -1;
        if (_file != null)
        {
            index = Array.FindLastIndex(extent.Files, f => f.Path == _current.Path);
            if (index >= 0) return true;
            Close();
        }
        if (extent.Files.Length == 0) return false;
        var position = Position;
        index = Math.Max(0, Array.FindLastIndex(extent.Files, f => new JournalPosition(f.Epoch, f.First) <= position));
        var file = extent.Files[index];
        if (position.Epoch > file.Epoch || !HasRecords(extent, index)) return false;
        if (position.Epoch == file.Epoch && position.Sequence > 0) MissingRecords += Math.Max(0, file.First - position.Sequence);
        Open(file);
        return true;
    }

    // The newest file may be made anew as long as it has no records.
    static bool HasRecords(JournalExtent extent, int index) => index + 1 < extent.Files.Length || extent.Files[index].End > JournalFormat.FileHeaderSize;

    bool NextFile(JournalExtent extent, int index, JournalPosition? upTo)
    {
        if (index + 1 >= extent.Files.Length || !HasRecords(extent, index + 1)) return false;
        var next = extent.Files[index + 1];
        if (upTo is { } u && new JournalPosition(next.Epoch, next.First) > u) return false;
        if (next.Epoch == _current.Epoch) Miss(next.First);
        Open(next);
        return true;
    }

    void Open(in JournalFile file)
    {
        Close();
        _file = _files.OpenRead(file.Path);
        if (!JournalFormat.TryReadFileHeader(_file, out _header)) _header = new(0, file.Epoch, 0, file.First); // then all of it counts as damaged
        _current = file;
        _offset = JournalFormat.FileHeaderSize;
        _expected = file.First;
        _wanted = Position.Epoch == file.Epoch ? Position.Sequence : 0;
        Position = new(file.Epoch, Math.Max(_wanted, _expected));
    }

    void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    public void Dispose() => Close();
}
