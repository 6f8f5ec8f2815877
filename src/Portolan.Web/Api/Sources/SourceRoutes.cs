using System.Globalization;
using Portolan.Collect.LogSources;
using Portolan.Model;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Sources;

/// <summary>Log sources with what a person wants to see of each at a glance.</summary>
static class SourceRoutes
{
    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/portolan/log-sources", Permission.ReadHealth, ListAsync, "Every log source with its state, last event, events of the last 60 minutes, parsed share and clock skew."),
        new("GET", "/api/portolan/log-sources/{id}", Permission.ReadHealth, OneAsync, "The same of one log source."),
    ];

    static Task ListAsync(HttpCall call)
    {
        var engine = call.Engine();
        long now = Now(call);
        return ConsoleJson.WriteAsync(call, new { at = now / 1000, sources = SourceHealth.All(engine.Sources, engine.Activity, now).Select(Shown) });
    }

    static Task OneAsync(HttpCall call)
    {
        var engine = call.Engine();
        string id = (string)call.Request.RouteValues["id"]!;
        var source = long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? engine.Sources.ById(number) : null;
        if (source == null) throw new HttpFault(404, 1002, $"there is no log source {id}");
        return ConsoleJson.WriteAsync(call, Shown(SourceHealth.Of(source, engine.Sources, engine.Activity, Now(call))));
    }

    static long Now(HttpCall call) => (call.Web.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;

    public static object Shown(SourceHealth h) => new
    {
        id = h.Source.Id,
        name = h.Source.Name,
        identifier = h.Source.Identifier,
        sourceType = h.Source.Type?.Id ?? SourceType.GenericId,
        type = h.Source.Type?.Name ?? SourceType.GenericName,
        listener = Endpoints.Entrance(h.Source.Listener),
        sender = h.Source.Sender.ToString(),
        firstSeen = h.Source.FirstSeen / 1000,
        last = h.Last / 1000,
        usualGap = h.UsualGap / 1000,
        state = h.State,
        isNew = h.IsNew,
        minutes = h.Minutes,
        lastHour = h.LastHour,
        parsed = h.Parsed,
        parsedShare = h.ParsedShare,
        skew = h.Source.Skew / 1000,
        aql = $"SELECT * FROM events WHERE logsourceid = {h.Source.Id} LAST 1 HOURS",
    };
}
