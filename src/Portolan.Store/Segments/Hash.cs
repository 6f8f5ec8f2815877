using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Portolan.Store.Segments;

/// <summary>
/// The 64-bit hash of the filters (docs/segment-format.md, "Hash") and, with a secret seed, of the dictionaries being built: 8-byte little-endian words,
/// the last padded with zeros, folded in by 64 × 64 → 128 bit multiplication.
/// </summary>
static class Hash
{
    const ulong Length = 0x9E3779B97F4A7C15, Word = 0xD6E8FEB86659FD93, Last = 0xA0761D6478BD642F;

    /// <summary>Differs in every process, so that no sender can choose texts that collide in a table being built.</summary>
    public static readonly ulong Secret = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed = 0)
    {
        ulong h = seed ^ ((ulong)bytes.Length * Length);
        ref byte p = ref MemoryMarshal.GetReference(bytes);
        int n = bytes.Length, at = 0;
        for (; n - at >= 8; at += 8) h = Mix(h ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, at)), Word);
        int rest = n - at;
        if (rest > 0)
        {
            ulong w;
            if (n >= 8) w = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, n - 8)) >> (8 * (8 - rest));
            else if (n >= 4)
            {
                ulong high = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref p, n - 4));
                w = Unsafe.ReadUnaligned<uint>(ref p) | high >> (8 * (8 - n)) << 32;
            }
            else
            {
                w = (ulong)p | (ulong)Unsafe.Add(ref p, n >> 1) << (8 * (n >> 1)) | (ulong)Unsafe.Add(ref p, n - 1) << (8 * (n - 1));
            }
            h = Mix(h ^ w, Word);
        }
        return Mix(h, Last);
    }

    /// <summary>The same hash where 7 bytes after the text may be read (and are ignored).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfPadded(ref byte p, int n)
    {
        ulong h = (ulong)n * Length;
        int at = 0;
        for (; n - at >= 8; at += 8) h = Mix(h ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, at)), Word);
        int rest = n - at;
        if (rest > 0) h = Mix(h ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, at)) << (64 - 8 * rest) >> (64 - 8 * rest), Word);
        return Mix(h, Last);
    }

    public static ulong Of(UInt128 value, ulong seed = 0) => Mix(Mix(seed ^ (ulong)value, Word) ^ (ulong)(value >> 64), Last);

    public static ulong Of(long value, ulong seed) => Mix((ulong)value ^ seed, Word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Mix(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
