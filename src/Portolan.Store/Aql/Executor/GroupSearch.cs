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
    readonly bool _ordered;
    // For each group the numbers of its keys' values, end to end.
    readonly List<int> _values = [];
    int _groups;
    BlockReader? _reader;
    readonly Dictionary<Interner, int[]> _numbers = [];

    GroupSearch(QueryPlan plan, Evaluator evaluator, MemoryMeter memory)
    {
        (_plan, _evaluator, _memory) = (plan, evaluator, memory.Part());
        _keys = [.. plan.Keys.Select(_ => new Interner())];
        _pairs = [.. plan.Keys.Skip(1).Select(_ => new Dictionary<ulong, int>())];
        _states = [.. plan.Aggregates.Select(a => a.Function.Begin(a.Argument?.Type ?? AqlType.Long))];
        _ordered = plan.Aggregates.Any(a => a.Function.Ordered);
        if (_keys.Length == 0) Open([]);
    }

    /// <summary>Aggregates all blocks on so many threads and gives the groups' rows.</summary>
    public static IEnumerable<object?[]> Rows(QueryPlan plan, Scan scan, Func<Evaluator> evaluators, MemoryMeter memory, Previews previews, int threads)
    {
        threads = Math.Clamp(threads, 1, Math.Max(1, scan.Blocks.Length));
        int next = -1, wanted = 0, shown = 0;
        var handed = new GroupSearch?[threads - 1];
        var all = new GroupSearch(plan, evaluators(), memory);
        var others = Enumerable.Range(0, threads - 1).Select(i => Task.Factory.StartNew(() => Other(i), TaskCreationOptions.LongRunning)).ToArray();
        try
        {
            for (int b; (b = Interlocked.Increment(ref next)) < scan.Blocks.Length; Look())
            {
                foreach (var chunk in scan.Rows(b, all._evaluator))
                {
                    all.Add(chunk);
                    Look();
                }
            }
        }
        catch
        {
            End();
            throw;
        }
        finally
        {
            // Nobody reads the blocks any more when the caller lets them go, whatever happened here.
            Task.WaitAny(Task.WhenAll(others));
        }
        Take();
        foreach (var other in others) all.Merge(other.GetAwaiter().GetResult());
        return all.Rows(plan.Limit ?? long.MaxValue, long.MaxValue).Rows;

        // What another thread has gathered it gives away when it is asked for, and begins anew: nothing is touched by two threads, and nothing merged twice.
        GroupSearch Other(int place)
        {
            var groups = new GroupSearch(plan, evaluators(), memory);
            int given = 0;
            try
            {
                for (int b; (b = Interlocked.Increment(ref next)) < scan.Blocks.Length;)
                {
                    foreach (var chunk in scan.Rows(b, groups._evaluator))
                    {
                        groups.Add(chunk);
                        Give();
                    }
                    // Who finds nothing in its blocks says so as well.
                    Give();
                }
            }
            catch
            {
                End();
                throw;
            }
            return groups;

            void Give()
            {
                if (Volatile.Read(ref wanted) is var asked && asked == given) return;
                given = asked;
                var evaluator = groups._evaluator;
                Volatile.Write(ref handed[place], groups);
                groups = new(plan, evaluator, memory);
            }
        }

        // Where one fails the others need not go on.
        void End() => Interlocked.Exchange(ref next, scan.Blocks.Length);

        void Look()
        {
            if (!previews.Due) return;
            scan.ThrowIfCancelled();
            if (wanted == shown) Volatile.Write(ref wanted, wanted + 1);
            for (int i = 0; i < others.Length; i++)
                if (Volatile.Read(ref handed[i]) == null && !others[i].IsCompleted) return;
            Take();
            shown = wanted;
            previews.Show(all.Preview);
        }

        void Take()
        {
            for (int i = 0; i < handed.Length; i++)
                if (Interlocked.Exchange(ref handed[i], null) is { } groups) all.Merge(groups);
        }
    }

    void Add(RowChunk chunk)
    {
        var group = Number(chunk);
        foreach (var state in _states) state.Grow(_groups, _memory);
        var order = _ordered ? chunk.Orders() : null;
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

    /// <summary>Takes over what another search over other rows has gathered for the same plan; the other is of no use any more.</summary>
    void Merge(GroupSearch other)
    {
        var group = new int[other._groups];
        var values = new int[_keys.Length];
        // Each of the other's key values is looked up once, not once a group.
        var ours = new int[_keys.Length][];
        for (int k = 0; k < ours.Length; k++)
        {
            var theirs = other._keys[k];
            ours[k] = new int[theirs.Count];
            for (int v = 0; v < theirs.Count; v++) ours[k][v] = _keys[k].Number(theirs[v], _memory);
        }
        // One key: its numbers are the groups, and all of them must be there before the first state grows.
        for (int g = 0, at = 0; g < group.Length; g++)
        {
            for (int k = 0; k < values.Length; k++) values[k] = ours[k][other._values[at++]];
            group[g] = Find(values);
        }
        for (int i = 0; i < _states.Length; i++)
        {
            _states[i].Grow(_groups, _memory);
            other._states[i].Grow(group.Length, other._memory);
            _states[i].Merge(other._states[i], group, _memory);
        }
        other._memory.ReturnAll();
    }

    int[] Number(RowChunk chunk)
    {
        if (_keys.Length == 0) return new int[chunk.Count];
        if (_keys.Length == 1)
        {
            // A group is its value's number.
            var numbers = Number(chunk, _plan.Keys[0], _keys[0]);
            while (_groups < _keys[0].Count) Open([_groups]);
            return numbers;
        }
        var group = new int[chunk.Count];
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
        if (values is LongVector { Nulls: null } longs)
        {
            // Rows come in the order of time: often the same value again.
            long last = 0;
            int number = -1;
            for (int i = 0; i < numbers.Length; i++)
            {
                if (number < 0 || longs.Values[i] != last) (last, number) = (longs.Values[i], interner.Number(longs, i, _memory));
                numbers[i] = number;
            }
            return numbers;
        }
        for (int i = 0; i < numbers.Length; i++) numbers[i] = interner.Number(values, i, _memory);
        return numbers;
    }

    /// <summary>The group of key numbers: pairs are numbered from the left, so that any count of keys needs only tables of pairs.</summary>
    int Find(int[] values)
    {
        if (values.Length == 0) return 0;
        if (values.Length == 1)
        {
            while (_groups <= values[0]) Open([_groups]);
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
                if (k == values.Length - 1) Open(values);
            }
        }
        return at;
    }

    void Open(ReadOnlySpan<int> values)
    {
        foreach (int value in values) _values.Add(value);
        _groups++;
        _memory.Take(16 + 8 * values.Length);
    }

    (IReadOnlyList<object?[]>, long)? Preview()
    {
        // A search that could go on without them does not end for its previews' sake.
        long room = (long)_groups * 40 * (1 + _plan.OrderBy.Count + _keys.Length + _states.Length);
        if (!_memory.HasRoomFor(room)) return null;
        long limit = _plan.Limit ?? long.MaxValue;
        var (rows, count) = Rows(Math.Min(SearchPreview.MostRows, limit), Previews.MostBytes);
        return ([.. rows], Math.Min(count, limit));
    }

    (IEnumerable<object?[]> Rows, long Count) Rows(long most, long bytes)
    {
        int n = _groups;
        foreach (var state in _states) state.Grow(n, _memory);
        var keys = new Vector[_keys.Length];
        for (int k = 0; k < keys.Length; k++) keys[k] = Values(k);
        Chunk chunk = new SlotChunk([.. keys, .. _states.Select(s => s.Results(n))], n);
        var held = _plan.Having == null ? [.. Enumerable.Range(0, n)] : _evaluator.Filter(_plan.Having, chunk);
        var shown = First(held, most, Order(chunk));
        return (Boxed(), held.Length);

        IEnumerable<object?[]> Boxed()
        {
            var part = chunk.Part(shown);
            var columns = _plan.Columns.Select(c => _evaluator.Evaluate(c.Value, part)).ToArray();
            for (int i = 0; i < shown.Length && bytes >= 0; i++)
            {
                object?[] row = [.. columns.Select(c => c.Box(i))];
                if (bytes < long.MaxValue) bytes -= Previews.Bytes(row);
                yield return row;
            }
        }
    }

    /// <summary>ORDER BY, then the keys: no two groups are equal.</summary>
    Comparison<int> Order(Chunk chunk)
    {
        var orders = _plan.OrderBy.Select(o =>
        {
            var values = _evaluator.Evaluate(o.Value, chunk);
            var keys = new SortKey[chunk.Count];
            for (int g = 0; g < keys.Length; g++) keys[g] = SortKey.Of(values, g);
            return (Keys: keys, o.Descending);
        }).ToArray();
        return (a, b) =>
        {
            foreach (var (keys, descending) in orders)
            {
                int c = keys[a].CompareTo(keys[b]);
                if (c != 0) return descending ? -c : c;
            }
            for (int k = 0; k < _keys.Length; k++)
            {
                int c = _keys[k][_values[a * _keys.Length + k]].CompareTo(_keys[k][_values[b * _keys.Length + k]]);
                if (c != 0) return c;
            }
            return 0;
        };
    }

    /// <summary>The first so many in order; only those are sorted.</summary>
    static int[] First(int[] all, long most, Comparison<int> order)
    {
        if (most >= all.Length / 2)
        {
            Array.Sort(all, order);
            return most < all.Length ? all[..(int)most] : all;
        }
        var compare = Comparer<int>.Create(order);
        int keep = (int)most, n = 0;
        var kept = new int[Math.Max(1, keep * 2)];
        bool full = false;
        foreach (int g in all)
        {
            if (keep == 0 || full && order(g, kept[keep - 1]) > 0) continue;
            kept[n++] = g;
            if (n < kept.Length) continue;
            Array.Sort(kept, compare);
            (n, full) = (keep, true);
        }
        Array.Sort(kept, 0, n, compare);
        return kept[..Math.Min(n, keep)];
    }

    /// <summary>The groups' values of one key.</summary>
    Vector Values(int k)
    {
        int n = _groups;
        var nulls = new bool[n];
        SortKey Of(int g)
        {
            var key = _keys[k][_values[g * _keys.Length + k]];
            nulls[g] = key.IsNull;
            return key;
        }
        T[] All<T>(Func<SortKey, T> value)
        {
            var all = new T[n];
            for (int g = 0; g < n; g++)
                if (Of(g) is { IsNull: false } key) all[g] = value(key);
            return all;
        }
        var type = _plan.Keys[k].Type;
        switch (type)
        {
            case AqlType.Long or AqlType.Mac: return new LongVector(All(key => key.Long), nulls, n, type == AqlType.Mac);
            case AqlType.Double: return new DoubleVector(All(key => key.Double), nulls, n);
            case AqlType.Address: return new AddressVector(All(key => new Address(key.Number)), nulls, n);
            case AqlType.Bool:
                var truths = All(key => (byte)key.Number);
                for (int g = 0; g < n; g++)
                    if (nulls[g]) truths[g] = BoolVector.Unknown;
                return new BoolVector(truths, n);
            case AqlType.Bytes: throw new InvalidOperationException("bytes are no key of a group");
            default: return new TextVector(All(key => key.Text), n);
        }
    }
}
