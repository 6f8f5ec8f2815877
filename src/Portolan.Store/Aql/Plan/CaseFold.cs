namespace Portolan.Store.Aql.Plan;

/// <summary>
/// Upper and lower case, character by character without regard to language. ASCII stays within ASCII and the rest outside it (the Kelvin
/// sign is no k):
/// so the token filters, which fold ASCII only, never miss a row that LOWER, UPPER or ILIKE would match.
/// </summary>
static class CaseFold
{
    public static string Lower(string text) => Map(text, char.ToLowerInvariant);

    public static string Upper(string text) => Map(text, char.ToUpperInvariant);

    static string Map(string text, Func<char, char> map) => string.Create(text.Length, (text, map), static (to, from) =>
    {
        for (int i = 0; i < to.Length; i++)
        {
            char c = from.text[i], mapped = from.map(c);
            to[i] = c < 128 == mapped < 128 ? mapped : c;
        }
    });
}
