using Portolan.Collect.LogSources;
using Portolan.Configuration;
using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Store.Columns;
using Portolan.Web.Control;

namespace Portolan.Engine;

/// <summary>Plans a search without a server or data, for <c>search --explain</c>: what the shipped and the person's content declares is known, no row is.</summary>
sealed class Planner : IBlockSource
{
    public static ResultSet Plan(Config config, string aql)
    {
        var properties = new PropertyCatalogue();
        SourceTypes.Load(ContentFolders.Beside(config.Get(Settings.Data)), properties);
        var engine = new AqlEngine(new Planner(), new AqlContext { Properties = properties, Zone = config.Get(Settings.TimeZone) });
        string plan = EngineApi.Ask(() => engine.Explain(aql));
        return ResultSet.Of([new("plan")], [.. plan.TrimEnd('\n').Split('\n').Select(l => new object?[] { l })]);
    }

    public BlockSnapshot Snapshot(Database database, long from, long to) => new([]);
}
