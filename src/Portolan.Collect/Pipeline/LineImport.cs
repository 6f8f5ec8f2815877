using Portolan.Model;
using Portolan.Store.Journal;

namespace Portolan.Collect.Pipeline;

/// <summary>Puts the lines of a file into the journal as records of their own time. Lines end with LF, a CR before it is not part of them; the last may have none.</summary>
public sealed class LineImport(JournalWriter journal, Ledger ledger, string name, uint origin)
{
    const int MaxLine = 65_536;
    const string Source = "import";
    readonly byte[] _buffer = new byte[1 << 20];

    public long Lines { get; private set; }
    public long Bytes { get; private set; }

    /// <summary>Lines that were longer than 64 KiB and lost their end.</summary>
    public long Cut { get; private set; }

    public async Task Run(Stream from, CancellationToken cancel)
    {
        int used = 0;
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

    async ValueTask Add(int at, int length, bool cut, CancellationToken cancel)
    {
        if (!cut && _buffer[at + length - 1] == '\r' && --length == 0) return;
        long now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;
        var header = new RecordHeader(now, Endpoints.ImportListener, RecordFlags.OwnTime | (cut ? RecordFlags.Truncated : 0), default, 0, origin);
        while (!TryAdd(header, at, length))
            if (!await journal.RoomAsync(cancel)) throw new IOException($"the journal closed while {name} was imported");
        Lines++;
        if (cut) Cut++;
        ledger.Count(Source, LedgerReasons.Received);
        if (cut) ledger.Count(Source, LedgerReasons.Truncated);
    }

    bool TryAdd(in RecordHeader header, int at, int length)
    {
        using var append = journal.BeginAppend();
        return append.Add(header, _buffer.AsSpan(at, length));
    }
}
