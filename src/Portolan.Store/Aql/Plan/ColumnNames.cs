using System.Text;

namespace Portolan.Store.Aql.Plan;

/// <summary>
/// Names of result columns without an alias: a column as written; a function in lower case with the words of its arguments, joined by _; an
/// aggregate
/// in upper case, COUNT(*) as COUNT; anything else the words of its text.
/// </summary>
static class ColumnNames
{
    public static string Of(Node node, string text) => node switch
    {
        NameNode n => n.Name,
        TextNode t => t.Value,
        NumberNode n => n.Written,
        CallNode { Star: true } c => c.Name.ToUpperInvariant(),
        CallNode c => string.Join('_',
            new[] { Functions.FunctionCatalog.TryFind(c.Name, out Functions.AggregateFunction _) ? c.Name.ToUpperInvariant()
                : Words(c.Name.ToLowerInvariant()) }
            .Concat(c.Arguments.Select(a => a is CallNode or NameNode { Quoted: false } ? Of(a, text) : Words(Of(a, text))))
                .Where(w => w.Length > 0)),
        _ => Words(text.AsSpan(node.At.Start, node.At.Length)),
    };

    static string Words(ReadOnlySpan<char> text)
    {
        var words = new StringBuilder();
        bool within = false;
        foreach (char c in text)
        {
            if (char.IsLetterOrDigit(c))
            {
                if (!within && words.Length > 0) words.Append('_');
                words.Append(c);
                within = true;
            }
            else within = false;
        }
        return words.ToString();
    }
}
