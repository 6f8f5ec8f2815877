using System.Globalization;
using System.Net;

namespace Portolan.Bench;

/// <summary>A stored row as the check reads it.</summary>
sealed record Row(string Id, long Time, IPAddress Source, int Port, long Category, string? User, string Payload, string? Name);

/// <summary>A search worked out row by row, without index, block or dictionary: what the product must answer.</summary>
abstract class Oracle
{
    public abstract void Add(Row row);

    /// <summary>The result's rows, values divided by tabs.</summary>
    public abstract IEnumerable<string> Lines();

    public static Oracle Rows(Func<Row, bool> where, Func<Row, string> what) => new Kept(where, what);

    /// <summary>The key's values and how many rows have it.</summary>
    public static Oracle Count(Func<Row, bool> where, Func<Row, string> key) => new Groups(where, key, null, null);

    /// <summary>The keys with most rows (or most different values), ties by the key.</summary>
    public static Oracle Top(int n, Func<Row, bool> where, Func<Row, string> key, Func<Row, int>? distinct) => new Groups(where, key, distinct, n);

    public static Oracle Newest(int n) => new Last(n);

    sealed class Kept(Func<Row, bool> where, Func<Row, string> what) : Oracle
    {
        readonly List<string> _lines = [];

        public override void Add(Row row)
        {
            if (where(row)) _lines.Add(what(row));
        }

        public override IEnumerable<string> Lines() => _lines;
    }

    sealed class Groups(Func<Row, bool> where, Func<Row, string> key, Func<Row, int>? distinct, int? top) : Oracle
    {
        readonly Dictionary<string, (int Rows, HashSet<int>? Values)> _groups = [];

        public override void Add(Row row)
        {
            if (!where(row)) return;
            string k = key(row);
            var (rows, values) = _groups.GetValueOrDefault(k);
            if (distinct != null) (values ??= []).Add(distinct(row));
            _groups[k] = (rows + 1, values);
        }

        public override IEnumerable<string> Lines()
        {
            var all = _groups.Select(g => (g.Key, N: g.Value.Values?.Count ?? g.Value.Rows));
            if (top is { } n) all = all.OrderByDescending(g => g.N).ThenBy(g => g.Key, StringComparer.Ordinal).Take(n);
            return all.Select(g => (g.Key.Length > 0 || top != null ? g.Key + "\t" : "") + g.N.ToString(CultureInfo.InvariantCulture));
        }
    }

    sealed class Last(int n) : Oracle
    {
        readonly PriorityQueue<Row, (long, long[])> _rows = new(Comparer<(long, long[])>.Create(Compare));

        static int Compare((long Time, long[] Id) a, (long Time, long[] Id) b)
        {
            int c = a.Time.CompareTo(b.Time);
            for (int i = 0; c == 0 && i < a.Id.Length; i++) c = a.Id[i].CompareTo(b.Id[i]);
            return c;
        }

        public override void Add(Row row)
        {
            long[] id = [.. row.Id.Split('-').Select(p => long.Parse(p, CultureInfo.InvariantCulture))];
            if (_rows.Count < n) _rows.Enqueue(row, (row.Time, id));
            else _rows.EnqueueDequeue(row, (row.Time, id));
        }

        public override IEnumerable<string> Lines()
        {
            var lines = new List<string>();
            while (_rows.TryDequeue(out var r, out _)) lines.Add($"{r.Id}\t{r.Time.ToString(CultureInfo.InvariantCulture)}\t{r.Source}\t{r.Payload}");
            lines.Reverse();
            return lines;
        }
    }
}
