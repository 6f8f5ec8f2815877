using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    public const int BlockWords = 8;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(uint[] words, int blocks, ulong hash)
    {
        ref uint block = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(words), Block(hash, blocks) * BlockWords);
        (Vector256.LoadUnsafe(ref block) | Mask(hash)).StoreUnsafe(ref block);
    }

    /// <summary>About how many different keys a sparse filter holds, from how many of its bits are set (linear counting).</summary>
    public static int Keys(ReadOnlySpan<uint> words)
    {
        long set = 0;
        foreach (ulong two in MemoryMarshal.Cast<uint, ulong>(words)) set += BitOperations.PopCount(two);
        double bits = words.Length * 32.0;
        return (int)Math.Ceiling(-bits / BlockWords * Math.Log(1 - Math.Min(set, bits - 1) / bits));
    }

    /// <summary>
    /// Makes a filter of a <paramref name="by"/>-th of the blocks: the upper half of a hash picks block b of the large one and block b / by of the small one.
    /// </summary>
    public static void Fold(Span<uint> words, int by)
    {
        int small = words.Length / BlockWords / by;
        for (int block = 0; block < small; block++)
        {
            var all = Vector256<uint>.Zero;
            for (int i = 0; i < by; i++) all |= Vector256.Create<uint>(words.Slice((block * by + i) * BlockWords, BlockWords));
            all.CopyTo(words[(block * BlockWords)..]);
        }
    }

    /// <summary>Writes the filter of the hashes. <paramref name="words"/> is scratch, grown as needed.</summary>
    public static void Write(ReadOnlySpan<ulong> hashes, int blocks, ref uint[] words, ByteWriter to)
    {
        if (words.Length < blocks * BlockWords) words = new uint[blocks * BlockWords];
        Array.Clear(words, 0, blocks * BlockWords);
        foreach (ulong hash in hashes) Add(words, blocks, hash);
        Write(words.AsSpan(0, blocks * BlockWords), to);
    }

    /// <summary>Writes a filter's blocks in pages with their checksums.</summary>
    public static void Write(ReadOnlySpan<uint> words, ByteWriter to)
    {
        for (int at = 0; at < words.Length; at += PageBytes / 4)
        {
            int n = Math.Min(PageBytes / 4, words.Length - at);
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
