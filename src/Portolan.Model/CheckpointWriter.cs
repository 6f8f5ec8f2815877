using System.Buffers.Binary;
using System.Text;

namespace Portolan.Model;

/// <summary>
/// Writes what a <see cref="BinaryReader"/> reads. Every seal saves every row of a checkpoint, hundreds of thousands: numbers go into one buffer, not
/// one by one through a stream, and texts that are UTF-8 already are copied. Dispose writes the rest.
/// </summary>
public sealed class CheckpointWriter(Stream to) : IDisposable
{
    readonly byte[] _buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(1 << 16);
    int _used;

    public void Write(int n)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Room(sizeof(int)), n);
        _used += sizeof(int);
    }

    public void Write(long n)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), n);
        _used += sizeof(long);
    }

    public void Write(Address a)
    {
        Write((long)(ulong)(a.Value >> 64));
        Write((long)(ulong)a.Value);
    }

    /// <summary>As a text: <see cref="BinaryReader.ReadString"/> gives it back.</summary>
    public void Write(ReadOnlySpan<byte> utf8)
    {
        uint length = (uint)utf8.Length;
        for (; length >= 0x80; length >>= 7) Write((byte)(length | 0x80));
        Write((byte)length);
        if (utf8.Length > _buffer.Length - _used)
        {
            Flush();
            if (utf8.Length > _buffer.Length)
            {
                to.Write(utf8);
                return;
            }
        }
        utf8.CopyTo(_buffer.AsSpan(_used));
        _used += utf8.Length;
    }

    void Write(byte b)
    {
        Room(1)[0] = b;
        _used++;
    }

    public void Write(string text)
    {
        Span<byte> utf8 = text.Length <= 256 ? stackalloc byte[256 * 3] : new byte[text.Length * 3];
        Write(utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    Span<byte> Room(int bytes)
    {
        if (bytes > _buffer.Length - _used) Flush();
        return _buffer.AsSpan(_used);
    }

    void Flush()
    {
        to.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    public void Dispose()
    {
        Flush();
        System.Buffers.ArrayPool<byte>.Shared.Return(_buffer);
    }
}
