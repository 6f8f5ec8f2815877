using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Model;

namespace Portolan.Tests.Collect;

/// <summary>A content folder of its own, gone after the test.</summary>
sealed class TestContent : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("portolan-content-").FullName;

    public TestContent()
    {
        Directory.CreateDirectory(Path.Combine(Root, "sources"));
        Directory.CreateDirectory(Path.Combine(Root, "qidmap"));
        File.Copy(Path.Combine(Repository.Content, "qidmap", "categories.csv"), Path.Combine(Root, "qidmap", "categories.csv"));
    }

    /// <summary>Adds a type; the map's lines without header: eventid,eventcategory,qid,name,severity,category,description.</summary>
    public TestContent Add(string id, string yaml, string map = "")
    {
        File.WriteAllText(Path.Combine(Root, "sources", id + ".yml"), yaml);
        File.WriteAllText(Path.Combine(Root, "qidmap", id + ".csv"), "eventid,eventcategory,qid,name,severity,category,description\n" + map);
        return this;
    }

    public SourceTypes Load() => SourceTypes.Load(new(Root), new PropertyCatalogue());

    public IReadOnlyList<ContentFault> Faults()
    {
        try
        {
            Load();
            return [];
        }
        catch (ContentException e)
        {
            return e.Faults;
        }
    }

    public static JsonObject Parse(SourceTypes types, string line, string? hint = null, bool explain = false)
    {
        var output = new ArrayBufferWriter<byte>();
        new LineParser(types, new Noon()).Parse(Encoding.UTF8.GetBytes(line), hint == null ? null : types.Find(hint), output, explain);
        return JsonNode.Parse(output.WrittenSpan)!.AsObject();
    }

    public void Dispose() => Directory.Delete(Root, true);

    /// <summary>2026-11-21T12:00:00Z.</summary>
    public sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    }
}
