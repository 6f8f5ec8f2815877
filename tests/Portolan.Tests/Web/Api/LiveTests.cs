using System.Text;
using Portolan.Model;
using Portolan.Store;
using Portolan.Store.Columns;
using Portolan.Store.Segments;
using Portolan.Web.Api.Live;
using Portolan.Web.Control;
using Xunit;

namespace Portolan.Tests.Web.Api;

public sealed class LiveTests
{
    static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static LiveRow Row(int n, int bytes = 10) => new(new(1, 1, n, 0), new byte[bytes]);

    static LiveRow[] Rows(int from, int n) => [.. Enumerable.Range(from, n).Select(i => Row(i))];

    [Fact]
    public async Task A_slow_reader_keeps_what_it_has_room_for_and_hears_how_many_more_there_were()
    {
        var reader = new LiveReader(mostRows: 5);
        reader.Offer(Rows(1, 3), 0);
        reader.Offer(Rows(4, 4), 10);
        Assert.Equal(0, reader.Room);
        reader.Offer(Rows(8, 1), 0);
        var (rows, missed) = await reader.TakeAsync(Long, Stop);
        Assert.Equal(Rows(1, 5).Select(r => r.Id), rows.Select(r => r.Id));
        Assert.Equal(2 + 10 + 1, missed);
        Assert.Equal(5, reader.Room);
        reader.Offer(Rows(9, 1), 0);
        (rows, missed) = await reader.TakeAsync(Long, Stop);
        Assert.Equal((9, 0), (rows[0].Id.Sequence, missed));
    }

    [Fact]
    public async Task Long_rows_fill_a_reader_by_their_bytes()
    {
        var reader = new LiveReader(mostBytes: 100);
        reader.Offer([Row(1, 60), Row(2, 60), Row(3, 1)], 0);
        var (rows, missed) = await reader.TakeAsync(Long, Stop);
        Assert.Equal((2, 1), (rows.Count, missed));
    }

    [Fact]
    public async Task When_all_readers_together_hold_what_they_may_only_those_that_hold_much_get_no_more()
    {
        const int sure = (int)LiveReader.SureBytes;
        var all = new LiveBytes(2 * sure);
        LiveReader stalled = new(all: all), well = new(all: all);
        stalled.Offer([Row(1, sure), Row(2, sure), Row(3, 1)], 0);
        Assert.Equal((2 * sure, 0), (all.Held, stalled.Room));
        well.Offer([Row(1, sure - 1)], 0);
        Assert.Equal(LiveReader.MostRows - 1, well.Room);
        well.Offer([Row(2, 1), Row(3, 1)], 0);
        Assert.Equal((3 * sure, 0), (all.Held, well.Room));
        var (rows, missed) = await well.TakeAsync(Long, Stop);
        Assert.Equal((2, 1), (rows.Count, missed));
        well.Offer([Row(4, 30)], 0);
        Assert.Equal((1, 0), await well.TakeAsync(Long, Stop) is var (r, m) ? (r.Count, m) : default);
        Assert.Equal(1, (await stalled.TakeAsync(Long, Stop)).Missed);
        Assert.Equal(0, all.Held);
        well.Offer([Row(5, 30)], 0);
        Assert.Equal(30, all.Held);
        well.Leave();
        well.Offer([Row(6, 30)], 0);
        Assert.Equal(0, all.Held);
    }

    [Theory]
    [InlineData("UTF8(payload) MATCHES '(?=x)(.*a){30}b'", "username")]
    [InlineData("", "CASE WHEN UTF8(payload) MATCHES '(a+)\\1' THEN 1 ELSE 2 END")]
    [InlineData("long condition", "username")]
    [InlineData("", "many columns")]
    public async Task What_would_hold_up_the_others_is_refused(string condition, string columns)
    {
        await using var engine = new GivenEngine();
        if (condition == "long condition") condition = $"username = '{new string('x', 5000)}'";
        if (columns == "many columns") columns = string.Join(", ", Enumerable.Range(0, 101).Select(i => $"payload AS p{i}"));
        Assert.Equal(FaultKind.Unanswerable, Assert.Throws<ApiException>(() => engine.Live.Subscribe(condition, columns, new())).Kind);
    }

    [Fact]
    public async Task A_reader_whose_question_cannot_be_answered_hears_so()
    {
        var reader = new LiveReader();
        reader.Offer(Rows(1, 1), 0);
        reader.Fail(new(FaultKind.Unanswerable, "no"));
        Assert.Equal("no", (await Assert.ThrowsAsync<ApiException>(() => reader.TakeAsync(Long, Stop))).What);
    }

    [Fact]
    public async Task A_reader_over_HTTP_2_that_stops_taking_hears_what_it_missed_and_goes_on()
    {
        // One batch is under way while another waits; what comes after both is missed.
        const int sent = 2 * LiveReader.MostRows + 8000;
        await using var engine = new GivenEngine();
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        admin.DefaultRequestVersion = System.Net.HttpVersion.Version20;
        admin.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/portolan/live?columns=eventid,UTF8(payload)%20AS%20line")
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { { "Accept", "application/x-ndjson" } },
        };
        using var answer = await admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
        Assert.Contains("open", await lines.ReadLineAsync(Stop));
        // Nothing is read while all of these come: the window of the stream is full, then the reader's queue.
        Send(engine, 0, sent);
        engine.Settle();
        while (!engine.Live.HasSeen((1, sent))) await Task.Delay(10, Stop);
        long rows = 0, missed = 0, last = 0;
        while (rows + missed < sent && await lines.ReadLineAsync(Stop) is { } line)
        {
            var said = System.Text.Json.JsonDocument.Parse(line).RootElement;
            if (said.TryGetProperty("missed", out var m)) missed += m.GetProperty("count").GetInt64();
            if (!said.TryGetProperty("row", out var row)) continue;
            rows++;
            long sequence = long.Parse(row.GetProperty("eventid").GetString()!.Split('-')[2]);
            Assert.True(sequence > last);
            last = sequence;
        }
        Assert.Equal(sent, rows + missed);
        Assert.True(missed > 0, $"{rows} rows were kept for it");
        Send(engine, sent, 1);
        while (await lines.ReadLineAsync(Stop) is { } line && !line.Contains($"1-1-{sent + 1}-0")) Assert.Contains("beat", line);
    }

    [Fact]
    public async Task Each_reader_gets_the_rows_of_its_condition_in_its_columns_and_none_from_before()
    {
        await using var engine = new GivenEngine();
        Send(engine, 0, 3);
        engine.Settle();
        LiveReader all = new(), alice = new(), alsoAlice = new();
        using var a = engine.Live.Subscribe("", "eventid, username", all);
        using var b = engine.Live.Subscribe("username = 'alice'", "username, sourceip", alice);
        using var c = engine.Live.Subscribe("username = 'alice'", "username, sourceip", alsoAlice);
        Send(engine, 3, 4);
        Assert.Equal(["""{"eventid":"1-1-4-0","username":"bob"}""", """{"eventid":"1-1-5-0","username":"alice"}""", """{"eventid":"1-1-6-0","username":"bob"}""", """{"eventid":"1-1-7-0","username":"alice"}"""],
            await Take(all, 4));
        string[] expected = ["""{"username":"alice","sourceip":"198.51.100.4"}""", """{"username":"alice","sourceip":"198.51.100.6"}"""];
        Assert.Equal(expected, await Take(alice, 2));
        Assert.Equal(expected, await Take(alsoAlice, 2));
    }

    [Fact]
    public async Task Rows_go_on_when_a_block_was_sealed_and_when_nobody_read_for_a_while()
    {
        await using var engine = new GivenEngine();
        for (int round = 0; round < 3; round++)
        {
            var reader = new LiveReader();
            using var subscription = engine.Live.Subscribe("", "eventid", reader);
            Send(engine, 2 * round, 2);
            Assert.Equal([$$"""{"eventid":"1-1-{{2 * round + 1}}-0"}""", $$"""{"eventid":"1-1-{{2 * round + 2}}-0"}"""], await Take(reader, 2));
            engine.Parts.Store.Seal();
            engine.Parts.Store.WaitSealed();
        }
    }

    [Theory]
    [InlineData("sequence", "", "eventid", 3)] // nobody knows which rows are new
    [InlineData("username", "username = 'alice'", "eventid", 3)] // nor which would have matched
    [InlineData("username", "sourceport = 5022 AND sourceip = '198.51.100.1'", "username", 1)]
    public async Task Rows_of_a_block_that_cannot_be_read_are_missed_and_the_others_go_on(string damaged, string condition, string columns, int missed)
    {
        foreach (Exception fault in new Exception[] { new SegmentCorruptException("a.seg", damaged, "no"), new IOException("no") })
        {
            await using var engine = new GivenEngine();
            Exception? now = fault;
            long position = 0;
            BlockSnapshot Rows(JournalRange range)
            {
                var rows = engine.Parts.Store.Snapshot(range);
                return new([.. rows.Blocks.Select(b => new Damaged(b, field => { if (now != null && field.Name == damaged) throw now; }))], rows.Dispose);
            }
            using var hub = new LiveHub(new(Rows, engine.Parts.Searches, () => (1, Volatile.Read(ref position)), (_, _, cancel) => cancel.WaitHandle.WaitOne(1)));
            var reader = new LiveReader();
            using var subscription = hub.Subscribe(condition, columns, reader);
            Send(engine, 0, 3);
            engine.Settle();
            Volatile.Write(ref position, 3);
            var (rows, told) = await reader.TakeAsync(Long, Stop);
            Assert.Equal((0, missed), (rows.Count, told));
            now = null;
            using var all = hub.Subscribe("", "username", reader = new());
            Send(engine, 3, 1);
            engine.Settle();
            Volatile.Write(ref position, 4);
            Assert.Equal(["""{"username":"bob"}"""], await Take(reader, 1));
        }
    }

    /// <summary>A block of which some columns cannot be read.</summary>
    sealed class Damaged(IBlock block, Action<Field> read) : IBlock
    {
        public int Rows => block.Rows;

        public (long Min, long Max) Time => block.Time;

        public string Name => block.Name;

        public IReadOnlyCollection<string> Properties => block.Properties;

        IBlock Read(Field field)
        {
            read(field);
            return block;
        }

        public NumberColumn? Numbers(Field field) => Read(field).Numbers(field);

        public AddressColumn? Addresses(Field field) => Read(field).Addresses(field);

        public TextColumn? Texts(Field field) => Read(field).Texts(field);

        public TextColumn? Property(string name) => block.Property(name);

        public void Payloads(ReadOnlySpan<int> rows, PayloadRow each) => block.Payloads(rows, each);

        public bool MayHoldNumber(Field field, long min, long max) => true;

        public bool MayHoldAddress(Field field, Address first, Address last) => true;

        public bool MayHoldText(Field field, ReadOnlySpan<byte> value) => true;

        public bool MayHoldToken(ReadOnlySpan<byte> lowerToken) => true;

        public IReadOnlyList<(int Start, int End)> PayloadsHolding(IReadOnlyList<byte[]> lowerTokens) => [(0, block.Rows)];
    }

    [Fact]
    public async Task A_scope_cannot_be_talked_away()
    {
        await using var engine = new GivenEngine();
        var reader = new LiveReader();
        using var subscription = engine.Live.Subscribe("username = 'bob' OR TRUE", "username", reader, "username = 'alice'");
        Send(engine, 0, 3);
        Assert.Equal(["""{"username":"alice"}""", """{"username":"alice"}"""], await Take(reader, 2));
    }

    [Theory]
    [InlineData("ASSETUSER('10.1.0.1') = 'bob'", "username")]
    [InlineData("", "username, ASSETUSER('10.1.0.1')")]
    public async Task Within_a_scope_nothing_tells_of_other_rows(string condition, string columns)
    {
        await using var engine = new GivenEngine();
        using (engine.Live.Subscribe(condition, columns, new()))
        {
        }
        Assert.Equal(FaultKind.Unanswerable, Assert.Throws<ApiException>(() => engine.Live.Subscribe(condition, columns, new(), "username = 'alice'")).Kind);
    }

    [Theory]
    [InlineData("username =", "*", FaultKind.Syntax)]
    [InlineData("usrname = 'x'", "*", FaultKind.Unanswerable)]
    [InlineData("", "COUNT(*)", FaultKind.Unanswerable)]
    [InlineData("", "sourceip FROM events WHERE sourceport = 1 --", FaultKind.Syntax)]
    [InlineData("", "sourceip FROM flows LIMIT 1", FaultKind.Syntax)]
    public async Task What_is_no_condition_or_no_columns_is_refused(string condition, string columns, FaultKind kind)
    {
        await using var engine = new GivenEngine();
        Assert.Equal(kind, Assert.Throws<ApiException>(() => engine.Live.Subscribe(condition, columns, new())).Kind);
    }

    [Fact]
    public async Task The_stream_is_server_sent_events_and_who_comes_back_learns_what_it_missed()
    {
        await using var engine = new GivenEngine();
        Send(engine, 0, 5);
        engine.Settle();
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/portolan/live?condition=username%20%3D%20'alice'&columns=username,eventid") { Headers = { { "Last-Event-ID", "1-1-2-0" } } };
        using var answer = await admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
        Assert.Equal("""event: open|data: {"columns":["username","eventid"]}|""", await Block(lines));
        // Of the records 3 to 5 the fourth is not of alice; 0, 2 and 4 are, the first record being number 1.
        Assert.Equal("""event: missed|data: {"count":2}|""", await Block(lines));
        Send(engine, 5, 2);
        Assert.Equal("""id: 1-1-7-0|event: row|data: {"username":"alice","eventid":"1-1-7-0"}|""", await Block(lines));

        static async Task<string> Block(StreamReader lines)
        {
            var block = new StringBuilder();
            while (await lines.ReadLineAsync(Stop) is { } line)
            {
                if (line.Length == 0) return block.ToString();
                block.Append(line).Append('|');
            }
            return block + "(end)";
        }
    }

    [Fact]
    public async Task A_program_gets_lines_of_json()
    {
        await using var engine = new GivenEngine();
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/portolan/live?columns=username") { Headers = { { "Accept", "application/x-ndjson" } } };
        using var answer = await admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
        Assert.Equal("""{"open":{"columns":["username"]}}""", await lines.ReadLineAsync(Stop));
        Send(engine, 0, 1);
        Assert.Equal("""{"row":{"username":"alice"},"id":"1-1-1-0"}""", await lines.ReadLineAsync(Stop));
    }

    static void Send(GivenEngine engine, int from, int n)
    {
        for (int i = from; i < from + n; i++)
            engine.Add("192.0.2.1", GivenEngine.Now, $"<38>Nov 21 10:00:00 web1 sshd[7]: Failed password for {(i % 2 == 0 ? "alice" : "bob")} from 198.51.100.{i} port 5022 ssh2");
    }

    static async Task<string[]> Take(LiveReader reader, int n)
    {
        var taken = new List<string>();
        while (taken.Count < n)
        {
            var (rows, missed) = await reader.TakeAsync(Long, Stop);
            Assert.NotEmpty(rows);
            Assert.Equal(0, missed);
            taken.AddRange(rows.Select(r => Encoding.UTF8.GetString(r.Json)));
        }
        return [.. taken];
    }
}
