using Portolan.Web.Control;

namespace Portolan.Web.Api;

/// <summary>What a search found, with the text that finds it again.</summary>
/// <param name="Fault">Why there are no rows, when the search was refused or is incomplete.</param>
public sealed record Found(string Aql, IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, string? Fault = null)
{
    public static async Task<Found> Of(ILocalApi api, string aql, CancellationToken cancel)
    {
        try
        {
            await using var result = await api.SearchAsync(aql, default, cancel);
            var rows = new List<object?[]>();
            await foreach (var row in result.Rows.WithCancellation(cancel)) rows.Add(row);
            return new(aql, [.. result.Columns.Select(c => c.Name)], rows, result.End.Partial ? string.Join("; ", result.End.Notes ?? []) : null);
        }
        catch (ApiException e)
        {
            return new(aql, [], [], e.Message);
        }
    }

    /// <summary>The only cell of a search that counts.</summary>
    public Number One() => new(Rows is [[var cell, ..]] ? Convert.ToInt64(cell, System.Globalization.CultureInfo.InvariantCulture) : 0, Aql, Fault);
}

/// <param name="Aql">The search that gives this number; null where no event stands behind it.</param>
public sealed record Number(long Count, string? Aql, string? Fault = null);
