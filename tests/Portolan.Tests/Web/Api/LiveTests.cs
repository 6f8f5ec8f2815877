using System.Text;
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
