using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
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
        new("GET", "/api/system/servers", Permission.ReadHealth, call => JsonAnswer.ListAsync(call, [Server()]), "The servers: this one.") { Parameters = JsonAnswer.OfLists },
        new("GET", "/api/system/servers/{server_id}", Permission.ReadHealth, call => OneAsync(call, "server_id", "server_id", [Server()]), "One server, by its id.")
        {
            Parameters = [new("server_id", ParameterPlace.Path, "A number from the list.", true), JsonAnswer.Fields],
        },
        .. new[] { "GET", "POST", "DELETE" }.Select(method => new HttpRoute(method, "/api/referencedata/{**rest}", Permission.ReadEvents,
            _ => throw ApiVersions.Gone("/api/referencedata"), "What QRadar called reference data before version 3.0.") { Removed = true }),
    ];

    static HttpRoute[] Of(string name, string id, string what, Func<HttpCall, IEnumerable<JsonObject>> all) =>
    [
        new("GET", $"/api/help/{name}", Permission.ReadEvents, call => JsonAnswer.ListAsync(call, all(call)), $"The {what}.") { Parameters = JsonAnswer.OfLists },
        new("GET", $"/api/help/{name}/{{{id}}}", Permission.ReadEvents, call => OneAsync(call, id, "id", all(call)), $"One of the {what}, by its id.")
        {
            Parameters = [new(id, ParameterPlace.Path, "A number from the list.", true), JsonAnswer.Fields],
        },
    ];

    static async Task OneAsync(HttpCall call, string parameter, string field, IEnumerable<JsonObject> all)
    {
        string text = (string)call.Context.GetRouteValue(parameter)!;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id)) throw RequestParameters.Wrong(parameter, "a whole number");
        var one = all.FirstOrDefault(o => (int)o[field]! == id) ?? throw new HttpFault(StatusCodes.Status404NotFound, 1002, $"there is no {parameter} {id}");
        await JsonAnswer.ObjectAsync(call, await RequestParameters.ReadAsync(call), one);
    }

    static List<HttpRoute> Qradars => [.. Routes.Https.Where(r => r.IsQradars && !r.Removed)];

    // Every version has every endpoint, and clients ask for those of theirs. The newest come first, for others take the first that fits.
    static IEnumerable<(ApiVersion Version, int Nth)> Answered => ApiVersions.All.Where(v => !v.Removed).Reverse().Select((v, i) => (v, i));

    static string PathOf(HttpRoute route) => route.Pattern["/api".Length..];

    /// <summary>Every path that has something below it or answers by itself, in their order: <c>/ariel</c>, <c>/ariel/databases</c>, …</summary>
    static List<string> Paths() =>
        [.. Qradars.Select(PathOf).SelectMany(p => p.Split('/', StringSplitOptions.RemoveEmptyEntries).Select((_, i) => Prefix(p, i + 1))).Distinct().Order(StringComparer.Ordinal)];

    static string Prefix(string path, int parts) => "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Take(parts));

    static string Parent(string path) => path[..path.LastIndexOf('/')];

    static IEnumerable<JsonObject> Versions(HttpCall call)
    {
        var paths = Paths();
        int[] roots = [.. paths.Index().Where(p => Parent(p.Item).Length == 0).Select(p => p.Index)];
        var nth = Answered.ToDictionary(v => v.Version, v => v.Nth);
        return ApiVersions.All.Select((v, id) => new JsonObject
        {
            ["id"] = id,
            ["version"] = v.Name,
            ["deprecated"] = v.Deprecated,
            ["removed"] = v.Removed,
            ["root_resource_ids"] = Ids(v.Removed ? [] : roots.Select(r => nth[v] * paths.Count + r)),
        });
    }

    static JsonArray Ids(IEnumerable<int> ids) => new([.. ids.Select(i => JsonValue.Create(i))]);

    static IEnumerable<JsonObject> Resources(HttpCall call)
    {
        var paths = Paths();
        var routes = Qradars;
        var parents = paths.Select(p => paths.IndexOf(Parent(p))).ToList();
        return Answered.SelectMany(v => paths.Select((path, i) => new JsonObject
        {
            ["id"] = v.Nth * paths.Count + i,
            ["path"] = path,
            ["resource"] = path[(path.LastIndexOf('/') + 1)..],
            ["version"] = v.Version.Name,
            ["parent_resource_id"] = parents[i] >= 0 ? v.Nth * paths.Count + parents[i] : null,
            ["child_resource_ids"] = Ids(parents.Index().Where(p => p.Item == i).Select(p => v.Nth * paths.Count + p.Index)),
            ["endpoint_ids"] = Ids(routes.Index().Where(r => PathOf(r.Item) == path).Select(r => v.Nth * routes.Count + r.Index)),
        }));
    }

    static IEnumerable<JsonObject> Endpoints(HttpCall call)
    {
        var paths = Paths();
        var routes = Qradars;
        string oldest = Answered.Last().Version.Name;
        return Answered.SelectMany(v => routes.Select((route, i) => new JsonObject
        {
            ["id"] = v.Nth * routes.Count + i,
            ["http_method"] = route.Method,
            ["path"] = PathOf(route),
            ["version"] = v.Version.Name,
            ["last_modified_version"] = oldest,
            ["summary"] = route.Summary,
            ["description"] = route.Summary,
            ["deprecated"] = v.Version.Deprecated,
            ["removed"] = false,
            ["hidden"] = false,
            ["caller_has_access"] = call.Caller!.May(route.Permission),
            ["resource_id"] = v.Nth * paths.Count + paths.IndexOf(PathOf(route)),
            ["response_description"] = route.Summary,
            ["response_mime_types"] = new JsonArray([.. route.ContentTypes.Select(t => new JsonObject { ["mime_type"] = t, ["media_type"] = t, ["sample"] = null })]),
            ["success_responses"] = new JsonArray(Response(route.Success, "Done.")),
            ["error_responses"] = Refusals(route),
            ["parameters"] = new JsonArray([.. route.Parameters.Select(Parameter)]),
        }));
    }

    static JsonObject Parameter(HttpParameter parameter) => new()
    {
        ["parameter_name"] = parameter.Name,
        ["type"] = parameter.In.ToString().ToUpperInvariant(),
        ["required"] = parameter.Required,
        ["default_value"] = null,
        ["description"] = parameter.Doc,
        ["mime_types"] = new JsonArray(new JsonObject { ["mime_type"] = "text/plain", ["data_type"] = "String", ["sample"] = null }),
    };

    static JsonObject Response(int status, string what) =>
        new() { ["response_code"] = status, ["response_code_description"] = ReasonPhrases.GetReasonPhrase(status), ["description"] = what };

    // What every route of this kind can refuse; docs/api.md has the rest.
    static JsonArray Refusals(HttpRoute route)
    {
        var refusals = new JsonArray();
        if (route.Parameters.Any(p => p.In == ParameterPlace.Path)) Add(404, 1002, "It does not exist.");
        if (route.Parameters.Count > 0) Add(422, 1005, "A parameter is missing or wrong.");
        Add(500, 1020, "An error occurred.");
        return refusals;

        void Add(int status, int code, string what)
        {
            var refusal = Response(status, what);
            refusal["unique_code"] = code;
            refusals.Add(refusal);
        }
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

    // There is one; its number is ours to choose. Its address is the first that others can reach it at.
    static JsonObject Server()
    {
        var address = NetworkInterface.GetAllNetworkInterfaces()
            .Where(n => n.OperationalStatus == OperationalStatus.Up && n.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address)
            .Where(a => !IPAddress.IsLoopback(a) && !a.IsIPv6LinkLocal).OrderBy(a => a.AddressFamily).FirstOrDefault() ?? IPAddress.Loopback;
        return new()
        {
            ["server_id"] = 0,
            ["managed_host_id"] = 0,
            ["hostname"] = Environment.MachineName,
            ["private_ip"] = address.ToString(),
            ["status"] = "ACTIVE",
        };
    }
}
