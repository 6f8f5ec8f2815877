using Portolan.Store.Files;

namespace Portolan.Store.Segments;

/// <summary>The file being written, in order, through one buffer.</summary>
sealed class SegmentOutput
{
    const int FlushAt = 1 << 20;

    readonly ByteWriter _buffer = new();
    IFile? _file;
    long _flushed;

    public long Position => _flushed + _buffer.Length;

    public void Begin(IFile file)
    {
        _file = file;
        _flushed = 0;
        _buffer.Clear();
    }

    public Section Append(ReadOnlySpan<byte> bytes)
    {
        var section = new Section(Position, bytes.Length, Crc32C.Compute(bytes));
        Raw(bytes);
        return section;
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        _buffer.Bytes(bytes);
        if (_buffer.Length >= FlushAt) Flush();
    }

    public void Flush()
    {
        _file!.Write(_flushed, _buffer.Written);
        _flushed += _buffer.Length;
        _buffer.Clear();
    }
}
