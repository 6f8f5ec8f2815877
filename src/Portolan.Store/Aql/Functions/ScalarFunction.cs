using Portolan.Model.Joints;
using Portolan.Store.Aql.Executor;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Functions;

/// <summary>A parameter of a function. <see cref="AqlType.Null"/> as type means that any type but bytes will do.</summary>
readonly record struct Parameter(string Name, AqlType Type, bool Optional = false);

/// <summary>What a function knows besides its arguments.</summary>
enum Reach
{
    Arguments,

    /// <summary>Names that may be asked for of what a row holds.</summary>
    Names,

    /// <summary>What other rows told.</summary>
    History,
}

/// <summary>
/// One function of a value. An entry either computes (<see cref="Evaluate"/>: the arguments' values for n rows, already of the parameters'
/// types) or
/// is rewritten when planned (<see cref="Rewrite"/>).
/// </summary>
sealed class ScalarFunction(string name, string doc, AqlType returns, params Parameter[] parameters)
{
    public string Name { get; } = name;
    public string Doc { get; } = doc;
    public Parameter[] Parameters { get; } = parameters;

    /// <summary>The last parameter may be given again and again.</summary>
    public bool Repeats { get; init; }

    public Func<Vector[], int, SearchScope, Vector>? Evaluate { get; init; }

    /// <summary>The expression to use instead of a call. Faults are thrown with the given complaint.</summary>
    public Func<Expr[], Func<int, string, AqlException>, Expr>? Rewrite { get; init; }

    /// <summary>What it tells besides its arguments; a search that may not see all rows is refused what goes too far.</summary>
    public Reach Reach { get; init; }

    /// <summary>Set for a function that gives the name of its one argument.</summary>
    public CatalogKind? Catalog { get; init; }

    public AqlType ReturnType { get; } = returns;

    public AqlType Returns(Expr[] arguments) => ReturnType;

    public string Signature =>
        $"{Name}({string.Concat(Parameters.Select((p, i) => (p.Optional ? "[" : "") + (i > 0 ? ", " : "") + p.Name))}"
        + $"{(Repeats ? ", …" : "")}{new string(']', Parameters.Count(p => p.Optional))})";
}

/// <summary>What functions may use while one search runs: the context, one fixed moment for NOW, and names already looked up.</summary>
sealed class SearchScope(AqlContext context, long now, CancellationToken cancel)
{
    readonly Dictionary<(CatalogKind, long), string?> _names = [];
    readonly Dictionary<int, string?> _networks = [];

    public AqlContext Context { get; } = context;

    /// <summary>Microseconds.</summary>
    public long Now { get; } = now;

    public CancellationToken Cancel { get; } = cancel;

    public string? Name(CatalogKind kind, long id)
    {
        if (!_names.TryGetValue((kind, id), out var name)) _names[(kind, id)] = name = Context.Names.Name(kind, id);
        return name;
    }

    public string? Network(int id)
    {
        if (!_networks.TryGetValue(id, out var name)) _networks[id] = name = Context.Networks.Name(id);
        return name;
    }
}
