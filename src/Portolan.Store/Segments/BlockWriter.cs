using Portolan.Model;

namespace Portolan.Store.Segments;

/// <summary>Writes the rows of one block: columns, row sets, payload. Its tables and buffers are used again for the next one.</summary>
sealed class BlockWriter
{
    /// <summary>From how many distinct values on a column has a filter of its own: below, its dictionary is as quick to read.</summary>
    const int FilterFrom = 256;

    readonly SegmentOutput _output;
    readonly RowSets _rowSets;
    readonly CodeEncoding _codes;
    readonly PayloadWriter _payload;
    readonly ByteWriter _section = new(), _other = new(), _filterBytes = new();
    readonly List<ColumnDraft> _pool = [], _coded = [], _parents = [], _texts = [], _properties = [];
    readonly List<ColumnEntry> _entries = [];
    readonly ColumnDraft?[] _byField = new ColumnDraft?[Fields.Count];
    readonly ColumnDraft?[] _byProperty = new ColumnDraft?[PropertyCatalogue.Most];
    readonly AddressOrder _order = new();
    int _drafts, _rows;
    long[] _numbers = [], _start = [], _present = [];
    int[] _set = [], _direct = [];
    readonly List<int> _types = [];
    ulong[] _hashes = [];
    uint[] _words = [];

    public BlockWriter(SegmentOutput output)
    {
        _output = output;
        _rowSets = new(output);
        _codes = new(_rowSets);
        _payload = new(output);
    }

    /// <summary>Writes at most 65,536 rows.</summary>
    /// <param name="property">Gives the number of a property's name in the segment.</param>
    public BlockEntry Write(ReadOnlySpan<SegmentRows> parts, Func<int, int> property)
    {
        Begin(parts);
        var (min, max) = NumberEncoding.MinMax(_start.AsSpan(0, _rows));
        foreach (var field in Fields.All)
        {
            if (field.Origin == Origin.Derived) continue;
            if (field == Fields.ParseStatus) Status(parts);
            else if (field.Kind == FieldKind.Text) continue;
            else if (field.Kind == FieldKind.Address) Addresses(field, parts);
            else if (field.Kind != FieldKind.Bytes && Gather(field, parts)) Numbers(field);
        }
        Texts(parts, property);
        var group = Group(out int[]? order);

        // Many distinct values first: a column follows from one with at least as many.
        _coded.Sort((a, b) => a.Full != b.Full ? b.Full.CompareTo(a.Full)
            : b.Distinct != a.Distinct ? b.Distinct.CompareTo(a.Distinct)
            : a.Kind != b.Kind ? b.Kind.CompareTo(a.Kind)
            : a.Field != b.Field ? a.Field.CompareTo(b.Field) : a.Property.CompareTo(b.Property));
        foreach (var c in _coded) Coded(c);
        int groupColumn = group?.Index ?? -1;
        var payload = _payload.Write(parts, _rows, order);
        return new(_rows, min, max, _rowSets.Entries, [.. _entries], payload, groupColumn);
    }

    void Begin(ReadOnlySpan<SegmentRows> parts)
    {
        _rows = 0;
        foreach (var part in parts) _rows += part.Count;
        if (_numbers.Length < _rows)
        {
            _numbers = new long[_rows];
            _start = new long[_rows];
            _present = new long[_rows];
            _set = new int[_rows];
        }
        _drafts = 0;
        _coded.Clear();
        _parents.Clear();
        _entries.Clear();
        _rowSets.Clear();
        Array.Clear(_byField);
        if (Gather(Fields.StartTime, parts)) _numbers.AsSpan(0, _rows).CopyTo(_start);
        else _start.AsSpan(0, _rows).Clear();
    }

    ColumnDraft Draft(int field, int property, ColumnKind kind)
    {
        if (_drafts == _pool.Count) _pool.Add(new());
        return _pool[_drafts++].Begin(field, property, kind);
    }

    void Take(ColumnDraft c)
    {
        c.Distinct = c.Kind == ColumnKind.Text ? c.Texts.Count : c.Keys.Count;
        if (c.Field >= 0) _byField[c.Field] = c;
        _coded.Add(c);
    }

    /// <summary>Brings a number column into <c>_numbers</c>; false when every row is 0.</summary>
    bool Gather(Field field, ReadOnlySpan<SegmentRows> parts)
    {
        bool any = false;
        int at = 0;
        foreach (var part in parts)
        {
            var batch = part.Batch;
            var to = _numbers.AsSpan(at, part.Count);
            at += part.Count;
            if (field == Fields.HostId) to.Fill(batch.Host);
            else if (field == Fields.Epoch) to.Fill(batch.Epoch);
            else if (field == Fields.RecordIndex)
            {
                for (int i = 0; i < to.Length; i++) to[i] = batch.Index[part[i]];
            }
            else
            {
                if (field != Fields.Sequence && !batch.Has(field))
                {
                    to.Clear();
                    continue;
                }
                long[] from = field == Fields.Sequence ? batch.Sequence : batch.Numbers(field);
                if (part.Rows == null) from.AsSpan(part.From, to.Length).CopyTo(to);
                else
                {
                    for (int i = 0; i < to.Length; i++) to[i] = from[part[i]];
                }
            }
            any = any || to.IndexOfAnyExcept(0) >= 0;
        }
        return any;
    }

    void Numbers(Field field)
    {
        var values = _numbers.AsSpan(0, _rows);
        if (field.Kind == FieldKind.Time || field == Fields.Sequence || field == Fields.RecordIndex || !TryCode(field))
        {
            _section.Clear();
            WritePlain(values, field.Kind == FieldKind.Time && field != Fields.StartTime, _section);
            Entry(field.Id, -1, ColumnKind.Number, _rows - values.Count(0L), 0, default);
        }
    }

    /// <summary>A dictionary for the column in <c>_numbers</c>, unless too many of its values are distinct.</summary>
    bool TryCode(Field field)
    {
        var values = _numbers.AsSpan(0, _rows);
        var (min, max) = NumberEncoding.MinMax(values);
        var c = Draft(field.Id, -1, ColumnKind.Number);
        c.BeginFull(_rows);
        if ((ulong)max - (ulong)min < 1 << 16)
        {
            int range = (int)(max - min) + 1;
            if (_direct.Length < range) _direct = new int[range];
            const int Absent = -1, New = -2;
            var direct = _direct.AsSpan(0, range);
            direct.Fill(New);
            if (min <= 0 && max >= 0) direct[(int)-min] = Absent;
            var codes = c.Codes.AsSpan(0, values.Length);
            for (int i = 0; i < values.Length; i++)
            {
                ref int code = ref direct[(int)(values[i] - min)];
                if (code == New) code = c.Keys.Add((UInt128)(ulong)values[i]);
                codes[i] = code;
            }
            c.Present = values.Length - values.Count(0L);
        }
        else
        {
            for (int i = 0; i < values.Length; i++)
            {
                long v = values[i];
                if (v == 0) continue;
                c.Codes[i] = i > 0 && v == values[i - 1] ? c.Codes[i - 1] : c.Keys.Add((UInt128)(ulong)v);
                c.Present++;
                if (c.Keys.Count > 1024 && c.Keys.Count * 2 > i)
                {
                    _drafts--;
                    return false;
                }
            }
        }
        Take(c);
        return true;
    }

    /// <summary>Numbers without dictionary: all or only those that are not 0, as they are or as differences to starttime.</summary>
    void WritePlain(ReadOnlySpan<long> values, bool fromStart, ByteWriter to)
    {
        int zeros = values.Count(0L);
        var start = _start.AsSpan(0, _rows);
        byte sparse = 0;
        int set = -1;
        if (zeros >= _rows / 8 + 1 && zeros < _rows)
        {
            int n = 0;
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i] == 0) continue;
                _set[n] = i;
                _present[n++] = values[i];
            }
            var rows = _set.AsSpan(0, n);
            set = _rowSets.Find(rows);
            if (set < 0) set = _rowSets.Add(rows, _rows, _parents);
            values = _present.AsSpan(0, n);
            sparse = Layout.NumbersSparse;
        }
        int begin = to.Length;
        Head(Layout.NumbersPlain);
        NumberEncoding.Write(values, to);
        if (!fromStart) return;
        _other.Clear();
        _other.Bytes(to.Written[begin..]);
        to.Truncate(begin);
        Head(Layout.NumbersFromStart);
        var difference = _present.AsSpan(0, values.Length);
        for (int i = 0; i < values.Length; i++) difference[i] = values[i] - start[sparse != 0 ? _set[i] : i];
        NumberEncoding.Write(difference, to);
        if (to.Length - begin <= _other.Length) return;
        to.Truncate(begin);
        to.Bytes(_other.Written);

        void Head(byte mode)
        {
            to.Byte((byte)(mode | sparse));
            if (sparse != 0) to.Varint((ulong)set);
        }
    }

    /// <summary>
    /// Text fields and properties, a thousand rows at a time over all of them: what one column brings into the processor's cache from the slab, the next finds.
    /// </summary>
    void Texts(ReadOnlySpan<SegmentRows> parts, Func<int, int> property)
    {
        const int Step = 1024;
        _texts.Clear();
        _properties.Clear();
        foreach (var field in Fields.All)
        {
            if (field.Kind != FieldKind.Text || field.Origin == Origin.Derived || field == Fields.ParseStatus) continue;
            bool any = false;
            foreach (var part in parts) any = any || part.Batch.Has(field);
            if (!any) continue;
            var c = Draft(field.Id, -1, ColumnKind.Text);
            c.BeginFull(_rows);
            _texts.Add(c);
        }
        int at = 0;
        foreach (var part in parts)
        {
            int nextProperty = 0;
            for (int done = 0; done < part.Count; done += Step)
            {
                var some = part.Part(done, Math.Min(Step, part.Count - done));
                foreach (var c in _texts)
                {
                    var field = Fields.All[c.Field];
                    if (part.Batch.Has(field)) Texts(c, some, part.Batch.Texts(field), at);
                }
                Properties(some, at, ref nextProperty, property);
                at += some.Count;
            }
        }
        foreach (var c in _texts)
        {
            if (c.Present > 0) Take(c);
        }
        foreach (var c in _properties)
        {
            _byProperty[c.Index] = null;
            if (c.Present >= Math.Max(1, _rows / 16)) c.Fill(_rows);
            Take(c);
        }
    }

    void Texts(ColumnDraft c, SegmentRows rows, Slice[] slices, int at)
    {
        byte[] slab = rows.Batch.Bytes;
        int n = 0;
        // Which rows have one first: written down for each, kept for those, so that the processor has nothing to guess.
        for (int i = 0; i < rows.Count; i++)
        {
            _set[n] = i;
            n += slices[rows[i]].IsNull ? 0 : 1;
        }
        foreach (int i in _set.AsSpan(0, n)) c.Codes[at + i] = c.Texts.Add(slab, slices[rows[i]]);
        c.Present += n;
    }

    void Properties(SegmentRows rows, int at, ref int next, Func<int, int> property)
    {
        var all = rows.Batch.Properties;
        byte[] slab = rows.Batch.Bytes;
        for (int i = 0; i < rows.Count; i++)
        {
            int row = rows[i];
            while (next < all.Length && all[next].Row < row) next++;
            for (; next < all.Length && all[next].Row == row; next++)
            {
                var p = all[next];
                if (p.Value.IsNull) continue;
                ref var c = ref _byProperty[p.Property];
                if (c == null)
                {
                    c = Draft(-1, property(p.Property), ColumnKind.Text);
                    _properties.Add(c);
                    c.Index = p.Property;
                }
                // A name said twice in one row: the first counts.
                if (c.Present > 0 && c.Rows[c.Present - 1] == at + i) continue;
                c.Add(at + i, c.Texts.Add(slab, p.Value));
            }
        }
    }

    void Status(ReadOnlySpan<SegmentRows> parts)
    {
        var c = Draft(Fields.ParseStatus.Id, -1, ColumnKind.Text);
        c.BeginFull(_rows);
        Span<int> codes = stackalloc int[256];
        codes.Clear();
        int at = 0;
        foreach (var part in parts)
        {
            for (int i = 0; i < part.Count; i++)
            {
                var status = part.Batch.Status[part[i]];
                ref int code = ref codes[(byte)status];
                if (code == 0) code = c.Texts.Add(status.Utf8()) + 1;
                c.Codes[at++] = code - 1;
            }
        }
        c.Present = _rows;
        Take(c);
    }

    void Addresses(Field field, ReadOnlySpan<SegmentRows> parts)
    {
        bool any = false;
        foreach (var part in parts) any = any || part.Batch.Has(field);
        if (!any) return;
        var c = Draft(field.Id, -1, ColumnKind.Address);
        c.BeginFull(_rows);
        int at = 0;
        foreach (var part in parts)
        {
            if (part.Batch.Has(field))
            {
                var from = part.Batch.Addresses(field);
                for (int i = 0; i < part.Count; i++)
                {
                    var a = from[part[i]];
                    if (a.IsAbsent) continue;
                    c.Codes[at + i] = c.Keys.Add(a.Value);
                    c.Present++;
                }
            }
            at += part.Count;
        }
        if (c.Present > 0) Take(c);
        else _drafts--;
    }

    /// <summary>
    /// Payloads of one kind of message lie together, which saves an eighth of their size: the kind is the event name, or where there is none the source type
    /// and program. Gives the rows in that order, or null when there is one kind.
    /// </summary>
    ColumnDraft? Group(out int[]? order)
    {
        order = null;
        var type = _byField[Fields.DeviceType.Id];
        var name = _byField[Fields.Qid.Id];
        var program = _byField[Fields.Application.Id];
        if (type == null && name == null && program == null) return null;
        var c = Draft(-1, -1, ColumnKind.Number);
        c.BeginFull(_rows);
        UInt128 before = 0;
        _types.Clear();
        for (int i = 0; i < _rows; i++)
        {
            int ofType = (type?.Codes[i] ?? -1) + 1;
            var key = name != null && name.Codes[i] >= 0 ? (UInt128)(ulong)(name.Codes[i] + 1)
                : new UInt128((ulong)ofType + 1, (ulong)((program?.Codes[i] ?? -1) + 1));
            c.Codes[i] = i > 0 && key == before ? c.Codes[i - 1] : c.Keys.Add(key);
            if (c.Codes[i] == _types.Count) _types.Add(ofType);
            before = key;
        }
        int groups = c.Keys.Count;
        if (groups == 1)
        {
            _drafts--;
            return null;
        }
        // Groups of one source type side by side.
        var keys = _types.ToArray();
        var sorted = new int[groups];
        for (int i = 0; i < groups; i++) sorted[i] = i;
        Array.Sort(keys, sorted);
        var rank = new int[groups];
        for (int i = 0; i < groups; i++) rank[sorted[i]] = i;
        for (int i = 0; i < _rows; i++) c.Codes[i] = rank[c.Codes[i]];
        c.Present = _rows;
        Take(c);
        order = RowOrder.ByGroup(c.Codes.AsSpan(0, _rows), groups);
        return c;
    }

    void Coded(ColumnDraft c)
    {
        _section.Clear();
        long min = 0, max = 0;
        UInt128 first = 0, last = 0;
        var filter = default(Filter);
        int distinct = c.Distinct;
        if (c.Kind == ColumnKind.Text)
        {
            TextDictionary.Write(c.Texts, _section);
            // Where values hardly come twice a filter is as large as what it saves reading; their words are in the payload's filter.
            if (distinct >= FilterFrom && distinct <= c.Present / 4) filter = WriteFilter(c);
            _codes.Write(c, _rows, _parents, _section);
        }
        else if (c.Kind == ColumnKind.Address)
        {
            (first, last) = _order.Sort(c, _rows, _section);
            if (c.Present < _rows) first = 0;
            if (distinct >= FilterFrom) filter = WriteFilter(c);
            _codes.Write(c, _rows, _parents, _section);
        }
        else if (c.Field < 0)
        {
            _codes.Write(c, _rows, _parents, _section);
        }
        else
        {
            distinct = CodedNumbers(c);
            var keys = c.Keys.Keys;
            min = max = (long)(ulong)keys[0];
            foreach (var key in keys)
            {
                min = Math.Min(min, (long)(ulong)key);
                max = Math.Max(max, (long)(ulong)key);
            }
            if (c.Present < _rows) (min, max) = (Math.Min(min, 0), Math.Max(max, 0));
        }
        c.Index = _entries.Count;
        _entries.Add(new(c.Field, c.Property, c.Kind, c.Present, distinct, min, max, first, last, _output.Append(_section.Written), filter));
        if (c.Full && !c.Mapped && distinct > 0) _parents.Add(c);
    }

    /// <summary>Numbers by dictionary or without, whichever is shorter; gives the entries of the dictionary, 0 for none.</summary>
    int CodedNumbers(ColumnDraft c)
    {
        var keys = c.Keys.Keys;
        var values = _numbers.AsSpan(0, _rows);
        for (int i = 0; i < keys.Length; i++) values[i] = (long)(ulong)keys[i];
        _section.Byte(Layout.NumbersCoded);
        NumberEncoding.Write(values[..keys.Length], _section);
        _codes.Write(c, _rows, _parents, _section);
        // What follows from another column, or takes hardly more than a bit a row, needs no second try.
        if (c.Mapped || _section.Length <= _rows / 6) return c.Distinct;
        int coded = _section.Length;
        for (int i = 0; i < _rows; i++) values[i] = c.Codes[i] < 0 ? 0 : (long)(ulong)keys[c.Codes[i]];
        WritePlain(values, false, _section);
        // Nearly as short is not enough: other columns may follow from this one by its dictionary.
        bool plain = _section.Length - coded < coded - coded / 8;
        if (!plain)
        {
            _section.Truncate(coded);
            return c.Distinct;
        }
        _other.Clear();
        _other.Bytes(_section.Written[coded..]);
        _section.Clear();
        _section.Bytes(_other.Written);
        return 0;
    }

    void Entry(int field, int property, ColumnKind kind, int present, int distinct, Filter filter)
    {
        var (min, max) = NumberEncoding.MinMax(_numbers.AsSpan(0, _rows));
        _entries.Add(new(field, property, kind, present, distinct, min, max, 0, 0, _output.Append(_section.Written), filter));
    }

    Filter WriteFilter(ColumnDraft c)
    {
        if (_hashes.Length < c.Distinct) _hashes = new ulong[c.Distinct * 2];
        for (int i = 0; i < c.Distinct; i++) _hashes[i] = c.Kind == ColumnKind.Text ? Hash.Of(c.Texts.Value(i)) : Hash.Of(c.Keys.Keys[i]);
        int blocks = SplitBlockFilter.Blocks(c.Distinct);
        _filterBytes.Clear();
        SplitBlockFilter.Write(_hashes.AsSpan(0, c.Distinct), blocks, ref _words, _filterBytes);
        var filter = new Filter(_output.Position, blocks);
        _output.Raw(_filterBytes.Written);
        return filter;
    }
}
