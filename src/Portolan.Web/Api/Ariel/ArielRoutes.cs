using Portolan.Web.Server;

namespace Portolan.Web.Api.Ariel;

/// <summary>QRadar's API for searches.</summary>
static class ArielRoutes
{
    public static readonly IReadOnlyList<HttpRoute> All = [.. DatabaseRoutes.All, .. SearchRoutes.All, .. ArielSavedSearchRoutes.All];
}
