using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.Collect.Sources;

public sealed class SourceGoldenTests
{
    /// <summary>Keys that a case need not name; where it does, they are compared.</summary>
    static readonly HashSet<string> Optional =
    [
        "payload", "payloadbase64", "qid", "devicetype", "logsourceidentifier", "highlevelcategory", "eventcount", "credibility", "relevance",
        "magnitude", "devicetimeoffset", "isunparsed", "devicetimeconfidence",
    ];

    static readonly SourceTypes Types = SourceTypes.Load(new(Repository.Content), new PropertyCatalogue());
    static readonly LineParser Parser = new(Types, new FixedClock());

    sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    }

    static JsonObject Parse(byte[] line, string? hint = null)
    {
        var output = new ArrayBufferWriter<byte>();
        lock (Parser) Parser.Parse(line, hint == null ? null : Types.Find(hint), output);
        return JsonNode.Parse(output.WrittenSpan)!.AsObject();
    }

    [Fact]
    public void EveryLineBecomesWhatItsCaseSays()
    {
        var faults = new StringBuilder();
        foreach (var c in SourceGolden.Sources.SelectMany(SourceGolden.Read)) Compare(c, Parse(c.Input), faults);
        Assert.True(faults.Length == 0, faults.ToString());
    }

    static void Compare(SourceCase c, JsonObject actual, StringBuilder faults)
    {
        if (c.Expected == null)
        {
            faults.AppendLine($"{c.Source}:{c.Line}: no expectation");
            return;
        }
        var differences = new List<string>();
        Differences("", c.Expected, actual, differences);
        if (differences.Count == 0) return;
        faults.AppendLine($"{c.Source}:{c.Line}: {Encoding.UTF8.GetString(c.Input)}");
        foreach (string d in differences) faults.AppendLine("    " + d);
    }

    static void Differences(string path, JsonObject expected, JsonObject actual, List<string> differences)
    {
        foreach (var (key, value) in expected)
        {
            if (!actual.TryGetPropertyValue(key, out var found)) differences.Add($"{path}{key}: expected {Show(value)}, is missing");
            else if (value is JsonObject inner && found is JsonObject foundInner) Differences(path + key + ".", inner, foundInner, differences);
            else if (!JsonNode.DeepEquals(value, found)) differences.Add($"{path}{key}: expected {Show(value)}, got {Show(found)}");
        }
        foreach (var (key, value) in actual)
        {
            if (!expected.ContainsKey(key) && (path.Length > 0 || !Optional.Contains(key))) differences.Add($"{path}{key}: not expected, got {Show(value)}");
        }
    }

    static string Show(JsonNode? node) => node?.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) ?? "null";

    /// <summary>Every line of every source, unhinted: the type that claims it is its own.</summary>
    [Fact]
    public void NoTypeClaimsAnothersLine()
    {
        var confusions = SourceGolden.Sources.SelectMany(SourceGolden.Read)
            .Select(c => (c.Source, c.Line, Claimed: Parse(c.Input)["sourcetype"]!.GetValue<string>()))
            .Where(c => c.Claimed != c.Source)
            .Select(c => $"{c.Source}:{c.Line} is claimed by {c.Claimed}").ToList();
        Assert.True(confusions.Count == 0, string.Join('\n', confusions));
    }

    [Fact]
    public void NobodyClaimsUnknownLines()
    {
        foreach (var c in SourceGolden.Read("unknown"))
        {
            var parsed = Parse(c.Input);
            Assert.Equal("generic", parsed["sourcetype"]!.GetValue<string>());
            Assert.Equal("unparsed", parsed["parsestatus"]!.GetValue<string>());
        }
    }

    [Fact]
    public void EveryTypeHasAGoldenFile() => Assert.Equal(Types.All.Select(t => t.Id).Order(StringComparer.Ordinal), SourceGolden.Sources);
}
