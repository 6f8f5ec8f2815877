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

    /// <exception cref="AqlException">Syntax: the text does not parse.</exception>
    public static AqlQuery Parse(string text) => new(text, Parser.Query(text));
}
