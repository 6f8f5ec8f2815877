using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Aql;

/// <summary>What a search can name, for editors that complete it.</summary>
static class AqlRoutes
{
    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/portolan/aql", Permission.ReadEvents, ReferenceAsync,
            "What an AQL text can name: tables, fields, properties and functions with types and descriptions, keywords, operators, log source types."),
    ];

    /// <summary>
    /// <c>names</c>: name, kind (field, property, function or aggregate), of (which table has a field: events, flows or both), written, type, doc, aliases
    /// (of fields, elsewhere); <c>keywords</c>; <c>operators</c>: name, doc; <c>tables</c>: name, doc; <c>sourceTypes</c>: id (devicetype), key, name; <c>zone</c>: of times in a text that name none.
    /// </summary>
    static Task ReferenceAsync(HttpCall call)
    {
        var types = call.Web.Engine?.Types.All ?? [];
        var declared = (call.Web.Engine?.Properties.Names ?? []).Except(DefaultProperties.All, StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase);
        return ConsoleJson.WriteCachedAsync(call, ConsoleJson.Bytes(new
        {
            names = AqlReference.Names().Concat(declared.Select(p => (p, "property", AqlReference.Written(p), AqlType.Text.Shown(), ""))).Select(Word),
            keywords = AqlReference.Keywords,
            operators = AqlReference.Operators.Select(o => new { name = o.Written, doc = o.Doc }),
            tables = new[] { new { name = "events", doc = "What devices said, a row an event." }, new { name = "flows", doc = "Who talked to whom, a row a flow." } },
            zone = call.Web.Engine?.Context.Zone.Id,
            sourceTypes = types.Select(t => new { id = t.DeviceType, key = t.Id, name = t.Name }),
        }));
    }

    static object Word((string Name, string Kind, string Written, string Type, string Doc) n) => new
    {
        name = n.Name,
        kind = n.Kind.Split(' ')[0],
        of = n.Kind switch { "field of events" => "events", "field of flows" => "flows", _ => "both" },
        written = n.Written,
        type = n.Type,
        doc = n.Doc,
        aliases = n.Kind.StartsWith("field", StringComparison.Ordinal) && Fields.TryFind(n.Name, out var field) && field.Aliases.Length > 0 ? field.Aliases : null,
    };
}
