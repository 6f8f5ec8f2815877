using System.Globalization;
using Portolan.Model;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Portolan.Collect.LogSources;

/// <summary>Reads a YAML file by a known shape and keeps every departure from it as a fault with its line, instead of stopping at the
/// first.</summary>
public sealed class YamlShape(string file, List<ContentFault> faults)
{
    public string File => file;

    /// <summary>The file's one mapping; null, with a fault, when there is none.</summary>
    public YamlMappingNode? Root(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root) return root;
            faults.Add(new(file, 1, "one mapping is expected"));
        }
        catch (YamlException e)
        {
            faults.Add(new(file, e.Start.Line, e.Message));
        }
        return null;
    }

    public void Fault(YamlNode? at, string what) => faults.Add(new(file, at?.Start.Line ?? 1, what));

    /// <summary>Says which keys of the mapping are unknown, each with the nearest right one.</summary>
    public void Keys(YamlMappingNode map, params ReadOnlySpan<string> known)
    {
        string[] names = known.ToArray();
        foreach (var key in map.Children.Keys)
        {
            if (names.Contains(Plain(key))) continue;
            var near = Nearest.To(Plain(key) ?? "", names, 1);
            Fault(key, $"unknown key \"{Plain(key)}\"" + (near.Count > 0 ? $": did you mean {near[0]}?"
                : $": known here are {string.Join(' ', names)}"));
        }
    }

    public static YamlNode? Get(YamlMappingNode map, string key) => map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node
        : null;

    /// <summary>The scalar's text; null for the YAML null and for what is no scalar.</summary>
    public static string? Plain(YamlNode? node) => node is YamlScalarNode { Value: { } v } s
        && !(s.Style == ScalarStyle.Plain && v is "" or "~" or "null") ? v : null;

    public string? Text(YamlMappingNode map, string key, bool required = false)
    {
        var node = Get(map, key);
        if (node == null)
        {
            if (required) Fault(map, $"{key} is missing");
            return null;
        }
        if (Plain(node) is { } text) return text;
        Fault(node, $"{key}: a text is expected");
        return null;
    }

    public int Number(YamlMappingNode map, string key, int least, int most)
    {
        if (Text(map, key, true) is not { } text) return least;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= least && n <= most) return n;
        Fault(Get(map, key), $"{key}: a number from {least} to {most} is expected, not \"{text}\"");
        return least;
    }

    /// <summary>One text or a list of texts; empty when the key is absent.</summary>
    public IReadOnlyList<string> Texts(YamlMappingNode map, string key) => Get(map, key) is { } node ? Texts(node, key) : [];

    public IReadOnlyList<string> Texts(YamlNode node, string what)
    {
        if (Plain(node) is { } one) return [one];
        var texts = new List<string>();
        if (node is YamlSequenceNode list)
        {
            foreach (var item in list)
            {
                if (Plain(item) is { } text) texts.Add(text);
                else Fault(item, $"{what}: a text is expected");
            }
        }
        else Fault(node, $"{what}: a text or a list of texts is expected");
        return texts;
    }

    public YamlMappingNode? Map(YamlMappingNode map, string key)
    {
        var node = Get(map, key);
        if (node is null or YamlMappingNode) return (YamlMappingNode?)node;
        Fault(node, $"{key}: a mapping is expected");
        return null;
    }

    /// <summary>The entries of a mapping with their keys as text.</summary>
    public IEnumerable<(string Key, YamlNode KeyNode, YamlNode Value)> Entries(YamlMappingNode? map)
    {
        if (map == null) yield break;
        foreach (var (key, value) in map.Children)
        {
            if (key is YamlScalarNode { Value: { } text }) yield return (text, key, value);
            else Fault(key, "a text is expected as key");
        }
    }

    /// <summary>The mappings of a list (a single mapping counts as a list of one).</summary>
    public IEnumerable<YamlMappingNode> Maps(YamlMappingNode map, string key)
    {
        var node = Get(map, key);
        if (node is YamlMappingNode one) yield return one;
        else if (node is YamlSequenceNode list)
        {
            foreach (var item in list)
            {
                if (item is YamlMappingNode m) yield return m;
                else Fault(item, $"{key}: a mapping is expected");
            }
        }
        else if (node != null) Fault(node, $"{key}: a list of mappings is expected");
    }
}
