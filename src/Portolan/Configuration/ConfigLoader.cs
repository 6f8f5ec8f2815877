using Portolan.Model;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Portolan.Configuration;

/// <summary>What a configuration is made of.</summary>
/// <param name="File">A YAML file; null: none, or DATA/portolan.yml when it exists.</param>
/// <param name="Environment">Name and value; only PORTOLAN_… matters.</param>
/// <param name="Sets"><c>key=value</c> of <c>--set</c>.</param>
/// <param name="Options">Key, value and the option that said so, for options that stand for a key (<c>--data</c>).</param>
sealed record ConfigSources(
    string? File,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyList<string> Sets,
    IReadOnlyList<(string Key, string Value, string Option)> Options);

/// <summary>
/// Reads the configuration: default &lt; file &lt; environment &lt; --set. Every fault is collected, none ends the reading; a value with a
/// fault keeps what it had before.
/// </summary>
sealed class ConfigLoader
{
    const string Prefix = "PORTOLAN_";

    // Not settings: a secret, and what the console's clients use.
    static readonly string[] OtherVariables = ["PORTOLAN_TOKEN"];

    // Deeper than any key, shallower than an alias that holds itself.
    const int MaxDepth = 8;

    readonly Dictionary<string, ConfigEntry> _entries = [];
    readonly List<ConfigFault> _faults = [];

    /// <summary>The configuration, whole only when <paramref name="faults"/> is empty.</summary>
    public static Config Load(ConfigSources sources, out IReadOnlyList<ConfigFault> faults)
    {
        var loader = new ConfigLoader();
        string here = Directory.GetCurrentDirectory();
        foreach (var setting in Settings.All)
        {
            string[] texts = setting.IsList && setting.Default.Length == 0 ? [] : [setting.Default];
            if (!setting.TryRead(texts, here, out object value))
                throw new InvalidOperationException($"the default of {setting.Key} does not read");
            loader._entries[setting.Key] = new(setting, setting.Default, value, SettingOrigin.Default, "");
        }

        string? file = sources.File ?? OwnFile(sources);
        if (file is not null) loader.ReadFile(file, isOwn: sources.File is null);
        loader.ReadEnvironment(sources.Environment);
        loader.ReadSets(sources);

        var config = new Config(loader._entries);
        faults = [.. loader._faults, .. loader._faults.Count == 0 ? config.CrossFaults() : []];
        return config;
    }

    /// <summary>DATA/portolan.yml when it exists; the file cannot say where DATA is.</summary>
    static string? OwnFile(ConfigSources sources)
    {
        string key = Settings.Data.Key;
        string data = sources.Options.LastOrDefault(o => o.Key == key).Value
            ?? sources.Sets.LastOrDefault(s => s.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..]
            ?? sources.Environment.GetValueOrDefault(Prefix + key.ToUpperInvariant())
            ?? Settings.Data.Default;
        string file = DataDirectory.ConfigFile(data);
        return File.Exists(file) ? file : null;
    }

    void ReadFile(string file, bool isOwn)
    {
        var yaml = new YamlStream();
        try
        {
            using var reader = new StreamReader(file);
            yaml.Load(reader);
        }
        catch (YamlException e)
        {
            _faults.Add(new($"{file}:{e.Start.Line}", "YAML", null, e.InnerException?.Message ?? e.Message));
            return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _faults.Add(new(file, "file", null, e.Message));
            return;
        }
        if (yaml.Documents.Count == 0) return;
        string folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
        var seen = new HashSet<string>();
        foreach (var (key, node) in Leaves("", yaml.Documents[0].RootNode, file, 0))
        {
            string where = $"{file}:{node.Start.Line}";
            var texts = Texts(node);
            if (texts is null)
            {
                _faults.Add(new(where, key, null, TryFind(key, out var known) ? Right(known) : Unknown(key)));
                continue;
            }
            if (isOwn && key == Settings.Data.Key)
                _faults.Add(new(where, key, texts.FirstOrDefault(),
                    "this file lies in the data directory, so it cannot name it; use --data or --config"));
            else if (!seen.Add(key))
                _faults.Add(new(where, key, string.Join(", ", texts), "the key stands twice; keep one"));
            else
                Take(key, texts, string.Join(", ", texts), folder, SettingOrigin.File, where);
        }
    }

    /// <summary>Dotted keys and their nodes; a section is a mapping that is no setting.</summary>
    IEnumerable<(string Key, YamlNode Node)> Leaves(string key, YamlNode node, string file, int depth)
    {
        if (node is YamlMappingNode map && depth < MaxDepth)
        {
            foreach (var (name, value) in map.Children)
            {
                string inner = name is YamlScalarNode { Value: { Length: > 0 } text } ? text : "?";
                foreach (var leaf in Leaves(key.Length == 0 ? inner : $"{key}.{inner}", value, file, depth + 1)) yield return leaf;
            }
        }
        else if (node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" } empty && !TryFind(key, out _))
        {
            // A section whose lines are all commented out.
            if (key.Length > 0 && !Settings.All.Any(s => s.Key.StartsWith(key + ".", StringComparison.Ordinal)))
                _faults.Add(new($"{file}:{empty.Start.Line}", key, null, Unknown(key)));
        }
        else yield return (key.Length == 0 ? "?" : key, node);
    }

    static List<string>? Texts(YamlNode node) => node switch
    {
        YamlScalarNode scalar => [scalar.Value ?? ""],
        YamlSequenceNode list when list.Children.All(c => c is YamlScalarNode) =>
            [.. list.Children.Select(c => ((YamlScalarNode)c).Value ?? "")],
        _ => null,
    };

    void ReadEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || OtherVariables.Contains(name)) continue;
            string key = name[Prefix.Length..].Replace("__", ".").Replace('_', '-').ToLowerInvariant();
            // Container platforms set PORTOLAN_PORT, PORTOLAN_SERVICE_HOST… for a service of this name: those are not meant for us.
            if (!TryFind(key, out _) && !key.Contains('.') && Nearest.To(key, Settings.All.Select(s => s.Key)).Count == 0) continue;
            Take(key, null, value, Directory.GetCurrentDirectory(), SettingOrigin.Environment, name);
        }
    }

    void ReadSets(ConfigSources sources)
    {
        string here = Directory.GetCurrentDirectory();
        foreach (string set in sources.Sets)
        {
            int equals = set.IndexOf('=');
            if (equals <= 0) _faults.Add(new("--set", set, null, "not key=value"));
            else Take(set[..equals].Trim(), null, set[(equals + 1)..], here, SettingOrigin.Set, "--set");
        }
        foreach (var (key, value, option) in sources.Options) Take(key, null, value, here, SettingOrigin.Set, option);
    }

    void Take(string key, IReadOnlyList<string>? texts, string text, string folder, SettingOrigin origin, string where)
    {
        if (!TryFind(key, out var setting))
        {
            _faults.Add(new(where, key, null, Unknown(key)));
            return;
        }
        texts ??= !setting.IsList ? [text] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (setting.TryRead(texts, folder, out object value)) _entries[key] = new(setting, text, value, origin, where);
        else _faults.Add(new(where, key, text.Length == 0 ? "(nothing)" : text, Right(setting)));
    }

    static bool TryFind(string key, out Setting setting) => Settings.TryFind(key, out setting);

    static string Right(Setting setting) => $"right would be {(setting.IsList ? "a list of " : "")}{setting.Type}: {setting.Range}";

    static string Unknown(string key)
    {
        var near = Nearest.To(key, Settings.All.Select(s => s.Key), most: 2);
        if (near.Count == 0)
        {
            // A right last word in the wrong section is as common as a slip of the finger.
            string last = key[(key.LastIndexOf('.') + 1)..];
            near = [.. Settings.All.Select(s => s.Key).Where(k => k.EndsWith("." + last, StringComparison.OrdinalIgnoreCase)).Take(3)];
        }
        return near.Count == 0 ? "no such key; portolan config list shows all" : $"no such key; did you mean {string.Join(" or ", near)}?";
    }
}
