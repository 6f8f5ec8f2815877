using Portolan.Model;
using Portolan.Store.Journal;

namespace Portolan.Collect.Pipeline;

/// <summary>
/// Puts the lines of a file into the journal as records of their own time. Lines end with LF, a CR before it is not part of them; the last may have none.
/// A file of the journal itself, such as one that was set aside, is taken record by record, each as it once arrived.
/// </summary>
public sealed class LineImport(JournalWriter journal, Ledger ledger, string name, uint origin)
{
    const int MaxLine = 65_536;
    const string Source = "import";
    byte[] _buffer = new byte[1 << 20];

    public long Lines { get; private set; }
    public long Bytes { get; private set; }

    /// <summary>Lines that were longer than 64 KiB and lost their end.</summary>
    public long Cut { get; private set; }

    public async Task Run(Stream from, CancellationToken cancel)
    {
        int used = 0, first;
        // No more than is looked at: a first read that filled the buffer would leave no room, and no room looks like the end.
        while (used < 8 && (first = await from.ReadAsync(_buffer.AsMemory(used, 8 - used), cancel)) > 0) used += first;
        Bytes = used;
        if (JournalFileParser.IsJournal(_buffer.AsSpan(0, used)))
        {
            await Records(from, used, cancel);
            return;
        }
        bool skipping = false;
        while (true)
        {
            int n = await from.ReadAsync(_buffer.AsMemory(used), cancel);
            Bytes += n;
            used += n;
            int at = 0;
            while (at < used)
            {
                int lf = _buffer.AsSpan(at, used - at).IndexOf((byte)'\n');
                int length = lf < 0 ? used - at : lf;
                if (skipping)
                {
                    at += lf < 0 ? length : length + 1;
                    skipping = lf < 0;
                    continue;
                }
                if (lf < 0 && n > 0 && length <= MaxLine) break;
                if (length > 0) await Add(at, Math.Min(length, MaxLine), length > MaxLine, cancel);
                skipping = lf < 0 && length > MaxLine;
                at += lf < 0 ? length : length + 1;
            }
            _buffer.AsSpan(at, used - at).CopyTo(_buffer);
            used -= at;
            if (n == 0) return;
        }
    }

    async Task Records(Stream from, int used, CancellationToken cancel)
    {
        Array.Resize(ref _buffer, JournalFileParser.MaxRecord + (1 << 20));
        var parser = new JournalFileParser();
        while (true)
        {
            int at = 0;
            while (true)
            {
                bool found = parser.TryRead(_buffer.AsSpan(at, used - at), out int consumed, out var record);
                if (found)
                {
                    while (!TryAdd(record, at))
                        if (!await journal.RoomAsync(cancel)) throw new IOException($"the journal closed while {name} was imported");
                    Lines++;
                }
                at += consumed;
                if (!found) break;
            }
            _buffer.AsSpan(at, used - at).CopyTo(_buffer);
            used -= at;
            int n = await from.ReadAsync(_buffer.AsMemory(used), cancel);
            Bytes += n;
            used += n;
            if (n > 0) continue;
            if (used > 0) throw new IOException($"{name} ends inside a record");
            return;
        }
    }

    bool TryAdd(in JournalRecord record, int at)
    {
        using var append = journal.BeginAppend();
        var (payload, certificate) = (record.Payload, record.Certificate);
        if (!append.Add(record.Header, _buffer.AsSpan(at + payload.Start, payload.Length), _buffer.AsSpan(at + certificate.Start, certificate.Length))) return false;
        ledger.Count(Endpoints.Entrance(record.Header.Listener), LedgerReasons.Received, 1, LedgerPart.Arrival);
        return true;
    }

    async ValueTask Add(int at, int length, bool cut, CancellationToken cancel)
    {
        if (!cut && _buffer[at + length - 1] == '\r' && --length == 0) return;
        long now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;
        var header = new RecordHeader(now, Endpoints.ImportListener, RecordFlags.OwnTime | (cut ? RecordFlags.Truncated : 0), default, 0, origin);
        while (!TryAdd(header, at, length))
            if (!await journal.RoomAsync(cancel)) throw new IOException($"the journal closed while {name} was imported");
        Lines++;
        if (cut) Cut++;
        if (cut) ledger.Count(Source, LedgerReasons.Truncated, 1, LedgerPart.Arrival);
    }

    bool TryAdd(in RecordHeader header, int at, int length)
    {
        using var append = journal.BeginAppend();
        if (!append.Add(header, _buffer.AsSpan(at, length))) return false;
        ledger.Count(Source, LedgerReasons.Received, 1, LedgerPart.Arrival);
        return true;
    }
}
