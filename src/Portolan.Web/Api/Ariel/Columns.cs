using System.Text.Json.Nodes;
using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Web.Server;
using ResultColumn = Portolan.Web.Control.ResultColumn;

namespace Portolan.Web.Api.Ariel;

/// <summary>Columns of a database or a result, with the names of types that QRadar's clients know.</summary>
static class Columns
{
    /// <summary>What a request for columns takes: they are filtered and counted as the objects of a list.</summary>
    public static readonly HttpParameter[] Asked =
    [
        JsonAnswer.Fields, new("filter", ParameterPlace.Query, "Which columns: object_value_type = \"Host\"."), JsonAnswer.Range,
    ];

    /// <summary><c>{"columns":[…]}</c> with those that filter and range leave.</summary>
    public static async Task AnswerAsync(HttpCall call, JsonArray columns)
    {
        var asked = await RequestParameters.ReadAsync(call);
        var wanted = JsonAnswer.Within(call, columns.Where(Filter.Parse(asked["filter"])));
        await JsonAnswer.ObjectAsync(call, asked, new() { ["columns"] = new JsonArray([.. wanted.Select(c => c!.DeepClone())]) });
    }

    public static JsonArray Of(IReadOnlyList<ResultColumn> columns, Database database) =>
        new([.. columns.Select(c => Column(c.Name, TypeOf(c, database), Provider(c.Name), Fields.TryFind(c.Name, out var field) && field.Origin == Origin.Stored))]);

    static string TypeOf(ResultColumn column, Database database) =>
        Fields.TryFind(column.Name, out var field) && field.In.HasFlag(database) && column.Type is AqlType.Long ? TypeOf(field) : column.Type.Shown() switch
        {
            "byte[]" => "ByteArray",
            "NULL" => "String",
            var name => name,
        };

    static string TypeOf(Field field) => field.Kind switch
    {
        FieldKind.Number when field.Name.EndsWith("port", StringComparison.Ordinal) => "Port",
        FieldKind.Number or FieldKind.Time => "Long",
        FieldKind.Flag => "Boolean",
        FieldKind.Address => "Host",
        FieldKind.Mac => "MACAddress",
        FieldKind.Bytes => "ByteArray",
        _ => "String",
    };

    static string Provider(string name) => Fields.TryFind(name, out _) ? "built-in" : "property";

    static JsonObject Column(string name, string type, string provider, bool indexable) => new()
    {
        ["name"] = name,
        ["argument_type"] = type,
        ["object_value_type"] = type,
        ["provider_name"] = provider,
        ["indexable"] = indexable,
        ["nullable"] = type == "String",
    };

    /// <summary>The columns of a database: its fields, then properties.</summary>
    public static JsonArray Of(Database database, IEnumerable<string> properties) =>
        new([.. Fields.All.Where(f => f.In.HasFlag(database)).Select(f => Column(f.Name, TypeOf(f), "built-in", f.Origin == Origin.Stored)),
            .. properties.Select(p => Column(p, "String", "property", true))]);
}
