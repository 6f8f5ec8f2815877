using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Portolan.Store.Columns;

namespace Portolan.Store.Segments;

/// <summary>
/// The filter of some payloads' tokens (<see cref="Tokens"/>) in the making. Tokens shorter than <see cref="Shortest"/> are left out: nearly every payload
/// holds them. Every token, new or not, is put into a filter that is large enough for any stretch; how many different ones there were is then read off its
/// bits, and it is folded down to their size. So no set of tokens is kept, and nothing hangs on whether a token is new.
/// </summary>
sealed class TokenFilter
{
    public const int Shortest = 3;

    /// <summary>Blocks of the filter before it is folded: divisible by most small numbers, and for all that 1 MB can hold in tokens.</summary>
    const int MostBlocks = 10_080;

    static readonly int[] Divisors = [.. Enumerable.Range(1, MostBlocks).Where(d => MostBlocks % d == 0)];

    /// <summary>64 bytes of a log line seldom hold more edges.</summary>
    const int EdgesAtOnce = 16;

    readonly uint[] _words = new uint[MostBlocks * SplitBlockFilter.BlockWords];
    byte[] _folded = new byte[1 << 12];
    int[] _edges = [];

    public void Clear() => Array.Clear(_words);

    /// <summary>Writes the filter; its blocks. It has to be cleared before it is used again.</summary>
    public int Write(ByteWriter to)
    {
        int wanted = SplitBlockFilter.Blocks(SplitBlockFilter.Keys(_words));
        int by = Divisors.MinBy(d => Math.Abs(MostBlocks / d - wanted));
        int blocks = MostBlocks / by;
        SplitBlockFilter.Fold(_words, by);
        SplitBlockFilter.Write(_words.AsSpan(0, blocks * SplitBlockFilter.BlockWords), to);
        return blocks;
    }

    /// <summary>Adds the tokens of a text; tokens do not go on from one call to the next. Gives how many line feeds the text holds.</summary>
    public int Add(ReadOnlySpan<byte> text)
    {
        // Slack behind: whole vectors are written and whole hash pieces read past the end.
        if (_folded.Length < text.Length + 80) _folded = new byte[Math.Max(_folded.Length * 2, text.Length + 80)];
        int most = (text.Length + 64 & ~63) + EdgesAtOnce + 1;
        if (_edges.Length < most) _edges = new int[most * 2];
        int edges = FindEdges(text, out int lineFeeds);
        ref byte folded = ref MemoryMarshal.GetArrayDataReference(_folded);
        ref int edge = ref MemoryMarshal.GetArrayDataReference(_edges);
        for (int i = 0; i < edges; i += 2)
        {
            int start = Unsafe.Add(ref edge, i), length = Unsafe.Add(ref edge, i + 1) - start;
            if (length >= Shortest) SplitBlockFilter.Add(_words, MostBlocks, Hash.OfPadded(ref Unsafe.Add(ref folded, start), length));
        }
        return lineFeeds;
    }

    /// <summary>Folds the text and writes down where tokens start and end, in turn; how many such places. First found, then used: the processor guesses
    /// better than over both at once.</summary>
    int FindEdges(ReadOnlySpan<byte> text, out int lineFeeds)
    {
        ref byte folded = ref MemoryMarshal.GetArrayDataReference(_folded);
        ref int edge = ref MemoryMarshal.GetArrayDataReference(_edges);
        ulong inside = 0;
        int n = 0;
        lineFeeds = 0;
        for (int at = 0; at < text.Length; at += 64)
        {
            ulong feeds;
            ulong words = text.Length - at >= 64
                ? Fold(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), at), ref Unsafe.Add(ref folded, at), out feeds)
                : FoldTail(text[at..], _folded.AsSpan(at), out feeds);
            lineFeeds += BitOperations.PopCount(feeds);
            // A set bit: the class of the byte differs from the one before, so that a token starts or ends here.
            ulong edges = words ^ (words << 1 | inside);
            inside = words >> 63;
            int next = n + BitOperations.PopCount(edges);
            // A fixed number whether there or not, so that nothing hangs on their count; what is written too much is written over.
            do
            {
                for (int i = 0; i < EdgesAtOnce; i++, edges &= edges - 1) Unsafe.Add(ref edge, n + i) = at + BitOperations.TrailingZeroCount(edges);
                n += EdgesAtOnce;
            }
            while (n < next);
            n = next;
        }
        if (inside != 0) Unsafe.Add(ref edge, n++) = text.Length;
        return n;
    }

    /// <summary>Folds 64 bytes to lower case; one bit each, lowest first: belongs to a token, is a line feed.</summary>
    static ulong Fold(ref byte from, ref byte to, out ulong feeds)
    {
        if (!Vector256.IsHardwareAccelerated) return FoldTail(MemoryMarshal.CreateReadOnlySpan(ref from, 64), MemoryMarshal.CreateSpan(ref to, 64), out feeds);
        uint low = Half(ref from, ref to, out uint lowFeeds), high = Half(ref Unsafe.Add(ref from, 32), ref Unsafe.Add(ref to, 32), out uint highFeeds);
        feeds = lowFeeds | (ulong)highFeeds << 32;
        return low | (ulong)high << 32;

        static uint Half(ref byte from, ref byte to, out uint feeds)
        {
            var b = Vector256.LoadUnsafe(ref from);
            var upper = Vector256.LessThan(b - Vector256.Create((byte)'A'), Vector256.Create((byte)26));
            var lower = b | (upper & Vector256.Create((byte)0x20));
            var letter = Vector256.LessThan(lower - Vector256.Create((byte)'a'), Vector256.Create((byte)26));
            var digit = Vector256.LessThan(b - Vector256.Create((byte)'0'), Vector256.Create((byte)10));
            lower.StoreUnsafe(ref to);
            feeds = Vector256.Equals(b, Vector256.Create((byte)'\n')).ExtractMostSignificantBits();
            return (letter | digit | b).ExtractMostSignificantBits();
        }
    }

    static ulong FoldTail(ReadOnlySpan<byte> from, Span<byte> to, out ulong feeds)
    {
        ulong words = 0;
        feeds = 0;
        int n = Math.Min(from.Length, 64);
        for (int i = 0; i < n; i++)
        {
            byte b = Tokens.Folded[from[i]];
            to[i] = b;
            if (b != 0) words |= 1UL << i;
            if (from[i] == (byte)'\n') feeds |= 1UL << i;
        }
        return words;
    }
}
