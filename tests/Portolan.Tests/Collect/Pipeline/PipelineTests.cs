using System.Text;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Identity;
using Portolan.Inventory.Networks;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Ports.Check;
using Portolan.Store;
using Portolan.Store.Aql;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Xunit;

namespace Portolan.Tests.Collect.Pipeline;

/// <summary>The pipeline over a real journal and store, without sockets.</summary>
public sealed class PipelineTests : IDisposable
{
    const string App = """
        id: app
        name: App
        devicetype: 500
        recognize: [{application: app, certainty: 60}]
        syntax: keyvalue
        event: '{id}'
        map: {id: ~, src: sourceip, dst: destinationip, user: username}
        """;

    const string AppMap = "x,,50000001,X,1,8001,\n";
    const int Rows = 100_000, Bad = 54_321;

    readonly string _folder = Directory.CreateTempSubdirectory("portolan-pipeline-").FullName;
    readonly TestContent _content = new TestContent().Add("app", App, AppMap);
    readonly Ledger _ledger = new();
    readonly List<string> _told = [];

    public void Dispose()
    {
        _content.Dispose();
        Directory.Delete(_folder, true);
    }

    // The rows of an AQL search after so many messages went the whole way.
    object?[][] Run(SourceTypes types, int messages, Func<int, string> message, Func<LogSourceRegistry, IReadOnlyList<IStage>> stages, string aql)
    {
        using var journal = JournalWriter.Open(SystemFiles.Instance, new() { Directory = Path.Combine(_folder, "journal") });
        var count = new LedgerStage(_ledger);
        using var store = new EventStore(SystemFiles.Instance, Path.Combine(_folder, "store"), new(), types.Properties, TimeProvider.System, [count], _told.Add);
        using var pipeline = new Portolan.Collect.Pipeline.Pipeline(journal.OpenReader(store.Sealed), journal, store, stages(new(_ledger)), count, _ledger, _told.Add);
        pipeline.Start();
        Assert.True(Address.TryParse("127.0.0.1", out var sender));
        for (int i = 0; i < messages; i++)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(message(i));
            while (!TryAdd(journal, new(1_795_262_400_000_000, (ushort)Endpoints.SyslogTcp.Number, 0, sender, 5140, 0), bytes)) journal.WaitForRoom(TimeSpan.FromSeconds(10));
        }
        Assert.True(pipeline.WaitProcessed(messages, TimeSpan.FromMinutes(1), default));
        Assert.Null(pipeline.Failure);
        using var result = new AqlEngine(store, new AqlContext { Properties = types.Properties }).Run(aql, new() { Time = (long.MinValue, long.MaxValue) });
        return [.. result.Rows.Select(r => r.ToArray())];
    }

    static bool TryAdd(JournalWriter journal, in RecordHeader header, byte[] bytes)
    {
        using var append = journal.BeginAppend();
        return append.Add(header, bytes);
    }

    [Fact]
    public void AParserThatThrowsCostsItsRowOnly()
    {
        var types = _content.Load();
        types.Find("app")!.Probe = body =>
        {
            if (body.IndexOf("magic"u8) >= 0) throw new InvalidOperationException("a bug of ours");
        };
        var rows = Run(types, Rows, i => $"<14>Nov 21 12:00:00 h1 app: id=x src=10.0.{i / 256 % 256}.{i % 256} user={(i == Bad ? "magic" : "u" + i)}",
            sources => [new Normalizer(types, sources)],
            "SELECT parsestatus, COUNT(*) AS n, MIN(sequence) AS first, UNIQUECOUNT(username) AS users FROM events GROUP BY parsestatus ORDER BY parsestatus");
        Assert.Equal([["failed", 1.0, Bad + 1.0, 0.0], ["parsed", Rows - 1.0, 1.0, Rows - 1.0]], rows.Select(Plain));
        string told = Assert.Single(_told, t => t.Contains("threw"));
        Assert.Contains("normalize", told);
        Assert.Contains($"1-1-{Bad + 1}-0", told);
        Assert.Contains(_ledger.Snapshot(), r => r is { Source: "pipeline", Reason: "failed-in-normalize", Count: 1 });
    }

    [Fact]
    public void TheRowThatFailedIsKeptRaw()
    {
        var types = _content.Load();
        types.Find("app")!.Probe = body =>
        {
            if (body.IndexOf("magic"u8) >= 0) throw new InvalidOperationException("a bug of ours");
        };
        var rows = Run(types, 3, i => $"<14>Nov 21 12:00:00 h1 app: id=x src=10.0.0.{i} user={(i == 1 ? "magic" : "bob")}",
            sources => [new Normalizer(types, sources)],
            "SELECT UTF8(payload), username, sendingip, parsestatus FROM events ORDER BY sequence");
        Assert.Equal(["<14>Nov 21 12:00:00 h1 app: id=x src=10.0.0.1 user=magic", null, "127.0.0.1", "failed"], rows[1].Select(v => v?.ToString()));
        Assert.Equal(["bob", "bob"], [rows[0][1], rows[2][1]]);
    }

    [Fact]
    public void AllJointsMayBeEmpty()
    {
        var types = _content.Load();
        var none = EmptyJoints.Instance;
        var rows = Run(types, 10, i => $"<14>Nov 21 12:00:00 h1 app: id=x src=10.0.0.{i} dst=10.0.0.9 user=bob",
            sources => [new Normalizer(types, sources), new NetworkStage(none), new UserStage(new(TimeSpan.FromMinutes(45))), new ContractStage(none)],
            "SELECT username, sourceuser, sourcenetworkid, contractverdict, ASSETUSER(sourceip), NETWORKNAME(sourceip), LOGSOURCENAME(logsourceid), QIDNAME(qid), parsestatus " +
            "FROM events WHERE destinationip = '10.0.0.9'");
        Assert.Equal(10, rows.Length);
        Assert.All(rows, r =>
        {
            Assert.Equal("bob", r[0]);
            Assert.Null(r[1]);
            Assert.Equal("not declared", r[3]);
            Assert.Null(r[4]);
            Assert.Equal("parsed", r[8]);
        });
    }

    static object?[] Plain(object?[] row) => [.. row.Select(v => v is long n ? (double)n : v)];
}
