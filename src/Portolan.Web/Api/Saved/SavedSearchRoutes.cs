using System.Globalization;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Saved;

/// <summary>Searches that people keep: their own, and those that others share.</summary>
static class SavedSearchRoutes
{
    const string Path = "/api/portolan/saved-searches";

    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", Path, Permission.ReadEvents, call => ConsoleJson.WriteAsync(call, new { searches = Table(call).SeenBy(call.Caller!).Select(k => Shown(k, call.Caller!)) }),
            "The caller's saved searches and those that others share."),
        new("POST", Path, Permission.ReadEvents, AddAsync, "Saves a search: name, aql, description, shared."),
        new("GET", Path + "/{id}", Permission.ReadEvents, call => ConsoleJson.WriteAsync(call, Shown(Table(call).Find(Id(call), call.Caller!) ?? throw None(call), call.Caller!)), "One saved search."),
        new("PUT", Path + "/{id}", Permission.ReadEvents, ChangeAsync, "Replaces a saved search of the caller."),
        new("DELETE", Path + "/{id}", Permission.ReadEvents, RemoveAsync, "Removes a saved search of the caller."),
    ];

    sealed record Given(string? Name, string? Description, bool? Shared, string? Aql);

    static KeptTable Table(HttpCall call) => call.Engine().SavedSearches;

    public static long Id(HttpCall call) =>
        long.TryParse((string)call.Request.RouteValues["id"]!, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : throw None(call);

    static HttpFault None(HttpCall call) => new(404, 1002, $"there is no saved search {call.Request.RouteValues["id"]}");

    static async Task AddAsync(HttpCall call)
    {
        var kept = Table(call).Add(await ReadAsync(call), call.Caller!);
        KeptTable.Say(call, "saved-added", kept.Name);
        await ConsoleJson.WriteAsync(call, Shown(kept, call.Caller!), 201);
    }

    static async Task ChangeAsync(HttpCall call)
    {
        var kept = Table(call).Change(Id(call), await ReadAsync(call), call.Caller!) ?? throw None(call);
        KeptTable.Say(call, "saved-changed", kept.Name);
        await ConsoleJson.WriteAsync(call, Shown(kept, call.Caller!));
    }

    static Task RemoveAsync(HttpCall call)
    {
        if (!Table(call).Remove(Id(call), call.Caller!)) throw None(call);
        KeptTable.Say(call, "saved-removed", (string)call.Request.RouteValues["id"]!);
        call.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    // What does not parse, or names what there is not, is not kept.
    static async Task<Keep> ReadAsync(HttpCall call)
    {
        var given = await ConsoleJson.ReadAsync<Given>(call);
        string aql = given.Aql?.Trim() ?? "";
        await using (await call.Api.ExplainAsync(aql, default, call.Cancel))
        {
        }
        return new(given.Name?.Trim() ?? "", given.Description, given.Shared ?? false, aql);
    }

    static object Shown(Kept k, Caller caller) => new
    {
        id = k.Id,
        name = k.Name,
        description = k.Description,
        owner = k.Owner,
        mine = k.Owner == caller.Name,
        shared = k.Shared,
        aql = k.Text,
        created = k.Created / 1000,
        changed = k.Changed / 1000,
    };
}
