using System.Text.Json.Serialization;
using Portolan.Collect.LogSources;
using YamlDotNet.RepresentationModel;

namespace Portolan.Web.Api.Dashboards;

/// <param name="Chart"><c>number</c>, <c>table</c>, <c>bars</c> (a name and a number a row) or <c>line</c> (a time in minutes and a number a row).</param>
/// <param name="Aql">Without a time clause: the page has one for all its panels.</param>
/// <param name="Width">Columns of twelve.</param>
public sealed record Panel(string Title, string Chart, string Aql, int Width)
{
    public static readonly IReadOnlyList<string> Charts = ["number", "table", "bars", "line"];

    /// <summary>The title in each language, of shipped ones.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Wording? Titles { get; init; }
}

/// <summary>The same in each language of the console.</summary>
public sealed record Wording(string En, string Ja)
{
    /// <summary>A text, which is the same in every language, or <c>en</c> and <c>ja</c>.</summary>
    public static Wording? Of(YamlShape y, YamlMappingNode map, string key, bool required)
    {
        if (YamlShape.Get(map, key) is YamlMappingNode words)
        {
            y.Keys(words, "en", "ja");
            return new(y.Text(words, "en", true) ?? "", y.Text(words, "ja", true) ?? "");
        }
        return y.Text(map, key, required) is { } text ? new(text, text) : null;
    }
}

/// <param name="Id">The name of its file.</param>
public sealed record ShippedDashboard(string Id, Wording Name, Wording? Description, IReadOnlyList<Panel> Panels)
{
    /// <summary>Reads <c>dashboards/*.yml</c> of the content folders: <c>name</c>, <c>description</c>, <c>panels</c> with <c>title</c>, <c>chart</c>, <c>width</c>, <c>aql</c>.
    /// Names, descriptions and titles are a text, or <c>en</c> and <c>ja</c>.</summary>
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
            var dashboard = new ShippedDashboard(id, Wording.Of(y, root, "name", true) ?? new("", ""), Wording.Of(y, root, "description", false), panels);
            if (faults.Count == before) found.Add(dashboard);
        }
        return found;
    }

    static Panel PanelOf(YamlShape y, YamlMappingNode m)
    {
        y.Keys(m, "title", "chart", "width", "aql");
        string chart = y.Text(m, "chart", true) ?? "";
        if (!Panel.Charts.Contains(chart)) y.Fault(m, $"chart: {string.Join(", ", Panel.Charts)} are known, not \"{chart}\"");
        var title = Wording.Of(y, m, "title", true);
        return new(title?.En ?? "", chart, (y.Text(m, "aql", true) ?? "").Trim(), y.Number(m, "width", 1, 12)) { Titles = title };
    }
}
