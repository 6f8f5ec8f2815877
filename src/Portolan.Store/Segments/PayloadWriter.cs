using Portolan.Model;

namespace Portolan.Store.Segments;

/// <summary>
/// The raw messages of a block: each followed by a line feed, in zstd frames of about 64 KB, so that a needle decompresses little. Frames stand in
/// stretches of about 1 MB that share a token filter.
/// </summary>
sealed class PayloadWriter(SegmentOutput output)
{
    public const int FrameBytes = 64 << 10, StretchBytes = 1 << 20;
    const byte Lines = 0, Measured = 1;

    readonly ByteWriter _frame = new(), _measured = new(), _compressed = new(), _index = new(), _stretch = new(), _filter = new();
    readonly TokenFilter _tokens = new();
    Slice[] _slices = [];
    int[] _parts = [];

    /// <summary>Writes the payloads in the given order of rows (null: as they come); the section of the index, none when all are empty.</summary>
    public Section Write(ReadOnlySpan<SegmentRows> parts, int rows, int[]? order)
    {
        if (!Gather(parts, rows)) return default;
        _index.Clear();
        int stretches = 0, at = 0;
        var list = _index;
        // The number of stretches is known at the end; it is written behind them.
        while (at < rows)
        {
            at = Stretch(parts, rows, order, at);
            stretches++;
        }
        list.UInt32((uint)stretches);
        return output.Append(list.Written);
    }

    bool Gather(ReadOnlySpan<SegmentRows> parts, int rows)
    {
        if (_slices.Length < rows)
        {
            _slices = new Slice[rows];
            _parts = new int[rows];
        }
        int at = 0;
        long total = 0;
        for (int p = 0; p < parts.Length; p++)
        {
            var part = parts[p];
            for (int i = 0; i < part.Count; i++, at++)
            {
                var s = part.Batch.Payload[part[i]];
                _slices[at] = s;
                _parts[at] = p;
                total += s.Length;
            }
        }
        return total > 0;
    }

    int Stretch(ReadOnlySpan<SegmentRows> parts, int rows, int[]? order, int at)
    {
        _stretch.Clear();
        _tokens.Clear();
        int frames = 0;
        long raw = 0, offset = output.Position;
        while (at < rows && raw < StretchBytes)
        {
            int from = at;
            _frame.Clear();
            _measured.Clear();
            while (at < rows && _frame.Length < FrameBytes)
            {
                int row = order == null ? at : order[at];
                at++;
                var s = _slices[row];
                var payload = parts[_parts[row]].Batch.Span(s);
                _measured.Varint((ulong)payload.Length);
                _frame.Bytes(payload);
                _frame.Byte((byte)'\n');
            }
            bool lines = _tokens.Add(_frame.Written) == at - from;
            raw += _frame.Length;
            frames++;
            Frame(lines, at - from);
        }
        _filter.Clear();
        int blocks = _tokens.Write(_filter);
        _index.Varint((ulong)frames);
        _index.Varint((ulong)offset);
        _index.Varint((ulong)blocks);
        _index.Bytes(_stretch.Written);
        output.Raw(_filter.Written);
        return at;
    }

    void Frame(bool lines, int rows)
    {
        var content = _frame;
        if (!lines)
        {
            // A message with a line feed inside: the lengths come first.
            _measured.Bytes(_frame.Written);
            content = _measured;
        }
        _compressed.Clear();
        int length = Zstd.Compress(content.Written, _compressed.Room(Zstd.Bound(content.Length)));
        _compressed.Advance(length);
        var section = output.Append(_compressed.Written);
        _stretch.Varint((ulong)rows);
        _stretch.Varint((ulong)content.Length);
        _stretch.Varint((ulong)length);
        _stretch.Byte(lines ? Lines : Measured);
        _stretch.UInt32(section.Crc);
    }
}
