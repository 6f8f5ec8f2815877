using System.Text;
using Portolan.Model;
using Portolan.Store.Aql.Functions;

namespace Portolan.Store.Aql;

/// <summary>The parts of the reference that derive from the catalogs.</summary>
public static class AqlReference
{
    /// <summary>The tables of functions in Markdown, as docs/aql.md holds them.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder("| function | result | what it gives |\n|---|---|---|\n");
        foreach (var f in FunctionCatalog.Scalars) text.Append($"| `{f.Signature}` | {f.ReturnType.Shown()} | {f.Doc} |\n");
        text.Append("\n| aggregate | what it gives |\n|---|---|\n");
        foreach (var f in FunctionCatalog.AggregateFunctions)
            text.Append($"| `{f.Name}({(f.Star ? "* or " : "")}{f.ArgumentDoc})` | {f.Doc} |\n");
        return text.ToString();
    }

    /// <summary>What a query can name without any data: fields, default properties, functions; with the form to write and the type it gives.</summary>
    public static IEnumerable<(string Name, string Kind, string Written, string Type, string Doc)> Names()
    {
        foreach (var f in Fields.All)
        {
            string kind = f.In == (Database.Events | Database.Flows) ? "field" : f.In == Database.Flows ? "field of flows" : "field of events";
            yield return (f.Name, kind, f.Name, Plan.Names.Of(f).Type.Shown(), f.Doc);
        }
        foreach (string p in DefaultProperties.All)
            yield return (p, "property", Written(p), AqlType.Text.Shown(), "");
        foreach (var f in FunctionCatalog.Scalars) yield return (f.Name, "function", f.Signature, f.ReturnType.Shown(), f.Doc);
        foreach (var f in FunctionCatalog.AggregateFunctions)
            yield return (f.Name, "aggregate", $"{f.Name}({f.ArgumentDoc})", (f.ResultFor(AqlType.Long) ?? AqlType.Double).Shown(), f.Doc);
    }

    /// <summary>The functions, as programs ask for them.</summary>
    public static IEnumerable<FunctionReference> Functions() =>
        FunctionCatalog.Scalars.Select(f => new FunctionReference(f.Name, false, f.Signature, f.Doc, f.ReturnType.Shown(),
            [.. f.Parameters.Select(p => p.Type == AqlType.Null ? "Any" : p.Type.Shown())], f.Parameters.Count(p => !p.Optional), f.Repeats))
        .Concat(FunctionCatalog.AggregateFunctions.Select(f => new FunctionReference(f.Name, true, $"{f.Name}({f.ArgumentDoc})", f.Doc,
            (f.ResultFor(AqlType.Long) ?? AqlType.Double).Shown(), ["Any"], 1, false)));

    /// <summary>A name as a query writes it.</summary>
    public static string Written(string name) => name.All(char.IsAsciiLetterOrDigit) && !char.IsAsciiDigit(name[0]) && !Keywords.Contains(name, StringComparer.OrdinalIgnoreCase)
        ? name
        : $"\"{name.Replace("\"", "\"\"")}\"";

    /// <summary>The operators and what each means; words among them are <see cref="Keywords"/> too.</summary>
    public static readonly IReadOnlyList<(string Written, string Doc)> Operators =
    [
        ("=", "equal"), ("!=", "not equal"), ("<", "less"), ("<=", "less or equal"), (">", "greater"), (">=", "greater or equal"),
        ("IN", "one of a list"), ("BETWEEN", "from one value to another, both within"), ("IS NULL", "absent"), ("IS NOT NULL", "present"),
        ("LIKE", "% any run, _ one character"), ("ILIKE", "LIKE without case"), ("MATCHES", "a regular expression found anywhere"), ("IMATCHES", "MATCHES without case"),
        ("AND", "both"), ("OR", "either"), ("NOT", "the opposite"),
        ("+", "sum"), ("-", "difference"), ("*", "product"), ("/", "quotient; of two whole numbers a whole number"), ("%", "remainder"), ("^", "power"),
        ("&", "bits of both"), ("|", "bits of either"), ("<<", "bits to the left"), (">>", "bits to the right"),
    ];

    /// <summary>The words of the language, in the order in which they come in a query.</summary>
    public static readonly IReadOnlyList<string> Keywords =
    [
        "SELECT", "AS", "FROM", "events", "flows", "WHERE", "AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "ILIKE", "MATCHES", "IMATCHES", "IS", "NULL", "CASE", "WHEN",
        "THEN", "ELSE", "END", "IF", "GROUP", "BY", "HAVING", "ORDER", "ASC", "DESC", "LIMIT", "LAST", "MINUTES", "HOURS", "DAYS", "START", "STOP",
    ];
}

/// <param name="Written">The form to write.</param>
/// <param name="Returns">The type it gives; of an aggregate, over numbers.</param>
/// <param name="Arguments">The types of its arguments; those from <paramref name="Required"/> on may be left out.</param>
/// <param name="Repeats">The last argument may be given again and again.</param>
public sealed record FunctionReference(string Name, bool IsAggregate, string Written, string Doc, string Returns, IReadOnlyList<string> Arguments, int Required, bool Repeats);
