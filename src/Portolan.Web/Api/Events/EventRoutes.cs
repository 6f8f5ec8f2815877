using System.Text;
using Portolan.Model;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Events;

static class EventRoutes
{
    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/portolan/events/{eventid}", Permission.ReadEvents, OneAsync,
            "Everything about one event: fields, properties, raw bytes, how they were read, who, what and may then and now."),
    ];

    static async Task OneAsync(HttpCall call)
    {
        string name = (string)call.Request.RouteValues["eventid"]!;
        if (!EventId.TryParse(name, out var id)) throw new HttpFault(404, 1002, $"{name} is no event id", "it reads host-epoch-sequence-index");
        bool whole = call.Caller!.Scope == null;
        var found = whole || await IsSeen(call, id) ? call.Engine().Events.Find(id, whole) : null;
        if (found == null) throw new HttpFault(404, 1002, $"there is no event {name}", "it was never stored, or its time to be kept is over");
        await ConsoleJson.WriteAsync(call, Encoding.UTF8.GetBytes(found.ToJsonString()));
    }

    // The search has the caller's scope.
    static async Task<bool> IsSeen(HttpCall call, EventId id)
    {
        string aql = $"SELECT eventid FROM events WHERE hostid = {id.Host} AND epoch = {id.Epoch} AND sequence = {id.Sequence} AND recordindex = {id.Index}";
        await using var result = await call.Api.SearchAsync(aql, new(0, null), call.Cancel);
        await foreach (var _ in result.Rows.WithCancellation(call.Cancel)) return true;
        return false;
    }
}
