using Portolan.Collect.LogSources;
using Portolan.Configuration;
using Portolan.Control;
using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Store.Columns;
using Portolan.Web.Control;

namespace Portolan.Engine;

/// <summary>
/// Plans for <c>search --explain</c>. Whoever has the data also says what each filter skips there; without server and data the text may name what
/// the shipped and the person's content declares.
/// </summary>
sealed class Planner : IBlockSource
{
    public static async Task<ResultSet> PlanAsync(Config config, string aql, Period period, CancellationToken cancel)
    {
        string? why = null;
        try
        {
            await using var holder = await HolderAsync(config, cancel);
            if (holder != null) return await WholeAsync(await holder.ExplainAsync(aql, period, cancel), cancel);
        }
        catch (Exception e) when (e is CommandFault or IOException or UnauthorizedAccessException or ApiException { Kind: FaultKind.Unavailable })
        {
            // A plan needs no data: what keeps us from it is told, not fatal.
            why = $"planned without the data: {e.Message}";
        }
        var plan = EngineApi.Explain(Without(config), aql, period);
        if (why != null) plan.End = plan.End with { Notes = [why] };
        return plan;
    }

    /// <summary>An engine that knows what content declares, and no row.</summary>
    public static AqlEngine Without(Config config)
    {
        var properties = new PropertyCatalogue();
        SourceTypes.Load(ContentFolders.Beside(config.Get(Settings.Data)), properties);
        return new(new Planner(), new AqlContext { Properties = properties, Zone = config.Get(Settings.TimeZone) });
    }

    static async Task<ILocalApi?> HolderAsync(Config config, CancellationToken cancel)
    {
        string data = config.Get(Settings.Data);
        if (await ControlClient.TryConnectAsync(data, cancel) is { } running) return running;
        return Directory.Exists(Path.Combine(data, "store")) ? StoppedApi.Open(config) : null;
    }

    // Its holder is let go before it is shown.
    static async Task<ResultSet> WholeAsync(ResultSet result, CancellationToken cancel)
    {
        await using (result)
        {
            var rows = new List<object?[]>();
            await foreach (var row in result.Rows.WithCancellation(cancel)) rows.Add(row);
            return ResultSet.Of(result.Columns, rows, notes: result.End.Notes);
        }
    }

    public BlockSnapshot Snapshot(Database database, long from, long to) => new([]);
}
