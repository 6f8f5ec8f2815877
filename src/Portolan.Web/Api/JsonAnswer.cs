using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Portolan.Web.Server;
using static Portolan.Web.Server.ParameterPlace;

namespace Portolan.Web.Api;

/// <summary>Answers in JSON, as QRadar's clients expect them.</summary>
static class JsonAnswer
{
    public static readonly HttpParameter Fields = new("fields", Query, "Fields of the answer, sub-fields in brackets; all when left out.");

    public static readonly HttpParameter Range = new("Range", Header, "items=0-49: the first 50; the answer's Content-Range ends with the number of all.");

    /// <summary>What every list takes.</summary>
    public static readonly HttpParameter[] OfLists =
    [
        Fields,
        new("filter", Query, "Which objects: status=\"OPEN\" and id in (1, 2)."),
        new("sort", Query, "Fields to order by, +id or -id, with commas between."),
        Range,
    ];

    /// <summary>An object, or of it what parameter or header <c>fields</c> asks for.</summary>
    public static Task ObjectAsync(HttpCall call, RequestParameters asked, JsonObject value, int status = 200) =>
        WriteAsync(call, FieldSelection.Parse(asked["fields"]) is { } selection ? selection.Of(value)! : value, status);

    /// <summary>A list of names, of it what header <c>Range</c> asks for.</summary>
    public static Task NamesAsync(HttpCall call, IReadOnlyCollection<string> names)
    {
        return WriteAsync(call, new JsonArray([.. Within(call, names).Select(n => JsonValue.Create(n))]));
    }

    /// <summary>A list of objects: those that <c>filter</c> leaves, as <c>sort</c> orders them, of these what <c>Range</c> asks for, of each <c>fields</c>.</summary>
    public static async Task ListAsync(HttpCall call, IEnumerable<JsonObject> all)
    {
        var asked = await RequestParameters.ReadAsync(call);
        var selection = FieldSelection.Parse(asked["fields"]);
        var found = Within(call, Sorted(all.Where<JsonNode>(Filter.Parse(asked["filter"])), asked["sort"]));
        await WriteAsync(call, new JsonArray([.. found.Select(o => selection?.Of(o) ?? o.DeepClone())]));
    }

    /// <summary>Of all items those that the header Range asks for; the answer says how many there are.</summary>
    public static List<T> Within<T>(HttpCall call, IEnumerable<T> all)
    {
        var range = ItemRange.Of(call.Request);
        var items = all.ToList();
        range.Write(call.Response, items.Count);
        return [.. items.Where((_, i) => i >= range.From && i < range.To)];
    }

    static IEnumerable<JsonNode> Sorted(IEnumerable<JsonNode> objects, string? sort)
    {
        if (sort == null) return objects;
        IOrderedEnumerable<JsonNode>? sorted = null;
        foreach (string part in sort.Split(','))
        {
            // A plus that was not encoded arrives as a blank.
            string name = part.TrimStart('+', '-', ' ').TrimEnd();
            bool down = part.TrimStart().StartsWith('-');
            if (name.Length == 0) throw BadSort("a field was expected");
            Func<JsonNode, JsonNode?> key = o => o.AsObject().TryGetPropertyValue(name, out var value) ? value : throw BadSort($"there is no field {name}");
            var order = Comparer<JsonNode?>.Create((a, b) => down ? Filter.Order(b, a) : Filter.Order(a, b));
            sorted = sorted == null ? objects.OrderBy(key, order) : sorted.ThenBy(key, order);
        }
        return sorted!;
    }

    static HttpFault BadSort(string why) => new(StatusCodes.Status422UnprocessableEntity, 1030, "the parameter sort is wrong", why, "sort=+id or sort=-id");

    static async Task WriteAsync(HttpCall call, JsonNode value, int status = 200)
    {
        call.Response.StatusCode = status;
        call.Response.ContentType = "application/json";
        call.Response.Headers.CacheControl = "no-store";
        await using (var json = new Utf8JsonWriter(call.Response.BodyWriter)) value.WriteTo(json);
        await call.Response.BodyWriter.FlushAsync(call.Cancel);
    }
}
