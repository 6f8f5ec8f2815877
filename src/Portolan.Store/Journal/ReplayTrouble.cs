using System.Buffers.Binary;
using Portolan.Model;
using Portolan.Store.Files;

namespace Portolan.Store.Journal;

/// <summary>
/// Remembers over which records processes ended, in <c>journal/trouble</c>, so that a bug in journal, store or state is not met forever: after
/// <see cref="Most"/> ends while the cursor stood at one position, the records are set aside. From the second start on the replay goes in small stretches,
/// each sealed by itself, so that few records are set aside; what is not sealed yet is narrowed down with every start.
/// <para>A process that ends by an exception says so itself. One that is gone without a word had perhaps met a fault in native code, or no memory; more
/// often somebody killed it, or the power failed. It counts a quarter of an end, and only when it had not got through the replay.</para>
/// <para>Layout inside <see cref="AtomicFile"/>, little-endian: i32 quarters of ends, i32 1 while the replay runs, i32 epoch and i64 sequence of the first record, the
/// same of the one behind the last.</para>
/// </summary>
public sealed class ReplayTrouble
{
    public const int Most = 3;
    const int Quarters = 4;
    const int Pieces = 32;

    readonly IFiles _files;
    readonly string _path;
    readonly Action<string> _tell;
    int _quarters;
    bool _replaying;
    JournalPosition _from, _to;

    /// <param name="cursor">Where the replay begins.</param>
    /// <param name="end">Where it ends.</param>
    public ReplayTrouble(IFiles files, string journal, JournalPosition cursor, JournalPosition end, Action<string> tell)
    {
        (_files, _path, _tell) = (files, Path.Combine(journal, "trouble"), tell);
        Read();
        if (cursor > _from) (_quarters, _replaying) = (0, false); // the cursor has got past it
        if (_replaying)
        {
            _quarters++;
            tell($"the process before this one ended without a word while it read records {_from.Epoch}-{_from.Sequence} and following; this one goes on in small steps");
        }
        if (_quarters >= Most * Quarters)
        {
            int n = JournalQuarantine.SetAside(files, journal, _from, _to);
            tell($"{LogSeverity.Error}RECORDS SET ASIDE: {n} records from {_from.Epoch}-{_from.Sequence} on ended the process again and again; they lie in {JournalQuarantine.Folder(journal)} and are not searched. "
                + "try: report the fault above; after an upgrade, portolan import of that file brings them back");
            _quarters = 0;
        }
        if (_quarters == 0) (_from, _to) = (cursor, end);
        bool known = _replaying || files.Exists(_path);
        _replaying = cursor < end;
        if (_replaying || known) Write();
    }

    /// <summary>Whether to go on in small stretches, of at most so many records, each sealed; what is begun is remembered.</summary>
    public bool IsCareful(JournalPosition at, ref int most)
    {
        if (!_replaying || _quarters == 0 || at < _from || at >= _to) return false;
        // At the end of an epoch nobody knows how many records are left.
        if (_to.Epoch != at.Epoch) most = Math.Min(most, Pieces);
        else most = (int)Math.Clamp(_step == 0 ? _step = (_to.Sequence - at.Sequence + Pieces - 1) / Pieces : _step, 1, most);
        Write(at, _to.Epoch == at.Epoch ? at with { Sequence = Math.Min(at.Sequence + most, _to.Sequence) } : _to);
        return true;
    }

    long _step;

    /// <summary>Everything that the journal held at the start has been read.</summary>
    public void Through()
    {
        if (!_replaying) return;
        (_replaying, _quarters) = (false, 0);
        Write();
    }

    /// <summary>The process ends over these records.</summary>
    public void Failed(JournalPosition first, JournalPosition behind)
    {
        (_replaying, _quarters, _from, _to) = (false, _quarters + Quarters, first, behind > first ? behind : first with { Sequence = first.Sequence + 1 });
        _tell($"records {_from.Epoch}-{_from.Sequence} to {_to.Epoch}-{_to.Sequence - 1} end the process: {_quarters / Quarters} of {Most} times, then they are set aside");
        Write();
    }

    void Read()
    {
        if (AtomicFile.Read(_files, _path, out byte[] content) != AtomicFileState.Read || content.Length != 32) return;
        _quarters = BinaryPrimitives.ReadInt32LittleEndian(content);
        _replaying = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(4)) != 0;
        _from = new(BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(8)), BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(12)));
        _to = new(BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(20)), BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(24)));
    }

    void Write() => Write(_from, _to);

    void Write(JournalPosition from, JournalPosition to)
    {
        Span<byte> content = stackalloc byte[32];
        BinaryPrimitives.WriteInt32LittleEndian(content, _quarters);
        BinaryPrimitives.WriteInt32LittleEndian(content[4..], _replaying ? 1 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(content[8..], from.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(content[12..], from.Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(content[20..], to.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(content[24..], to.Sequence);
        try
        {
            AtomicFile.Write(_files, _path, content);
        }
        catch (IOException e)
        {
            _tell($"journal: {_path} cannot be written: {e.Message}");
        }
    }
}
