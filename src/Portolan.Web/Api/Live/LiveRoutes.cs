using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Portolan.Formats.Json;
using Portolan.Model;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Live;

/// <summary>The live stream over HTTP: server-sent events or newline-separated JSON; docs/protocols/live.md.</summary>
public static class LiveRoutes
{
    const string Summary = "Events as they arrive, from now on, that meet an AQL condition: server-sent events, or newline-separated JSON where Accept asks for it.";
    const string Sse = "text/event-stream", Ndjson = "application/x-ndjson";

    public const string DefaultColumns = "starttime, LOGSOURCENAME(logsourceid) AS source, QIDNAME(qid) AS event, severity, username, sourceip, sourceport, sourceuser, "
        + "destinationip, destinationport, contractverdict, parsestatus, UTF8(payload) AS payload, eventid";

    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    static readonly IReadOnlyList<HttpParameter> Parameters =
    [
        new("condition", ParameterPlace.Query, "An AQL condition, as after WHERE; every event without one."),
        new("columns", ParameterPlace.Query, "AQL columns, as after SELECT."),
        new("Last-Event-ID", ParameterPlace.Header, "The eventid that was read last: what came after it meanwhile is counted as missed."),
    ];

    public static readonly IReadOnlyList<HttpRoute> Console = [Of("/api/portolan/live")];

    /// <summary>All that the endpoint for programs answers.</summary>
    public static readonly IReadOnlyList<HttpRoute> Programs = [Of("/live"), Of("/api/portolan/live")];

    static HttpRoute Of(string pattern) => new("GET", pattern, Permission.ReadEvents, StreamAsync, Summary) { Parameters = Parameters, ContentTypes = [Sse, Ndjson], AtOnce = 32 };

    static async Task StreamAsync(HttpCall call)
    {
        var query = call.Request.Query;
        string condition = query["condition"].ToString().Trim(), columns = query["columns"].ToString().Trim();
        var hub = call.Engine().Live;
        var reader = hub.Reader();
        using var subscription = hub.Subscribe(condition, columns.Length > 0 ? columns : DefaultColumns, reader, call.Caller!.Scope);
        call.Web.Authenticator.Audit.Searched(call.Caller!, condition.Length > 0 ? $"live: {condition}" : "live");
        long missed = await MissedSince(call, condition, subscription.Since);
        bool lines = call.Request.Headers.Accept.ToString().Contains(Ndjson, StringComparison.OrdinalIgnoreCase);
        // A reader may pause as long as it likes: it is told what it missed.
        if (call.Context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        call.Context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        call.Response.ContentType = lines ? Ndjson : Sse;
        call.Response.Headers.CacheControl = "no-store";
        var to = call.Response.BodyWriter;
        Event(to, lines, "open"u8, null, Opened(subscription.Columns));
        if (missed > 0) Event(to, lines, "missed"u8, null, Missed(missed));
        while (true)
        {
            var flushed = await to.FlushAsync(call.Cancel);
            if (flushed.IsCompleted) return;
            IReadOnlyList<LiveRow> rows;
            long lost;
            try
            {
                (rows, lost) = await reader.TakeAsync(Heartbeat, call.Cancel);
            }
            catch (ApiException e)
            {
                Event(to, lines, "fault"u8, null, JsonSerializer.SerializeToUtf8Bytes(new { what = e.What }));
                await to.FlushAsync(call.Cancel);
                return;
            }
            if (rows.Count == 0 && lost == 0) to.Write(lines ? "{\"beat\":true}\n"u8 : ": still here\n\n"u8);
            foreach (var row in rows)
            {
                Event(to, lines, "row"u8, row.Id, row.Json);
                if (to.UnflushedBytes > 64 << 10 && (await to.FlushAsync(call.Cancel)).IsCompleted) return;
            }
            if (lost > 0) Event(to, lines, "missed"u8, null, Missed(lost));
        }
    }

    static void Event(PipeWriter to, bool lines, ReadOnlySpan<byte> name, EventId? id, ReadOnlySpan<byte> data)
    {
        if (lines)
        {
            to.Write("{\""u8);
            to.Write(name);
            to.Write("\":"u8);
            to.Write(data);
            if (id is { } known)
            {
                to.Write(",\"id\":\""u8);
                to.Write(Encoding.ASCII.GetBytes(known.ToString()));
                to.Write("\""u8);
            }
            to.Write("}\n"u8);
            return;
        }
        if (id is { } seen)
        {
            to.Write("id: "u8);
            to.Write(Encoding.ASCII.GetBytes(seen.ToString()));
            to.Write("\n"u8);
        }
        to.Write("event: "u8);
        to.Write(name);
        to.Write("\ndata: "u8);
        to.Write(data);
        to.Write("\n\n"u8);
    }

    static byte[] Opened(IReadOnlyList<Store.Aql.ResultColumn> columns)
    {
        var text = new ArrayBufferWriter<byte>();
        text.Write("{\"columns\":["u8);
        for (int i = 0; i < columns.Count; i++)
        {
            if (i > 0) text.Write(","u8);
            JsonText.String(text, columns[i].Name);
        }
        text.Write("]}"u8);
        return text.WrittenSpan.ToArray();
    }

    static byte[] Missed(long count)
    {
        var text = new ArrayBufferWriter<byte>();
        text.Write("{\"count\":"u8);
        JsonText.Number(text, count);
        text.Write("}"u8);
        return text.WrittenSpan.ToArray();
    }

    /// <summary>How many rows came between the one read last and the first that is shown.</summary>
    static async Task<long> MissedSince(HttpCall call, string condition, (int Epoch, long Sequence) upTo)
    {
        if (!EventId.TryParse(call.Request.Headers["Last-Event-ID"].ToString(), out var last)) return 0;
        string where = condition.Length > 0 ? $"({condition}) AND " : "";
        string aql = $"SELECT COUNT(*) FROM events WHERE {where}(epoch > {last.Epoch} OR epoch = {last.Epoch} AND (sequence > {last.Sequence} OR sequence = {last.Sequence} "
            + $"AND recordindex > {last.Index})) AND (epoch < {upTo.Epoch} OR epoch = {upTo.Epoch} AND sequence <= {upTo.Sequence})";
        await using var result = await call.Api.SearchAsync(aql, new Period(0, null), call.Cancel);
        await foreach (var row in result.Rows.WithCancellation(call.Cancel)) return Convert.ToInt64(row[0], System.Globalization.CultureInfo.InvariantCulture);
        return 0;
    }
}
