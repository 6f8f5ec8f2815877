using System.Text.Json;
using System.Text.Json.Nodes;
using Portolan.Web.Server;

namespace Portolan.Web.Api;

/// <summary>Answers in JSON, as QRadar's clients expect them.</summary>
static class JsonAnswer
{
    /// <summary>An object, or of it what parameter or header <c>fields</c> asks for.</summary>
    public static Task ObjectAsync(HttpCall call, RequestParameters asked, JsonObject value, int status = 200) =>
        WriteAsync(call, FieldSelection.Parse(asked["fields"]) is { } selection ? selection.Of(value)! : value, status);

    /// <summary>A list, of it what header <c>Range</c> asks for.</summary>
    public static Task NamesAsync(HttpCall call, IReadOnlyCollection<string> names)
    {
        var range = ItemRange.Of(call.Request);
        range.Write(call.Response, names.Count);
        return WriteAsync(call, new JsonArray([.. names.Where((_, i) => i >= range.From && i < range.To).Select(n => JsonValue.Create(n))]));
    }

    static async Task WriteAsync(HttpCall call, JsonNode value, int status = 200)
    {
        call.Response.StatusCode = status;
        call.Response.ContentType = "application/json";
        call.Response.Headers.CacheControl = "no-store";
        await using (var json = new Utf8JsonWriter(call.Response.BodyWriter)) value.WriteTo(json);
        await call.Response.BodyWriter.FlushAsync(call.Cancel);
    }
}
