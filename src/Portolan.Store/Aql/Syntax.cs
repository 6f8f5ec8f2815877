namespace Portolan.Store.Aql;

/// <summary>The syntax tree: what was written, before names are looked up. <see cref="Depth"/> bounds every recursion over it.</summary>
abstract record Node(TextSpan At, int Depth);

/// <summary>A field, property, or alias; <paramref name="Quoted"/> when in double quotes.</summary>
sealed record NameNode(string Name, bool Quoted, TextSpan At) : Node(At, 1);

sealed record TextNode(string Value, TextSpan At) : Node(At, 1);

/// <param name="Value">A long or a double.</param>
/// <param name="Written">As in the query: what a text compares with.</param>
sealed record NumberNode(object Value, string Written, TextSpan At) : Node(At, 1);

sealed record CallNode(string Name, IReadOnlyList<Node> Arguments, bool Star, TextSpan NameAt, TextSpan At, int Depth) : Node(At, Depth);

/// <summary><c>-</c> or <c>~</c>.</summary>
sealed record UnaryNode(string Operator, Node Operand, TextSpan At, int Depth) : Node(At, Depth);

/// <summary>Arithmetic, bits and comparisons; <paramref name="Operator"/> is the symbol, with == as = and &lt;&gt; as !=.</summary>
sealed record BinaryNode(string Operator, Node Left, Node Right, TextSpan At, int Depth) : Node(At, Depth);

/// <summary>A chain of AND or OR, flat however long.</summary>
sealed record LogicNode(bool And, IReadOnlyList<Node> Terms, TextSpan At, int Depth) : Node(At, Depth);

sealed record NotNode(Node Operand, TextSpan At, int Depth) : Node(At, Depth);

/// <param name="Operator">LIKE, ILIKE, MATCHES or IMATCHES.</param>
sealed record PatternNode(string Operator, bool Not, Node Operand, Node Pattern, TextSpan At, int Depth) : Node(At, Depth);

sealed record InNode(bool Not, Node Operand, IReadOnlyList<Node> List, TextSpan At, int Depth) : Node(At, Depth);

sealed record InQueryNode(bool Not, Node Operand, SelectNode Query, TextSpan At, int Depth) : Node(At, Depth);

sealed record BetweenNode(bool Not, Node Operand, Node Low, Node High, TextSpan At, int Depth) : Node(At, Depth);

sealed record IsNullNode(bool Not, Node Operand, TextSpan At, int Depth) : Node(At, Depth);

sealed record TextSearchNode(string Words, TextSpan At) : Node(At, 1);

/// <param name="Operand">The value compared with each WHEN, or null for the searched form (and for IF).</param>
sealed record CaseNode(Node? Operand, IReadOnlyList<(Node When, Node Then)> Branches, Node? Else, TextSpan At, int Depth) : Node(At, Depth);

/// <summary><c>*</c> in the select list.</summary>
sealed record StarNode(TextSpan At) : Node(At, 1);

sealed record SelectItem(Node Value, string? Alias);

sealed record OrderItem(Node Value, bool Descending);

/// <summary>A moment of the time clause: text, epoch milliseconds or PARSEDATETIME('…').</summary>
sealed record When(string? Text, long? Milliseconds, bool Relative, TextSpan At);

/// <summary>LAST (<paramref name="Span"/>, not null) or START … STOP.</summary>
sealed record TimeClause(TimeSpan? Span, When? Start, When? Stop, TextSpan At);

sealed record SelectNode(
    IReadOnlyList<SelectItem> Items, string Table, TextSpan TableAt, TextSpan? Into, Node? Where, IReadOnlyList<Node> GroupBy, Node? Having,
    IReadOnlyList<OrderItem> OrderBy, long? Limit, TimeClause? Time, IReadOnlyList<(string Name, TextSpan At)> Parameters,
        TextSpan? Session);
