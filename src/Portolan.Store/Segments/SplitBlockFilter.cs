using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Portolan.Store.Files;

namespace Portolan.Store.Segments;

/// <summary>
/// Split block Bloom filter, as in Parquet (github.com/apache/parquet-format, BloomFilter.md): blocks of 8 words of 32 bits; the hash's upper half picks
/// the block, its lower half one bit in each word. Stored in pages of 4,096 bytes with a CRC-32C behind each, so that a question reads one page.
/// </summary>
static class SplitBlockFilter
{
    const int BlockBytes = 32, PageBytes = 4096, BitsPerKey = 10;

    /// <summary>A page with its checksum.</summary>
    const int StoredPage = PageBytes + 4;

    static readonly Vector256<uint> Salt = Vector256.Create(
        0x47b6137bu, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31);

    public const int PageBlocks = PageBytes / BlockBytes;

    /// <summary>Some hash that falls into the block.</summary>
    public static ulong HashOf(int block, int blocks) => (((ulong)block << 32) + (ulong)blocks - 1) / (ulong)blocks << 32;

    /// <summary>How many blocks hold so many keys at 10 bits each.</summary>
    public static int Blocks(int keys) => Math.Max(1, (int)(((long)keys * BitsPerKey + 255) / 256));

    /// <summary>Bytes of a filter as stored.</summary>
    public static long StoredBytes(int blocks) => (long)blocks * BlockBytes + 4L * ((blocks * (long)BlockBytes + PageBytes - 1) / PageBytes);

    static int Block(ulong hash, int blocks) => (int)((hash >> 32) * (ulong)blocks >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> Mask(ulong hash)
    {
        var shift = Vector256.Create((uint)hash) * Salt >>> 27;
        if (Avx2.IsSupported) return Avx2.ShiftLeftLogicalVariable(Vector256<uint>.One, shift);
        Span<uint> mask = stackalloc uint[8];
        for (int i = 0; i < 8; i++) mask[i] = 1u << (int)shift[i];
        return Vector256.Create<uint>(mask);
    }

    /// <summary>Writes the filter of the hashes. <paramref name="words"/> is scratch, grown as needed.</summary>
    public static void Write(ReadOnlySpan<ulong> hashes, int blocks, ref uint[] words, ByteWriter to)
    {
        if (words.Length < blocks * 8) words = new uint[blocks * 8];
        Array.Clear(words, 0, blocks * 8);
        foreach (ulong hash in hashes)
        {
            ref uint block = ref words[Block(hash, blocks) * 8];
            (Vector256.LoadUnsafe(ref block) | Mask(hash)).StoreUnsafe(ref block);
        }
        for (int at = 0; at < blocks * 8; at += PageBytes / 4)
        {
            int n = Math.Min(PageBytes / 4, blocks * 8 - at);
            var page = to.Room(n * 4)[..(n * 4)];
            for (int i = 0; i < n; i++) BinaryPrimitives.WriteUInt32LittleEndian(page[(i * 4)..], words[at + i]);
            uint crc = Crc32C.Compute(page);
            to.Advance(n * 4);
            to.UInt32(crc);
        }
    }

    /// <summary>Where in the stored filter the page lies that knows about a hash.</summary>
    public static (long Offset, int Length) Page(ulong hash, int blocks)
    {
        int page = Block(hash, blocks) * BlockBytes / PageBytes;
        return ((long)page * StoredPage, Math.Min(PageBytes, blocks * BlockBytes - page * PageBytes) + 4);
    }

    /// <summary>Asks a page read from <see cref="Page"/>'s place, whose checksum holds.</summary>
    public static bool MayHold(ReadOnlySpan<byte> page, ulong hash, int blocks)
    {
        int at = Block(hash, blocks) * BlockBytes % PageBytes;
        Span<uint> words = stackalloc uint[8];
        for (int i = 0; i < 8; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(page[(at + i * 4)..]);
        var mask = Mask(hash);
        return (Vector256.Create<uint>(words) & mask) == mask;
    }
}
