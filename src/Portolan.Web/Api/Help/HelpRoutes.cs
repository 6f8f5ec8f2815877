using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Portolan.Web.Auth;
using Portolan.Web.Server;
using static Portolan.Web.Server.ParameterPlace;

namespace Portolan.Web.Api.Help;

/// <summary>What the API is made of, as QRadar's API tells it: versions, endpoints, the tree of paths; and what this system is. Made from <see cref="Routes.Https"/>.</summary>
static class HelpRoutes
{
    public static readonly IReadOnlyList<HttpRoute> All =
    [
        .. Of("versions", "version_id", "versions of the API", Versions),
        .. Of("endpoints", "endpoint_id", "endpoints of the API", Endpoints),
        .. Of("resources", "resource_id", "paths of the API, a tree", Resources),
        new("GET", "/api/system/about", Permission.ReadEvents, About, "Which version of the product this is.") { Parameters = [JsonAnswer.Fields] },
        .. new[] { "GET", "POST", "DELETE" }.Select(method => new HttpRoute(method, "/api/referencedata/{**rest}", Permission.ReadEvents,
            _ => throw ApiVersions.Gone("/api/referencedata"), "What QRadar called reference data before version 3.0.") { Removed = true }),
    ];

    static HttpRoute[] Of(string name, string id, string what, Func<IEnumerable<JsonObject>> all) =>
    [
        new("GET", $"/api/help/{name}", Permission.ReadEvents, call => JsonAnswer.ListAsync(call, all()), $"The {what}.") { Parameters = JsonAnswer.OfLists },
        new("GET", $"/api/help/{name}/{{{id}}}", Permission.ReadEvents, call => OneAsync(call, id, all()), $"One of the {what}, by its id.")
        {
            Parameters = [new(id, ParameterPlace.Path, "A number from the list.", true), JsonAnswer.Fields],
        },
    ];

    static async Task OneAsync(HttpCall call, string parameter, IEnumerable<JsonObject> all)
    {
        string text = (string)call.Context.GetRouteValue(parameter)!;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id)) throw RequestParameters.Wrong(parameter, "a whole number");
        var one = all.FirstOrDefault(o => (int)o["id"]! == id) ?? throw new HttpFault(StatusCodes.Status404NotFound, 1002, $"there is no {parameter} {id}");
        await JsonAnswer.ObjectAsync(call, await RequestParameters.ReadAsync(call), one);
    }

    static IEnumerable<HttpRoute> Qradars => Routes.Https.Where(r => r.IsQradars && !r.Removed);

    static string PathOf(HttpRoute route) => route.Pattern["/api".Length..];

    /// <summary>Every path that has something below it or answers by itself, in their order: <c>/ariel</c>, <c>/ariel/databases</c>, …</summary>
    static List<string> Paths() =>
        [.. Qradars.Select(PathOf).SelectMany(p => p.Split('/', StringSplitOptions.RemoveEmptyEntries).Select((_, i) => Prefix(p, i + 1))).Distinct().Order(StringComparer.Ordinal)];

    static string Prefix(string path, int parts) => "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Take(parts));

    static string Parent(string path) => path[..path.LastIndexOf('/')];

    static IEnumerable<JsonObject> Versions()
    {
        var paths = Paths();
        int[] roots = [.. paths.Index().Where(p => Parent(p.Item).Length == 0).Select(p => p.Index)];
        return ApiVersions.All.Select((v, id) => new JsonObject
        {
            ["id"] = id,
            ["version"] = v.Name,
            ["deprecated"] = v.Deprecated,
            ["removed"] = v.Removed,
            ["root_resource_ids"] = Ids(v.Removed ? [] : roots),
        });
    }

    static JsonArray Ids(IEnumerable<int> ids) => new([.. ids.Select(i => JsonValue.Create(i))]);

    static IEnumerable<JsonObject> Resources()
    {
        var paths = Paths();
        var routes = Qradars.ToList();
        return paths.Select((path, id) => new JsonObject
        {
            ["id"] = id,
            ["path"] = path,
            ["resource"] = path[(path.LastIndexOf('/') + 1)..],
            ["version"] = ApiVersions.Newest.Name,
            ["parent_id"] = paths.IndexOf(Parent(path)) is >= 0 and var parent ? parent : null,
            ["child_resource_ids"] = Ids(paths.Index().Where(p => Parent(p.Item) == path).Select(p => p.Index)),
            ["endpoint_ids"] = Ids(routes.Index().Where(r => PathOf(r.Item) == path).Select(r => r.Index)),
        });
    }

    static IEnumerable<JsonObject> Endpoints()
    {
        var paths = Paths();
        return Qradars.Select((route, id) => new JsonObject
        {
            ["id"] = id,
            ["http_method"] = route.Method,
            ["path"] = PathOf(route),
            ["version"] = ApiVersions.Newest.Name,
            ["summary"] = route.Summary,
            ["description"] = route.Summary,
            ["deprecated"] = false,
            ["removed"] = false,
            ["hidden"] = false,
            ["resource_id"] = paths.IndexOf(PathOf(route)),
            ["response_mime_types"] = new JsonArray([.. route.ContentTypes.Select(t => JsonValue.Create(t))]),
            ["parameters"] = new JsonArray([.. route.Parameters.Select(p => new JsonObject
            {
                ["parameter_name"] = p.Name,
                ["type"] = p.In.ToString().ToUpperInvariant(),
                ["required"] = p.Required,
                ["description"] = p.Doc,
            })]),
        });
    }

    static async Task About(HttpCall call)
    {
        string version = typeof(HelpRoutes).Assembly.GetName().Version?.ToString(3) ?? "";
        await JsonAnswer.ObjectAsync(call, await RequestParameters.ReadAsync(call), new()
        {
            ["release_name"] = $"Portolan {version}",
            ["external_version"] = version,
            ["build_version"] = version,
            ["fips_enabled"] = false,
        });
    }
}
