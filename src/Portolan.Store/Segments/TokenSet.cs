using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Portolan.Store.Columns;

namespace Portolan.Store.Segments;

/// <summary>Hashes of the distinct tokens (<see cref="Tokens"/>) of some payloads. Tokens shorter than <see cref="Shortest"/> are left out: nearly every
/// payload holds them.</summary>
sealed class TokenSet
{
    public const int Shortest = 3;

    /// <summary>How far a full neighbourhood is searched: a sender that makes hashes collide gets duplicates, not time.</summary>
    const int MostProbes = 32;

    ulong[] _slots = new ulong[1 << 12];
    ulong[] _hashes = new ulong[1 << 11];
    byte[] _folded = new byte[1 << 12];
    int[] _edges = [];

    public int Count { get; private set; }
    public ReadOnlySpan<ulong> Hashes => _hashes.AsSpan(0, Count);

    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
    }

    /// <summary>Adds the tokens of a text; tokens do not go on from one call to the next.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        // Slack behind: whole vectors are written and 8-byte words read past the end.
        if (_folded.Length < text.Length + 72) _folded = new byte[Math.Max(_folded.Length * 2, text.Length + 72)];
        ref byte folded = ref MemoryMarshal.GetArrayDataReference(_folded);
        int most = (text.Length + 64 & ~63) + 1;
        if (_edges.Length < most) _edges = new int[most * 2];
        int edges = FindEdges(text);
        for (int i = 0; i < edges; i += 2)
        {
            int start = _edges[i], length = _edges[i + 1] - start;
            if (length >= Shortest) Insert(Hash.OfPadded(ref Unsafe.Add(ref folded, start), length));
        }
    }

    /// <summary>Folds the text and writes down where tokens start and end, in turn; how many such places. First found, then used: the processor guesses
    /// better than over both at once.</summary>
    int FindEdges(ReadOnlySpan<byte> text)
    {
        ref byte folded = ref MemoryMarshal.GetArrayDataReference(_folded);
        ref int edge = ref MemoryMarshal.GetArrayDataReference(_edges);
        ulong inside = 0;
        int n = 0;
        for (int at = 0; at < text.Length; at += 64)
        {
            ulong words = text.Length - at >= 64
                ? Fold(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), at), ref Unsafe.Add(ref folded, at))
                : FoldTail(text[at..], _folded.AsSpan(at));
            // A set bit: the class of the byte differs from the one before, so that a token starts or ends here.
            ulong edges = words ^ (words << 1 | inside);
            inside = words >> 63;
            for (; edges != 0; edges &= edges - 1) Unsafe.Add(ref edge, n++) = at + BitOperations.TrailingZeroCount(edges);
        }
        if (inside != 0) Unsafe.Add(ref edge, n++) = text.Length;
        return n;
    }

    /// <summary>Folds 64 bytes to lower case; one bit each, lowest first: belongs to a token.</summary>
    static ulong Fold(ref byte from, ref byte to)
    {
        if (!Vector256.IsHardwareAccelerated) return FoldTail(MemoryMarshal.CreateReadOnlySpan(ref from, 64), MemoryMarshal.CreateSpan(ref to, 64));
        return Half(ref from, ref to) | (ulong)Half(ref Unsafe.Add(ref from, 32), ref Unsafe.Add(ref to, 32)) << 32;

        static uint Half(ref byte from, ref byte to)
        {
            var b = Vector256.LoadUnsafe(ref from);
            var upper = Vector256.LessThan(b - Vector256.Create((byte)'A'), Vector256.Create((byte)26));
            var lower = b | (upper & Vector256.Create((byte)0x20));
            var letter = Vector256.LessThan(lower - Vector256.Create((byte)'a'), Vector256.Create((byte)26));
            var digit = Vector256.LessThan(b - Vector256.Create((byte)'0'), Vector256.Create((byte)10));
            lower.StoreUnsafe(ref to);
            return (letter | digit | b).ExtractMostSignificantBits();
        }
    }

    static ulong FoldTail(ReadOnlySpan<byte> from, Span<byte> to)
    {
        ulong words = 0;
        int n = Math.Min(from.Length, 64);
        for (int i = 0; i < n; i++)
        {
            byte b = Tokens.Folded[from[i]];
            to[i] = b;
            if (b != 0) words |= 1UL << i;
        }
        return words;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Insert(ulong hash)
    {
        int mask = _slots.Length - 1;
        int slot = (int)(hash >> 20) & mask;
        for (int probe = 0; probe < MostProbes; probe++, slot = slot + 1 & mask)
        {
            ulong there = _slots[slot];
            if (there == hash) return;
            if (there != 0) continue;
            _slots[slot] = hash;
            break;
        }
        Keep(hash);
    }

    void Keep(ulong hash)
    {
        _hashes[Count++] = hash;
        if (Count < _hashes.Length) return;
        Array.Resize(ref _hashes, Count * 2);
        var old = _slots;
        _slots = new ulong[old.Length * 2];
        int mask = _slots.Length - 1;
        foreach (ulong h in old)
        {
            if (h == 0) continue;
            int slot = (int)(h >> 20) & mask;
            for (int probe = 0; probe < MostProbes && _slots[slot] != 0; probe++) slot = slot + 1 & mask;
            if (_slots[slot] == 0) _slots[slot] = h;
        }
    }
}
