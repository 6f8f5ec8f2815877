using System.Text;
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
}
