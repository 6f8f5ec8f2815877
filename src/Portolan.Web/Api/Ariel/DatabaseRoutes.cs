using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;
using static Portolan.Web.Server.ParameterPlace;

namespace Portolan.Web.Api.Ariel;

/// <summary>What a search can name, and whether a text is a search.</summary>
static class DatabaseRoutes
{
    static readonly HttpParameter Database = new("database", Query, "events or flows; they have the same functions.");

    static readonly HttpParameter Text = new("query_expression", Query, "An AQL text.", true);

    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/ariel/databases", Permission.ReadEvents, call => JsonAnswer.NamesAsync(call, ["events", "flows"]), "The names of the databases.")
        {
            Parameters = [JsonAnswer.Range],
        },
        new("GET", "/api/ariel/databases/{database_name}", Permission.ReadEvents, Describe, "The columns of a database with their types.")
        {
            Parameters = [new("database_name", ParameterPlace.Path, "events or flows.", true), .. Columns.Asked],
        },
        new("GET", "/api/ariel/functions", Permission.ReadEvents, call => JsonAnswer.ListAsync(call, Functions(call)), "The functions of AQL.")
        {
            Parameters = [Database, .. JsonAnswer.OfLists],
        },
        new("GET", "/api/ariel/functions/{function_name}", Permission.ReadEvents, Function, "One function of AQL, by its name.")
        {
            Parameters = [new("function_name", ParameterPlace.Path, "Its name.", true), Database, JsonAnswer.Fields],
        },
        new("GET", "/api/ariel/parser_keywords", Permission.ReadEvents, Keywords, "The words of AQL.") { Parameters = [JsonAnswer.Fields] },
        new("POST", "/api/ariel/validators/aql", Permission.ReadEvents, Validate, "Whether an AQL text is a search; nothing is searched.") { Parameters = [Text, JsonAnswer.Fields] },
        new("POST", "/api/ariel/processors/aql_metadata", Permission.ReadEvents, Metadata, "The columns that an AQL text would give; nothing is searched.")
        {
            Parameters = [Text, JsonAnswer.Fields],
        },
    ];

    static Model.Database Named(string name) => name.ToLowerInvariant() switch
    {
        "events" => Model.Database.Events,
        "flows" => Model.Database.Flows,
        _ => throw new HttpFault(StatusCodes.Status404NotFound, 1002, $"the database {name} does not exist", null, "events or flows"),
    };

    static async Task Describe(HttpCall call)
    {
        var database = Named((string)call.Context.GetRouteValue("database_name")!);
        var properties = DefaultProperties.All.Concat(call.Web.Engine?.Properties.Names ?? []).Distinct(StringComparer.OrdinalIgnoreCase).Where(p => !Fields.TryFind(p, out _));
        await Columns.AnswerAsync(call, Columns.Of(database, properties));
    }

    // Both databases have the same; class_name is a matter of QRadar's program.
    static IEnumerable<JsonObject> Functions(HttpCall call)
    {
        if (call.Request.Query["database"].FirstOrDefault() is { Length: > 0 } name) _ = Named(name);
        return AqlReference.Functions().Select(f => new JsonObject
        {
            ["name"] = f.Name,
            ["catalog"] = f.IsAggregate ? "aggregate" : "function",
            ["info"] = $"{f.Written}: {f.Doc}",
            ["args_types"] = new JsonArray([.. f.Arguments.Select(a => JsonValue.Create(a))]),
            ["required_args"] = f.Required,
            ["var_args"] = f.Repeats,
            ["return_type"] = f.Returns,
            ["class_name"] = null,
            ["required_capabilities"] = null,
        });
    }

    static async Task Function(HttpCall call)
    {
        string name = (string)call.Context.GetRouteValue("function_name")!;
        var function = Functions(call).FirstOrDefault(f => name.Equals((string)f["name"]!, StringComparison.OrdinalIgnoreCase))
            ?? throw new HttpFault(StatusCodes.Status404NotFound, 1002, $"the function {name} does not exist", null, "GET /api/ariel/functions lists them");
        await JsonAnswer.ObjectAsync(call, await RequestParameters.ReadAsync(call), function);
    }

    static async Task Keywords(HttpCall call)
    {
        string[] ofConditions = ["AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "ILIKE", "MATCHES", "IMATCHES", "IS", "NULL"];
        await JsonAnswer.ObjectAsync(call, await RequestParameters.ReadAsync(call), new()
        {
            ["keywords"] = new JsonArray([.. AqlReference.Keywords.Select(k => JsonValue.Create(k.ToUpperInvariant()))]),
            ["where_clause_keywords"] = new JsonArray([.. ofConditions.Select(k => JsonValue.Create(k))]),
        });
    }

    static async Task Validate(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        JsonArray? messages = null;
        try
        {
            await using var plan = await PlanAsync(call, asked);
        }
        catch (HttpFault e) when (e.Code == 2000)
        {
            messages = [SearchRoutes.Message("ERROR", e.Message, 2000)];
        }
        await JsonAnswer.ObjectAsync(call, asked, new() { ["error_messages"] = messages });
    }

    static async Task Metadata(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        await using var plan = await PlanAsync(call, asked);
        await JsonAnswer.ObjectAsync(call, asked, new() { ["columns"] = Columns.Of(plan.Columns, plan.Database) });
    }

    // A search is only planned until somebody takes its first row.
    static async Task<ResultSet> PlanAsync(HttpCall call, RequestParameters asked)
    {
        string text = asked.Required("query_expression");
        try
        {
            return await call.Api.SearchAsync(AqlQuery.Parse(text).TextWithoutInto, default, call.Cancel);
        }
        catch (AqlException e)
        {
            throw new HttpFault(StatusCodes.Status422UnprocessableEntity, 2000, e.Message, null, "docs/aql.md");
        }
        catch (ApiException e) when (e.Kind is FaultKind.Syntax or FaultKind.Unanswerable)
        {
            throw SearchRoutes.Refused(e);
        }
    }
}
