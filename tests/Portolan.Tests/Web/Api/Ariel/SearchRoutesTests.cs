using System.Buffers;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Portolan.Tests.Web.Control;
using Portolan.Tests.Web.Server;
using Portolan.Web.Api;
using Portolan.Web.Api.Ariel;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Xunit;

namespace Portolan.Tests.Web.Api.Ariel;

/// <summary>
/// The life of a search over the wire. Statuses, codes, keys and headers are those that QRadar's API 26.0 documents and that its public clients read
/// (IBM api-samples, stix-shifter, Splunk SOAR, XSOAR).
/// </summary>
public sealed class SearchRoutesTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static readonly GivenApi Three = new()
    {
        Search = _ => ResultSet.Of([new("sourceip"), new("Event Name"), new("n"), new("n"), new("payload")],
            [["192.0.2.1", "=cmd|x,\"y\"\n", 1L, 9L, Encoding.UTF8.GetBytes("<13>raw")], ["192.0.2.2", null, 2.0, 9L, null], ["2001:db8::1", "a&b", 3L, 9L, Array.Empty<byte>()]]),
    };

    static async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Answer)> Ask(HttpClient client, string request, params string[] headers)
    {
        var (method, path, body) = request.Split(' ', 3) is [var m, var p, .. var rest] ? (m, p, rest.FirstOrDefault()) : throw new ArgumentException(request);
        var message = new HttpRequestMessage(new(method), path);
        if (body != null) message.Content = new StringContent(body, Encoding.UTF8, body[0] is '{' or '[' or 'n' ? "application/json" : "application/x-www-form-urlencoded");
        foreach (string header in headers) message.Headers.TryAddWithoutValidation(header[..header.IndexOf(':')], header[(header.IndexOf(':') + 2)..]);
        var answer = await client.SendAsync(message, Stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop), answer);
    }

    static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    static async Task<string> Post(HttpClient client, string aql = "SELECT * FROM events")
    {
        var (status, body, _) = await Ask(client, $"POST api/ariel/searches?query_expression={Uri.EscapeDataString(aql)}");
        Assert.Equal(HttpStatusCode.Created, status);
        return Json(body).GetProperty("search_id").GetString()!;
    }

    static async Task<JsonElement> Ended(HttpClient client, string id)
    {
        var (status, body, _) = await Ask(client, $"GET api/ariel/searches/{id}", "Prefer: wait=30");
        Assert.Equal(HttpStatusCode.OK, status);
        return Json(body);
    }

    [Theory]
    [InlineData("POST api/ariel/searches?query_expression=SELECT%20qid%20FROM%20events%20LAST%205%20MINUTES")]
    [InlineData("POST api/ariel/searches query_expression=SELECT+qid+FROM+events+LAST+5+MINUTES")]
    [InlineData("POST api/ariel/searches {\"query_expression\":\"SELECT qid FROM events LAST 5 MINUTES\"}")]
    public async Task Clients_put_the_query_where_they_like(string request)
    {
        await using var server = await GivenServer.Start(Three);
        using var client = server.Admin();
        var (status, body, answer) = await Ask(client, request);
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("SELECT qid FROM events LAST 5 MINUTES", Json(body).GetProperty("query_string").GetString());
    }

    [Fact]
    public async Task What_is_found_so_far_is_there_while_a_search_runs_and_its_rows_only_at_its_end()
    {
        var shown = new TaskCompletionSource();
        var go = new SemaphoreSlim(0);
        var api = new GivenApi { Search = _ => Grouped() };
        await using var server = await GivenServer.Start(api);
        using var client = server.Admin();
        string id = await Post(client, "SELECT username, COUNT(*) AS n, FIRST(payload) FROM events GROUP BY username");
        await shown.Task;
        var (status, body, answer) = await Ask(client, $"GET api/portolan/searches/{id}/preview");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (status, answer.Content.Headers.ContentType!.MediaType));
        // Nobody here knows how far the search is: what its blocks are is not told to all.
        Assert.Equal("""{"number":2,"progress":null,"record_count":9000,"columns":[{"name":"username","kind":"Value"},{"name":"n","kind":"Value"},{"name":"p","kind":"Value"}],"rows":[["ann",2.0,{"base64":"PD4="}],[null,1.0,null]]}""",
            body.Replace("\n", ""));
        Assert.Equal(HttpStatusCode.OK, (await Ask(client, $"GET api/portolan/searches/{id}/preview?after=1")).Status);
        Assert.Equal((HttpStatusCode.NoContent, ""), await Ask(client, $"GET api/portolan/searches/{id}/preview?after=2") is var (s, b, _) ? (s, b) : default);
        // QRadar's clients see none of it.
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(client, $"GET api/ariel/searches/{id}/results")).Status);
        Assert.Equal(0, Json((await Ask(client, $"GET api/ariel/searches/{id}")).Body).GetProperty("record_count").GetInt64());
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(client, "GET api/portolan/searches/none/preview")).Status);
        go.Release();
        Assert.Equal(1, (await Ended(client, id)).GetProperty("record_count").GetInt64());
        Assert.Equal(HttpStatusCode.NoContent, (await Ask(client, $"GET api/portolan/searches/{id}/preview")).Status);

        ResultSet Grouped()
        {
            ResultSet? result = null;
            return result = new([new("username"), new("n"), new("p")], Rows());

            async IAsyncEnumerable<object?[]> Rows()
            {
                result!.Preview!(new([["ann", 1.0, null]], 1, 3));
                result.Preview(new([["ann", 2.0, Encoding.UTF8.GetBytes("<>")], [null, 1.0, null]], 9000, 40));
                shown.SetResult();
                await go.WaitAsync(Stop);
                yield return ["ann", 3.0, null];
            }
        }
    }

    [Fact]
    public async Task Our_own_form_takes_the_text_as_its_body_and_its_time_beside_it()
    {
        var api = new GivenApi();
        await using var server = await GivenServer.Start(api);
        using var client = server.Admin();
        using var answer = await client.PostAsync("api/portolan/searches?from=1000&to=2000", new StringContent("SELECT qid FROM events"), Stop);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        string id = Json(await answer.Content.ReadAsStringAsync(Stop)).GetProperty("search_id").GetString()!;
        Assert.Equal(1, (await Ended(client, id)).GetProperty("record_count").GetInt64());
        Assert.Equal(["search SELECT qid FROM events from 1000 to 2000"], api.Asked);
    }

    [Theory]
    [InlineData("SELECT FROM", "Syntax")]
    [InlineData("SELECT qid FROM events?from=x", "Syntax")]
    public async Task Our_own_form_tells_a_refusal_as_our_routes_do(string request, string kind)
    {
        await using var server = await GivenServer.Start();
        using var client = server.Admin();
        var (text, query) = request.Split('?') is [var t, var q] ? (t, q) : (request, "");
        using var answer = await client.PostAsync($"api/portolan/searches?{query}", new StringContent(text), Stop);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(kind, Json(await answer.Content.ReadAsStringAsync(Stop)).GetProperty("fault").GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_search_object_has_every_key_that_clients_read()
    {
        await using var server = await GivenServer.Start(Three);
        using var client = server.Admin();
        var search = await Ended(client, await Post(client));
        Assert.Equal(
            ["search_id", "cursor_id", "status", "progress", "progress_details", "record_count", "processed_record_count", "query_execution_time", "query_string",
                "save_results", "desired_retention_time_msec", "data_file_count", "data_total_size", "compressed_data_file_count", "compressed_data_total_size",
                "index_file_count", "index_total_size", "error_messages", "snapshot", "subsearch_ids"],
            search.EnumerateObject().Select(p => p.Name));
        Assert.Equal("COMPLETED", search.GetProperty("status").GetString());
        Assert.Equal(100, search.GetProperty("progress").GetInt32());
        Assert.Equal(3, search.GetProperty("record_count").GetInt64());
        Assert.Equal(86_400_000, search.GetProperty("desired_retention_time_msec").GetInt64());
        Assert.Equal(search.GetProperty("search_id").GetString(), search.GetProperty("cursor_id").GetString());
    }

    [Theory]
    [InlineData("csv", "text/csv", "sourceip,Event Name,n,n,payload\r\n192.0.2.1,\"'=cmd|x,\"\"y\"\"\n\",1,9,PDEzPnJhdw==\r\n192.0.2.2,,2.0,9,\r\n2001:db8::1,a&b,3,9,\r\n")]
    [InlineData("json", "application/json", "[\n{\"sourceip\":\"192.0.2.1\",\"Event Name\":\"=cmd|x,\\\"y\\\"\\n\",\"n\":1,\"n (4)\":9,\"payload\":\"PDEzPnJhdw==\"},\n"
        + "{\"sourceip\":\"192.0.2.2\",\"Event Name\":null,\"n\":2.0,\"n (4)\":9,\"payload\":null},\n{\"sourceip\":\"2001:db8::1\",\"Event Name\":\"a&b\",\"n\":3,\"n (4)\":9,\"payload\":\"\"}\n]\n")]
    public async Task A_browser_saves_all_rows_as_a_file_and_the_search_is_forgotten_when_asked(string format, string type, string expected)
    {
        await using var server = await GivenServer.Start(Three);
        using var client = server.Admin();
        string id = await Post(client);
        await Ended(client, id);
        var (status, body, answer) = await Ask(client, $"GET api/portolan/searches/{id}/file?format={format}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(expected, body);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Matches($@"^portolan-\d{{8}}T\d{{6}}Z\.{format}$", answer.Content.Headers.ContentDisposition.FileName!.Trim('"'));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Ask(client, $"GET api/portolan/searches/{id}/file?format=exe")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Ask(client, $"GET api/portolan/searches/{id}/file?format={format}&forget=true")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(client, $"GET api/portolan/searches/{id}/file")).Status);
    }

    public static TheoryData<string, string, int, string, string> Forms => new()
    {
        {
            "application/json", "", 200, "items 0-2/3",
            """
            {"events":[
            {"sourceip":"192.0.2.1","Event Name":"=cmd|x,\"y\"\n","n":1,"payload":"PDEzPnJhdw=="},
            {"sourceip":"192.0.2.2","Event Name":null,"n":2.0,"payload":null},
            {"sourceip":"2001:db8::1","Event Name":"a&b","n":3,"payload":""}]}
            """
        },
        { "application/json", "items=1-1", 200, "items 1-1/3", "{\"events\":[\n{\"sourceip\":\"192.0.2.2\",\"Event Name\":null,\"n\":2.0,\"payload\":null}]}" },
        { "*/*", "items=3-999", 200, "items */3", "{\"events\":[]}" },
        { "application/csv", "", 200, "items 0-2/3", "sourceip,Event Name,n,n,payload\r\n192.0.2.1,\"'=cmd|x,\"\"y\"\"\n\",1,9,PDEzPnJhdw==\r\n192.0.2.2,,2.0,9,\r\n2001:db8::1,a&b,3,9,\r\n" },
        { "text/csv;q=0.9, text/html", "items=2-2", 200, "items 2-2/3", "sourceip,Event Name,n,n,payload\r\n2001:db8::1,a&b,3,9,\r\n" },
        {
            "application/xml", "items=2-5", 200, "items 2-2/3",
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <events>
            <event><column name="sourceip">2001:db8::1</column><column name="Event Name">a&amp;b</column><column name="n">3</column><column name="n">9</column><column name="payload"></column></event>
            </events>

            """
        },
        {
            "text/table", "items=0-1", 200, "items 0-1/3",
            """
            sourceip   Event Name        n    n  payload
            ---------  ----------------  ---  -  ------------
            192.0.2.1  =cmd|x,"y"\u000a  1    9  PDEzPnJhdw==
            192.0.2.2                    2.0  9

            """
        },
        { "application/json, text/plain, */*", "items=3-9", 200, "items */3", "{\"events\":[]}" },
        // Accept names none of the forms there are; "josh" is what a public client writes.
        { "image/png", "items=3-9", 200, "items */3", "{\"events\":[]}" },
        { "application/josh", "items=3-9", 200, "items */3", "{\"events\":[]}" },
        { "application/json", "items=5", 422, "", "items=x-y" },
        { "application/json", "items=9-3", 422, "", "items=x-y" },
        { "application/json", "0-49", 422, "", "items=x-y" },
        { "application/json", "items=-3-9", 422, "", "items=x-y" },
        { "application/json", "items=0-99999999999999999999", 422, "", "items=x-y" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Results_come_in_the_form_and_range_asked_for(string accept, string range, int status, string contentRange, string expected)
    {
        await using var server = await GivenServer.Start(Three);
        using var client = server.Admin();
        string id = await Post(client);
        await Ended(client, id);
        var (answered, body, answer) = await Ask(client, $"GET api/ariel/searches/{id}/results", [$"Accept: {accept}", .. range.Length > 0 ? [$"Range: {range}"] : Array.Empty<string>()]);
        Assert.Equal(status, (int)answered);
        if (status != 200)
        {
            Assert.Contains(expected, body);
            return;
        }
        Assert.Equal(expected, body);
        Assert.Equal(contentRange, string.Join("", answer.Content.Headers.GetValues("Content-Range")));
    }

    // Every parameter of an update is optional in QRadar's reference, and scripts look at a search this way.
    [Theory]
    [InlineData("POST api/ariel/searches/s16")]
    [InlineData("POST api/ariel/searches/s16 {}")]
    [InlineData("POST api/ariel/searches/s16 null")]
    public async Task An_update_of_nothing_tells_of_the_search(string request)
    {
        await using var server = await GivenServer.Start(Three);
        using var client = server.Admin();
        await Ended(client, await Post(client, "SELECT qid FROM events INTO s16"));
        var (status, body, _) = await Ask(client, request);
        Assert.Equal((HttpStatusCode.OK, "COMPLETED"), (status, Json(body).GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData("POST api/ariel/searches", 422, 1005, "query_expression")]
    [InlineData("POST api/ariel/searches {\"query_expression\":", 400, 1001, "body")]
    [InlineData("POST api/ariel/searches?query_expression=SELEC", 422, 2000, "AQL")]
    [InlineData("POST api/ariel/searches?query_expression=SELECT%20foobar%20FROM%20events", 422, 2000, "unknown field")]
    [InlineData("POST api/ariel/searches?query_expression=SELECT%20qid%20FROM%20events%20INTO%20taken", 409, 1004, "taken")]
    [InlineData("GET api/ariel/searches?db_name=simarc", 422, 1005, "db_name")]
    [InlineData("GET api/ariel/searches/none", 404, 1002, "none")]
    [InlineData("POST api/ariel/searches/none?status=CANCELED", 404, 1002, "none")]
    [InlineData("DELETE api/ariel/searches/none", 404, 1002, "none")]
    [InlineData("GET api/ariel/searches/none/results", 404, 1002, "none")]
    [InlineData("GET api/ariel/searches/none/metadata", 404, 1002, "none")]
    [InlineData("POST api/ariel/searches [\"query_expression\"]", 400, 1001, "body")]
    [InlineData("POST api/ariel/searches null", 422, 1005, "query_expression")]
    [InlineData("POST api/ariel/searches/taken?status=STOPPED", 422, 1005, "status")]
    [InlineData("POST api/ariel/searches/taken?status=CANCELED", 409, 1008, "ended")]
    [InlineData("POST api/ariel/searches/taken save_results=%7B%27saveResults%27%3A+%27true%27%7D", 422, 1005, "save_results")]
    [InlineData("GET api/ariel/searches/taken?fields=status(", 422, 1005, "fields")]
    public async Task A_refusal_has_the_code_that_clients_know(string request, int status, int code, string about)
    {
        await using var server = await GivenServer.Start(new GivenApi
        {
            Search = aql => aql.Contains("foobar") ? throw new ApiException(FaultKind.Unanswerable, "AQL: unknown field 'foobar' at 1:8") : ResultSet.Of([new("a")], []),
        });
        using var client = server.Admin();
        await Ended(client, await Post(client, "SELECT qid FROM events INTO taken"));
        var (answered, body, answer) = await Ask(client, request);
        Assert.Equal((status, code), ((int)answered, Json(body).GetProperty("code").GetInt32()));
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(["http_response", "code", "message", "description", "details"], Json(body).EnumerateObject().Select(p => p.Name));
        Assert.Equal(status, Json(body).GetProperty("http_response").GetProperty("code").GetInt32());
        Assert.Contains(about, Json(body).GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_running_search_is_polled_read_in_part_and_cancelled()
    {
        var more = new TaskCompletionSource();
        await using var server = await GivenServer.Start(new GivenApi { Search = _ => new([new("n")], Rows()) });
        using var client = server.Admin();
        string id = await Post(client, "SELECT n FROM events INTO s16");
        Assert.Equal("s16", id);
        var (status, body, _) = await Ask(client, $"GET api/ariel/searches/{id}", "Prefer: wait=1");
        Assert.Equal(HttpStatusCode.PartialContent, status);
        Assert.Equal("EXECUTE", Json(body).GetProperty("status").GetString());
        (status, body, _) = await Ask(client, $"GET api/ariel/searches/{id}/results");
        Assert.Equal((HttpStatusCode.NotFound, 1003), (status, Json(body).GetProperty("code").GetInt32()));
        (_, body, var answer) = await Ask(client, $"GET api/portolan/searches/{id}/rows?from=1&to=9");
        Assert.Equal("items 1-1/2", string.Join("", answer.Content.Headers.GetValues("Content-Range")));
        Assert.Equal("{\"columns\":[{\"name\":\"n\",\"kind\":\"Value\"}]}\n[2]\n{\"end\":{\"rows\":1,\"partial\":false,\"notes\":[]}}\n", body);
        (status, body, _) = await Ask(client, $"POST api/ariel/searches/{id} status=CANCELED&save_results=true");
        Assert.Equal((HttpStatusCode.OK, "CANCELED"), (status, Json(body).GetProperty("status").GetString()));
        // QRadar's reference: beside a status, save_results is passed over.
        Assert.False(Json(body).GetProperty("save_results").GetBoolean());
        await more.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        (status, body, _) = await Ask(client, $"DELETE api/ariel/searches/{id}?fields=search_id,status");
        Assert.Equal((HttpStatusCode.Accepted, "{\"search_id\":\"s16\",\"status\":\"CANCELED\"}"), (status, body));
        (status, _, _) = await Ask(client, $"GET api/ariel/searches/{id}");
        Assert.Equal(HttpStatusCode.NotFound, status);

        async IAsyncEnumerable<object?[]> Rows([EnumeratorCancellation] CancellationToken stop = default)
        {
            yield return [1L];
            yield return [2L];
            using var told = stop.Register(() => more.SetResult());
            await Task.Delay(Timeout.Infinite, stop);
        }
    }

    [Fact]
    public async Task A_search_that_fails_says_why()
    {
        await using var server = await GivenServer.Start(new GivenApi { Search = _ => new([new("n")], Rows()) });
        using var client = server.Admin();
        string id = await Post(client);
        var search = await Ended(client, id);
        Assert.Equal("ERROR", search.GetProperty("status").GetString());
        var message = search.GetProperty("error_messages")[0];
        Assert.Equal(("ERROR", "too much: why"), (message.GetProperty("severity").GetString(), message.GetProperty("message").GetString()));
        var (status, body, _) = await Ask(client, $"GET api/ariel/searches/{id}/results");
        Assert.Equal((HttpStatusCode.NotFound, 1003), (status, Json(body).GetProperty("code").GetInt32()));
        Assert.Contains("too much", body);

        static async IAsyncEnumerable<object?[]> Rows()
        {
            await Task.CompletedTask;
            yield return [1L];
            throw new ApiException(FaultKind.Unanswerable, "too much", "why");
        }
    }

    [Theory]
    [InlineData("held", 503)]
    [InlineData("gone", 404)]
    [InlineData("damaged", 404)]
    public async Task A_result_that_cannot_be_read_now_stays_and_one_that_is_lost_does_not(string how, int status)
    {
        await using var server = await GivenServer.Start(Three);
        string id;
        using (var before = server.Admin()) await Ended(before, id = await Post(before));
        string folder = SearchJobs.FolderIn(server.Data);
        // A search has ended a moment before its files are written.
        for (int i = 0; i < 3000 && Directory.GetFiles(folder, "*.json").Length == 0; i++) await Task.Delay(10, Stop);
        await server.Restart();
        string rows = Directory.GetFiles(folder).Single(f => !f.EndsWith(".json"));
        FileStream? held = null;
        if (how == "held") held = new(rows, FileMode.Open, FileAccess.Read, FileShare.None);
        else if (how == "gone") File.Delete(rows);
        else File.WriteAllBytes(rows, new byte[new FileInfo(rows).Length]);
        using var client = server.Admin();
        var (answered, body, answer) = await Ask(client, $"GET api/ariel/searches/{id}/results");
        Assert.Equal(status, (int)answered);
        Assert.Equal(status, Json(body).GetProperty("http_response").GetProperty("code").GetInt32());
        Assert.Equal(status == 503, answer.Headers.RetryAfter != null);
        Assert.DoesNotContain(folder, body);
        Assert.Single(server.Told);
        if (held != null) await held.DisposeAsync();
        Assert.Equal(status == 503 ? HttpStatusCode.OK : HttpStatusCode.NotFound, (await Ask(client, $"GET api/ariel/searches/{id}/results")).Status);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task Who_reads_a_result_that_is_being_deleted_is_told_so_and_the_log_is_not(int written)
    {
        using var rows = new KeptRows(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        for (int n = 0; n < 4; n++) rows.Add([new string('x', 100_000)]);
        rows.Close();
        var job = new SearchJob("s16", "ann", "", ResultSet.Of([new("a")], []), rows, TimeProvider.System, new());
        await using var server = await GivenServer.StartOnly(
            [new("GET", "/api/ariel/it", Permission.Anyone, call => SearchRoutes.RowsAsync(call, job, ItemRange.All, new Deleting(2, written), "text/plain"), "")]);
        using var client = server.Nobody();
        if (written > 64 << 10)
        {
            // What came is not all there is, and the reader finds out.
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync("api/ariel/it", Stop));
        }
        else
        {
            var (status, body, answer) = await Ask(client, "GET api/ariel/it");
            Assert.Equal((HttpStatusCode.NotFound, 1002), (status, Json(body).GetProperty("code").GetInt32()));
            Assert.False(answer.Content.Headers.Contains("Content-Range"));
        }
        Assert.Empty(server.Told);
    }

    /// <summary>As if someone deleted the search when so many rows are written, of so many bytes each.</summary>
    sealed class Deleting(int at, int bytes) : ResultFormat
    {
        int _rows;

        protected override void Begin(IBufferWriter<byte> to, SearchJob job, ItemRange range) => to.Write("begin"u8);

        protected override void Row(IBufferWriter<byte> to, SearchJob job, ReadOnlySpan<byte> row, bool first)
        {
            to.Write(new byte[bytes]);
            if (++_rows == at) job.Rows.Dispose();
        }
    }

    [Fact]
    public async Task Ids_are_listed_in_order_and_by_range()
    {
        await using var server = await GivenServer.Start(Three);
        using var client = server.Admin();
        foreach (string name in new[] { "a", "b", "c" }) await Ended(client, await Post(client, $"SELECT qid FROM events INTO {name}"));
        Assert.Equal("[\"a\",\"b\",\"c\"]", (await Ask(client, "GET api/ariel/searches?db_name=events")).Body);
        Assert.Equal("[]", (await Ask(client, "GET api/ariel/searches?db_name=flows")).Body);
        var (status, body, answer) = await Ask(client, "GET api/ariel/searches", "Range: items=1-5");
        Assert.Equal((HttpStatusCode.OK, "[\"b\",\"c\"]", "items 1-2/3"), (status, body, string.Join("", answer.Content.Headers.GetValues("Content-Range"))));
    }
}
