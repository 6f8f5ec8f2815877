using System.Text;
using Portolan.Model;
using Portolan.Store.Columns;

namespace Portolan.Tests.Store.Aql;

/// <summary>One row of a test: field and property values by name, as simple objects (long, bool, string, byte[]; addresses and MACs as
/// text).</summary>
public sealed class Row(params (string Name, object? Value)[] values)
{
    public Dictionary<string, object?> Values { get; } = values.ToDictionary(v => v.Name, v => v.Value, StringComparer.OrdinalIgnoreCase);

    public object? this[string name] => Values.GetValueOrDefault(name);
}

/// <summary>A block made of rows, with exact answers to what may be in it: the strictest pruning a store could do.</summary>
public sealed class RowBlock : IBlock
{
    readonly Row[] _rows;
    readonly HashSet<string>?[] _tokens;
    const int FrameRows = 4;

    public RowBlock(params Row[] rows)
    {
        _rows = rows;
        _tokens = new HashSet<string>?[rows.Length];
        var times = rows.Select(r => (long)(r["starttime"] ?? 0L)).ToArray();
        Time = (times.Min(), times.Max());
        Properties = [.. rows.SelectMany(r => r.Values.Keys).Where(k => !Fields.TryFind(k, out _))
            .Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    public int Rows => _rows.Length;
    public (long Min, long Max) Time { get; }
    public string Name => "test";
    public IReadOnlyCollection<string> Properties { get; }
    public int Reads { get; private set; }

    /// <summary>Told before the first column is read.</summary>
    public Action? Begin { get; init; }

    void Read()
    {
        if (Reads++ == 0) Begin?.Invoke();
    }

    public static long Number(object? value) =>
        value switch
        {
            null => 0,
            bool b => b ? 1 : 0,
            int i => i,
            long l => l,
            string mac => Convert.ToInt64(mac.Replace(":", ""), 16),
            _ => throw new ArgumentException($"{value}")
        };

    static Address Addr(object? value) => value == null ? default : Address.TryParse((string)value, out var a) ? a
        : throw new ArgumentException($"{value}");

    static byte[]? Bytes(object? value) => value switch { null => null, byte[] b => b, _ => Encoding.UTF8.GetBytes((string)value) };

    public NumberColumn? Numbers(Field field)
    {
        Read();
        var values = _rows.Select(r => Number(r[field.Name])).ToArray();
        return values.All(v => v == 0) ? null : new(values);
    }

    public AddressColumn? Addresses(Field field)
    {
        Read();
        var values = _rows.Select(r => Addr(r[field.Name])).ToArray();
        if (values.All(v => v.IsAbsent)) return null;
        var dictionary = values.Distinct().Order().ToArray();
        return new(dictionary, [.. values.Select(v => Array.IndexOf(dictionary, v))]);
    }

    public TextColumn? Texts(Field field) => Text(field.Name);
    public TextColumn? Property(string name) => Text(name);

    TextColumn? Text(string name)
    {
        Read();
        var values = _rows.Select(r => Bytes(r[name]) is { } b ? Convert.ToHexString(b) : null).ToArray();
        if (values.All(v => v == null)) return null;
        var dictionary = values.OfType<string>().Distinct().ToArray();
        int end = 0;
        return new([.. dictionary.SelectMany(Convert.FromHexString)], [.. dictionary.Select(d => end += d.Length / 2)],
            [.. values.Select(v => v == null ? -1 : Array.IndexOf(dictionary, v))]);
    }

    public byte[] Payload(int row) => Bytes(_rows[row]["payload"]) ?? [];

    public void Payloads(ReadOnlySpan<int> rows, PayloadRow each)
    {
        int last = -1;
        foreach (int row in rows)
        {
            if (row <= last) throw new InvalidOperationException("rows must ascend");
            last = row;
            each(row, Payload(row));
        }
    }

    public bool MayHoldNumber(Field field, long min, long max) => _rows.Any(r => Number(r[field.Name]) is var n && n >= min && n <= max);
    public bool MayHoldAddress(Field field, Address first, Address last) =>
        _rows.Any(r => Addr(r[field.Name]) is var a && a.CompareTo(first) >= 0 && a.CompareTo(last) <= 0);

    public bool MayHoldText(Field field, ReadOnlySpan<byte> value)
    {
        foreach (var r in _rows)
            if (Bytes(r[field.Name]) is { } b && value.SequenceEqual(b)) return true;
        return false;
    }

    public bool MayHoldToken(ReadOnlySpan<byte> lowerToken)
    {
        string token = Convert.ToHexString(lowerToken);
        return Enumerable.Range(0, Rows).Any(r => TokensOf(r).Contains(token));
    }

    public IReadOnlyList<(int Start, int End)> PayloadsHolding(IReadOnlyList<byte[]> lowerTokens)
    {
        var runs = new List<(int, int)>();
        for (int start = 0; start < Rows; start += FrameRows)
        {
            int end = Math.Min(Rows, start + FrameRows);
            if (lowerTokens.All(t => Enumerable.Range(start, end - start)
                .Any(r => TokensOf(r).Contains(Convert.ToHexString(t))))) runs.Add((start, end));
        }
        return runs;
    }

    HashSet<string> TokensOf(int row)
    {
        if (_tokens[row] is { } known) return known;
        var tokens = _tokens[row] = [];
        var token = new List<byte>();
        foreach (byte b in Payload(row).Append((byte)0))
        {
            byte folded = Tokens.Folded[b];
            if (folded != 0) token.Add(folded);
            else if (token.Count > 0)
            {
                tokens.Add(Convert.ToHexString([.. token]));
                token.Clear();
            }
        }
        return tokens;
    }
}

public sealed class RowSource(params RowBlock[] blocks) : IBlockSource
{
    public int Released { get; private set; }

    public BlockSnapshot Snapshot(Database database, long from, long to) =>
        new(database == Database.Events ? [.. blocks.Where(b => b.Time.Max >= from && b.Time.Min <= to)] : [], () => Released++);
}

public sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
