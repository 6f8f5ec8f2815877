using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Portolan.Store.Segments;

/// <summary>Numbers of 0 to 64 bits end to end, lowest bit first, the last byte padded with zeros.</summary>
static class BitPacking
{
    /// <summary>Bits that a number needs; 0 for 0.</summary>
    public static int Width(ulong most) => 64 - BitOperations.LeadingZeroCount(most);

    public static int Bytes(int count, int width) => (int)(((long)count * width + 7) >> 3);

    public static void Pack(ReadOnlySpan<ulong> values, int width, ByteWriter to)
    {
        if (width == 0) return;
        int bytes = Bytes(values.Length, width);
        ref byte p = ref MemoryMarshal.GetReference(to.Room(bytes + 8));
        ulong held = 0;
        int bits = 0, at = 0;
        foreach (ulong v in values)
        {
            held |= v << bits;
            bits += width;
            if (bits < 64) continue;
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref p, at), held);
            at += 8;
            bits -= 64;
            // What of v did not fit; a shift by 64 (bits 0) must give 0.
            held = bits == 0 ? 0 : v >> (width - bits);
        }
        if (bits > 0) Unsafe.WriteUnaligned(ref Unsafe.Add(ref p, at), held);
        to.Advance(bytes);
    }

    /// <summary>Unpacks as many values as <paramref name="values"/> holds.</summary>
    public static void Unpack(ReadOnlySpan<byte> from, int width, Span<ulong> values)
    {
        if (width is < 0 or > 64 || from.Length < Bytes(values.Length, width)) throw new MalformedException("packed numbers are cut short");
        if (width == 0)
        {
            values.Clear();
            return;
        }
        ulong mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        ref byte p = ref MemoryMarshal.GetReference(from);
        int i = 0;
        if (width <= 56)
        {
            // One unaligned load holds a whole value while 8 bytes are left.
            long last = (long)from.Length - 8;
            long bit = 0;
            for (; i < values.Length && bit >> 3 <= last; i++, bit += width)
            {
                values[i] = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, (nint)(bit >> 3))) >> (int)(bit & 7) & mask;
            }
        }
        for (; i < values.Length; i++) values[i] = One(from, (long)i * width, width) & mask;
    }

    static ulong One(ReadOnlySpan<byte> from, long bit, int width)
    {
        ulong v = 0;
        int at = (int)(bit >> 3), skip = (int)(bit & 7);
        for (int got = -skip; got < width && at < from.Length; got += 8, at++)
        {
            v |= got >= 0 ? (ulong)from[at] << got : (ulong)from[at] >> -got;
        }
        return v;
    }
}
