using Portolan.Model;
using Portolan.Store;
using Portolan.Store.Aql;
using Portolan.Store.Columns;
using Portolan.Store.Journal;
using Portolan.Store.Segments;

namespace Portolan.Collect.Forwarding;

/// <summary>One message to be forwarded; its bytes lie in the stretch it was read with.</summary>
/// <param name="Time">Receipt, microseconds since 1970 UTC.</param>
public readonly record struct StoredMessage(long Sequence, int Index, int Start, int Length, Address Sender, long Time);

/// <summary>
/// Reads messages from the store in the order in which they came, a bounded stretch at a time: of segments and of the open block alike. What it holds is
/// reused by the next stretch.
/// </summary>
/// <param name="leftOut">A log source type whose rows are not read: what Portolan says itself.</param>
public sealed class StoredMessages(EventStore store, Action<string> tell, long? leftOut = null)
{
    /// <summary>Most records of a stretch, and about how many bytes of messages.</summary>
    const int MostRecords = 32_768, MostBytes = 8 << 20;

    /// <summary>Rows that a condition is asked of together: their payloads may have to be in memory.</summary>
    const int ConditionRows = 8192;

    readonly List<StoredMessage> _messages = [];
    byte[] _bytes = [];
    int _used;
    string? _damaged;

    /// <summary>In order.</summary>
    public IReadOnlyList<StoredMessage> Messages => _messages;

    /// <summary>Rows that the condition left out, those of the type left out, and imported ones: those were not received.</summary>
    public long NotSelected { get; private set; }

    /// <summary>Records that ought to be there and are not.</summary>
    public long NotStored { get; private set; }

    /// <summary>Where the next stretch begins.</summary>
    public JournalPosition Next { get; private set; }

    public ReadOnlySpan<byte> Bytes(in StoredMessage m) => _bytes.AsSpan(m.Start, m.Length);

    /// <summary>Reads the stretch that begins at <paramref name="from"/>; false when that is not before <paramref name="to"/>.</summary>
    /// <param name="to">The first record whose rows may not be there yet.</param>
    public bool Read(JournalPosition from, JournalPosition to, AqlCondition? when)
    {
        _messages.Clear();
        (_used, NotSelected, NotStored, Next) = (0, 0, 0, from);
        if (from >= to) return false;
        if (_bytes.Length > 1 << 20 && from.Epoch == to.Epoch && to.Sequence - from.Sequence < 1000) _bytes = []; // no longer behind
        if (store.FirstFrom(from) is not { } first || first > to) first = to;
        if (first.Epoch > from.Epoch)
        {
            // Sequences begin anew with the epoch; how far the last one went, only its rows could have told.
            Next = new(first.Epoch, 1);
            return true;
        }
        NotStored = Math.Max(0, first.Sequence - Math.Max(1, from.Sequence));
        Next = first;
        if (first < to) ReadRows(first, to, when);
        return true;
    }

    void ReadRows(JournalPosition from, JournalPosition to, AqlCondition? when)
    {
        bool whole = from.Epoch == to.Epoch; // of an epoch that is over, nobody knows here where it ended
        long last = Math.Min(from.Sequence + MostRecords, whole ? to.Sequence : long.MaxValue) - 1, cut = long.MaxValue;
        var stretches = new List<Stretch>();
        using var snapshot = store.Snapshot(new JournalRange(from.Epoch, from.Sequence, last));
        foreach (var block in snapshot.Blocks)
        {
            int before = _messages.Count;
            try
            {
                if (Stretch.Of(block, from.Sequence, last) is not { } stretch) continue;
                int[] rows = Selected(stretch, when, leftOut);
                Take(stretch, rows, from.Sequence, ref cut);
                stretches.Add(stretch);
            }
            catch (SegmentCorruptException e)
            {
                _messages.RemoveRange(before, _messages.Count - before);
                if (_damaged != e.File) tell($"{e.Message}; its messages are not forwarded, and counted as {LedgerReasons.NotStored}");
                _damaged = e.File;
            }
        }
        if (cut <= last)
        {
            last = cut - 1;
            _messages.RemoveAll(m => m.Sequence >= cut);
        }
        else if (!whole && stretches.Count > 0) last = Math.Min(last, stretches.Max(s => s.Sequences[s.To - 1]));
        var (records, rowsRead) = (stretches.Sum(s => s.Records(last)), stretches.Sum(s => (long)s.Rows(last)));
        NotStored += last - from.Sequence + 1 - records;
        NotSelected = rowsRead - _messages.Count;
        if (stretches.Count > 1) _messages.Sort(static (a, b) => a.Sequence != b.Sequence ? a.Sequence.CompareTo(b.Sequence) : a.Index.CompareTo(b.Index));
        Next = new(from.Epoch, last + 1);
    }

    static int[] Selected(Stretch stretch, AqlCondition? when, long? leftOut)
    {
        var rows = new List<int>(stretch.To - stretch.From);
        long[]? bucket = stretch.Block.Numbers(Fields.RetentionBucket)?.Values;
        long[]? types = leftOut is { } type && stretch.Block.MayHoldNumber(Fields.DeviceType, type, type) ? stretch.Block.Numbers(Fields.DeviceType)?.Values : null;
        if (when == null)
        {
            for (int row = stretch.From; row < stretch.To; row++)
                if (Received(row)) rows.Add(row);
            return [.. rows];
        }
        for (int row = stretch.From; row < stretch.To; row += ConditionRows)
            foreach (int match in when.Matches(stretch.Block, row, Math.Min(stretch.To, row + ConditionRows)))
                if (Received(match)) rows.Add(match);
        return [.. rows];

        bool Received(int row) => (bucket == null || bucket[row] != StoreOptions.ImportBucket) && (types == null || types[row] != leftOut);
    }

    // What no longer fits is left for the next stretch, from that record on; the first record always fits.
    void Take(Stretch stretch, int[] rows, long first, ref long cut)
    {
        if (rows.Length == 0) return;
        var senders = stretch.Block.Addresses(Fields.SendingIp);
        long[]? times = stretch.Block.Numbers(Fields.StartTime)?.Values;
        long until = cut;
        stretch.Block.Payloads(rows, (row, payload) =>
        {
            long sequence = stretch.Sequences[row];
            if (sequence >= until) return;
            if (_used + payload.Length > MostBytes && sequence > first)
            {
                until = sequence;
                return;
            }
            if (_used + payload.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_used + payload.Length, Math.Min(_bytes.Length * 2 + 4096, MostBytes)));
            payload.CopyTo(_bytes.AsSpan(_used));
            _messages.Add(new(sequence, (int)(stretch.Indexes?[row] ?? 0), _used, payload.Length, senders?[row] ?? default, times?[row] ?? 0));
            _used += payload.Length;
        });
        cut = until;
    }

    /// <summary>When the first record at or after a position was received, microseconds since 1970; 0 when that cannot be told.</summary>
    public static long TimeOf(EventStore store, JournalPosition from, JournalPosition to)
    {
        if (store.FirstFrom(from) is not { } first || first >= to) return 0;
        using var snapshot = store.Snapshot(new JournalRange(first.Epoch, first.Sequence, first.Sequence));
        try
        {
            foreach (var block in snapshot.Blocks)
                if (Stretch.Of(block, first.Sequence, first.Sequence) is { } row)
                    return block.Numbers(Fields.RetentionBucket)?.Values[row.From] == StoreOptions.ImportBucket ? 0 : block.Numbers(Fields.StartTime)?.Values[row.From] ?? 0;
        }
        catch (SegmentCorruptException)
        {
            // Whoever reads it tells.
        }
        return 0;
    }

    /// <summary>Rows [From, To) of a block come from the records that are read. A block's rows are in journal order.</summary>
    sealed record Stretch(IBlock Block, long[] Sequences, long[]? Indexes, int From, int To)
    {
        public static Stretch? Of(IBlock block, long first, long last)
        {
            if (!block.MayHoldNumber(Fields.Sequence, first, last) || block.Numbers(Fields.Sequence)?.Values is not { } sequences) return null;
            int from = Before(sequences, first), to = Before(sequences, last + 1);
            return from < to ? new(block, sequences, block.Numbers(Fields.RecordIndex)?.Values, from, to) : null;
        }

        static int Before(long[] sequences, long sequence)
        {
            int low = 0, high = sequences.Length;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (sequences[middle] < sequence) low = middle + 1;
                else high = middle;
            }
            return low;
        }

        public int Rows(long last) => Before(Sequences, last + 1) - From;

        /// <summary>Records up to one of them: each has exactly one first row.</summary>
        public long Records(long last)
        {
            int to = From + Rows(last);
            if (Indexes == null) return to - From;
            long n = 0;
            for (int row = From; row < to; row++)
                if (Indexes[row] == 0) n++;
            return n;
        }
    }
}
