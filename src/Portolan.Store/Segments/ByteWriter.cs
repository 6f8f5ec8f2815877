using System.Buffers.Binary;

namespace Portolan.Store.Segments;

/// <summary>A growing buffer. Varint: 7 bits a byte, lowest first; signed numbers in zigzag.</summary>
sealed class ByteWriter
{
    byte[] _bytes = new byte[1 << 12];

    public int Length { get; private set; }
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Forgets what was written after a length that <see cref="Length"/> once had.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Room for that many bytes behind what is written; <see cref="Advance"/> then takes them in.</summary>
    public Span<byte> Room(int bytes)
    {
        if (Length + bytes > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        return _bytes.AsSpan(Length);
    }

    public void Advance(int bytes) => Length += bytes;

    public void Byte(byte b)
    {
        Room(1)[0] = b;
        Length++;
    }

    public void Varint(ulong v)
    {
        var to = Room(10);
        int n = 0;
        for (; v >= 0x80; v >>= 7) to[n++] = (byte)(v | 0x80);
        to[n++] = (byte)v;
        Length += n;
    }

    public void Zigzag(long v) => Varint((ulong)(v << 1 ^ v >> 63));

    public void UInt32(uint v)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Room(4), v);
        Length += 4;
    }

    public void UInt64(ulong v)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Room(8), v);
        Length += 8;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }
}
