namespace Portolan.Commands;

/// <summary>
/// Reads a stream as lines of bytes: cut at LF, one CR before it taken off. A last line without LF counts when it is not empty. A line longer than the
/// limit keeps its beginning.
/// </summary>
sealed class LineReader(Stream from, int limit)
{
    byte[] _buffer = new byte[64 << 10];
    int _start, _end;
    bool _ended, _skipping;

    /// <summary>Lines whose end was cut off.</summary>
    public long Cut { get; private set; }

    /// <summary>True while a whole line lies in memory: reading it waits for nobody.</summary>
    public bool HasNext => _buffer.AsSpan(_start, _end - _start).Contains((byte)'\n');

    /// <summary>The next line; the bytes live until the next call. Null at the end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancel)
    {
        int seen = 0;
        while (true)
        {
            int lf = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf((byte)'\n');
            if (lf >= 0)
            {
                int length = seen + lf, start = _start;
                _start += length + 1;
                if (!_skipping) return Line(start, length);
                _skipping = false;
                seen = 0;
                continue;
            }
            seen = _end - _start;
            if (_skipping || seen > limit)
            {
                var kept = _buffer.AsMemory(_start, _skipping ? 0 : limit);
                bool first = !_skipping;
                (_start, _end, seen, _skipping) = (0, 0, 0, true);
                if (first)
                {
                    Cut++;
                    return kept;
                }
            }
            if (_ended)
            {
                int start = _start;
                _start = _end;
                // Without the cast null would become an empty line, by way of byte[].
                return seen > 0 ? Line(start, seen) : (ReadOnlyMemory<byte>?)null;
            }
            await FillAsync(cancel);
        }
    }

    ReadOnlyMemory<byte> Line(int start, int length)
    {
        if (length > 0 && _buffer[start + length - 1] == '\r') length--;
        if (length > limit)
        {
            Cut++;
            length = limit;
        }
        return _buffer.AsMemory(start, length);
    }

    async ValueTask FillAsync(CancellationToken cancel)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        int n = await from.ReadAsync(_buffer.AsMemory(_end), cancel);
        _end += n;
        _ended = n == 0;
    }
}
