using System.Buffers.Binary;

namespace Portolan.Store.Segments;

/// <summary>Bytes do not say what they should: turned into a <see cref="SegmentCorruptException"/> that names file and section.</summary>
sealed class MalformedException(string what) : Exception(what);

/// <summary>Reads what <see cref="ByteWriter"/> wrote; anything that does not fit is a <see cref="MalformedException"/>.</summary>
ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    ReadOnlySpan<byte> _rest = bytes;

    public readonly int Left => _rest.Length;

    public byte Byte() => Bytes(1)[0];

    public ulong Varint()
    {
        ulong v = 0;
        for (int i = 0; i < 10; i++)
        {
            byte b = Byte();
            v |= (ulong)(b & 0x7f) << (7 * i);
            if (b < 0x80) return v;
        }
        throw new MalformedException("a number of more than 10 bytes");
    }

    public long Zigzag()
    {
        ulong v = Varint();
        return (long)(v >> 1) ^ -(long)(v & 1);
    }

    /// <summary>A count or length from 0 to <paramref name="most"/>.</summary>
    public int Count(int most)
    {
        ulong v = Varint();
        return v <= (ulong)most ? (int)v : throw new MalformedException($"{v} where at most {most} can be");
    }

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));

    public ReadOnlySpan<byte> Bytes(int n)
    {
        if (n > _rest.Length) throw new MalformedException($"{n} bytes wanted, {_rest.Length} left");
        var b = _rest[..n];
        _rest = _rest[n..];
        return b;
    }
}
