using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Portolan.Store.Segments;

/// <summary>
/// The 64-bit hash of the filters (docs/segment-format.md, "Hash") and, with a secret seed, of the dictionaries being built: pieces of 16 bytes, the last
/// padded with zeros, each folded in by one 64 × 64 → 128 bit multiplication. Most tokens are one piece: no loop, and no branch on their length.
/// </summary>
static class Hash
{
    const ulong Length = 0x9E3779B97F4A7C15, Word = 0xD6E8FEB86659FD93;

    /// <summary>How many bytes behind a text <see cref="OfPadded"/> may read.</summary>
    public const int Padding = 15;

    /// <summary>Differs in every process, so that no sender can choose texts that collide in a table being built.</summary>
    public static readonly ulong Secret = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));

    /// <summary>The bytes of a word that belong to a text of so many.</summary>
    static ReadOnlySpan<ulong> Kept =>
    [
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, ulong.MaxValue,
        ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue,
    ];

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed = 0)
    {
        ulong h = seed ^ ((ulong)bytes.Length * Length);
        ref byte p = ref MemoryMarshal.GetReference(bytes);
        int n = bytes.Length;
        for (; n > 16; n -= 16, p = ref Unsafe.Add(ref p, 16)) h = Piece(h, ref p);
        ulong low = 0, high = 0;
        if (n >= 8)
        {
            low = Unsafe.ReadUnaligned<ulong>(ref p);
            // The last 8 bytes reach back over some that are taken: shifted out.
            if (n > 8) high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, n - 8)) >> (8 * (16 - n));
        }
        else if (n >= 4)
        {
            ulong last = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref p, n - 4));
            low = Unsafe.ReadUnaligned<uint>(ref p) | last >> (8 * (8 - n)) << 32;
        }
        else if (n > 0)
        {
            low = (ulong)p | (ulong)Unsafe.Add(ref p, n >> 1) << (8 * (n >> 1)) | (ulong)Unsafe.Add(ref p, n - 1) << (8 * (n - 1));
        }
        return Mix(h ^ low, Word ^ high);
    }

    /// <summary>The same hash where <see cref="Padding"/> bytes after the text may be read (and are ignored).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfPadded(ref byte p, int n, ulong seed = 0)
    {
        ulong h = seed ^ (ulong)n * Length;
        for (; n > 16; n -= 16, p = ref Unsafe.Add(ref p, 16)) h = Piece(h, ref p);
        ref ulong kept = ref Unsafe.Add(ref MemoryMarshal.GetReference(Kept), n);
        ulong low = Unsafe.ReadUnaligned<ulong>(ref p) & Unsafe.Add(ref kept, 8);
        ulong high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, 8)) & kept;
        return Mix(h ^ low, Word ^ high);
    }

    static ulong Piece(ulong h, ref byte p) =>
        Mix(h ^ Unsafe.ReadUnaligned<ulong>(ref p), Word ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, 8)));

    public static ulong Of(UInt128 value, ulong seed = 0) => Mix(seed ^ Length ^ (ulong)value, Word ^ (ulong)(value >> 64));

    public static ulong Of(long value, ulong seed) => Mix((ulong)value ^ seed, Word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Mix(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
