using System.Text.Json;
using Portolan.Store.Aql;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Aql;

/// <summary>What a search can name, for editors that complete it.</summary>
static class AqlRoutes
{
    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/portolan/aql", Permission.ReadEvents, ReferenceAsync, "Fields, properties, functions and words of AQL, with types and descriptions."),
    ];

    /// <summary>
    /// <c>{"names":[{"name":"sourceip","kind":"field","of":"both","written":"sourceip","type":"Host","doc":"…"}],"keywords":["SELECT",…]}</c>; kind is
    /// field, property, function or aggregate, of says which table has a field: events, flows or both.
    /// </summary>
    static async Task ReferenceAsync(HttpCall call)
    {
        call.Response.ContentType = "application/json";
        call.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(call.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("names");
        foreach (var (name, kind, written, type, doc) in AqlReference.Names())
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("kind", kind.StartsWith("field", StringComparison.Ordinal) ? "field" : kind);
            json.WriteString("of", kind switch { "field of events" => "events", "field of flows" => "flows", _ => "both" });
            json.WriteString("written", written);
            json.WriteString("type", type);
            json.WriteString("doc", doc);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("keywords");
        foreach (string word in AqlReference.Keywords) json.WriteStringValue(word);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
