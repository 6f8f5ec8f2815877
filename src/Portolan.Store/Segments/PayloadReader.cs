using System.Buffers;
using Portolan.Store.Columns;

namespace Portolan.Store.Segments;

/// <summary>What <see cref="PayloadWriter"/> wrote. Immutable once read.</summary>
sealed class PayloadReader
{
    const byte Lines = 0, Measured = 1;

    /// <summary>More than one message can be and a frame holds besides.</summary>
    const int MostFrame = 1 << 30;

    readonly record struct Frame(long Offset, int First, int Rows, int Raw, int Compressed, byte Mode, uint Crc);

    readonly record struct Stretch(int First, int Rows, Filter Filter);

    readonly SegmentReader _file;
    readonly Frame[] _frames;
    readonly int[] _firsts;
    readonly Stretch[] _stretches;

    public PayloadReader(SegmentReader file, ReadOnlySpan<byte> index, int rows)
    {
        _file = file;
        if (index.Length < 4) throw new MalformedException("no count of stretches");
        uint count = new ByteReader(index[^4..]).UInt32();
        var from = new ByteReader(index[..^4]);
        if (count > from.Left) throw new MalformedException("more stretches than bytes");
        _stretches = new Stretch[count];
        var frames = new List<Frame>();
        int first = 0;
        for (int s = 0; s < count; s++)
        {
            int n = from.Count(from.Left);
            long offset = (long)from.Varint();
            int blocks = from.Count(1 << 22), start = first;
            for (int f = 0; f < n; f++)
            {
                int frameRows = from.Count(rows - first), raw = from.Count(MostFrame), compressed = from.Count(MostFrame);
                byte mode = from.Byte();
                if (offset < 0 || offset > file.Sections - compressed) throw new MalformedException("a frame outside the file");
                if (raw > (long)compressed * Zstd.MostRatio || frameRows > raw) throw new MalformedException("a frame larger than it can be");
                frames.Add(new(offset, first, frameRows, raw, compressed, mode, from.UInt32()));
                first += frameRows;
                offset += compressed;
            }
            if (blocks == 0 || offset > file.Sections - SplitBlockFilter.StoredBytes(blocks)) throw new MalformedException("a filter outside the file");
            _stretches[s] = new(start, first - start, new(offset, blocks));
        }
        if (first != rows) throw new MalformedException("the frames' rows do not add up");
        _frames = [.. frames];
        _firsts = [.. frames.Select(f => f.First)];
    }

    public void AddSizes(Action<string, long> add)
    {
        add("payload", _frames.Sum(f => (long)f.Compressed));
        add("payload filter", _stretches.Sum(s => SplitBlockFilter.StoredBytes(s.Filter.Blocks)));
    }

    public void VerifyFilters()
    {
        foreach (var stretch in _stretches) _file.Verify(stretch.Filter);
    }

    public bool MayHold(ReadOnlySpan<byte> token)
    {
        if (token.Length < TokenFilter.Shortest) return true;
        ulong hash = Hash.Of(token);
        foreach (var stretch in _stretches)
        {
            if (_file.MayHold(stretch.Filter, hash)) return true;
        }
        return false;
    }

    /// <summary>The places that may hold all the tokens, as ascending [start, end) runs that do not touch.</summary>
    public List<(int Start, int End)> Holding(IReadOnlyList<byte[]> tokens)
    {
        var hashes = tokens.Where(t => t.Length >= TokenFilter.Shortest).Select(t => Hash.Of(t)).ToArray();
        var runs = new List<(int Start, int End)>();
        foreach (var s in _stretches)
        {
            if (s.Rows == 0 || !hashes.All(h => _file.MayHold(s.Filter, h))) continue;
            if (runs.Count > 0 && runs[^1].End == s.First) runs[^1] = (runs[^1].Start, s.First + s.Rows);
            else runs.Add((s.First, s.First + s.Rows));
        }
        return runs;
    }

    /// <summary>Hands out the payloads of rows in ascending order; each frame is read once and let go after its last row.</summary>
    /// <param name="places">Where each row lies; null: rows lie as they came.</param>
    public void Read(ReadOnlySpan<int> rows, int[]? places, PayloadRow each)
    {
        var wanted = new int[_frames.Length];
        foreach (int row in rows) wanted[FrameOf(places == null ? row : places[row])]++;
        var open = new (byte[] Bytes, int[] Starts)?[_frames.Length];
        try
        {
            foreach (int row in rows)
            {
                int place = places == null ? row : places[row], f = FrameOf(place);
                var (bytes, starts) = open[f] ??= Open(_frames[f]);
                int i = place - _frames[f].First;
                each(row, bytes.AsSpan(starts[i], starts[i + 1] - starts[i] - 1));
                if (--wanted[f] == 0) Release(ref open[f]);
            }
        }
        finally
        {
            for (int f = 0; f < open.Length; f++) Release(ref open[f]);
        }
    }

    int FrameOf(int place)
    {
        int f = Array.BinarySearch(_firsts, place);
        if (f < 0) return ~f - 1;
        // Frames without rows share their first with the next: the last of them holds the row.
        while (f + 1 < _firsts.Length && _firsts[f + 1] == place) f++;
        return f;
    }

    static void Release(ref (byte[] Bytes, int[] Starts)? open)
    {
        if (open is not { } frame) return;
        ArrayPool<byte>.Shared.Return(frame.Bytes);
        ArrayPool<int>.Shared.Return(frame.Starts);
        open = null;
    }

    /// <summary>Decompresses a frame and finds where its rows start; the start after the last row is the end of its line feed.</summary>
    (byte[] Bytes, int[] Starts) Open(Frame frame)
    {
        byte[] compressed = ArrayPool<byte>.Shared.Rent(frame.Compressed), bytes = ArrayPool<byte>.Shared.Rent(frame.Raw);
        int[] starts = ArrayPool<int>.Shared.Rent(frame.Rows + 1);
        bool done = false;
        try
        {
            _file.Read(frame.Offset, compressed.AsSpan(0, frame.Compressed), frame.Crc);
            var raw = bytes.AsSpan(0, frame.Raw);
            if (!Zstd.TryDecompress(compressed.AsSpan(0, frame.Compressed), raw)) throw new MalformedException("a broken zstd frame");
            if (frame.Mode == Lines) FindLines(raw, starts.AsSpan(0, frame.Rows + 1));
            else if (frame.Mode == Measured) Measure(raw, starts.AsSpan(0, frame.Rows + 1));
            else throw new MalformedException($"frame encoding {frame.Mode} is unknown");
            done = true;
            return (bytes, starts);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
            if (!done)
            {
                ArrayPool<byte>.Shared.Return(bytes);
                ArrayPool<int>.Shared.Return(starts);
            }
        }
    }

    static void FindLines(ReadOnlySpan<byte> raw, Span<int> starts)
    {
        int at = 0;
        for (int i = 0; i < starts.Length - 1; i++)
        {
            starts[i] = at;
            int length = raw[at..].IndexOf((byte)'\n');
            if (length < 0) throw new MalformedException("a frame with too few lines");
            at += length + 1;
        }
        starts[^1] = at;
        if (at != raw.Length) throw new MalformedException("a frame with too many lines");
    }

    static void Measure(ReadOnlySpan<byte> raw, Span<int> starts)
    {
        var from = new ByteReader(raw);
        long at = 0;
        for (int i = 0; i < starts.Length - 1; i++)
        {
            starts[i] = (int)at;
            at += from.Count(raw.Length) + 1;
            if (at > raw.Length) throw new MalformedException("payloads longer than their frame");
        }
        starts[^1] = (int)at;
        if (at != from.Left) throw new MalformedException("payloads and frame differ in length");
        int head = raw.Length - from.Left;
        foreach (ref int start in starts) start += head;
    }
}
