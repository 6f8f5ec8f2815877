using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Portolan.Web.Server;

namespace Portolan.Web.Api;

/// <summary>
/// Which fields of an object a client wants: <c>fields=id,rules(id,type)</c>. A name that the object does not have is passed over, for versions differ.
/// </summary>
sealed class FieldSelection
{
    readonly Dictionary<string, FieldSelection?> _wanted = new(StringComparer.Ordinal);

    /// <summary>Null, for all, when nothing is asked for.</summary>
    /// <exception cref="HttpFault">422: brackets that do not match, a name that is missing.</exception>
    public static FieldSelection? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        int at = 0;
        var selection = List(text, ref at, 0);
        return at == text.Length ? selection : throw Wrong(text);
    }

    static FieldSelection List(string text, ref int at, int depth)
    {
        if (depth > 8) throw Wrong(text);
        var selection = new FieldSelection();
        while (true)
        {
            int end = text.AsSpan(at).IndexOfAny(",()");
            end = end < 0 ? text.Length : at + end;
            string name = text[at..end].Trim();
            if (name.Length == 0) throw Wrong(text);
            at = end;
            FieldSelection? within = null;
            if (at < text.Length && text[at] == '(')
            {
                at++;
                within = List(text, ref at, depth + 1);
                if (at == text.Length || text[at] != ')') throw Wrong(text);
                at++;
                while (at < text.Length && text[at] == ' ') at++;
            }
            selection._wanted[name] = within;
            if (at == text.Length || text[at] != ',') return selection;
            at++;
        }
    }

    static HttpFault Wrong(string text) => new(StatusCodes.Status422UnprocessableEntity, 1005, "the parameter fields is wrong", text, "fields=id,rules(id,type)");

    /// <summary>The wanted part of a value; lists give the part of each of their objects.</summary>
    public JsonNode? Of(JsonNode? value)
    {
        switch (value)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(Of)]);
            case JsonObject whole:
                var part = new JsonObject();
                foreach (var (name, field) in whole)
                {
                    if (_wanted.TryGetValue(name, out var within)) part[name] = within == null ? field?.DeepClone() : within.Of(field);
                }
                return part;
            default:
                return value?.DeepClone();
        }
    }
}
