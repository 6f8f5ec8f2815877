using System.Buffers;
using Portolan.Formats.Json;
using Portolan.Model;
using Portolan.Store;
using Portolan.Store.Aql;
using Portolan.Store.Columns;
using Portolan.Store.Segments;
using Portolan.Web.Control;

namespace Portolan.Web.Api.Live;

/// <summary>What the hub needs of a running server.</summary>
/// <param name="Rows">The blocks that may hold rows of a stretch of the journal.</param>
/// <param name="Position">The last journal position whose rows can be seen.</param>
/// <param name="Wait">Waits until there is something behind that position, or so long.</param>
public sealed record LiveFeed(Func<JournalRange, BlockSnapshot> Rows, AqlEngine Searches, Func<(int Epoch, long Sequence)> Position, Func<long, TimeSpan, CancellationToken, bool> Wait);

/// <summary>
/// Shows rows as they are published to everyone who reads the live stream. One thread looks at the new rows at most ten times a second, asks each distinct
/// condition once and makes each distinct row's JSON once, however many read it. It takes nothing from the pipeline but CPU, and of that it gets what the
/// others leave; where it does not come through, readers are told how many rows they missed. It runs only while somebody reads.
/// </summary>
public sealed class LiveHub(LiveFeed feed) : IDisposable
{
    /// <summary>More at once are refused.</summary>
    public const int MostReaders = 256;

    /// <summary>Bytes that wait for all readers together; then each has room for <see cref="LiveReader.SureBytes"/>.</summary>
    public const long MostBytes = 128 << 20;

    const int MostCondition = 4096, MostColumns = 100;

    // A few payloads may be long: together they stay small, also when every column is one.
    const int RowsAtOnce = 256, CellsAtOnce = 4096;

    // Records.
    const int MostBehind = 1 << 16;

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromSeconds(1);
    readonly Lock _lock = new();
    readonly Dictionary<(string Condition, string Columns, string? Scope), Stream> _streams = [];
    readonly CancellationTokenSource _stop = new();
    Thread? _thread;

    readonly LiveBytes _held = new(MostBytes);

    /// <summary>A reader whose rows count among those of all others.</summary>
    public LiveReader Reader() => new(all: _held);

    /// <summary>Readers of the same condition and columns.</summary>
    sealed class Stream(AqlCondition? condition, AqlProjection columns)
    {
        public readonly List<LiveReader> Readers = [];

        public readonly int AtOnce = Math.Clamp(CellsAtOnce / Math.Max(1, columns.Columns.Count), 1, RowsAtOnce);

        public IReadOnlyList<Store.Aql.ResultColumn> Columns => columns.Columns;

        public int[] Matches(IBlock block, int from, int to) => condition?.Matches(block, from, to) ?? [.. Enumerable.Range(from, to - from)];

        public object?[][] Rows(IBlock block, int[] rows) => columns.Rows(block, rows);
    }

    /// <summary>A reader that gets every row that is published from now on and meets the condition, or hears of it.</summary>
    /// <param name="condition">As after WHERE; empty for all rows.</param>
    /// <param name="columns">As after SELECT.</param>
    /// <param name="scope">A condition that every row meets besides, whatever the reader's text says.</param>
    /// <exception cref="ApiException">Condition or columns are refused, or too many read already.</exception>
    public Subscription Subscribe(string condition, string columns, LiveReader reader, string? scope = null)
    {
        Stream made;
        try
        {
            if (condition.Length > MostCondition) throw TooMuch($"a condition has {MostCondition} characters at most here");
            var all = condition.Length == 0 && scope == null ? null : feed.Searches.CompileCondition(condition.Length == 0 ? "TRUE" : condition, scope);
            var shown = feed.Searches.CompileColumns(columns, scope);
            if (shown.Columns.Count > MostColumns) throw TooMuch($"there are {MostColumns} columns at most here");
            // One thread asks for everyone.
            if (all is { Backtracks: true } || shown.Backtracks) throw TooMuch("a regular expression with look-around or back references may take too long here");
            made = new(all, shown);
        }
        catch (AqlException e)
        {
            throw new ApiException(e.Kind == AqlErrorKind.Syntax ? FaultKind.Syntax : FaultKind.Unanswerable, e.Message, null, "docs/aql.md");
        }
        lock (_lock)
        {
            if (_streams.Values.Sum(s => s.Readers.Count) >= MostReaders)
                throw new ApiException(FaultKind.Unavailable, "too many read the live stream", $"{MostReaders} at once are the most");
            if (!_streams.TryGetValue((condition, columns, scope), out var stream)) stream = _streams[(condition, columns, scope)] = made;
            // Rows published up to here are the past: the first look after this begins behind them.
            var begins = feed.Position();
            if (_thread == null)
            {
                _seen = begins;
                _thread = new Thread(Run) { Name = "live", IsBackground = true };
                _thread.Start();
            }
            stream.Readers.Add(reader);
            return new(this, (condition, columns, scope), reader, stream.Columns, _seen);
        }
    }

    static ApiException TooMuch(string why) => new(FaultKind.Unanswerable, "this cannot be asked of the live stream", why, "a search");

    /// <param name="Since">The position behind which rows are shown.</param>
    public sealed record Subscription(LiveHub Hub, (string, string, string?) Key, LiveReader Reader, IReadOnlyList<Store.Aql.ResultColumn> Columns, (int Epoch, long Sequence) Since) : IDisposable
    {
        public void Dispose()
        {
            Reader.Leave();
            lock (Hub._lock)
            {
                if (!Hub._streams.TryGetValue(Key, out var stream)) return;
                stream.Readers.Remove(Reader);
                if (stream.Readers.Count == 0) Hub._streams.Remove(Key);
            }
        }
    }

    /// <summary>Whether readers have what there was up to a position, or the word that they missed it.</summary>
    internal bool HasSeen((int Epoch, long Sequence) position)
    {
        lock (_lock) return _seen.CompareTo(position) >= 0;
    }

    (int Epoch, long Sequence) _seen;

    void Run()
    {
        ThreadShare.Watching();
        while (!_stop.IsCancellationRequested)
        {
            lock (_lock)
            {
                if (_streams.Count == 0)
                {
                    _thread = null;
                    return;
                }
                if (feed.Position().CompareTo(_seen) > 0) Look();
            }
            if (_stop.Token.WaitHandle.WaitOne(Pause)) return;
            feed.Wait(_seen.Sequence + 1, Patience, _stop.Token);
        }
    }

    void Look()
    {
        var until = feed.Position();
        if (until.Epoch != _seen.Epoch) _seen = (until.Epoch, 0);
        // Far behind, the newest rows are what somebody watches; nobody knows which of the others would have matched.
        if (until.Sequence - _seen.Sequence - MostBehind is var gone && gone > 0)
        {
            foreach (var reader in _streams.Values.SelectMany(s => s.Readers)) reader.Offer([], gone);
            _seen.Sequence += gone;
        }
        using var rows = feed.Rows(new(until.Epoch, _seen.Sequence + 1, until.Sequence));
        foreach (var block in rows.Blocks)
        {
            int from, to;
            try
            {
                long[]? sequences = block.Numbers(Fields.Sequence)?.Values;
                if (sequences == null || block.Numbers(Fields.Epoch)?.Values[0] != until.Epoch) continue;
                (from, to) = (First(sequences, _seen.Sequence), First(sequences, until.Sequence));
                if (from == to) continue;
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                // Nobody knows which of its rows are new.
                foreach (var reader in _streams.Values.SelectMany(s => s.Readers)) reader.Offer([], Math.Min(block.Rows, until.Sequence - _seen.Sequence));
                continue;
            }
            foreach (var (key, stream) in _streams)
            {
                try
                {
                    Show(stream, block, from, to);
                }
                catch (AqlException e)
                {
                    // What one asks must not end what others read.
                    foreach (var reader in stream.Readers) reader.Fail(new(FaultKind.Unanswerable, e.Message, null, "a search"));
                    _streams.Remove(key);
                }
            }
        }
        _seen = until;
    }

    static int First(long[] sequences, long seen)
    {
        int low = 0, high = sequences.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sequences[middle] <= seen) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    static void Show(Stream stream, IBlock block, int from, int to)
    {
        int left = to - from;
        try
        {
            int[] rows = stream.Matches(block, from, to);
            for (left = rows.Length; left > 0;)
            {
                int at = rows.Length - left, n = Math.Min(stream.AtOnce, left);
                // What nobody has room for is not made.
                if (!stream.Readers.Exists(r => r.Room > 0)) break;
                var shown = Json(stream, block, rows[at..(at + n)]);
                foreach (var reader in stream.Readers) reader.Offer(shown, 0);
                left -= n;
            }
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            // The rows are missed; searches say what is damaged.
        }
        if (left == 0) return;
        foreach (var reader in stream.Readers) reader.Offer([], left);
    }

    static bool IsUnreadable(Exception e) => e is SegmentCorruptException or IOException;

    static LiveRow[] Json(Stream stream, IBlock block, int[] rows)
    {
        long[]? host = block.Numbers(Fields.HostId)?.Values, epoch = block.Numbers(Fields.Epoch)?.Values, index = block.Numbers(Fields.RecordIndex)?.Values;
        long[] sequence = block.Numbers(Fields.Sequence)!.Values;
        var values = stream.Rows(block, rows);
        var json = new LiveRow[rows.Length];
        var text = new ArrayBufferWriter<byte>(512);
        for (int i = 0; i < json.Length; i++)
        {
            text.ResetWrittenCount();
            Object(text, stream.Columns, values[i]);
            json[i] = new(new((int)(host?[rows[i]] ?? 0), (int)(epoch?[rows[i]] ?? 0), sequence[rows[i]], (int)(index?[rows[i]] ?? 0)), text.WrittenSpan.ToArray());
        }
        return json;
    }

    static void Object(IBufferWriter<byte> to, IReadOnlyList<Store.Aql.ResultColumn> columns, object?[] values)
    {
        to.Write("{"u8);
        for (int c = 0; c < columns.Count; c++)
        {
            if (c > 0) to.Write(","u8);
            JsonText.String(to, columns[c].Name);
            to.Write(":"u8);
            JsonCell.Write(to, values[c]);
        }
        to.Write("}"u8);
    }

    public void Dispose()
    {
        _stop.Cancel();
        Thread? thread;
        lock (_lock) thread = _thread;
        thread?.Join();
    }
}
