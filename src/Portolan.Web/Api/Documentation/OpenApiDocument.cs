using System.Text.Json.Nodes;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Documentation;

/// <summary>The web server's routes as an OpenAPI 3.0.3 document.</summary>
static class OpenApiDocument
{
    public static JsonObject Of(IEnumerable<HttpRoute> routes)
    {
        var paths = new JsonObject();
        foreach (var group in routes.Where(r => !r.Removed).GroupBy(r => r.Pattern))
            paths[group.Key] = new JsonObject(group.Select(r => KeyValuePair.Create(r.Method.ToLowerInvariant(), (JsonNode?)Operation(r))));
        return new()
        {
            ["openapi"] = "3.0.3",
            ["info"] = new JsonObject
            {
                ["title"] = "Portolan",
                ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version?.ToString(3),
                ["description"] = "Below /api/portolan is our own API, below /api what QRadar's clients ask for.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }, new JsonObject { ["basic"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = "SEC" },
                    ["basic"] = new JsonObject { ["type"] = "http", ["scheme"] = "basic" },
                },
                ["schemas"] = new JsonObject { ["error"] = Error() },
            },
        };
    }

    static JsonObject Operation(HttpRoute route)
    {
        var operation = new JsonObject
        {
            ["summary"] = route.Summary,
            ["operationId"] = route.Method.ToLowerInvariant() + string.Concat(route.Pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Word)),
            ["tags"] = new JsonArray(Area(route)),
        };
        if (route.Permission == Permission.Anyone) operation["security"] = new JsonArray();
        else operation["description"] = $"Permission: {route.Permission}.";
        var parameters = route.Parameters.Where(p => p.In != ParameterPlace.Body).Select(Parameter)
            .Concat(InPath(route).Where(name => route.Parameters.All(p => p.Name != name)).Select(name => Parameter(new(name, ParameterPlace.Path, name, true)))).ToArray<JsonNode>();
        if (parameters.Length > 0) operation["parameters"] = new JsonArray(parameters);
        if (route.Parameters.Where(p => p.In == ParameterPlace.Body).ToList() is { Count: > 0 } body) operation["requestBody"] = Body(body);
        operation["responses"] = new JsonObject
        {
            ["2XX"] = new JsonObject { ["description"] = "Done.", ["content"] = new JsonObject(route.ContentTypes.Select(t => KeyValuePair.Create(t, (JsonNode?)new JsonObject()))) },
            ["default"] = new JsonObject
            {
                ["description"] = "Refused.",
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/error" } } },
            },
        };
        return operation;
    }

    /// <summary>The first word of a path below <c>/api</c>.</summary>
    public static string Area(HttpRoute route) => route.Pattern.Split('/', StringSplitOptions.RemoveEmptyEntries) is ["api", var area, ..] ? area : "documentation";

    static string Word(string part) => string.Concat(part.Split(['{', '}', '_', '-', '.', '*'], StringSplitOptions.RemoveEmptyEntries).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));

    static IEnumerable<string> InPath(HttpRoute route) => route.Pattern.Split('/').Where(p => p.StartsWith('{')).Select(p => p.Trim('{', '}', '*'));

    static JsonNode Parameter(HttpParameter parameter) => new JsonObject
    {
        ["name"] = parameter.Name,
        ["in"] = parameter.In.ToString().ToLowerInvariant(),
        ["description"] = parameter.Doc,
        ["required"] = parameter.Required,
        ["schema"] = new JsonObject { ["type"] = "string" },
    };

    static JsonObject Body(List<HttpParameter> fields) => fields is [{ Name: HttpParameter.WholeBody } whole] ? new()
    {
        ["description"] = whole.Doc,
        ["required"] = whole.Required,
        ["content"] = new JsonObject { ["text/plain"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } } },
    }
    : new()
    {
        ["content"] = new JsonObject
        {
            ["application/json"] = new JsonObject
            {
                ["schema"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)new JsonObject { ["description"] = f.Doc }))),
                },
            },
        },
    };

    static JsonObject Error()
    {
        static JsonObject Type(string name) => new() { ["type"] = name };
        return new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["http_response"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["code"] = Type("integer"), ["message"] = Type("string") } },
                ["code"] = Type("integer"),
                ["message"] = Type("string"),
                ["description"] = Type("string"),
                ["details"] = Type("object"),
            },
        };
    }
}
