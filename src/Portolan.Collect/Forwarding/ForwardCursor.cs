using System.Runtime.CompilerServices;
using System.Text;
using Portolan.Model;
using Portolan.Store.Files;
using Portolan.Store.Journal;

namespace Portolan.Collect.Forwarding;

/// <summary>
/// How far a receiver has come, in <c>forward/NAME</c> of the data directory: records before <see cref="Safe"/> need not be sent again, those before
/// <see cref="Counted"/> are in the counts, which lie in the same file so that no crash can part them.
/// <para>Layout inside <see cref="AtomicFile"/>, little-endian: 4 bytes version; twice 4 bytes epoch and 8 bytes sequence; 4 bytes number of counts, of each
/// the reason (UTF-8 behind a 7-bit length) and 8 bytes.</para>
/// </summary>
public sealed record ForwardCursor(JournalPosition Safe, JournalPosition Counted, IReadOnlyList<(string Reason, long Count)> Counts)
{
    const int Version = 1;
    const int MostCounts = 64;

    public static string Folder(string data) => Path.Combine(data, "forward");

    /// <summary>Makes the folder; once, before the first cursor is written.</summary>
    // Not inlined: the power-cut test leaves out single syncs by the method that asks for them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void MakeFolder(IFiles files, string folder)
    {
        files.CreateDirectory(folder);
        files.SyncDirectory(Path.GetDirectoryName(folder)!);
    }

    public static AtomicFileState Read(IFiles files, string folder, string name, out ForwardCursor cursor)
    {
        cursor = null!;
        var state = AtomicFile.Read(files, Path.Combine(folder, name), out byte[] content);
        if (state != AtomicFileState.Read) return state;
        using var r = new BinaryReader(new MemoryStream(content), Encoding.UTF8);
        try
        {
            if (r.ReadInt32() != Version) return AtomicFileState.Damaged;
            var safe = new JournalPosition(r.ReadInt32(), r.ReadInt64());
            var counted = new JournalPosition(r.ReadInt32(), r.ReadInt64());
            int n = r.ReadInt32();
            if (n is < 0 or > MostCounts) return AtomicFileState.Damaged;
            var counts = new List<(string, long)>();
            while (n-- > 0) counts.Add((r.ReadString(), r.ReadInt64()));
            cursor = new(safe, counted, counts);
            return AtomicFileState.Read;
        }
        catch (EndOfStreamException)
        {
            return AtomicFileState.Damaged;
        }
    }

    public void Write(IFiles files, string folder, string name)
    {
        var content = new MemoryStream();
        using (var w = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
        {
            w.Write(Version);
            w.Write(Safe.Epoch);
            w.Write(Safe.Sequence);
            w.Write(Counted.Epoch);
            w.Write(Counted.Sequence);
            w.Write(Counts.Count);
            foreach (var (reason, count) in Counts)
            {
                w.Write(reason);
                w.Write(count);
            }
        }
        AtomicFile.Write(files, Path.Combine(folder, name), content.GetBuffer().AsSpan(0, (int)content.Length));
    }

    /// <summary>Puts the counts of all receivers there ever were into the ledger, for a directory whose server does not run.</summary>
    public static void CountAll(IFiles files, string folder, Ledger ledger)
    {
        foreach (string name in files.List(folder))
            if (!name.EndsWith(".tmp", StringComparison.Ordinal) && Read(files, folder, name, out var cursor) == AtomicFileState.Read)
                cursor.CountInto(ledger, Receiver.LedgerSourceOf(name));
    }

    /// <summary>Puts the counts into the ledger.</summary>
    public void CountInto(Ledger ledger, string source)
    {
        foreach (var (reason, count) in Counts) ledger.Cell(source, reason, LedgerPart.Receiver).Value = count;
    }
}
