using Portolan.Collect.LogSources;
using YamlDotNet.RepresentationModel;

namespace Portolan.Web.Api.Dashboards;

/// <param name="Chart"><c>number</c>, <c>table</c>, <c>bars</c> (a name and a number a row) or <c>line</c> (a time in minutes and a number a row).</param>
/// <param name="Aql">Without a time clause: the page has one for all its panels.</param>
/// <param name="Width">Columns of twelve.</param>
public sealed record Panel(string Title, string Chart, string Aql, int Width)
{
    public static readonly IReadOnlyList<string> Charts = ["number", "table", "bars", "line"];
}

/// <param name="Id">The name of its file.</param>
public sealed record ShippedDashboard(string Id, string Name, string? Description, IReadOnlyList<Panel> Panels)
{
    /// <summary>Reads <c>dashboards/*.yml</c> of the content folders: <c>name</c>, <c>description</c>, <c>panels</c> with <c>title</c>, <c>chart</c>, <c>width</c>, <c>aql</c>.</summary>
    /// <param name="faults">What is wrong with files, which are left out.</param>
    public static IReadOnlyList<ShippedDashboard> Load(ContentFolders folders, List<ContentFault> faults)
    {
        var found = new List<ShippedDashboard>();
        foreach (var (id, path) in folders.Files("dashboards", ".yml"))
        {
            int before = faults.Count;
            var y = new YamlShape(path, faults);
            if (y.Root(File.ReadAllText(path)) is not { } root) continue;
            y.Keys(root, "name", "description", "panels");
            var panels = y.Maps(root, "panels").Select(m => PanelOf(y, m)).ToList();
            if (panels.Count == 0) y.Fault(root, "panels: at least one is needed");
            var dashboard = new ShippedDashboard(id, y.Text(root, "name", true) ?? "", y.Text(root, "description"), panels);
            if (faults.Count == before) found.Add(dashboard);
        }
        return found;
    }

    static Panel PanelOf(YamlShape y, YamlMappingNode m)
    {
        y.Keys(m, "title", "chart", "width", "aql");
        string chart = y.Text(m, "chart", true) ?? "";
        if (!Panel.Charts.Contains(chart)) y.Fault(m, $"chart: {string.Join(", ", Panel.Charts)} are known, not \"{chart}\"");
        return new(y.Text(m, "title", true) ?? "", chart, (y.Text(m, "aql", true) ?? "").Trim(), y.Number(m, "width", 1, 12));
    }
}
