using System.Runtime.CompilerServices;
using Portolan.Model;
using Portolan.Store.Columns;

namespace Portolan.Store.Segments;

/// <summary>A block of an open segment. Decoded columns are not kept: who asks keeps them as long as needed.</summary>
sealed class SegmentBlock : IBlock
{
    /// <summary>How far columns may lean on one another; a writer's depend on earlier ones only.</summary>
    const int MostDepth = 256;

    readonly SegmentReader _file;
    readonly BlockEntry _entry;
    readonly string[] _names;
    readonly int[] _byField = new int[Fields.Count];
    readonly Dictionary<string, int> _byName = new(StringComparer.OrdinalIgnoreCase);
    readonly WeakReference<int[]>?[] _codes, _rowSets;
    WeakReference<int[]>? _places;
    PayloadReader? _payload;

    public SegmentBlock(SegmentReader file, BlockEntry entry, string[] names, int number)
    {
        _file = file;
        _entry = entry;
        _names = names;
        Name = $"{file.Info.Name}#{number}";
        _codes = new WeakReference<int[]>?[entry.Columns.Length];
        _rowSets = new WeakReference<int[]>?[entry.RowSets.Length];
        Array.Fill(_byField, -1);
        for (int i = 0; i < entry.Columns.Length; i++)
        {
            var c = entry.Columns[i];
            // A field that this version does not know yet is passed over.
            if (c.Field >= 0 && c.Field < _byField.Length) _byField[c.Field] = i;
            else if (c.Property >= 0) _byName[names[c.Property]] = i;
        }
    }

    public int Rows => _entry.Rows;
    public (long Min, long Max) Time => (_entry.MinTime, _entry.MaxTime);
    public string Name { get; }
    public IReadOnlyCollection<string> Properties => _byName.Keys;

    ColumnEntry? Find(Field field, ColumnKind kind, out int index)
    {
        if (field.Origin == Origin.Derived) throw new ArgumentException($"{field.Name} is derived: work it out from its columns", nameof(field));
        if (kind != KindOf(field)) throw new ArgumentException($"{field.Name} is {field.Kind}", nameof(field));
        index = _byField[field.Id];
        if (index < 0) return null;
        var c = _entry.Columns[index];
        return c.Kind == kind ? c : throw new SegmentCorruptException(Name, field.Name, $"the column is {c.Kind}, the field {field.Kind}");
    }

    static ColumnKind? KindOf(Field field) => field.Kind switch
    {
        FieldKind.Text => ColumnKind.Text,
        FieldKind.Address => ColumnKind.Address,
        FieldKind.Bytes => null,
        _ => ColumnKind.Number,
    };

    public NumberColumn? Numbers(Field field) => Find(field, ColumnKind.Number, out int i) is { } c ? Checked(field.Name, () => Numbers(c, i)) : null;

    public AddressColumn? Addresses(Field field) => Find(field, ColumnKind.Address, out int i) is { } c ? Checked(field.Name, () => Addresses(c, i)) : null;

    public TextColumn? Texts(Field field) => Find(field, ColumnKind.Text, out int i) is { } c ? Checked(field.Name, () => Texts(c, i)) : null;

    public TextColumn? Property(string name) =>
        _byName.TryGetValue(name, out int i) ? Checked($"property {name}", () => Texts(_entry.Columns[i], i)) : null;

    public void Payloads(ReadOnlySpan<int> rows, PayloadRow each)
    {
        if (_entry.Payload.Length == 0)
        {
            foreach (int row in rows) each(row, []);
            return;
        }
        try
        {
            Payload().Read(rows, Places(), each);
        }
        catch (MalformedException e)
        {
            throw new SegmentCorruptException(Name, "payload", e.Message);
        }
    }

    public void PayloadsAsStored(ReadOnlySpan<int> rows, PayloadRow each)
    {
        if (_entry.Payload.Length == 0 || Checked("payload", Places) is not { } places)
        {
            Payloads(rows, each);
            return;
        }
        var byPlace = new int[Rows];
        foreach (int row in rows) byPlace[places[row]] = row + 1;
        int n = 0;
        foreach (int row in byPlace)
        {
            if (row > 0) byPlace[n++] = row - 1;
        }
        try
        {
            Payload().Read(byPlace.AsSpan(0, n), places, each);
        }
        catch (MalformedException e)
        {
            throw new SegmentCorruptException(Name, "payload", e.Message);
        }
    }

    public bool MayHoldNumber(Field field, long min, long max)
    {
        if (Find(field, ColumnKind.Number, out _) is not { } c) return min <= 0 && 0 <= max;
        if (min > max || min > c.Max || max < c.Min) return false;
        if (min <= c.Min && max >= c.Max || min <= 0 && max >= 0) return true;
        return Checked(field.Name, () =>
        {
            var from = new ByteReader(_file.Read(c.Data));
            if (from.Byte() != Layout.NumbersCoded) return true;
            var dictionary = new long[c.Distinct];
            NumberEncoding.Read(ref from, dictionary);
            return Array.Exists(dictionary, n => n >= min && n <= max);
        });
    }

    public bool MayHoldAddress(Field field, Address first, Address last)
    {
        if (first.CompareTo(last) > 0) return false;
        if (Find(field, ColumnKind.Address, out int i) is not { } c) return first.IsAbsent;
        if (first.Value > c.Last || last.Value < c.First) return false;
        return Checked(field.Name, () =>
        {
            if (first == last && c.Filter.Blocks > 0 && !first.IsAbsent) return _file.MayHold(c.Filter, Hash.Of(first.Value));
            if (first.IsAbsent && c.Rows < Rows) return true;
            var from = new ByteReader(_file.Read(c.Data));
            var addresses = AddressOrder.Read(ref from, c.Distinct);
            int at = Array.BinarySearch(addresses, first);
            return at >= 0 || ~at < addresses.Length && addresses[~at].CompareTo(last) <= 0;
        });
    }

    public bool MayHoldText(Field field, ReadOnlySpan<byte> value) => Find(field, ColumnKind.Text, out _) is { } c && MayHold(c, value);

    public bool MayHoldProperty(string name, byte[]? value) =>
        _byName.TryGetValue(name, out int i) && (value == null || MayHold(_entry.Columns[i], value));

    bool MayHold(ColumnEntry c, ReadOnlySpan<byte> value)
    {
        ulong hash = Hash.Of(value);
        if (c.Filter.Blocks > 0) return Checked(NameOf(c), () => _file.MayHold(c.Filter, hash));
        byte[] wanted = value.ToArray();
        return Checked(NameOf(c), () =>
        {
            var from = new ByteReader(_file.Read(c.Data));
            var (bytes, ends) = TextDictionary.Read(ref from, c.Distinct);
            int start = 0;
            foreach (int end in ends)
            {
                if (bytes.AsSpan(start, end - start).SequenceEqual(wanted)) return true;
                start = end;
            }
            return false;
        });
    }

    public bool MayHoldToken(ReadOnlySpan<byte> lowerToken)
    {
        if (_entry.Payload.Length == 0) return false;
        byte[] token = lowerToken.ToArray();
        return Checked("payload", () => Payload().MayHold(token));
    }

    public IReadOnlyList<(int Start, int End)> PayloadsHolding(IReadOnlyList<byte[]> lowerTokens)
    {
        if (_entry.Payload.Length == 0) return lowerTokens.Count == 0 ? [(0, Rows)] : [];
        return Checked("payload", () =>
        {
            var runs = Payload().Holding(lowerTokens);
            if (runs.Count == 0 || runs[0] == (0, Rows) || Places() is not { } places) return runs;
            var held = new bool[Rows];
            foreach (var (start, end) in runs) held.AsSpan(start, end - start).Fill(true);
            var byRow = new List<(int Start, int End)>();
            for (int row = 0; row < Rows; row++)
            {
                if (!held[places[row]]) continue;
                int start = row;
                while (row < Rows && held[places[row]]) row++;
                byRow.Add((start, row));
            }
            return byRow;
        });
    }

    internal void Verify(List<SegmentCorruptException> faults)
    {
        for (int i = 0; i < _entry.RowSets.Length; i++)
        {
            int set = i;
            Try(() => Checked($"row set {set}", () => RowSet(set, 0)));
        }
        for (int i = 0; i < _entry.Columns.Length; i++)
        {
            var c = _entry.Columns[i];
            int index = i;
            string name = NameOf(c);
            Try(() => Checked<object>(name, () => c.Field < 0 && c.Property < 0 ? Parent(index, _entry.Columns.Length, 0)
                : c.Kind switch { ColumnKind.Number => Numbers(c, index), ColumnKind.Address => Addresses(c, index), _ => Texts(c, index) }));
            Try(() => Checked(name, () => { _file.Verify(c.Filter); return 0; }));
        }
        if (_entry.Payload.Length == 0) return;
        Try(() => Payloads([.. Enumerable.Range(0, Rows)], (_, _) => { }));
        Try(() => Checked("payload filter", () => { Payload().VerifyFilters(); return 0; }));

        void Try(Action read)
        {
            try
            {
                read();
            }
            catch (SegmentCorruptException e)
            {
                faults.Add(e);
            }
        }
    }

    string NameOf(ColumnEntry c) => c.Property >= 0 ? $"property {_names[c.Property]}"
        : c.Field < 0 ? "payload groups" : c.Field < Fields.Count ? Fields.All[c.Field].Name : $"field {c.Field}";

    internal void AddSizes(Action<string, long> add)
    {
        foreach (var set in _entry.RowSets) add("rows with a value", set.Data.Length);
        foreach (var c in _entry.Columns)
        {
            string name = NameOf(c);
            add(name, c.Data.Length);
            if (c.Filter.Blocks > 0) add($"filter {name}", SplitBlockFilter.StoredBytes(c.Filter.Blocks));
        }
        if (_entry.Payload.Length == 0) return;
        add("payload", _entry.Payload.Length);
        Checked("payload", () => { Payload().AddSizes(add); return 0; });
    }

    T Checked<T>(string section, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (MalformedException e)
        {
            throw new SegmentCorruptException(Name, section, e.Message);
        }
    }

    NumberColumn Numbers(ColumnEntry c, int index)
    {
        var from = new ByteReader(_file.Read(c.Data));
        byte mode = from.Byte();
        var values = new long[Rows];
        if (mode == Layout.NumbersCoded)
        {
            var dictionary = new long[c.Distinct];
            NumberEncoding.Read(ref from, dictionary);
            int[] codes = Codes(ref from, c, index, 0);
            for (int i = 0; i < values.Length; i++) values[i] = codes[i] < 0 ? 0 : dictionary[codes[i]];
            return new(values);
        }
        bool sparse = (mode & Layout.NumbersSparse) == Layout.NumbersSparse;
        int kind = sparse ? mode & ~Layout.NumbersSparse : mode;
        if (kind is not (Layout.NumbersPlain or Layout.NumbersFromStart)) throw new MalformedException($"number encoding {mode} is unknown");
        int[]? set = sparse ? RowSet(from.Count(Layout.MostColumns), 0) : null;
        var present = set == null ? values : new long[set.Length];
        NumberEncoding.Read(ref from, present);
        if (set != null)
        {
            for (int i = 0; i < set.Length; i++) values[set[i]] = present[i];
        }
        if (kind != Layout.NumbersFromStart) return new(values);
        var start = new long[Rows];
        if (Find(Fields.StartTime, ColumnKind.Number, out int startIndex) is { } s)
        {
            if (startIndex == index) throw new MalformedException("starttime as a difference to itself");
            start = Numbers(s, startIndex).Values;
        }
        if (set == null)
        {
            for (int i = 0; i < values.Length; i++) values[i] += start[i];
        }
        else
        {
            foreach (int row in set) values[row] += start[row];
        }
        return new(values);
    }

    AddressColumn Addresses(ColumnEntry c, int index)
    {
        var from = new ByteReader(_file.Read(c.Data));
        var dictionary = AddressOrder.Read(ref from, c.Distinct);
        int[] codes = Codes(ref from, c, index, 0);
        if (c.Rows == Rows) return new(dictionary, codes);
        // Absent rows read 0.0.0.0, which sorts first. The codes may be shared, so they are copied.
        var shifted = new int[codes.Length];
        for (int i = 0; i < codes.Length; i++) shifted[i] = codes[i] + 1;
        return new([default, .. dictionary], shifted);
    }

    TextColumn Texts(ColumnEntry c, int index)
    {
        var from = new ByteReader(_file.Read(c.Data));
        var (bytes, ends) = TextDictionary.Read(ref from, c.Distinct);
        return new(bytes, ends, Codes(ref from, c, index, 0));
    }

    int[] Codes(ref ByteReader from, ColumnEntry c, int index, int depth)
    {
        if (depth > MostDepth) throw new MalformedException("columns that lean on one another");
        return CodeEncoding.Read(ref from, Rows, c.Rows, c.Distinct, set => RowSet(set, depth + 1), parent => Parent(parent, index, depth + 1));
    }

    /// <summary>The codes of a column that another follows from.</summary>
    (int[] Codes, int Distinct) Parent(int parent, int before, int depth)
    {
        if (parent >= before) throw new MalformedException("a column that follows from a later one");
        var c = _entry.Columns[parent];
        if (Kept(ref _codes[parent]) is { } kept) return (kept, c.Distinct);
        var from = new ByteReader(_file.Read(c.Data));
        if (c.Kind == ColumnKind.Text) TextDictionary.Skip(ref from, c.Distinct);
        else if (c.Kind == ColumnKind.Address) AddressOrder.Read(ref from, c.Distinct);
        else if (c.Field >= 0)
        {
            if (from.Byte() != Layout.NumbersCoded) throw new MalformedException("a column that follows from one without dictionary");
            NumberEncoding.Read(ref from, new long[c.Distinct]);
        }
        int[] codes = Codes(ref from, c, parent, depth);
        _codes[parent] = new(codes);
        return (codes, c.Distinct);
    }

    int[] RowSet(int set, int depth)
    {
        if (depth > MostDepth || set >= _entry.RowSets.Length) throw new MalformedException("no such row set");
        if (Kept(ref _rowSets[set]) is { } kept) return kept;
        var entry = _entry.RowSets[set];
        var from = new ByteReader(_file.Read(entry.Data));
        int[] rows = RowSets.Read(ref from, entry.Count, Rows, parent => Parent(parent, _entry.Columns.Length, depth + 1));
        _rowSets[set] = new(rows);
        return rows;
    }

    static int[]? Kept(ref WeakReference<int[]>? weak) => Volatile.Read(ref weak) is { } w && w.TryGetTarget(out var kept) ? kept : null;

    PayloadReader Payload() => _payload ??= new(_file, _file.Read(_entry.Payload), Rows);

    /// <summary>Where each row's payload lies among the payloads; null: as the rows came.</summary>
    int[]? Places()
    {
        if (_entry.GroupColumn < 0) return null;
        if (Kept(ref _places) is { } kept) return kept;
        var (groups, count) = Parent(_entry.GroupColumn, _entry.Columns.Length, 0);
        var places = RowOrder.PlacesByGroup(groups, count);
        _places = new(places);
        return places;
    }
}
