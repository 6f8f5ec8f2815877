namespace Portolan.Model;

/// <summary>Finds the known names closest to a mistyped one, for "did you mean" in AQL, configuration keys, commands and content.</summary>
public static class Nearest
{
    /// <summary>At most <paramref name="most"/> candidates within an edit distance of a third of the name's length (at least 1), closest first; case is ignored.</summary>
    public static IReadOnlyList<string> To(string name, IEnumerable<string> candidates, int most = 3)
    {
        int limit = Math.Max(1, name.Length / 3);
        return [.. candidates.Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(c => (c, d: Distance(name, c, limit)))
            .Where(x => x.d <= limit)
            .OrderBy(x => x.d).ThenBy(x => x.c, StringComparer.Ordinal)
            .Take(most).Select(x => x.c)];
    }

    // Levenshtein with adjacent transpositions (optimal string alignment): swapped letters are the commonest slip.
    static int Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) > limit) return limit + 1;
        int[] before = new int[b.Length + 1], last = new int[b.Length + 1], row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                bool same = Lower(a[i - 1]) == Lower(b[j - 1]);
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Lower(a[i - 1]) == Lower(b[j - 2]) && Lower(a[i - 2]) == Lower(b[j - 1]))
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, last, row) = (last, row, before);
        }
        return last[b.Length];
    }

    static char Lower(char c) => char.ToLowerInvariant(c);
}
