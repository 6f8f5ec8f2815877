using System.Globalization;
using Portolan.Store.Aql;
using Xunit;

namespace Portolan.Tests.Store.Aql;

/// <summary>What a search shows before its end, over 42 blocks of 25 rows: user n of 7 has rows wherever the row's number leaves n.</summary>
public class PreviewTests
{
    const int Blocks = 42, RowsInBlock = 25;
    const string ByUser = "SELECT username, COUNT(*) AS n, MAX(sourceport) AS top FROM events GROUP BY username ORDER BY n DESC";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static RowSource Events(Action begin) => new([.. Enumerable.Range(0, Blocks).Select(b => new RowBlock([.. Enumerable.Range(b * RowsInBlock, RowsInBlock).Select(i => new Row(
        ("starttime", AqlRunTests.Ago(250 - b * 5) + i), ("hostid", 1), ("epoch", 1), ("sequence", (long)i), ("sourceport", i % 97), ("username", $"user{i % 7}"),
        ("payload", $"line {i}")))]) { Begin = begin })]);

    // A clock that stands makes every moment the moment for a preview; one that does not reach it makes none. Threads that aggregate go block by block
    // together: none takes them all before the others began.
    static SearchResult Run(string query, int threads = 1, double after = 0, CancellationToken cancel = default, long memory = 512 << 20)
    {
        var together = new Barrier(threads);
        return new AqlEngine(Events(query.Contains("(*)") ? () => together.SignalAndWait(cancel.CanBeCanceled ? cancel : Cancel) : () => { }),
            AqlRunTests.Context() with { Clock = new StandingClock() })
            .Run(query, new() { Threads = threads, PreviewAfter = TimeSpan.FromSeconds(after), MemoryLimit = memory }, cancel);
    }

    static string[] Shown(IEnumerable<object?[]> rows) => [.. rows.Select(r => string.Join(" | ", r.Select(AqlRunTests.Show)))];

    static string[] Whole(string query)
    {
        using var result = Run(query);
        return Shown(result.Rows);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Groups_grow_from_preview_to_preview_up_to_the_whole(int threads)
    {
        var previews = new List<SearchPreview>();
        using var result = Run(ByUser, threads);
        result.Preview = previews.Add;
        string[] rows = Shown(result.Rows);
        Assert.Equal(Whole(ByUser), rows);
        // One thread shows after each block; of several, as often as all have something to give.
        Assert.True(previews.Count >= (threads == 1 ? Blocks : Blocks / threads / 3), $"{previews.Count} previews");
        var last = new Dictionary<string, (double N, double Top)>();
        foreach (var p in previews)
        {
            Assert.InRange(p.Percent, 0, 99);
            Assert.Equal(p.Count, p.Rows.Count);
            var now = p.Rows.ToDictionary(r => (string)r[0]!, r => ((double)r[1]!, (double)r[2]!));
            foreach (var (user, (n, top)) in last) Assert.True(now[user].Item1 >= n && now[user].Item2 >= top, $"{user} shrank");
            var sizes = p.Rows.Select(r => (double)r[1]!).ToArray();
            Assert.Equal(sizes.OrderDescending(), sizes);
            last = now;
        }
        foreach (string row in rows)
        {
            string[] cells = row.Split(" | ");
            Assert.True(!last.TryGetValue(cells[0], out var known) || known.N <= double.Parse(cells[1], CultureInfo.InvariantCulture));
        }
        if (threads == 1) Assert.Equal(rows, Shown(previews[^1].Rows));
    }

    [Theory]
    [InlineData("SELECT username, COUNT(*) AS n FROM events GROUP BY username HAVING COUNT(*) > 30 ORDER BY username DESC LIMIT 3")]
    [InlineData("SELECT COUNT(*), UNIQUECOUNT(sourceport), FIRST(payload), LAST(username), AVG(sourceport), STDEV(sourceport) FROM events")]
    [InlineData("SELECT sourceport, username, COUNT(*), SUM(sourceport) FROM events WHERE sourceport > 40 GROUP BY sourceport, username")]
    [InlineData("SELECT sourceport, COUNT(*) AS n FROM events GROUP BY sourceport ORDER BY n, sourceport DESC LIMIT 5")]
    [InlineData("SELECT username, sourceport, UTF8(payload) FROM events ORDER BY username, sourceport DESC LIMIT 30")]
    [InlineData("SELECT sequence FROM events WHERE username = 'user3' ORDER BY sourceport")]
    public void A_preview_is_the_answer_over_the_blocks_looked_at_and_changes_nothing(string query)
    {
        string[] whole = Whole(query);
        for (int threads = 1; threads <= 2; threads++)
        {
            SearchPreview? last = null;
            using var result = Run(query, threads);
            result.Preview = p => last = p;
            Assert.Equal(whole, Shown(result.Rows));
            Assert.NotNull(last);
            // What one thread shows last is all, as far as a preview goes.
            if (threads == 1) Assert.Equal(whole.Take(query.Contains("(*)") ? SearchPreview.MostRows : 50), Shown(last.Rows));
        }
    }

    [Fact]
    public void Groups_are_shown_also_while_threads_find_nothing()
    {
        // Rows 1,000 and up: those of the first block that each thread takes.
        const string query = "SELECT username, COUNT(*) AS n FROM events WHERE STRLEN(username) = 5 AND STRLEN(UTF8(payload)) > 8 GROUP BY username";
        var previews = new List<SearchPreview>();
        using var result = Run(query, threads: 2);
        result.Preview = previews.Add;
        Assert.Equal(Whole(query), Shown(result.Rows));
        Assert.True(previews.Count >= Blocks / 6, $"{previews.Count} previews");
        Assert.Equal(Whole(query), Shown(previews[^1].Rows));
    }

    [Fact]
    public void Nothing_is_shown_before_its_time_or_where_rows_come_as_they_are_found()
    {
        var previews = new List<SearchPreview>();
        foreach (var (query, after) in new[] { (ByUser, 1.0), ("SELECT username FROM events", 0), ("SELECT username FROM events ORDER BY starttime DESC LIMIT 5", 0) })
        {
            using var result = Run(query, after: after);
            result.Preview = previews.Add;
            Assert.NotEmpty(result.Rows.ToArray());
        }
        Assert.Empty(previews);
    }

    [Fact]
    public void Newest_rows_come_before_older_blocks_are_read_also_under_a_limit()
    {
        using var result = Run("SELECT sequence FROM events LIMIT 500");
        using var rows = result.Rows.GetEnumerator();
        Assert.True(rows.MoveNext());
        Assert.Equal((long)(Blocks * RowsInBlock - 1), rows.Current[0]);
        Assert.Equal(1, result.Statistics.BlocksRead);
        int n = 1;
        while (rows.MoveNext()) Assert.Equal((long)(Blocks * RowsInBlock - ++n), rows.Current[0]);
        Assert.Equal(500, n);
        Assert.Equal(500 / RowsInBlock, result.Statistics.BlocksRead);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_search_cancelled_while_it_shows_something_stops(int threads)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var result = Run(ByUser, threads, cancel: stop.Token);
        int shown = 0;
        result.Preview = _ =>
        {
            shown++;
            stop.Cancel();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => result.Rows.ToArray());
        Assert.Equal(1, shown);
        Assert.True(result.Statistics.BlocksRead < Blocks);
    }

    [Fact]
    public void Where_memory_is_short_there_is_no_preview_but_the_answer()
    {
        // A group for each row: what they take fits, what it takes to show them beside does not.
        const string query = "SELECT sequence, username, COUNT(*) FROM events GROUP BY sequence, username";
        int few = 0, many = 0;
        using (var result = Run(query, memory: 300_000))
        {
            result.Preview = _ => few++;
            Assert.Equal(Whole(query), Shown(result.Rows));
        }
        using (var result = Run(query))
        {
            result.Preview = _ => many++;
            Assert.Equal(Blocks * RowsInBlock, result.Rows.Count());
        }
        Assert.True(few < many, $"{few} of {many}");
        using var over = Run(query, memory: 50_000);
        over.Preview = _ => { };
        Assert.Equal(AqlErrorKind.Limit, Assert.Throws<AqlException>(() => over.Rows.ToArray()).Kind);
    }

    [Fact]
    public void A_preview_has_a_thousand_groups_at_most_and_says_how_many_there_are()
    {
        var events = new RowSource([.. Enumerable.Range(0, 3).Select(b => new RowBlock([.. Enumerable.Range(b * 1000, 1000).Select(i =>
            new Row(("starttime", AqlRunTests.Ago(200 - b * 10)), ("sequence", (long)i)))]))]);
        var previews = new List<SearchPreview>();
        using var result = new AqlEngine(events, AqlRunTests.Context() with { Clock = new StandingClock() })
            .Run("SELECT sequence, COUNT(*) FROM events GROUP BY sequence ORDER BY sequence DESC", new() { PreviewAfter = default }, Cancel);
        result.Preview = previews.Add;
        Assert.Equal(3000, result.Rows.Count());
        Assert.Equal((SearchPreview.MostRows, 3000L, 2999L), (previews[^1].Rows.Count, previews[^1].Count, previews[^1].Rows[0][0]));
    }

    sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => AqlRunTests.Now;
        public override long GetTimestamp() => 1;
    }

    [Fact]
    public void What_is_made_of_large_payloads_is_small_and_takes_little_memory_all_the_same()
    {
        string large = new('x', 1024);
        var events = new RowSource([new RowBlock([.. Enumerable.Range(0, 20_000).Select(i => new Row(("starttime", AqlRunTests.Ago(100)), ("sequence", (long)i), ("payload", large)))])]);
        using var result = new AqlEngine(events, AqlRunTests.Context()).Run("SELECT STRLEN(UTF8(payload)) FROM events", new() { MemoryLimit = 10 << 20 }, Cancel);
        Assert.Equal(20_000, result.Rows.Count(r => r[0] is 1024L));
    }
}
