using System.Text;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Collect.Qid;
using Portolan.Model;
using Portolan.Model.Joints;
using Xunit;

namespace Portolan.Tests.Collect.Pipeline;

public sealed class NormalizerTests
{
    const long Noon = 1_795_262_400_000_000;

    const string App = """
        id: app
        name: App
        devicetype: 500
        recognize: [{application: app, certainty: 60}]
        syntax: keyvalue
        event: '{id}'
        map: {id: ~, src: sourceip, user: username, when: ~}
        time: [{from: when, format: iso}]
        logins: {in: start, out: stop, no: failed}
        """;

    const string AppMap = "in,,50000001,In,1,3002,\nout,,50000002,Out,1,3056,\nno,,50000003,No,3,3003,\nx,,50000004,X,10,8001,\n";

    static EventBatch Fill(params string[] lines)
    {
        var batch = new EventBatch();
        Assert.True(Address.TryParse("127.0.0.1", out var loopback));
        foreach (string line in lines)
        {
            int row = batch.Count++;
            batch.Payload[row] = batch.Append(Encoding.UTF8.GetBytes(line));
            batch.Numbers(Fields.StartTime)[row] = Noon;
            batch.Addresses(Fields.SendingIp)[row] = loopback;
            batch.Listener[row] = (ushort)Endpoints.SyslogUdp.Number;
        }
        return batch;
    }

    static string? Text(EventBatch batch, Field field, int row) => batch.Texts(field)[row] is { IsNull: false } s ? Encoding.UTF8.GetString(batch.Span(s)) : null;

    [Fact]
    public void RowsAreFilledWhereTheyStand()
    {
        using var content = new TestContent().Add("app", App, AppMap);
        var registry = new LogSourceRegistry(new());
        var normalizer = new Normalizer(content.Load(), registry);
        var batch = Fill("<14>Nov 21 12:00:00 h1 app: id=x src=10.0.0.1", "no syslog at all", "<14>Nov 21 12:00:00 h2 app: id=? a=b");
        normalizer.Process(batch, 0, 2);
        normalizer.Process(batch, 2, 3);
        Assert.Equal([ParseStatus.Parsed, ParseStatus.Unparsed, ParseStatus.Partial], batch.Status[..3]);
        Assert.Equal([50000004, 0, 50000000], batch.Numbers(Fields.Qid)[..3]);
        Assert.Equal([8001, 10008, 10001], batch.Numbers(Fields.Category)[..3]);
        Assert.Equal([8000, 10000, 10000], batch.Numbers(Fields.HighLevelCategory)[..3]);
        Assert.Equal([500, 8, 500], batch.Numbers(Fields.DeviceType)[..3]);
        // 0.5 × 5 + 0.3 × severity + 0.2 × 5, rounded: severity 10, 1, 1.
        Assert.Equal([7, 4, 4], batch.Numbers(Fields.Magnitude)[..3]);
        Assert.Equal([1, 1, 1], batch.Numbers(Fields.EventCount)[..3]);
        Assert.Equal([0, 1, 0], batch.Numbers(Fields.IsUnparsed)[..3]);
        Assert.Equal(["h1", "127.0.0.1", "h2"], Enumerable.Range(0, 3).Select(r => Text(batch, Fields.LogSourceIdentifier, r)));
        Assert.Equal([1, 2, 3], batch.Numbers(Fields.LogSourceId)[..3]);
        Assert.Equal(["year-inferred", "none", "year-inferred"], Enumerable.Range(0, 3).Select(r => Text(batch, Fields.DeviceTimeConfidence, r)));
        Assert.Equal(2, batch.Properties[0].Row);
        Assert.Equal("?", Text(batch, Fields.QidEventId, 2));
    }

    [Fact]
    public void LoginsAndIdentity()
    {
        using var content = new TestContent().Add("app", App, AppMap);
        var batch = Fill("<14>Nov 21 12:00:00 h app: id=in src=10.0.0.1 user=bob", "<14>Nov 21 12:00:00 h app: id=out user=bob", "<14>Nov 21 12:00:00 h app: id=no src=10.0.0.1 user=bob",
            "<14>Nov 21 12:00:00 h app: id=x src=10.0.0.1 user=bob");
        new Normalizer(content.Load(), new(new())).Process(batch, 0, 4);
        Assert.Equal([LoginKind.Start, LoginKind.Stop, LoginKind.Failed, LoginKind.None], batch.Login[..4]);
        Assert.Equal(["10.0.0.1", "0.0.0.0", "0.0.0.0", "0.0.0.0"], batch.Addresses(Fields.IdentityIp)[..4].Select(a => a.ToString()));
        Assert.Equal([1, 0, 0, 0], batch.Numbers(Fields.HasIdentity)[..4]);
    }

    [Fact]
    public void NothingIsAllocatedPerEvent()
    {
        using var content = new TestContent().Add("app", App, AppMap);
        var normalizer = new Normalizer(content.Load(), new(new()));
        string[] lines = [.. Enumerable.Range(0, 2000).Select(i => i % 3 == 0
            ? $"<14>Nov 21 12:00:00 h{i % 50} app: id=in src=10.0.0.{i % 250} user=CORP\\u{i} colour=red when=2026-11-21T12:00:00Z"
            : i % 3 == 1 ? $"<14>Nov 21 12:00:00 h{i % 50} other[{i}]: text {i}" : $"<14>1 2026-11-21T12:00:00.5Z h{i % 50} app - - - id=zz{i}")];
        var batch = Fill(lines);
        normalizer.Process(batch, 0, 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        normalizer.Process(batch, 1000, 2000);
        long after = GC.GetAllocatedBytesForCurrentThread();
        // A growing property list doubles now and then; per event nothing.
        Assert.InRange(after - before, 0, 1000 * 40);
        batch.Clear();
        batch = Fill(lines[..8]);
        normalizer.Process(batch, 0, 8);
        // The least of some tries: the runtime itself may allocate on this thread once, as when it tiers up.
        long least = long.MaxValue;
        for (int t = 0; t < 10 && least > 0; t++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                batch.ClearRowsFrom(0);
                normalizer.Process(batch, 0, 8);
            }
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    [Fact]
    public void AParserThatThrowsFailsItsLineOnly()
    {
        using var content = new TestContent().Add("app", App, AppMap);
        var types = content.Load();
        types.Find("app")!.Probe = body =>
        {
            if (body.IndexOf("BANG"u8) >= 0) throw new InvalidOperationException("bang");
        };
        Assert.Throws<InvalidOperationException>(() => new Normalizer(types, new(new())).Process(Fill("<14>Nov 21 12:00:00 h app: id=x", "<14>Nov 21 12:00:00 h app: BANG"), 0, 2));
        Assert.Equal("failed", TestContent.Parse(types, "<14>Nov 21 12:00:00 h app: BANG")["parsestatus"]!.ToString());
        Assert.Equal("parsed", TestContent.Parse(types, "<14>Nov 21 12:00:00 h app: id=x")["parsestatus"]!.ToString());
    }

    [Fact]
    public void TheRememberedTypeWinsTiesAndTheSenderMaySendOthers()
    {
        using var content = new TestContent()
            .Add("app", App.Replace("application: app", "application: [app, mine]"), AppMap)
            .Add("aaa", "id: aaa\nname: AAA\ndevicetype: 501\nrecognize: [{application: [app, only], certainty: 60}]\nevent: x\n");
        var normalizer = new Normalizer(content.Load(), new(new()));
        string mine = "<14>Nov 21 12:00:00 h mine: id=x", tie = "<14>Nov 21 12:00:00 h app: id=x";
        // Undecided the smaller id wins; "mine" is app's alone, "only" is aaa's.
        var batch = Fill(tie, mine, mine, mine, tie, "<14>Nov 21 12:00:00 h only: x", tie, "<14>Nov 21 12:00:00 fresh app: id=x");
        normalizer.Process(batch, 0, 8);
        Assert.Equal([501, 500, 500, 500, 500, 501, 500, 501], batch.Numbers(Fields.DeviceType)[..8]);
    }

    [Fact]
    public void AnImportMayNameItsType()
    {
        using var content = new TestContent().Add("app", App, AppMap);
        var types = content.Load();
        var batch = Fill("id=x src=10.0.0.9");
        batch.Origin[0] = 7;
        new Normalizer(types, new(new())) { Named = origin => origin == 7 ? types.Find("app") : null }.Process(batch, 0, 1);
        Assert.Equal(ParseStatus.Parsed, batch.Status[0]);
        Assert.Equal("10.0.0.9", batch.Addresses(Fields.SourceIp)[0].ToString());
    }

    [Fact]
    public void TheClocksSkewIsKeptPerSource()
    {
        using var content = new TestContent().Add("app", App, AppMap);
        var registry = new LogSourceRegistry(new());
        var batch = Fill("<14>1 2026-11-21T12:00:03Z h app - - - id=x", "<14>1 2026-11-21T11:59:00Z g app - - - id=x when=2026-11-21T12:00:01.5Z");
        new Normalizer(content.Load(), registry).Process(batch, 0, 2);
        Assert.Equal(3_000_000, registry.ById(1)!.Skew);
        Assert.Equal(1_500_000, registry.ById(2)!.Skew);
    }

    [Fact]
    public void PropertiesOfARowAreBounded()
    {
        using var content = new TestContent().Add("app", App, AppMap);
        var normalizer = new Normalizer(content.Load(), new(new()));
        var batch = Fill("<14>Nov 21 12:00:00 h app: id=x a=" + new string('a', 40_000) + " b=" + new string('b', 40_000) + " c=c");
        normalizer.Process(batch, 0, 1);
        Assert.Equal(2, batch.Properties.Length);
        Assert.Equal(1, normalizer.PropertiesLeftOut);

        var many = Fill(Enumerable.Range(0, 40).Select(i => "<14>Nov 21 12:00:00 h app: id=x " + string.Join(' ', Enumerable.Range(0, 30).Select(k => $"k{i}_{k}=v"))).ToArray());
        normalizer.Process(many, 0, 40);
        // a, b, c and 509 of the 1,200: a type has at most 512.
        Assert.Equal(512 - 3, many.Properties.Length);
    }

    [Fact]
    public void HostileBytesNeverThrow()
    {
        var types = SourceTypes.Load(new(Repository.Content), new());
        var parser = new LineParser(types);
        var random = new Random(514);
        var seeds = Sources.SourceGolden.Sources.SelectMany(Sources.SourceGolden.Read).Select(c => c.Input).Append("<13>Nov 21 12:00:00 h app: x"u8.ToArray()).ToArray();
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        for (int i = 0; i < 4000; i++)
        {
            byte[] line = [.. seeds[random.Next(seeds.Length)]];
            for (int k = random.Next(8); k > 0 && line.Length > 0; k--) line[random.Next(line.Length)] = (byte)random.Next(256);
            var cut = line.AsSpan(0, random.Next(4) == 0 ? random.Next(line.Length + 1) : line.Length);
            output.ResetWrittenCount();
            Assert.NotEqual(ParseStatus.Failed, parser.Parse(cut, random.Next(8) == 0 && types.All.Count > 0 ? types.All[random.Next(types.All.Count)] : null, output));
        }
    }

    [Fact]
    public void NamesBehindNumbers()
    {
        using var content = new TestContent().Add("app", App, AppMap);
        var types = content.Load();
        var registry = new LogSourceRegistry(new());
        new Normalizer(types, registry).Process(Fill("<14>Nov 21 12:00:00 h1 app: id=x"), 0, 1);
        var names = new CatalogNames(types, registry);
        Assert.Equal("X", names.Name(CatalogKind.Qid, 50000004));
        Assert.Equal("unknown event of App", names.Name(CatalogKind.Qid, 50000000));
        Assert.Equal([50000004], names.Ids(CatalogKind.Qid, "x"));
        Assert.Equal("SSH Login Succeeded", names.Name(CatalogKind.Category, 3021));
        Assert.Equal("Authentication", names.Name(CatalogKind.Category, 3000));
        Assert.Equal("App", names.Name(CatalogKind.LogSourceType, 500));
        Assert.Equal("SIM Generic Log DSM", names.Name(CatalogKind.LogSourceType, 8));
        Assert.Equal("TCP", names.Name(CatalogKind.Protocol, 6));
        Assert.Equal([17], names.Ids(CatalogKind.Protocol, "udp"));
        Assert.Equal("App @ h1", names.Name(CatalogKind.LogSource, 1));
        Assert.Null(names.Name(CatalogKind.LogSource, 2));
    }
}
