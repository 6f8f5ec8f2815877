using System.Globalization;
using Portolan.Model;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Portolan.Inventory.Networks;

/// <summary>
/// Reads the network hierarchy from a person's file: YAML (<c>networks:</c> a list of name, cidr, and if wanted domain and weight) or CSV with the header
/// <c>name,cidr,domain,weight</c>. See docs/networks.md. All faults are told at once.
/// </summary>
public static class NetworkFile
{
    static readonly string[] Keys = ["name", "cidr", "domain", "weight"];

    /// <returns>Null when there are faults; each says the line and what would be right.</returns>
    public static NetworkHierarchy? Read(string path, List<string> faults)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{path}: {e.Message}");
            return null;
        }
        return Parse(text, path, faults);
    }

    public static NetworkHierarchy? Parse(string text, string path, List<string> faults)
    {
        int before = faults.Count;
        var rows = path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? Csv(text, path, faults) : Yaml(text, path, faults);
        var networks = new List<Network>();
        foreach (var (line, row) in rows)
            if (Make(networks.Count + 1, row, $"{path}:{line}", faults) is { } n) networks.Add(n);
        foreach (var twice in networks.GroupBy(n => (n.Domain, n.Range)).Where(g => g.Count() > 1))
            faults.Add($"{path}: {twice.Key.Range} is named twice: {string.Join(", ", twice.Select(n => n.Name))}");
        return faults.Count == before ? new(networks) : null;
    }

    static List<(int, Dictionary<string, string>)> Yaml(string text, string path, List<string> faults)
    {
        var rows = new List<(int, Dictionary<string, string>)>();
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents.Count == 0) return rows;
            if (yaml.Documents[0].RootNode is not YamlMappingNode root || root.Children.Count != 1
                || !root.Children.TryGetValue(new YamlScalarNode("networks"), out var list) || list is not YamlSequenceNode networks)
            {
                faults.Add($"{path}:1: expected one key, networks, with a list");
                return rows;
            }
            foreach (var item in networks)
            {
                if (item is YamlMappingNode map && map.Children.All(c => c.Key is YamlScalarNode && c.Value is YamlScalarNode))
                    rows.Add(((int)item.Start.Line, map.Children.ToDictionary(c => ((YamlScalarNode)c.Key).Value ?? "", c => ((YamlScalarNode)c.Value).Value ?? "")));
                else faults.Add($"{path}:{item.Start.Line}: expected a network: name, cidr, domain, weight");
            }
        }
        catch (YamlException e)
        {
            faults.Add($"{path}:{e.Start.Line}: not YAML: {e.Message}");
        }
        return rows;
    }

    static List<(int, Dictionary<string, string>)> Csv(string text, string path, List<string> faults)
    {
        var rows = new List<(int, Dictionary<string, string>)>();
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        string[] header = [.. lines[0].Split(',').Select(h => h.Trim().ToLowerInvariant())];
        if (!header.Contains("name") || !header.Contains("cidr"))
        {
            faults.Add($"{path}:1: expected the header name,cidr,domain,weight");
            return rows;
        }
        for (int i = 1; i < lines.Length; i++)
        {
            if (lines[i].Trim() is "" || lines[i].StartsWith('#')) continue;
            string[] cells = lines[i].Split(',');
            if (cells.Length > header.Length) faults.Add($"{path}:{i + 1}: {cells.Length} columns, the header has {header.Length}");
            else rows.Add((i + 1, header.Zip(cells).ToDictionary(c => c.First, c => c.Second.Trim().Trim('"'))));
        }
        return rows;
    }

    static Network? Make(int id, Dictionary<string, string> row, string at, List<string> faults)
    {
        int before = faults.Count;
        foreach (string key in row.Keys.Where(k => !Keys.Contains(k)))
            faults.Add($"{at}: unknown key '{key}'" + (Nearest.To(key, Keys) is [var near, ..] ? $"; did you mean {near}?" : $"; known are {string.Join(", ", Keys)}"));
        if (!row.TryGetValue("name", out string? name) || name == "") faults.Add($"{at}: name is missing");
        Cidr range = default;
        if (!row.TryGetValue("cidr", out string? cidr) || !Cidr.TryParse(cidr, out range)) faults.Add($"{at}: cidr '{cidr}' is no address range such as 10.1.0.0/16");
        int domain = Number(row, "domain", 0, 0, int.MaxValue, at, faults), weight = Number(row, "weight", 50, 0, 100, at, faults);
        return faults.Count == before ? new(id, name!, range, domain, weight) : null;
    }

    static int Number(Dictionary<string, string> row, string key, int absent, int min, int max, string at, List<string> faults)
    {
        if (!row.TryGetValue(key, out string? text) || text == "") return absent;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= min && n <= max) return n;
        faults.Add($"{at}: {key} '{text}' is no number from {min} to {(max == int.MaxValue ? "2147483647" : max)}");
        return absent;
    }
}
