using System.Buffers;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Portolan.Store.Aql.Plan;

/// <summary>
/// LIKE over UTF-8: % is any run, _ one character (a malformed byte sequence counts as one), the rest stands for itself. ILIKE folds case
/// by
/// <see cref="CaseFold"/>. Literal runs between % are searched for in turn, so the cost is linear except for _.
/// </summary>
sealed class LikePattern
{
    /// <summary>What stands between two %: its bytes, and whether an underscore among them is a wildcard.</summary>
    readonly record struct Piece(byte[] Bytes, bool HasAny);

    readonly Piece[] _pieces;
    readonly bool _openStart, _openEnd, _fold, _ascii, _replacement;

    public LikePattern(string pattern, bool ignoreCase)
    {
        _fold = ignoreCase;
        if (ignoreCase) pattern = CaseFold.Lower(pattern);
        _ascii = Ascii.IsValid(pattern);
        _replacement = pattern.Contains('\ufffd');
        _openStart = pattern.StartsWith('%');
        _openEnd = pattern.EndsWith('%');
        _pieces = [.. pattern.Split('%', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => new Piece(Encoding.UTF8.GetBytes(p), p.Contains('_')))];
    }

    /// <summary>The literal bytes that a matching text must contain, each with whether a wildcard stands before and after it.</summary>
    public IEnumerable<(byte[] Bytes, bool OpenStart, bool OpenEnd)> Literals()
    {
        for (int i = 0; i < _pieces.Length; i++)
        {
            bool openStart = i > 0 || _openStart, openEnd = i < _pieces.Length - 1 || _openEnd;
            var piece = _pieces[i].Bytes;
            // An underscore is any character, also one of a word: it opens the literal beside it.
            for (int from = 0; from <= piece.Length;)
            {
                int to = Array.IndexOf(piece, (byte)'_', from);
                if (to < 0) to = piece.Length;
                if (to > from) yield return (piece[from..to], from > 0 || openStart, to < piece.Length || openEnd);
                from = to + 1;
            }
        }
    }

    /// <summary>Whether a text matches; malformed bytes are read as the replacement character.</summary>
    public bool Matches(ReadOnlySpan<byte> text)
    {
        // Only a pattern that names the replacement character can tell malformed bytes from what they decode to.
        if (_replacement && !Utf8.IsValid(text)) text = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));
        if (!_fold) return Run(text);
        // No character outside ASCII folds into ASCII, so an ASCII pattern needs no other folding.
        if (!_ascii && !Ascii.IsValid(text)) return Run(Encoding.UTF8.GetBytes(CaseFold.Lower(Encoding.UTF8.GetString(text))));
        byte[] rented = ArrayPool<byte>.Shared.Rent(text.Length);
        var folded = rented.AsSpan(0, text.Length);
        Fold(text, folded);
        bool matches = Run(folded);
        ArrayPool<byte>.Shared.Return(rented);
        return matches;
    }

    /// <summary>ASCII letters in lower case, all else as it is.</summary>
    static void Fold(ReadOnlySpan<byte> text, Span<byte> folded)
    {
        int i = 0;
        for (; i <= text.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            var v = new Vector<byte>(text[i..]);
            var upper = Vector.LessThanOrEqual(v - new Vector<byte>((byte)'A'), new Vector<byte>(25));
            (v | (upper & new Vector<byte>(0x20))).CopyTo(folded[i..]);
        }
        for (; i < text.Length; i++) folded[i] = (uint)(text[i] - 'A') <= 25 ? (byte)(text[i] | 0x20) : text[i];
    }

    bool Run(ReadOnlySpan<byte> text)
    {
        if (_pieces.Length == 0) return _openStart || text.IsEmpty;
        int at = 0;
        for (int i = 0; i < _pieces.Length; i++)
        {
            bool anchored = i == 0 && !_openStart, toEnd = i == _pieces.Length - 1 && !_openEnd;
            int end = Find(text, at, _pieces[i], anchored, toEnd);
            if (end < 0) return false;
            at = end;
        }
        return true;
    }

    /// <summary>Where the leftmost match of the piece from <paramref name="at"/> on ends, or −1.</summary>
    static int Find(ReadOnlySpan<byte> text, int at, Piece piece, bool anchored, bool toEnd)
    {
        var bytes = piece.Bytes;
        if (piece.HasAny)
        {
            while (true)
            {
                int end = MatchAt(text, at, bytes);
                if (end >= 0 && (!toEnd || end == text.Length)) return end;
                if (anchored || at >= text.Length) return -1;
                at += One(text[at..]);
            }
        }
        if (toEnd)
        {
            bool fits = anchored ? text.Length == bytes.Length : text.Length - at >= bytes.Length;
            return fits && text.EndsWith(bytes) ? text.Length : -1;
        }
        if (anchored) return text.StartsWith(bytes) ? bytes.Length : -1;
        int found = text[at..].IndexOf(bytes);
        return found < 0 ? -1 : at + found + bytes.Length;
    }

    static int MatchAt(ReadOnlySpan<byte> text, int at, byte[] piece)
    {
        foreach (byte b in piece)
        {
            if (at >= text.Length) return -1;
            if (b == (byte)'_') at += One(text[at..]);
            else if (text[at++] != b) return -1;
        }
        return at;
    }

    static int One(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out int length);
        return Math.Max(1, length);
    }
}
