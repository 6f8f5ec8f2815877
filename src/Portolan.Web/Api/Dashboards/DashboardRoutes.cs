using System.Globalization;
using System.Text.Json;
using Portolan.Web.Api.Saved;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Dashboards;

/// <summary>Dashboards: those of the content folders, by name and never changed here, and those that people keep, by number.</summary>
static class DashboardRoutes
{
    const string Path = "/api/portolan/dashboards";
    const int MostPanels = 48;

    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", Path, Permission.ReadEvents, ListAsync, "The shipped dashboards, the caller's own and those that others share."),
        new("POST", Path, Permission.ReadEvents, AddAsync, "Keeps a dashboard: name, description, shared, panels (title, chart, aql, width)."),
        new("GET", Path + "/{id}", Permission.ReadEvents, OneAsync, "One dashboard."),
        new("PUT", Path + "/{id}", Permission.ReadEvents, ChangeAsync, "Replaces a dashboard of the caller."),
        new("DELETE", Path + "/{id}", Permission.ReadEvents, RemoveAsync, "Removes a dashboard of the caller."),
    ];

    sealed record Given(string? Name, string? Description, bool? Shared, IReadOnlyList<GivenPanel>? Panels);

    sealed record GivenPanel(string? Title, string? Chart, string? Aql, int? Width);

    static Task ListAsync(HttpCall call) => ConsoleJson.WriteAsync(call, new
    {
        dashboards = call.Engine().ShippedDashboards.Select(Shown).Concat(call.Engine().Dashboards.SeenBy(call.Caller!).Select(k => Shown(k, call.Caller!))),
    });

    static Task OneAsync(HttpCall call)
    {
        string id = (string)call.Request.RouteValues["id"]!;
        if (call.Engine().ShippedDashboards.FirstOrDefault(d => d.Id == id) is { } shipped) return ConsoleJson.WriteAsync(call, Shown(shipped));
        return ConsoleJson.WriteAsync(call, Shown(call.Engine().Dashboards.Find(Id(call), call.Caller!) ?? throw None(call), call.Caller!));
    }

    static HttpFault None(HttpCall call) => new(404, 1002, $"there is no dashboard {call.Request.RouteValues["id"]}");

    // Shipped ones have names: they cannot be named where something is changed.
    static long Id(HttpCall call) => long.TryParse((string)call.Request.RouteValues["id"]!, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : throw None(call);

    static async Task AddAsync(HttpCall call)
    {
        var kept = call.Engine().Dashboards.Add(await ReadAsync(call), call.Caller!);
        KeptTable.Say(call, "saved-added", kept.Name);
        await ConsoleJson.WriteAsync(call, Shown(kept, call.Caller!), 201);
    }

    static async Task ChangeAsync(HttpCall call)
    {
        var kept = call.Engine().Dashboards.Change(Id(call), await ReadAsync(call), call.Caller!) ?? throw None(call);
        KeptTable.Say(call, "saved-changed", kept.Name);
        await ConsoleJson.WriteAsync(call, Shown(kept, call.Caller!));
    }

    static Task RemoveAsync(HttpCall call)
    {
        if (!call.Engine().Dashboards.Remove(Id(call), call.Caller!)) throw None(call);
        KeptTable.Say(call, "saved-removed", (string)call.Request.RouteValues["id"]!);
        call.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    static async Task<Keep> ReadAsync(HttpCall call)
    {
        var given = await ConsoleJson.ReadAsync<Given>(call);
        if (given.Panels is not { Count: > 0 and <= MostPanels } panels) throw new ApiException(FaultKind.Syntax, "a dashboard has panels", $"1 to {MostPanels}");
        var kept = new List<Panel>();
        foreach (var p in panels)
        {
            if (!Panel.Charts.Contains(p.Chart)) throw new ApiException(FaultKind.Syntax, "a panel has a chart", $"one of {string.Join(", ", Panel.Charts)}");
            string aql = p.Aql?.Trim() ?? "";
            await using (await call.Api.ExplainAsync(aql, default, call.Cancel))
            {
            }
            kept.Add(new(p.Title?.Trim() ?? "", p.Chart!, aql, Math.Clamp(p.Width ?? 6, 1, 12)));
        }
        return new(given.Name?.Trim() ?? "", given.Description, given.Shared ?? false, JsonSerializer.Serialize(kept, JsonSerializerOptions.Web));
    }

    static object Shown(ShippedDashboard d) => new
    {
        id = d.Id,
        name = d.Name.En,
        names = d.Name,
        description = d.Description?.En,
        descriptions = d.Description,
        shipped = true,
        mine = false,
        shared = true,
        panels = d.Panels,
    };

    static object Shown(Kept k, Caller caller) => new
    {
        id = k.Id.ToString(CultureInfo.InvariantCulture),
        name = k.Name,
        description = k.Description,
        owner = k.Owner,
        shipped = false,
        mine = k.Owner == caller.Name,
        shared = k.Shared,
        panels = JsonSerializer.Deserialize<List<Panel>>(k.Text, JsonSerializerOptions.Web),
        created = k.Created / 1000,
        changed = k.Changed / 1000,
    };
}
