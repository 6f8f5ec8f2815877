using System.Runtime.CompilerServices;

namespace Portolan.Store.Segments;

/// <summary>
/// A run of 64-bit numbers, bit-packed in chunks of 1,024: constant, against the chunk's smallest (frame of reference), or as differences against the
/// chunk's smallest difference, whichever is shorter over the run; numbers that are whole multiples apart (times to the second) divided first. Arithmetic
/// wraps, so every pair of extremes round-trips.
/// </summary>
static class NumberEncoding
{
    public const int Chunk = 1024;
    const byte Constant = 0, Reference = 1, Delta = 2, Scaled = 3;

    [ThreadStatic]
    static long[]? _scaled;

    public static void Write(ReadOnlySpan<long> values, ByteWriter to)
    {
        if (values.IsEmpty) return;
        if (values.IndexOfAnyExcept(values[0]) < 0)
        {
            to.Byte(Constant);
            to.Zigzag(values[0]);
            return;
        }
        if (Step(values) is > 1 and var step)
        {
            if (_scaled == null || _scaled.Length < values.Length) _scaled = new long[Math.Max(values.Length, Chunk)];
            var scaled = _scaled.AsSpan(0, values.Length);
            for (int i = 0; i < values.Length; i++) scaled[i] = (values[i] - values[0]) / step;
            to.Byte(Scaled);
            to.Zigzag(values[0]);
            to.Varint((ulong)step);
            Packed(scaled, to);
        }
        else Packed(values, to);
    }

    /// <summary>The largest number that all differences to the first are multiples of; 1 when the differences do not fit a number.</summary>
    static long Step(ReadOnlySpan<long> values)
    {
        var (min, max) = MinMax(values);
        if ((ulong)max - (ulong)min > long.MaxValue) return 1;
        long step = 0;
        foreach (long v in values)
        {
            long d = Math.Abs(v - values[0]);
            // Nearly always one division; other numbers end this within a few rows.
            while (d != 0) (step, d) = (d, step % d);
            if (step == 1) break;
        }
        return step;
    }

    [SkipLocalsInit]
    static void Packed(ReadOnlySpan<long> values, ByteWriter to)
    {
        long reference = 0, delta = 0;
        for (int at = 0; at < values.Length; at += Chunk)
        {
            var part = values.Slice(at, Math.Min(Chunk, values.Length - at));
            var (min, max) = MinMax(part);
            var (least, most) = MinMaxStep(part);
            reference += BitPacking.Bytes(part.Length, BitPacking.Width((ulong)max - (ulong)min));
            delta += BitPacking.Bytes(part.Length - 1, BitPacking.Width((ulong)most - (ulong)least)) + 3;
        }
        to.Byte(reference <= delta ? Reference : Delta);
        Span<ulong> packed = stackalloc ulong[Chunk];
        for (int at = 0; at < values.Length; at += Chunk)
        {
            var part = values.Slice(at, Math.Min(Chunk, values.Length - at));
            if (reference <= delta)
            {
                var (min, max) = MinMax(part);
                for (int i = 0; i < part.Length; i++) packed[i] = (ulong)part[i] - (ulong)min;
                int width = BitPacking.Width((ulong)max - (ulong)min);
                to.Zigzag(min);
                to.Byte((byte)width);
                BitPacking.Pack(packed[..part.Length], width, to);
            }
            else
            {
                var (least, most) = MinMaxStep(part);
                for (int i = 1; i < part.Length; i++) packed[i - 1] = (ulong)part[i] - (ulong)part[i - 1] - (ulong)least;
                int width = BitPacking.Width((ulong)most - (ulong)least);
                to.Zigzag(part[0]);
                to.Zigzag(least);
                to.Byte((byte)width);
                BitPacking.Pack(packed[..(part.Length - 1)], width, to);
            }
        }
    }

    public static void Read(ref ByteReader from, Span<long> values)
    {
        if (values.IsEmpty) return;
        byte mode = from.Byte();
        if (mode == Constant)
        {
            values.Fill(from.Zigzag());
            return;
        }
        if (mode == Scaled)
        {
            long origin = from.Zigzag(), step = (long)from.Varint();
            mode = from.Byte();
            Unpack(ref from, mode, values);
            foreach (ref long v in values) v = v * step + origin;
            return;
        }
        Unpack(ref from, mode, values);
    }

    [SkipLocalsInit]
    static void Unpack(ref ByteReader from, byte mode, Span<long> values)
    {
        if (mode is not (Reference or Delta)) throw new MalformedException($"number encoding {mode} is unknown");
        Span<ulong> packed = stackalloc ulong[Chunk];
        for (int at = 0; at < values.Length; at += Chunk)
        {
            var part = values.Slice(at, Math.Min(Chunk, values.Length - at));
            ulong first = (ulong)from.Zigzag();
            ulong least = mode == Delta ? (ulong)from.Zigzag() : 0;
            int width = from.Byte(), n = mode == Delta ? part.Length - 1 : part.Length;
            if (width > 64) throw new MalformedException($"a width of {width} bits");
            BitPacking.Unpack(from.Bytes(BitPacking.Bytes(n, width)), width, packed[..n]);
            if (mode == Reference)
            {
                for (int i = 0; i < part.Length; i++) part[i] = (long)(packed[i] + first);
            }
            else
            {
                part[0] = (long)first;
                for (int i = 1; i < part.Length; i++) part[i] = (long)(first += packed[i - 1] + least);
            }
        }
    }

    public static (long Min, long Max) MinMax(ReadOnlySpan<long> values)
    {
        long min = values[0], max = values[0];
        foreach (long v in values)
        {
            min = Math.Min(min, v);
            max = Math.Max(max, v);
        }
        return (min, max);
    }

    static (long Min, long Max) MinMaxStep(ReadOnlySpan<long> values)
    {
        if (values.Length < 2) return (0, 0);
        long min = long.MaxValue, max = long.MinValue;
        for (int i = 1; i < values.Length; i++)
        {
            long step = values[i] - values[i - 1];
            min = Math.Min(min, step);
            max = Math.Max(max, step);
        }
        return (min, max);
    }
}
