namespace Portolan.Store.Columns;

/// <summary>
/// What counts as a word of a payload, the same for building the filters and for asking them: a longest run of ASCII letters, digits and bytes above
/// 127. Bytes above 127 belong to no script we split, so text without spaces is one long token and only prunes when a query names it whole.
/// </summary>
public static class Tokens
{
    static readonly byte[] Fold = MakeFold();

    static byte[] MakeFold()
    {
        var fold = new byte[256];
        for (int b = 0; b < 256; b++)
        {
            bool word = b is >= '0' and <= '9' or >= 'a' and <= 'z' or >= 'A' and <= 'Z' or > 127;
            fold[b] = (byte)(!word ? 0 : b is >= 'A' and <= 'Z' ? b + 32 : b);
        }
        return fold;
    }

    /// <summary>0 for a byte that ends a token, else the byte in ASCII lower case.</summary>
    public static ReadOnlySpan<byte> Folded => Fold;

    /// <summary>
    /// The tokens every text must hold that contains <paramref name="pattern"/>'s bytes as a substring: the pattern's inner tokens whole, and its
    /// first and last only where <paramref name="openStart"/> or <paramref name="openEnd"/> is false (a token there may go on in the text).
    /// </summary>
    public static List<byte[]> Certain(ReadOnlySpan<byte> pattern, bool openStart, bool openEnd)
    {
        var tokens = new List<byte[]>();
        int at = 0;
        while (at < pattern.Length)
        {
            if (Fold[pattern[at]] == 0)
            {
                at++;
                continue;
            }
            int start = at;
            while (at < pattern.Length && Fold[pattern[at]] != 0) at++;
            if (start == 0 && openStart || at == pattern.Length && openEnd) continue;
            // Case folding beyond ASCII is not ours to guess: such a token proves nothing.
            var token = pattern[start..at].ToArray();
            if (token.Any(b => b > 127)) continue;
            for (int i = 0; i < token.Length; i++) token[i] = Fold[token[i]];
            tokens.Add(token);
        }
        return tokens;
    }
}
