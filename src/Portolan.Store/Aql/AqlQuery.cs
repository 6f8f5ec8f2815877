using Portolan.Model;
using Portolan.Store.Aql.Functions;

namespace Portolan.Store.Aql;

/// <summary>A query that parses. Names are looked up only when it is planned: <see cref="AqlEngine.Run(AqlQuery, SearchOptions?,
/// CancellationToken)"/>.</summary>
public sealed class AqlQuery
{
    AqlQuery(string text, SelectNode syntax)
    {
        Text = text;
        Syntax = syntax;
    }

    public string Text { get; }

    internal SelectNode Syntax { get; }

    /// <summary>True when the text itself says which time is meant, so that a default from elsewhere has no place.</summary>
    public bool HasTimeClause => Syntax.Time != null;

    /// <summary>The name after FROM.</summary>
    public string Table => Syntax.Table;

    /// <summary>What it searches; null when that is neither events nor flows.</summary>
    public Database? Database => Table.ToLowerInvariant() switch { "events" => Model.Database.Events, "flows" => Model.Database.Flows, _ => null };

    /// <summary>True when a row of the answer stands for several rows.</summary>
    public bool IsAggregate => Syntax.GroupBy.Count > 0 || Syntax.Having != null || Syntax.Items.Any(i => HasAggregate(i.Value));

    static bool HasAggregate(Node node) => node switch
    {
        CallNode call => FunctionCatalog.TryFind(call.Name, out AggregateFunction _) || call.Arguments.Any(HasAggregate),
        UnaryNode unary => HasAggregate(unary.Operand),
        BinaryNode binary => HasAggregate(binary.Left) || HasAggregate(binary.Right),
        CaseNode @case => @case.Branches.Any(b => HasAggregate(b.Then)) || @case.Else is { } other && HasAggregate(other),
        _ => false,
    };

    /// <summary>The name after INTO, under which the result shall be found; null when there is none.</summary>
    public string? Into => Syntax.Into is { } into ? Text.Substring(into.Start, into.Length)["INTO".Length..].Trim().Trim('"') : null;

    /// <summary>The text with blanks in the place of INTO and its name: places in it stay what they are.</summary>
    public string TextWithoutInto => Syntax.Into is not { } into ? Text
        : string.Concat(Text.AsSpan(0, into.Start), new string(' ', into.Length), Text.AsSpan(into.End));

    /// <exception cref="AqlException">Syntax: the text does not parse.</exception>
    public static AqlQuery Parse(string text) => new(text, Parser.Query(text));
}
