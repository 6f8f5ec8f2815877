using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Portolan.Model;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;
using static Portolan.Web.Server.ParameterPlace;

namespace Portolan.Web.Api.Ariel;

/// <summary>The life of a search, as QRadar's clients lead it: post, poll, fetch, delete. Another's search is not found.</summary>
static class SearchRoutes
{
    static readonly HttpParameter Id = new("search_id", ParameterPlace.Path, "The search, as its creation gave it.", true);

    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/ariel/searches", Permission.ReadEvents, List, "The ids of your searches, oldest first.")
        {
            Parameters = [new("db_name", Query, "events or flows: searches of one of them only."), JsonAnswer.Range],
        },
        new("POST", "/api/ariel/searches", Permission.ReadEvents, Create, "Begins a search of an AQL text or a saved search; 201 with the search, which then runs by itself.")
        {
            Success = 201,
            Parameters =
            [
                new("query_expression", Query, "An AQL text; a name after INTO becomes the search's id."), new("saved_search_id", Query, "A saved search instead of a text."), JsonAnswer.Fields,
            ],
        },
        new("GET", "/api/ariel/searches/{search_id}", Permission.ReadEvents, Show, "How a search is: its status and progress; 206 when it has not ended after the wait.")
        {
            Parameters = [Id, new("Prefer", Header, "wait=N: answer when the search has ended, or after N seconds."), JsonAnswer.Fields],
        },
        new("POST", "/api/ariel/searches/{search_id}", Permission.ReadEvents, Change, "Cancels a search, or keeps its result for longer; with neither it is told as by GET.")
        {
            Parameters = [Id, new("status", Query, "CANCELED."), new("save_results", Query, "true keeps the result for a week instead of a day, false a day again."), JsonAnswer.Fields],
        },
        new("DELETE", "/api/ariel/searches/{search_id}", Permission.ReadEvents, Delete, "Stops a search if need be, and forgets it.") { Success = 202, Parameters = [Id, JsonAnswer.Fields] },
        new("GET", "/api/ariel/searches/{search_id}/results", Permission.ReadEvents, Results, "The rows of a search that has completed.")
        {
            Parameters = [Id, JsonAnswer.Range, new("Accept", Header, "The form of the rows.")],
            ContentTypes = ["application/json", "application/csv", "application/xml", "text/table"],
        },
        new("GET", "/api/ariel/searches/{search_id}/metadata", Permission.ReadEvents, Metadata, "The columns of a search with their types.") { Parameters = [Id, .. Columns.Asked] },
        new("POST", "/api/portolan/searches", Permission.ReadEvents, Begin, "Begins a search of the AQL text in the body, as POST /api/ariel/searches does; its time may stand beside it.")
        {
            Parameters = [new("from", Query, "The first microsecond since 1970 wanted, for a text without a time clause."), new("to", Query, "The first not wanted any more.")],
        },
        new("GET", "/api/portolan/searches/{search_id}/rows", Permission.ReadEvents, Rows, "Rows of a search, also while it still runs.")
        {
            Parameters = [Id, new("from", Query, "The first row, from 0."), new("to", Query, "The first row not wanted any more; 1000 rows when left out.")],
            ContentTypes = ["application/x-ndjson"],
        },
        new("GET", "/api/portolan/searches/{search_id}/preview", Permission.ReadEvents, Preview,
            "What a search that still runs has found so far, where its rows come only at its end: of groups, and of rows in another order than newest first. 204 when there is nothing, or nothing newer.")
        {
            Parameters = [Id, new("after", Query, "The number of the preview that is known already.")],
        },
        new("GET", "/api/portolan/searches/{search_id}/file", Permission.ReadEvents, SaveAsync, "All rows of a search that has completed, as a file for a browser to save.")
        {
            Parameters = [Id, new("format", Query, "csv or json, as docs/output.md says; csv when left out."), new("forget", Query, "true: the search is forgotten when all of it has been written.")],
            ContentTypes = ["text/csv", "application/json"],
        },
    ];

    static Task List(HttpCall call)
    {
        var database = call.Request.Query["db_name"].FirstOrDefault() switch
        {
            null or "" => Database.Both,
            "events" => Database.Events,
            "flows" => Database.Flows,
            var other => throw RequestParameters.Wrong("db_name", $"events or flows, not {other}"),
        };
        return JsonAnswer.NamesAsync(call, [.. call.Web.Searches.Of(call.Caller!).Where(j => database.HasFlag(j.Database)).Select(j => j.Id)]);
    }

    static async Task Create(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        string? saved = asked["saved_search_id"];
        if (saved != null && asked["query_expression"] != null) throw RequestParameters.Wrong("saved_search_id", "this or query_expression, not both,");
        var job = await StartAsync(call, saved != null ? ArielSavedSearchRoutes.Find(call, saved).Text : asked.Required("query_expression"));
        await JsonAnswer.ObjectAsync(call, asked, Of(job), StatusCodes.Status201Created);
    }

    static async Task Begin(HttpCall call)
    {
        var period = Routes.Period(call.Request);
        var job = await call.Web.Searches.StartAsync(call.Caller!, await Routes.Text(call.Request, call.Cancel), period, call.Cancel);
        call.Response.StatusCode = StatusCodes.Status201Created;
        call.Response.ContentType = "application/json";
        call.Response.Headers.CacheControl = "no-store";
        await call.Response.WriteAsync(Of(job).ToJsonString(), call.Cancel);
    }

    static async Task<SearchJob> StartAsync(HttpCall call, string text)
    {
        try
        {
            return await call.Web.Searches.StartAsync(call.Caller!, text, call.Cancel);
        }
        catch (ApiException e) when (e.Kind is FaultKind.Syntax or FaultKind.Unanswerable)
        {
            throw Refused(e);
        }
    }

    /// <summary>Whatever is wrong with a text has one answer here.</summary>
    public static HttpFault Refused(ApiException e) => new(StatusCodes.Status422UnprocessableEntity, 2000, e.What, e.Why, e.Try);

    static SearchJob Job(HttpCall call)
    {
        string id = (string)call.Context.GetRouteValue("search_id")!;
        return call.Web.Searches.Find(call.Caller!, id) ?? throw NoSearch(id);
    }

    static HttpFault NoSearch(string id) =>
        new(StatusCodes.Status404NotFound, 1002, $"the search {id} does not exist", null, "searches are forgotten a day after they ended, or when deleted; one that runs ends with the server");

    static async Task Show(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        var job = Job(call);
        int status = StatusCodes.Status200OK;
        if (Patience(call.Request) is { } patience && await Task.WhenAny(job.Ending, Task.Delay(patience, call.Web.Clock, call.Cancel)) != job.Ending)
        {
            call.Cancel.ThrowIfCancellationRequested();
            status = StatusCodes.Status206PartialContent;
        }
        await JsonAnswer.ObjectAsync(call, asked, Of(job), status);
    }

    // RFC 7240 §4.3. Whoever wants to wait for longer asks again.
    static TimeSpan? Patience(HttpRequest request)
    {
        foreach (string preference in request.Headers["Prefer"].ToString().Split([',', ';'], StringSplitOptions.TrimEntries))
        {
            if (preference.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(preference.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
                return TimeSpan.FromSeconds(Math.Min(seconds, 60));
        }
        return null;
    }

    static async Task Change(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        var job = Job(call);
        string? status = asked["status"];
        // Beside a status it is passed over (QRadar's reference, POST /ariel/searches/{search_id}).
        var save = status == null ? asked.Flag("save_results") : null;
        if (status != null)
        {
            // IBM's qpylib writes it with two L.
            if (status is not ("CANCELED" or "CANCELLED")) throw RequestParameters.Wrong("status", "CANCELED");
            if (job.Status is SearchStatus.Completed or SearchStatus.Error)
                throw new HttpFault(StatusCodes.Status409Conflict, 1008, "the search has ended already", $"its status is {Word(job.Status)}");
            call.Web.Searches.Cancel(job);
        }
        if (save is { } kept) call.Web.Searches.Save(job, kept);
        await JsonAnswer.ObjectAsync(call, asked, Of(job));
    }

    static async Task Delete(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        var job = Job(call);
        long rows = job.RowCount;
        call.Web.Searches.Remove(job);
        var gone = Of(job);
        gone["record_count"] = rows;
        await JsonAnswer.ObjectAsync(call, asked, gone, StatusCodes.Status202Accepted);
    }

    static async Task Results(HttpCall call)
    {
        var job = Job(call);
        if (job.Status != SearchStatus.Completed)
            throw new HttpFault(StatusCodes.Status404NotFound, 1003, "there are no results", job.Fault is { } fault ? fault.Message : $"the search's status is {Word(job.Status)}");
        var range = ItemRange.Of(call.Request);
        var (format, type) = ResultFormat.Of(call.Request);
        await RowsAsync(call, job, range, format, type);
    }

    static async Task Rows(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        var job = Job(call);
        if (job.Fault is { } fault) throw Refused(fault);
        long from = Math.Max(0, asked.Number("from") ?? 0);
        await RowsAsync(call, job, new(from, asked.Number("to") ?? from + 1000), new ResultFormat.Lines(), "application/x-ndjson");
    }

    static async Task Preview(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        var job = Job(call);
        call.Response.Headers.CacheControl = "no-store";
        if (job.Preview is not { } found || found.Number <= (asked.Number("after") ?? 0))
        {
            call.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        call.Response.ContentType = "application/json";
        var (number, preview) = found;
        var to = call.Response.BodyWriter;
        to.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{{\"number\":{number},\"progress\":{(job.TellsProgress ? preview.Percent : "null")},\"record_count\":{preview.Count},\"columns\":")));
        ResultLines.ColumnList(to, job.Columns);
        to.Write(",\"rows\":["u8);
        for (int i = 0; i < preview.Rows.Count; i++)
        {
            if (i > 0) to.Write(","u8);
            ResultLines.Row(to, preview.Rows[i]);
        }
        to.Write("]}"u8);
        await to.FlushAsync(call.Cancel);
    }

    static async Task SaveAsync(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        string kind = asked["format"] ?? "csv";
        var (format, type) = ResultFormat.OfFile(kind) ?? throw RequestParameters.Wrong("format", "csv or json");
        bool forget = asked.Flag("forget") ?? false;
        var job = Job(call);
        if (job.Fault is { } fault) throw Refused(fault);
        if (job.Status != SearchStatus.Completed) throw new HttpFault(StatusCodes.Status404NotFound, 1003, "there are no results", $"the search's status is {Word(job.Status)}");
        string name = $"portolan-{call.Web.Clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}{(job.Partial ? "-incomplete" : "")}.{kind}";
        call.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        await RowsAsync(call, job, ItemRange.All, format, type);
        if (forget && !job.Rows.Gone) call.Web.Searches.Remove(job);
    }

    internal static async Task RowsAsync(HttpCall call, SearchJob job, ItemRange range, ResultFormat format, string type)
    {
        try
        {
            job.Rows.Open();
        }
        catch (ObjectDisposedException)
        {
            throw NoSearch(job.Id);
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            call.Web.Tell($"search {job.Id}: {e.Message}");
            call.Web.Searches.Remove(job);
            throw NoSearch(job.Id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its words hold paths. The rows may be there still.
            call.Web.Tell($"search {job.Id}: {e.Message}");
            throw new HttpFault(StatusCodes.Status503ServiceUnavailable, 1010, "the results cannot be read now", "the server's disk refuses them; its log says more", "the same again")
            {
                RetryAfter = TimeSpan.FromSeconds(5),
            };
        }
        range.Write(call.Response, job.RowCount);
        call.Response.ContentType = type;
        call.Response.Headers.CacheControl = "no-store";
        try
        {
            await format.WriteAsync(call.Response, job, range, call.Cancel);
        }
        catch (ObjectDisposedException) when (job.Rows.Gone)
        {
            // Someone has deleted the search, or it has expired.
            if (call.Response.HasStarted)
            {
                call.Context.Abort();
                return;
            }
            call.Response.Headers.Remove("Content-Range");
            call.Response.Headers.Remove("Content-Disposition");
            throw NoSearch(job.Id);
        }
    }

    static async Task Metadata(HttpCall call) => await Columns.AnswerAsync(call, Columns.Of(Job(call).Columns, Job(call).Database));

    static string Word(SearchStatus status) => status.ToString().ToUpperInvariant();

    /// <summary>A search as clients read it. Sizes of files are not known here and are 0.</summary>
    static JsonObject Of(SearchJob job) => new()
    {
        ["search_id"] = job.Id,
        ["cursor_id"] = job.Id,
        ["status"] = Word(job.Status),
        ["progress"] = job.Progress,
        ["progress_details"] = new JsonArray(),
        ["record_count"] = job.RowCount,
        ["processed_record_count"] = job.RowsScanned,
        ["query_execution_time"] = (long)job.RunTime.TotalMilliseconds,
        ["query_string"] = job.Query,
        ["save_results"] = job.Saved,
        ["desired_retention_time_msec"] = (long)SearchLimits.Life(job.Saved).TotalMilliseconds,
        ["data_file_count"] = job.BlocksRead,
        ["data_total_size"] = 0,
        ["compressed_data_file_count"] = 0,
        ["compressed_data_total_size"] = 0,
        ["index_file_count"] = 0,
        ["index_total_size"] = 0,
        ["error_messages"] = Messages(job),
        ["snapshot"] = null,
        ["subsearch_ids"] = new JsonArray(),
    };

    static JsonArray? Messages(SearchJob job)
    {
        var messages = new JsonArray();
        if (job.Fault is { } fault) messages.Add(Message("ERROR", fault.Message));
        foreach (string note in job.Notes) messages.Add(Message(job.Partial ? "WARN" : "INFO", note));
        return messages.Count == 0 ? null : messages;
    }

    public static JsonObject Message(string severity, string text, int? code = null) =>
        new() { ["code"] = code, ["contexts"] = new JsonArray(), ["message"] = text, ["severity"] = severity };
}
