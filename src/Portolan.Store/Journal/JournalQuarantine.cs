using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Portolan.Model;
using Portolan.Store.Files;
using Portolan.Store.Segments;

namespace Portolan.Store.Journal;

/// <summary>
/// The folder <c>quarantine</c> of a journal: files that cannot be read, and records that cannot be understood without the process ending, in files of the
/// journal's own form named <c>EPOCH-FIRST-LAST.journal</c>.
/// </summary>
public static class JournalQuarantine
{
    const string Name = "quarantine";

    public static string Folder(string journal) => Path.Combine(journal, Name);

    /// <summary>The records that were set aside, in order: whoever reads the journal passes over them as long as their file is there.</summary>
    public static IReadOnlyList<JournalRange> Ranges(IFiles files, string journal) =>
        [.. files.List(Folder(journal)).Select(Range).OfType<JournalRange>().OrderBy(r => (r.Epoch, r.First))];

    static JournalRange? Range(string name)
    {
        string[] parts = Path.GetFileNameWithoutExtension(name).Split('-');
        return name.EndsWith(JournalFormat.Extension, StringComparison.Ordinal) && parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long first)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long last) ? new(epoch, first, last) : null;
    }

    /// <summary>Copies the records of [from, to), as far as they are in the epoch of the first, into a file of their own; they stay in the journal.</summary>
    /// <returns>How many there are.</returns>
    public static int SetAside(IFiles files, string journal, JournalPosition from, JournalPosition to)
    {
        using var reader = JournalReader.OpenStopped(files, journal, from);
        var batch = new EventBatch();
        var records = new JournalRecord[2048];
        uint salt = BinaryPrimitives.ReadUInt32LittleEndian(RandomNumberGenerator.GetBytes(4));
        JournalPosition first = default, last = default;
        long at = JournalFormat.FileHeaderSize;
        int count = 0, n;
        string folder = Make(files, journal), draft = Path.Combine(folder, "set-aside.tmp");
        if (files.Exists(draft)) files.Delete(draft);
        using (var file = files.Create(draft))
        {
            while ((n = reader.Fill(batch, records, upTo: to with { Sequence = to.Sequence - 1 })) > 0)
            {
                foreach (ref readonly var r in records.AsSpan(0, n))
                {
                    if (count++ == 0)
                    {
                        first = new(batch.Epoch, r.Sequence);
                        var header = new byte[JournalFormat.FileHeaderSize];
                        JournalFormat.WriteFileHeader(header, new(batch.Host, batch.Epoch, salt, r.Sequence));
                        file.Write(0, header);
                    }
                    last = new(batch.Epoch, r.Sequence);
                    var bytes = new byte[JournalFormat.RecordHeaderSize + r.CertificateLength + r.Length];
                    JournalFormat.WriteRecord(bytes, salt, r.Sequence, r.Header, batch.Span(r.Certificate), batch.Span(r.Payload));
                    file.Write(at, bytes);
                    at += bytes.Length;
                }
                batch.Clear();
            }
            file.Sync();
        }
        if (count == 0) files.Delete(draft);
        else files.Move(draft, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{first.Epoch:d10}-{first.Sequence:d19}-{last.Sequence:d19}{JournalFormat.Extension}")));
        files.SyncDirectory(folder);
        return count;
    }

    /// <summary>
    /// To be called at start before the journal's folder is synced: a process that was killed while it moved a file here may have left the move in memory
    /// only, and then the file's old name must not be the first to go.
    /// </summary>
    internal static void Settle(IFiles files, string journal)
    {
        if (files.Folders(journal).Contains(Name)) files.SyncDirectory(Folder(journal));
    }

    /// <summary>The folder, made so that it lasts before anything is put into it.</summary>
    internal static string Make(IFiles files, string journal)
    {
        string folder = Folder(journal);
        files.CreateDirectory(folder);
        files.SyncDirectory(journal);
        return folder;
    }
}
