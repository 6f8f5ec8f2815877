namespace Portolan.Store.Aql;

/// <summary>What a search that is not at its end would answer if the blocks looked at were all there are.</summary>
/// <param name="Rows">The first rows of that answer, as <see cref="SearchResult.Rows"/> has them; at most <see cref="MostRows"/>.</param>
/// <param name="Count">How many rows that answer has.</param>
/// <param name="Percent">The share of blocks that need no further look, 0 to 99.</param>
public sealed record SearchPreview(IReadOnlyList<object?[]> Rows, long Count, int Percent)
{
    public const int MostRows = 1000;
}
