using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Overview;

static class OverviewRoutes
{
    // Made once for all who look, so for nobody who may see some of it only.
    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/portolan/overview", Permission.ReadHealth,
            async call => await ConsoleJson.WriteAsync(call, await call.Engine().Overview.JsonAsync(call.Web.ApiFor(Caller.Server), call.Web.Clock, call.Cancel)),
            "Whether all is well: rates, sources, losses, logins, contract violations, disk, journal; each number with the search that gives it."),
    ];
}
