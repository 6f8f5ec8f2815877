using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Portolan.Web.Api;
using Portolan.Web.Api.Overview;
using Xunit;

namespace Portolan.Tests.Web.Api;

/// <summary>Each number of the overview is the number that its search gives.</summary>
public sealed class OverviewTests
{
    const long Second = 1_000_000, Minute = 60 * Second;

    // In the middle of a minute some time ago: neither a minute that ends meanwhile nor midnight changes what is expected.
    static readonly long Base = (GivenEngine.Now / Minute - 15) * Minute + 30 * Second;

    static GivenEngine Seeded()
    {
        var engine = new GivenEngine();
        for (int i = 0; i < 40; i++) engine.Add("192.0.2.1", Base - (40 - i) * Minute, $"<38>Nov 21 10:00:00 web1 sshd[7]: Accepted password for user{i % 3} from 10.1.0.{i} port 5022 ssh2");
        for (int i = 0; i < 12; i++) engine.Add("192.0.2.1", Base - 30 * Second + i * Second, $"<38>Nov 21 10:00:00 web1 sshd[7]: Failed password for root from 198.51.100.{i % 3} port 5022 ssh2");
        for (int i = 0; i < 15; i++) engine.Add("192.0.2.9", Base - 20 * Second + i, i < 9 ? "words that nobody knows" : "<38>Nov 21 10:00:00 db1 sshd[7]: Failed password for eve from 203.0.113.7 port 5022 ssh2");
        for (int i = 0; i < 12; i++)
        {
            engine.Add("192.0.2.2", Base - 10 * Second + i, $"<6>Nov 21 10:00:00 fw kernel: IN=eth0 OUT=eth1 SRC=10.1.0.{i} DST=10.2.0.10 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 PROTO=TCP SPT=40000 DPT={(i < 11 ? 22 : 5432)} WINDOW=1 RES=0x00 SYN URGP=0");
        }
        engine.Add("192.0.2.3", Base - 2 * 3600 * Second, "<38>Nov 21 08:00:00 old sshd[7]: Connection closed by 192.0.2.44 port 5022");
        engine.Settle();
        return engine;
    }

    static Task<Overview> Make(GivenEngine engine) => new OverviewMaker(engine.View).MakeAsync(engine.Api, Base + 5 * Second, default);

    [Fact]
    public async Task Every_number_is_that_of_its_search()
    {
        await using var engine = Seeded();
        var o = await Make(engine);
        await Equal(0, o.Rate.TenSeconds);
        await Equal(12 + 15 + 12, o.Rate.Minute);
        Assert.Equal(39 / 60.0, o.Rate.PerSecondOfMinute);
        await Equal(41, o.Day.Events);
        await Equal(11, o.Violations.LastDay);
        Assert.Null(o.Day.Begins);

        var minutes = (await engine.Rows(o.Day.MinutesAql)).ToDictionary(r => Convert.ToInt64(r[0], CultureInfo.InvariantCulture) * 60_000, r => Convert.ToInt64(r[1], CultureInfo.InvariantCulture));
        for (int i = 0; i < o.Day.Minutes.Count; i++) Assert.Equal(minutes.GetValueOrDefault(o.Day.From + i * 60_000L), o.Day.Minutes[i]);
        Assert.Equal(1440, o.Day.Minutes.Count);

        foreach (var found in (Found[])[o.Logins, o.FailedLogins, o.Violations.Newest]) Assert.Equal(await engine.Rows(found.Aql), found.Rows);
        Assert.Equal(10, o.Logins.Rows.Count);
        Assert.Equal("user0", o.Logins.Rows[0][1]);
        Assert.Equal(["203.0.113.7", 6.0, 1.0], o.FailedLogins.Rows[0][..3]);
        Assert.Equal(4, o.FailedLogins.Rows.Count);
        Assert.Equal(10, o.Violations.Newest.Rows.Count);
        // The newest was sent by 10.1.0.10, where user1 had signed in.
        Assert.Equal(["10.1.0.10", "user1", null, "10.2.0.10", 22L, "TCP", "db"], o.Violations.Newest.Rows[0][1..8]);

        async Task Equal(long expected, Number number)
        {
            Assert.Equal(expected, number.Count);
            Assert.Equal(expected, Convert.ToInt64(Assert.Single(await engine.Rows(number.Aql!))[0], CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public async Task Sources_are_live_silent_or_failing_and_each_has_a_row_in_its_search()
    {
        await using var engine = Seeded();
        var sources = (await Make(engine)).Sources;
        // "old" came first, an hour and more before the three that are new beside it.
        Assert.Equal((4, 2, 1, 1, 3), (sources.All, sources.Live.Count, sources.Silent.Count, sources.Failing.Count, sources.New.Count));
        foreach (var s in (SourcesOf[])[sources.Live, sources.Silent, sources.Failing, sources.New])
        {
            Assert.Equal(s.Count, s.First.Count);
            var rows = await engine.Rows(s.Aql!);
            Assert.Equal(s.Count, rows.Count);
            var shown = s.First.Select(f => JsonNode.Parse(ConsoleJson.Bytes(f))!).ToDictionary(n => (long)n["id"]!, n => (long)n["last"]!);
            Assert.All(rows, r => Assert.Equal(Convert.ToInt64(r[3], CultureInfo.InvariantCulture), shown[(long)r[0]!]));
        }
    }

    [Fact]
    public async Task A_restart_changes_no_number()
    {
        await using var engine = Seeded();
        string before = Lasting(await Make(engine));
        engine.Parts.Store.Seal();
        engine.Restart();
        engine.Settle();
        Assert.Equal(before, Lasting(await Make(engine)));

        // What goes on with the process is left out.
        static string Lasting(Overview o) => Encoding.UTF8.GetString(ConsoleJson.Bytes(o with
        {
            Started = 0,
            Store = new(0, 0, 0, 0),
            Journal = new("", "", 0, 0, 0),
            Disk = new("", 0, 0, 0, 0),
            Loss = new(new(0, 0, []), new(0, 0, [])),
            Amiss = [],
        }));
    }

    [Fact]
    public async Task Many_who_look_make_it_once()
    {
        await using var engine = Seeded();
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        byte[][] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => admin.GetByteArrayAsync("api/portolan/overview", TestContext.Current.CancellationToken)));
        Assert.All(answers, a => Assert.Equal(answers[0], a));
        var o = JsonNode.Parse(answers[0])!;
        Assert.Equal(0, (long)o["loss"]!["sinceStart"]!["count"]!);
        Assert.Equal("writing", (string)o["journal"]!["state"]!);
        Assert.True((long)o["disk"]!["total"]! > 0);
    }
}
