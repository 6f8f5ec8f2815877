using Portolan.Model;
using Portolan.Store.Aql.Plan;
using Portolan.Store.Columns;

namespace Portolan.Store.Aql.Executor;

/// <summary>
/// One block while a search looks at it: columns once read are kept, and an expression over a single dictionary-coded column is worked out
/// once per
/// dictionary entry instead of once per row.
/// </summary>
sealed class BlockReader(IBlock block)
{
    const int MostDistinctNumbers = 4096;

    readonly Dictionary<string, object?> _columns = [];
    readonly Dictionary<string, Entries?> _entries = [];
    readonly Dictionary<Expr, Vector> _results = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<Expr, SortKey?[]> _keys = new(ReferenceEqualityComparer.Instance);

    public IBlock Block { get; } = block;

    public NumberColumn? Numbers(Field f) => (NumberColumn?)Cached(f.Name, () => Block.Numbers(f));

    public AddressColumn? Addresses(Field f) => (AddressColumn?)Cached(f.Name, () => Block.Addresses(f));

    public TextColumn? Texts(Expr column) =>
        (TextColumn?)Cached(column.Key, () => column is FieldExpr f ? Block.Texts(f.Field) : Block.Property(((PropertyExpr)column).Name));

    object? Cached(string key, Func<object?> read)
    {
        if (!_columns.TryGetValue(key, out var column)) _columns[key] = column = read();
        return column;
    }

    /// <summary>The values a column takes, and for each row which of them.</summary>
    public sealed record Entries(Vector Values, int[]? Codes)
    {
        public int Of(int row) => Codes == null ? 0 : Codes[row] < 0 ? Values.Count - 1 : Codes[row];
    }

    /// <summary>The expression's value for each entry of the one column it reads; false when that would cost more than going row by
    /// row.</summary>
    public bool TryByEntry(Expr e, int rows, Evaluator evaluator, out Entries entries)
    {
        entries = null!;
        // Numbers themselves are read as they are: a dictionary of them would have to be made first.
        if (e.IsColumn ? e is FieldExpr { Field.Kind: FieldKind.Number } : e.Columns.Count != 1) return false;
        var column = e.IsColumn ? e : e.Columns[0];
        if (!_entries.TryGetValue(column.Key, out var own)) _entries[column.Key] = own = Load(column);
        if (own == null) return false;
        if (column is FieldExpr { Field.Kind: FieldKind.Number } && own.Codes != null && !IsCostly(e)) return false;
        if (!_results.TryGetValue(e, out var values))
        {
            // The column itself costs nothing.
            if (!e.IsColumn && own.Values.Count > 2L * rows) return false;
            _results[e] = values = evaluator.Evaluate(e, new EntryChunk(own.Values));
        }
        entries = new(values, own.Codes);
        return true;
    }

    /// <summary>Room for the sort keys of an expression's entries: a text is made once for each entry that is met, not once a row.</summary>
    public SortKey?[] SortKeys(Expr e, Entries entries)
    {
        if (!_keys.TryGetValue(e, out var keys)) _keys[e] = keys = new SortKey?[entries.Values.Count];
        return keys;
    }

    // Sums and comparisons of numbers run faster over rows than by way of a dictionary.
    static bool IsCostly(Expr e) => e is CallExpr or CastExpr or LikeExpr or MatchesExpr || e.Children.Any(IsCostly);

    Entries? Load(Expr column)
    {
        switch (column)
        {
            case FieldExpr { Field.Kind: FieldKind.Text } or PropertyExpr:
                var texts = Texts(column);
                return new(texts == null ? new TextVector([null], 1) : Dictionary(texts), texts?.Codes);
            case FieldExpr { Field.Kind: FieldKind.Address } f:
                var addresses = Addresses(f.Field);
                return new(addresses == null ? new AddressVector([default], null, 1)
                    : new AddressVector(addresses.Dictionary, null, addresses.Dictionary.Length), addresses?.Codes);
            case FieldExpr { Field.Kind: FieldKind.Number or FieldKind.Time or FieldKind.Mac or FieldKind.Flag } f:
                var numbers = Numbers(f.Field);
                if (numbers == null) return new(RowChunk.Numbers(f, [0], 1), null);
                return f.Field.Kind == FieldKind.Number ? Distinct(f, numbers.Values) : null;
            default:
                return null;
        }
    }

    static TextVector Dictionary(TextColumn texts)
    {
        // One entry more than the dictionary has: NULL.
        int n = texts.DictionarySize;
        var starts = new int[n + 1];
        var lengths = new int[n + 1];
        for (int i = 0; i < n; i++)
        {
            starts[i] = i == 0 ? 0 : texts.Ends[i - 1];
            lengths[i] = texts.Ends[i] - starts[i];
        }
        lengths[n] = -1;
        return new(texts.Bytes, starts, lengths, n + 1);
    }

    static Entries? Distinct(FieldExpr column, long[] values)
    {
        var seen = new Dictionary<long, int>();
        var codes = new int[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (!seen.TryGetValue(values[i], out codes[i]))
            {
                if (seen.Count == MostDistinctNumbers) return null;
                seen[values[i]] = codes[i] = seen.Count;
            }
        }
        return new(RowChunk.Numbers(column, [.. seen.Keys], seen.Count), codes);
    }
}
