using System.Text;
using Portolan.Model;
using Portolan.Store.Files;
using Portolan.Store.Journal;

namespace Portolan.Collect.Pipeline;

/// <summary>
/// Keeps what the entrances counted before the journal (<see cref="LedgerPart.Arrival"/>): what was received, and what was lost there. The cursor's
/// checkpoint cannot hold it, for it knows only records. So it is written to <c>journal/arrivals</c> every second together with the journal position that it
/// belongs to; after a crash the records behind that position are counted again, and only losses of the last second are unknown.
/// <para>Layout inside <see cref="AtomicFile"/>, little-endian: 4 bytes version, 4 bytes epoch and 8 bytes sequence of the first record not counted,
/// 4 bytes number of rows, of each source and reason (UTF-8 behind a 7-bit length) and 8 bytes count.</para>
/// </summary>
public sealed class Arrivals(IFiles files, string journalFolder, Ledger ledger, JournalWriter journal)
{
    const int Version = 1;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    readonly string _path = Path.Combine(journalFolder, "arrivals");
    (long Sequence, long Sum) _saved = (-1, -1);

    /// <summary>Counts what the last process had counted, and what the journal holds behind that. Before anything arrives.</summary>
    /// <param name="sealedUpTo">Before it the journal may be gone.</param>
    public void Recover(JournalPosition sealedUpTo) => Recover(files, journalFolder, ledger, sealedUpTo, journal.OpenReader);

    /// <summary>The same for a directory whose server does not run.</summary>
    public static void RecoverStopped(IFiles files, string journalFolder, Ledger ledger, JournalPosition sealedUpTo) =>
        Recover(files, journalFolder, ledger, sealedUpTo, from => JournalReader.OpenStopped(files, journalFolder, from));

    static void Recover(IFiles files, string journalFolder, Ledger ledger, JournalPosition sealedUpTo, Func<JournalPosition, JournalReader> open)
    {
        var next = ReadFile(files, journalFolder, ledger);
        if (next < sealedUpTo)
        {
            // The file is old, or there is none: what is sealed was received, and so was what was lost.
            foreach (var entrance in ledger.Snapshot().Where(r => r.Part is LedgerPart.Entrance or LedgerPart.Arrival).GroupBy(r => r.Source))
            {
                long known = entrance.Where(r => r.Reason == LedgerReasons.Stored || LedgerReasons.Losses.Contains(r.Reason)).Sum(r => r.Count);
                ledger.Cell(entrance.Key, LedgerReasons.Received, LedgerPart.Arrival).Value = known;
            }
            next = sealedUpTo;
        }
        using var reader = open(next);
        CountRecords(reader, ledger);
    }

    static JournalPosition ReadFile(IFiles files, string journalFolder, Ledger ledger)
    {
        if (AtomicFile.Read(files, Path.Combine(journalFolder, "arrivals"), out byte[] content) != AtomicFileState.Read) return default;
        using var r = new BinaryReader(new MemoryStream(content), Encoding.UTF8);
        if (r.ReadInt32() != Version) return default;
        var next = new JournalPosition(r.ReadInt32(), r.ReadInt64());
        for (int n = r.ReadInt32(); n > 0; n--) ledger.Cell(r.ReadString(), r.ReadString(), LedgerPart.Arrival).Value = r.ReadInt64();
        return next;
    }

    static void CountRecords(JournalReader reader, Ledger ledger)
    {
        var batch = new EventBatch();
        var records = new JournalRecord[2048];
        int n;
        while ((n = reader.Fill(batch, records)) > 0 || reader.NeedsNewBatch)
        {
            foreach (ref readonly var r in records.AsSpan(0, n))
                ledger.Count(Endpoints.Entrance(r.Header.Listener), LedgerReasons.Received, 1, LedgerPart.Arrival);
            batch.Clear();
        }
    }

    /// <summary>Writes the counts if they changed, once the records that they count are durable. One thread; a disk that refuses is asked the next time.</summary>
    public void Save()
    {
        List<LedgerRow> rows;
        long last;
        // Who counts a record as received holds the journal: at this moment the counts are those of exactly the records appended.
        using (var append = journal.BeginAppend())
        {
            rows = [.. ledger.Snapshot().Where(r => r.Part == LedgerPart.Arrival)];
            last = append.LastSequence;
        }
        var now = (last, rows.Sum(r => r.Count));
        if (now == _saved || !journal.WaitCommitted(last, Patience)) return;
        var content = new MemoryStream();
        using (var w = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
        {
            w.Write(Version);
            w.Write(journal.Epoch);
            w.Write(last + 1);
            w.Write(rows.Count);
            foreach (var r in rows)
            {
                w.Write(r.Source);
                w.Write(r.Reason);
                w.Write(r.Count);
            }
        }
        try
        {
            AtomicFile.Write(files, _path, content.ToArray());
            _saved = now;
        }
        catch (IOException)
        {
            // A full disk is told by the journal; the counts are in memory meanwhile.
        }
    }
}
