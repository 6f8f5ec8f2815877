using System.Globalization;
using Portolan.Model;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Portolan.Ports.Check;

/// <summary>Reads <c>contract.yml</c>; its schema is docs/contract.md. All faults are told at once, each with its line.</summary>
public static class ContractFile
{
    static readonly Dictionary<string, int> Protocols = new(StringComparer.OrdinalIgnoreCase)
    {
        ["icmp"] = 1,
        ["tcp"] = 6,
        ["udp"] = 17,
        ["gre"] = 47,
        ["esp"] = 50,
        ["ah"] = 51,
        ["icmp6"] = 58,
        ["sctp"] = 132,
    };

    /// <returns>Null when there are faults.</returns>
    public static Contract? Read(string path, List<string> faults)
    {
        try
        {
            return Parse(File.ReadAllText(path), path, faults);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{path}: {e.Message}");
            return null;
        }
    }

    public static Contract? Parse(string text, string path, List<string> faults)
    {
        var reading = new Reading(path, faults);
        int before = faults.Count;
        var contract = reading.Run(text);
        return faults.Count == before ? contract : null;
    }

    sealed class Reading(string path, List<string> faults)
    {
        readonly List<ContractEnd> _ends = [];
        readonly List<ContractRow> _rows = [];

        void Fault(YamlNode at, string what) => faults.Add($"{path}:{at.Start.Line}: {what}");

        public Contract Run(string text)
        {
            try
            {
                var yaml = new YamlStream();
                yaml.Load(new StringReader(text));
                if (yaml.Documents.Count == 0) return Contract.Empty;
                var root = Map(yaml.Documents[0].RootNode, "the file", "contract", "ends", "permit");
                if (root.TryGetValue("contract", out var version) && Text(version) != "1") Fault(version, "contract: this program reads version 1");
                foreach (var e in List(root, "ends")) End(e);
                foreach (var r in List(root, "permit")) Row(r);
            }
            catch (YamlException e)
            {
                faults.Add($"{path}:{e.Start.Line}: not YAML: {e.Message}");
            }
            return new(_ends, _rows);
        }

        void End(YamlNode node)
        {
            var map = Map(node, "an end", "name", "domain", "addresses");
            string name = Required(node, map, "name");
            if (_ends.Any(e => e.Name == name)) Fault(node, $"end '{name}' is named twice");
            if (name == "any") Fault(node, "'any' means every address and cannot be the name of an end");
            var ranges = new List<Cidr>();
            foreach (var a in List(map, "addresses"))
            {
                if (Cidr.TryParse(Text(a), out var c)) ranges.Add(c);
                else Fault(a, $"'{Text(a)}' is no address or range such as 10.1.0.0/16");
            }
            if (ranges.Count == 0) Fault(node, $"end '{name}' has no addresses");
            int domain = 0;
            if (map.TryGetValue("domain", out var d) && !int.TryParse(Text(d), NumberStyles.None, CultureInfo.InvariantCulture, out domain))
                Fault(d, $"domain '{Text(d)}' is no number");
            _ends.Add(new(name, domain, ranges));
        }

        void Row(YamlNode node)
        {
            var map = Map(node, "a row", "id", "from", "to", "ports", "why");
            string id = Required(node, map, "id");
            if (_rows.Any(r => r.Id == id)) Fault(node, $"row '{id}' is there twice");
            if (!map.ContainsKey("from")) Fault(node, $"row '{id}': from is missing; write any for every address");
            if (!map.ContainsKey("to")) Fault(node, $"row '{id}': to is missing; write any for every address");
            var ports = new List<PortRange>();
            foreach (var p in List(map, "ports"))
            {
                if (TryPort(Text(p), out var range)) ports.Add(range);
                else Fault(p, $"port '{Text(p)}': expected 443/tcp, 8000-8010/tcp or a protocol: {string.Join(", ", Protocols.Keys)}");
            }
            if (!map.ContainsKey("ports")) Fault(node, $"row '{id}': ports is missing; write any for every port");
            _rows.Add(new(id, SideOf(map, "from"), SideOf(map, "to"), Text(map.GetValueOrDefault("ports")) == "any" ? [] : ports));
        }

        Side SideOf(Dictionary<string, YamlNode> map, string key)
        {
            var ends = new List<int>();
            var addresses = new List<Cidr>();
            foreach (var n in List(map, key))
            {
                string text = Text(n);
                int end = _ends.FindIndex(e => e.Name == text);
                if (end >= 0) ends.Add(end);
                else if (Cidr.TryParse(text, out var c)) addresses.Add(c);
                else
                    Fault(n, $"{key}: '{text}' is neither an end nor an address"
                        + (Nearest.To(text, _ends.Select(e => e.Name)) is [var near, ..] ? $"; did you mean {near}?" : ""));
            }
            return new(ends, addresses);
        }

        Dictionary<string, YamlNode> Map(YamlNode node, string what, params string[] keys)
        {
            if (node is not YamlMappingNode m)
            {
                Fault(node, $"{what}: expected keys {string.Join(", ", keys)}");
                return [];
            }
            foreach (var k in m.Children.Keys.Where(k => !keys.Contains(Text(k))))
                Fault(k, $"unknown key '{Text(k)}' in {what}" + (Nearest.To(Text(k), keys) is [var near, ..] ? $"; did you mean {near}?" : $"; known are {string.Join(", ", keys)}"));
            return m.Children.ToDictionary(c => Text(c.Key), c => c.Value);
        }

        // One value may stand without a list; the word any stands for an empty one.
        static IEnumerable<YamlNode> List(Dictionary<string, YamlNode> map, string key) => map.GetValueOrDefault(key) switch
        {
            YamlSequenceNode s => s.Children,
            YamlScalarNode { Value: not (null or "" or "any") } one => [one],
            _ => [],
        };

        string Required(YamlNode node, Dictionary<string, YamlNode> map, string key)
        {
            if (map.TryGetValue(key, out var n) && Text(n) != "") return Text(n);
            Fault(node, $"{key} is missing");
            return "";
        }

        static string Text(YamlNode? node) => (node as YamlScalarNode)?.Value ?? "";
    }

    /// <summary>Reads <c>443/tcp</c>, <c>8000-8010/udp</c>, or a protocol alone. Shared with the command <c>may</c>.</summary>
    public static bool TryPort(string text, out PortRange range)
    {
        range = default;
        if (Protocols.TryGetValue(text, out int alone))
        {
            range = new(0, 65535, alone);
            return true;
        }
        int slash = text.IndexOf('/');
        string ports = slash < 0 ? text : text[..slash];
        if (!Protocols.TryGetValue(slash < 0 ? "tcp" : text[(slash + 1)..], out int protocol)) return false;
        int dash = ports.IndexOf('-');
        if (!TryNumber(dash < 0 ? ports : ports[..dash], out int first)) return false;
        int last = first;
        if (dash >= 0 && (!TryNumber(ports[(dash + 1)..], out last) || last < first)) return false;
        range = new(first, last, protocol);
        return true;
    }

    static bool TryNumber(string text, out int n) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out n) && n <= 65535;
}
