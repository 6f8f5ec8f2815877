using Portolan.Model;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Executor;

/// <summary>A search with groups or aggregates: hash aggregation, then HAVING, ORDER BY and LIMIT over the groups. Ties go by the groups'
/// keys.</summary>
sealed class GroupSearch
{
    readonly QueryPlan _plan;
    readonly Evaluator _evaluator;
    readonly MemoryMeter _memory;
    readonly Interner[] _keys;
    readonly Dictionary<ulong, int>[] _pairs;
    readonly AggregateState[] _states;
    readonly List<int[]> _groups = [];
    BlockReader? _reader;
    readonly Dictionary<Interner, int[]> _numbers = [];

    GroupSearch(QueryPlan plan, Evaluator evaluator, MemoryMeter memory)
    {
        (_plan, _evaluator, _memory) = (plan, evaluator, memory);
        _keys = [.. plan.Keys.Select(_ => new Interner())];
        _pairs = [.. plan.Keys.Skip(1).Select(_ => new Dictionary<ulong, int>())];
        _states = [.. plan.Aggregates.Select(a => a.Function.Begin(a.Argument?.Type ?? AqlType.Long))];
        if (_keys.Length == 0) Open([]);
    }

    /// <summary>Aggregates all blocks on so many threads and gives the groups' rows.</summary>
    public static IEnumerable<object?[]> Rows(QueryPlan plan, Scan scan, Func<Evaluator> evaluators, MemoryMeter memory, int threads)
    {
        int next = -1;
        GroupSearch Work()
        {
            var evaluator = evaluators();
            var groups = new GroupSearch(plan, evaluator, memory);
            for (int b; (b = Interlocked.Increment(ref next)) < scan.Blocks.Length;)
                foreach (var chunk in scan.Rows(b, evaluator)) groups.Add(chunk);
            return groups;
        }
        threads = Math.Clamp(threads, 1, Math.Max(1, scan.Blocks.Length));
        var others = Enumerable.Range(1, threads - 1).Select(_ => Task.Factory.StartNew(Work, TaskCreationOptions.LongRunning)).ToArray();
        GroupSearch all;
        try
        {
            all = Work();
        }
        finally
        {
            // Nobody reads the blocks any more when the caller lets them go, whatever happened here.
            Task.WaitAny(Task.WhenAll(others));
        }
        foreach (var other in others) all.Merge(other.GetAwaiter().GetResult());
        return all.Rows();
    }

    void Add(RowChunk chunk)
    {
        var group = Number(chunk);
        foreach (var state in _states) state.Grow(_groups.Count, _memory);
        var order = _plan.Aggregates.Any(a => a.Function.Ordered) ? chunk.Orders() : null;
        for (int i = 0; i < _states.Length; i++)
        {
            var argument = _plan.Aggregates[i].Argument;
            if (_states[i] is UniqueState unique)
            {
                unique.Add(group, Number(chunk, argument!, unique.Values), _memory);
                continue;
            }
            _states[i].Add(group, chunk.Count, argument == null ? null : _evaluator.Evaluate(argument, chunk), order, _memory);
        }
    }

    /// <summary>Adds what another search over other rows has gathered for the same plan.</summary>
    void Merge(GroupSearch other)
    {
        var group = new int[other._groups.Count];
        for (int g = 0; g < group.Length; g++)
        {
            var values = new int[_keys.Length];
            for (int k = 0; k < values.Length; k++) values[k] = _keys[k].Number(other._keys[k].Keys[other._groups[g][k]], _memory);
            group[g] = Find(values);
        }
        for (int i = 0; i < _states.Length; i++)
        {
            _states[i].Grow(_groups.Count, _memory);
            other._states[i].Grow(group.Length, _memory);
            _states[i].Merge(other._states[i], group, _memory);
        }
    }

    int[] Number(RowChunk chunk)
    {
        var group = new int[chunk.Count];
        if (_keys.Length == 0) return group;
        var byKey = new int[_keys.Length][];
        for (int k = 0; k < byKey.Length; k++) byKey[k] = Number(chunk, _plan.Keys[k], _keys[k]);
        var values = new int[_keys.Length];
        for (int i = 0; i < group.Length; i++)
        {
            for (int k = 0; k < values.Length; k++) values[k] = byKey[k][i];
            group[i] = Find(values);
        }
        return group;
    }

    // The number of the value for each row; for a dictionary's entries once a block.
    int[] Number(RowChunk chunk, Expr value, Interner interner)
    {
        if (_reader != chunk.Reader)
        {
            _reader = chunk.Reader;
            _numbers.Clear();
        }
        var numbers = new int[chunk.Count];
        if (chunk.Reader.TryByEntry(value, chunk.Count, _evaluator, out var entries))
        {
            if (!_numbers.TryGetValue(interner, out var known))
            {
                _numbers[interner] = known = new int[entries.Values.Count];
                Array.Fill(known, -1);
            }
            for (int i = 0; i < numbers.Length; i++)
            {
                int entry = entries.Of(chunk.Rows[i]);
                if (known[entry] < 0) known[entry] = interner.Number(entries.Values, entry, _memory);
                numbers[i] = known[entry];
            }
            return numbers;
        }
        var values = _evaluator.Evaluate(value, chunk);
        for (int i = 0; i < numbers.Length; i++) numbers[i] = interner.Number(values, i, _memory);
        return numbers;
    }

    /// <summary>The group of key numbers: pairs are numbered from the left, so that any count of keys needs only tables of pairs.</summary>
    int Find(int[] values)
    {
        if (values.Length == 0) return 0;
        if (values.Length == 1)
        {
            if (values[0] == _groups.Count) Open([values[0]]);
            return values[0];
        }
        int at = values[0];
        for (int k = 1; k < values.Length; k++)
        {
            var pairs = _pairs[k - 1];
            ulong pair = (ulong)(uint)at << 32 | (uint)values[k];
            if (!pairs.TryGetValue(pair, out at))
            {
                pairs[pair] = at = pairs.Count;
                _memory.Take(32);
                if (k == values.Length - 1) Open([.. values]);
            }
        }
        return at;
    }

    void Open(int[] values)
    {
        _groups.Add(values);
        _memory.Take(48 + 4 * values.Length);
    }

    IEnumerable<object?[]> Rows()
    {
        int n = _groups.Count;
        foreach (var state in _states) state.Grow(n, _memory);
        var keys = new Vector[_keys.Length];
        for (int k = 0; k < keys.Length; k++)
        {
            var builder = new VectorBuilder(_plan.Keys[k].Type, n);
            for (int g = 0; g < n; g++) builder.Set(g, Value(_keys[k].Keys[_groups[g][k]], _plan.Keys[k].Type));
            keys[k] = builder.Build();
        }
        Chunk chunk = new SlotChunk([.. keys, .. _states.Select(s => s.Results(n))], n);
        var shown = _plan.Having == null ? [.. Enumerable.Range(0, n)] : _evaluator.Filter(_plan.Having, chunk);
        var orders = _plan.OrderBy.Select(o => (Values: _evaluator.Evaluate(o.Value, chunk), o.Descending))
            .Concat(keys.Select(k => (Values: k, Descending: false))).ToArray();
        var sorted = orders.Select(o => Enumerable.Range(0, n).Select(g => SortKey.Of(o.Values, g)).ToArray()).ToArray();
        Array.Sort(shown, (a, b) =>
        {
            for (int o = 0; o < sorted.Length; o++)
            {
                int c = sorted[o][a].CompareTo(sorted[o][b]);
                if (c != 0) return orders[o].Descending ? -c : c;
            }
            return 0;
        });
        if (_plan.Limit < shown.Length) shown = shown[..(int)_plan.Limit.Value];
        var part = chunk.Part(shown);
        var columns = _plan.Columns.Select(c => _evaluator.Evaluate(c.Value, part)).ToArray();
        for (int i = 0; i < shown.Length; i++) yield return [.. columns.Select(c => c.Box(i))];
    }

    static object? Value(SortKey key, AqlType type) => key.IsNull ? null : type switch
    {
        AqlType.Long or AqlType.Mac => key.Long,
        AqlType.Double => key.Double,
        AqlType.Bool => key.Number != 0,
        AqlType.Address => new Address(key.Number),
        _ => key.Text,
    };
}
