using System.Collections.Concurrent;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Segments;

namespace Portolan.Store.Columns;

/// <summary>
/// The published rows of a batch as a block: the open one. What is published when it is made is what it shows; the batch may go on growing. Columns are made
/// at first use and kept.
/// </summary>
public sealed class BatchBlock : IBlock
{
    readonly EventBatch _batch;
    readonly PropertyCatalogue _catalogue;
    readonly byte[] _bytes;
    readonly Lazy<RowProperty[]> _properties;
    readonly ConcurrentDictionary<Field, NumberColumn?> _numbers = [];
    readonly ConcurrentDictionary<Field, AddressColumn?> _addresses = [];
    readonly ConcurrentDictionary<Field, TextColumn?> _texts = [];
    readonly ConcurrentDictionary<int, TextColumn?> _byProperty = [];
    readonly Lazy<IReadOnlyCollection<string>> _names;
    ILateText? _late;
    ConcurrentDictionary<Field, TextColumn?> _lateTexts = [];

    public BatchBlock(EventBatch batch, PropertyCatalogue catalogue, string name = "open")
    {
        _batch = batch;
        _catalogue = catalogue;
        Name = name;
        // Published first: the slab as it is after that holds the bytes of all these rows, and growth leaves them where they are.
        Rows = batch.Published;
        _bytes = batch.Bytes;
        // Not before they are asked for: who looks at every new row for little else would copy thousands for each. Those of these rows stay as they are.
        _properties = new(() => Published(_batch.Properties, Rows));
        Time = batch.Has(Fields.StartTime) && Rows > 0 ? NumberEncoding.MinMax(batch.Numbers(Fields.StartTime).AsSpan(0, Rows)) : default;
        _names = new(() => _properties.Value.Where(p => !p.Value.IsNull).Select(p => p.Property).Distinct().Select(_catalogue.Name).ToArray());
    }

    /// <summary>
    /// The same block, in which rows say also what was learnt of them since. For one search: the columns that this touches are made anew, and within it
    /// they stay as they are; all others are shared.
    /// </summary>
    public BatchBlock With(ILateText late)
    {
        var block = (BatchBlock)MemberwiseClone();
        (block._late, block._lateTexts) = (late, []);
        return block;
    }

    static RowProperty[] Published(ReadOnlySpan<RowProperty> all, int rows)
    {
        int n = 0;
        while (n < all.Length && all[n].Row < rows) n++;
        return all[..n].ToArray();
    }

    public int Rows { get; }
    public (long Min, long Max) Time { get; }
    public string Name { get; }
    public IReadOnlyCollection<string> Properties => _names.Value;

    public NumberColumn? Numbers(Field field)
    {
        Require(field, field.Kind is FieldKind.Number or FieldKind.Time or FieldKind.Flag or FieldKind.Mac);
        return _numbers.GetOrAdd(field, MakeNumbers);
    }

    public AddressColumn? Addresses(Field field)
    {
        Require(field, field.Kind == FieldKind.Address);
        return _addresses.GetOrAdd(field, MakeAddresses);
    }

    public TextColumn? Texts(Field field)
    {
        Require(field, field.Kind == FieldKind.Text);
        return (_late?.Fields.Contains(field) == true ? _lateTexts : _texts).GetOrAdd(field, MakeTexts);
    }

    public TextColumn? Property(string name) => _catalogue.TryFind(name, out int id) ? _byProperty.GetOrAdd(id, MakeProperty) : null;

    public void Payloads(ReadOnlySpan<int> rows, PayloadRow each)
    {
        foreach (int row in rows) each(row, Span(_batch.Payload[row]));
    }

    public bool MayHoldNumber(Field field, long min, long max) =>
        min <= max && (field != Fields.StartTime || min <= Time.Max && max >= Time.Min)
        && (field != Fields.Sequence || Rows > 0 && min <= _batch.Sequence[Rows - 1] && max >= _batch.Sequence[0]);

    public bool MayHoldAddress(Field field, Address first, Address last) => first.CompareTo(last) <= 0;
    public bool MayHoldText(Field field, ReadOnlySpan<byte> value) => true;
    public bool MayHoldToken(ReadOnlySpan<byte> lowerToken) => true;
    public IReadOnlyList<(int Start, int End)> PayloadsHolding(IReadOnlyList<byte[]> lowerTokens) => Rows == 0 ? [] : [(0, Rows)];

    static void Require(Field field, bool kind)
    {
        if (!kind) throw new ArgumentException($"{field.Name} is {field.Kind}", nameof(field));
        if (field.Origin == Origin.Derived) throw new ArgumentException($"{field.Name} is derived: work it out from its columns", nameof(field));
    }

    ReadOnlySpan<byte> Span(Slice s) => _bytes.AsSpan(s.Start, s.Length);

    NumberColumn? MakeNumbers(Field field)
    {
        var values = new long[Rows];
        if (field == Fields.HostId) values.AsSpan().Fill(_batch.Host);
        else if (field == Fields.Epoch) values.AsSpan().Fill(_batch.Epoch);
        else if (field == Fields.Sequence) _batch.Sequence.AsSpan(0, Rows).CopyTo(values);
        else if (field == Fields.RecordIndex)
        {
            for (int i = 0; i < Rows; i++) values[i] = _batch.Index[i];
        }
        else if (_batch.Has(field)) _batch.Numbers(field).AsSpan(0, Rows).CopyTo(values);
        return values.AsSpan().ContainsAnyExcept(0) ? new(values) : null;
    }

    AddressColumn? MakeAddresses(Field field)
    {
        if (!_batch.Has(field)) return null;
        var from = _batch.Addresses(field).AsSpan(0, Rows);
        if (!from.ContainsAnyExcept(default(Address))) return null;
        var table = new KeyTable();
        var codes = new int[Rows];
        for (int i = 0; i < codes.Length; i++) codes[i] = table.Add(from[i].Value);
        var keys = table.Keys.ToArray();
        var order = new int[keys.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(keys, order);
        var rank = new int[keys.Length];
        for (int i = 0; i < order.Length; i++) rank[order[i]] = i;
        foreach (ref int code in codes.AsSpan()) code = rank[code];
        return new(Array.ConvertAll(keys, k => new Address(k)), codes);
    }

    TextColumn? MakeTexts(Field field)
    {
        var table = new TextTable();
        var codes = new int[Rows];
        if (field == Fields.ParseStatus)
        {
            for (int i = 0; i < codes.Length; i++) codes[i] = table.Add(_batch.Status[i].Utf8());
            return Column(table, codes);
        }
        var late = _late?.Fields.Contains(field) == true ? _late : null;
        if (!_batch.Has(field) && late == null) return null;
        var from = _batch.Has(field) ? _batch.Texts(field) : null;
        for (int i = 0; i < codes.Length; i++)
        {
            if (from is { } texts && !texts[i].IsNull) codes[i] = table.Add(_bytes, texts[i]);
            else codes[i] = late != null && late.TryFind(_batch, i, field, out var text) ? table.Add(text) : -1;
        }
        return Column(table, codes);
    }

    TextColumn? MakeProperty(int id)
    {
        var table = new TextTable();
        var codes = new int[Rows];
        Array.Fill(codes, -1);
        foreach (var p in _properties.Value)
        {
            // A name said twice in one row: the first counts.
            if (p.Property == id && !p.Value.IsNull && codes[p.Row] < 0) codes[p.Row] = table.Add(_bytes, p.Value);
        }
        return Column(table, codes);
    }

    static TextColumn? Column(TextTable table, int[] codes) => table.Count == 0 ? null : new(table.Bytes.ToArray(), table.Ends.ToArray(), codes);
}
