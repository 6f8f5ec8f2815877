using System.Text;
using Portolan.Collect.LogSources;
using Portolan.Model;
using Portolan.Store.State;
using Xunit;

namespace Portolan.Tests.Collect.LogSources;

public sealed class LogSourceRegistryTests
{
    const int Udp = 1;
    static readonly Address Direct = At("192.0.2.7"), Relay = At("10.0.0.5"), Loopback = At("127.0.0.1");

    static Address At(string text) => Address.TryParse(text, out var a) ? a : throw new ArgumentException(text);

    static LogSourceRegistry Make(Ledger? ledger = null, StateDatabase? state = null, Func<string, SourceType?>? type = null)
    {
        Assert.True(Cidr.TryParse("10.0.0.0/24", out var relays));
        return new(ledger ?? new(), [relays], state, type);
    }

    static LogSource Find(LogSourceRegistry r, Address sender, string host, int listener = Udp) => r.Find(listener, sender, Encoding.UTF8.GetBytes(host), 1);

    [Fact]
    public void AHostIsBelievedOnlyFromRelaysLoopbackAndImports()
    {
        var r = Make();
        Assert.Same(Find(r, Direct, "web01"), Find(r, Direct, "web02"));
        Assert.Equal("192.0.2.7", Find(r, Direct, "web01").Identifier);
        foreach (var (sender, listener) in new[] { (Relay, Udp), (Loopback, Udp), (At("::1"), Udp), (Direct, Endpoints.ImportListener), (Direct, Endpoints.OwnListener) })
        {
            var one = Find(r, sender, "web01", listener);
            Assert.NotSame(one, Find(r, sender, "web02", listener));
            Assert.Same(one, Find(r, sender, "web01", listener));
            Assert.Equal("web01", one.Identifier);
        }
        Assert.NotSame(Find(r, Relay, "web01"), Find(r, Relay, "web01", 2));
    }

    [Fact]
    public void AnUndecodableOrOverlongHostIsNone()
    {
        var r = Make();
        var none = Find(r, Relay, "");
        Assert.Same(none, r.Find(Udp, Relay, [0xff, 0xfe], 1));
        Assert.Same(none, Find(r, Relay, new string('a', 256)));
        Assert.Equal(1, r.Count);
    }

    [Fact]
    public void AfterAThousandSourcesASenderOverflowsCounted()
    {
        var ledger = new Ledger();
        var r = Make(ledger);
        for (int i = 0; i < LogSourceRegistry.MostPerSender; i++) Assert.Equal($"h{i}", Find(r, Relay, $"h{i}").Host);
        var over = Find(r, Relay, "one-more");
        Assert.Equal("overflow", over.Identifier);
        Assert.Same(over, Find(r, Relay, "another"));
        Assert.Equal("h3", Find(r, Relay, "h3").Host);
        Assert.Equal("x", Find(r, Loopback, "x").Host);
        Assert.Equal(2, ledger.Snapshot().Single(c => c.Reason == LedgerReasons.Overflow && c.Source == "10.0.0.5").Count);
        Assert.Equal(LogSourceRegistry.MostPerSender + 2, r.Count);
    }

    [Fact]
    public void IdsLastOnceFlushedAndAreNeverReused()
    {
        using var content = new TestContent().Add("t", "id: t\nname: T\ndevicetype: 9\nrecognize: [{application: t, certainty: 50}]\nevent: x\n");
        var types = content.Load();
        string path = Path.Combine(content.Root, "state", "portolan.db");
        int id;
        using (var state = StateDatabase.Open(path, typeof(LogSourceRegistry).Assembly))
        {
            var r = Make(state: state, type: types.Find);
            Find(r, Relay, "first");
            var second = Find(r, Relay, "zweiter-ü");
            id = second.Id;
            r.Flush();
            for (int i = 0; i < LogSource.RecognitionsToChange; i++) second.Recognized(types.Find("t")!);
            second.Clock(1_000_000, 0);
            r.Flush();
            Find(r, Relay, "never flushed");
        }
        using (var state = StateDatabase.Open(path, typeof(LogSourceRegistry).Assembly))
        {
            var r = Make(state: state, type: types.Find);
            Assert.Equal(2, r.Count);
            var second = Find(r, Relay, "zweiter-ü");
            Assert.Equal(id, second.Id);
            Assert.Equal("t", second.Type!.Id);
            Assert.Equal(1_000_000, second.Skew);
            Assert.Equal("T @ zweiter-ü", second.Name);
            Assert.Equal(3, Find(r, Relay, "third").Id);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void History_and_what_is_live_are_one_source(bool importFirst)
    {
        using var content = new TestContent();
        string path = Path.Combine(content.Root, "state", "portolan.db");
        using (var state = StateDatabase.Open(path, typeof(LogSourceRegistry).Assembly))
        {
            var r = Make(state: state);
            LogSource Import() => r.Find(Endpoints.ImportListener, default, "web01"u8, 1);
            var first = importFirst ? Import() : Find(r, Relay, "web01");
            if (importFirst) Assert.Equal(Endpoints.ImportListener, first.Listener);
            r.Flush();
            Assert.Same(first, Find(r, Relay, "web01"));
            Assert.Same(first, Import());
            Assert.Equal((Udp, Relay), (first.Listener, first.Sender));
            // Another that calls itself the same is another, and so is what says so of itself only.
            Assert.NotSame(first, Find(r, Loopback, "web01"));
            Assert.NotSame(first, Find(r, Direct, "web01"));
            Assert.NotSame(first, Find(r, Relay, "web01", Endpoints.OwnListener));
            first.Happened(-5);
            r.Flush();
        }
        using (var state = StateDatabase.Open(path, typeof(LogSourceRegistry).Assembly))
        {
            var r = Make(state: state);
            var one = r.Find(Endpoints.ImportListener, default, "web01"u8, 1);
            Assert.Equal((1, Udp, Relay, -5L), (one.Id, one.Listener, one.Sender, one.FirstSeen));
            Assert.Same(one, Find(r, Relay, "web01"));
        }
    }

    [Fact]
    public void A_type_is_remembered_at_once_and_kept_against_single_others()
    {
        using var content = new TestContent();
        foreach (string id in (string[])["a", "b"]) content.Add(id, $"id: {id}\nname: {id}\ndevicetype: 9\nrecognize: [{{application: {id}, certainty: 50}}]\nevent: x\n");
        var types = content.Load();
        var (a, b) = (types.Find("a")!, types.Find("b")!);
        var s = Find(Make(), Relay, "h");
        Assert.Null(s.Type);
        s.Recognized(a);
        Assert.Same(a, s.Type);
        for (int i = 0; i < 5; i++)
        {
            s.Recognized(b);
            s.Recognized(a);
        }
        Assert.Same(a, s.Type);
        for (int i = 0; i < LogSource.RecognitionsToChange; i++) s.Recognized(b);
        Assert.Same(b, s.Type);
    }
}
