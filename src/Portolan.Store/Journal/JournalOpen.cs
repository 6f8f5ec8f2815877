using System.Runtime.CompilerServices;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Portolan.Store.Files;

namespace Portolan.Store.Journal;

/// <summary>
/// Brings the files of a journal into a state that can be continued: the torn tail of the last file is cut, files without a readable header are set
/// aside, the epoch is settled.
/// </summary>
sealed class JournalOpen(IFiles files, JournalOptions options)
{
    const string EpochFile = "epoch";

    readonly List<JournalFile> _kept = [];
    readonly List<string> _quarantined = [];

    public IReadOnlyList<JournalFile> Files => _kept;

    public int Epoch { get; private set; }

    public uint Salt { get; private set; }

    /// <summary>The sequence of the next record.</summary>
    public long Next { get; private set; } = 1;

    /// <summary>The last file goes on; otherwise the first append makes a new one.</summary>
    public bool Continues { get; private set; }

    public JournalRecovery Run()
    {
        if (!files.Exists(Path.Combine(options.Directory, EpochFile))) MakeDirectory();
        JournalQuarantine.Settle(files, options.Directory);
        int recorded = RecordedEpoch(out bool epochDamaged);
        string reason = "";
        JournalFileHeader last = default;
        var names = files.List(options.Directory).Where(n => JournalFormat.TryParseFileName(n, out _, out _)).ToArray();
        for (int i = 0; i < names.Length; i++)
        {
            string path = Path.Combine(options.Directory, names[i]);
            JournalFormat.TryParseFileName(names[i], out int epoch, out long first);
            long length;
            bool readable;
            using (var file = files.OpenRead(path))
            {
                length = file.Length;
                readable = JournalFormat.TryReadFileHeader(file, out var header) && header.Epoch == epoch && header.First == first;
                if (readable) last = header;
            }
            if (readable) _kept.Add(new(path, epoch, first, length));
            // A power cut while the file was made leaves less than a header and no record; then the name was not in use yet.
            else if (i == names.Length - 1 && length <= JournalFormat.FileHeaderSize) files.Delete(path);
            else reason = Quarantine(path, names[i]);
        }

        JournalScanResult scan = default;
        long cut = 0;
        if (_kept.Count > 0)
        {
            var tail = _kept[^1];
            using (var file = files.OpenWrite(tail.Path))
            {
                scan = JournalScan.Validate(file, last);
                cut = tail.End - scan.End;
                if (cut > 0) file.SetLength(scan.End);
                // After a kill the tail, and the file's name itself, may be there and not yet be sure to stay; from here on readers see them.
                WriteAgain(file, 0, JournalFormat.FileHeaderSize);
                WriteAgain(file, Math.Max(JournalFormat.FileHeaderSize, scan.End - options.BufferBytes), scan.End);
                file.Sync();
                files.SyncDirectory(options.Directory);
            }
            _kept[^1] = tail with { End = scan.End };
            Epoch = last.Epoch;
            Salt = last.Salt;
            Next = scan.Next;
            Continues = true;
        }

        if (_kept.Count == 0 && (recorded > 0 || epochDamaged)) reason = "the journal's files are gone";
        else if (recorded > Epoch) reason = $"the journal's files end in epoch {Epoch}, epoch {recorded} was in use";
        else if (_kept.Count > 0 && recorded == 0) reason = "the record of the epoch is gone";
        if (new JournalPosition(Epoch, Next) < options.Known) reason = $"the journal ends before {options.Known.Epoch}-{options.Known.Sequence}";
        if (Continues && last.Host != options.Host) reason = $"this host's number changed from {last.Host} to {options.Host}";
        if (options.NewEpoch) reason = "a restore was asked for";
        if (_kept.Count == 0 || reason != "")
        {
            Epoch = Math.Max(Math.Max(Epoch, recorded), options.Known.Epoch) + 1;
            Salt = BinaryPrimitives.ReadUInt32LittleEndian(RandomNumberGenerator.GetBytes(4));
            Next = 1;
            Continues = false;
            if (Epoch == 1) reason = "";
        }
        if (Epoch != recorded)
        {
            Span<byte> content = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(content, Epoch);
            AtomicFile.Write(files, Path.Combine(options.Directory, EpochFile), content);
        }
        return new(_kept.Count, scan.Records, cut, scan.DamagedBytes, scan.DamagedStretches, _quarantined, reason);
    }

    // If the last sync before the kill failed, the kernel shows bytes, and thinks them clean, that the disk does not have. A commit is never longer than
    // a buffer.
    static void WriteAgain(IFile file, long from, long to)
    {
        var buffer = new byte[(int)Math.Min(1 << 20, to - from)];
        while (from < to)
        {
            int n = file.Read(from, buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from)));
            if (n == 0) throw new IOException("the journal's file became shorter while it was read");
            file.Write(from, buffer.AsSpan(0, n));
            from += n;
        }
    }

    // Not inlined: the power-cut test leaves out single syncs by the method that asks for them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    void MakeDirectory()
    {
        files.CreateDirectory(options.Directory);
        files.SyncDirectory(Path.GetDirectoryName(options.Directory)!);
    }

    int RecordedEpoch(out bool damaged)
    {
        var state = AtomicFile.Read(files, Path.Combine(options.Directory, EpochFile), out var content);
        damaged = state == AtomicFileState.Damaged || state == AtomicFileState.Read && content.Length != 4;
        return state == AtomicFileState.Read && content.Length == 4 ? BinaryPrimitives.ReadInt32LittleEndian(content) : 0;
    }

    string Quarantine(string path, string name)
    {
        string directory = JournalQuarantine.Make(files, options.Directory);
        files.Move(path, Path.Combine(directory, name));
        // The name here must stay before the one in the journal's folder goes for good, which the new epoch's sync of that folder sees to.
        files.SyncDirectory(directory);
        _quarantined.Add(name);
        return $"file {name} has no readable header";
    }
}
