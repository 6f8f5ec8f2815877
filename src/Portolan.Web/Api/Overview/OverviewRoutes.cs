using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Overview;

static class OverviewRoutes
{
    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/portolan/overview", Permission.ReadEvents,
            async call => await ConsoleJson.WriteAsync(call, await call.Engine().Overview.JsonAsync(call.Web.Api, call.Web.Clock, call.Cancel)),
            "Whether all is well: rates, sources, losses, logins, contract violations, disk, journal; each number with the search that gives it."),
    ];
}
