using Portolan.Model;

namespace Portolan.Store.Segments;

/// <summary>Writes the columns of one block, the row sets they share and their filters, and keeps the directory of what it wrote.</summary>
sealed class ColumnWriter
{
    /// <summary>From how many distinct values on a column has a filter of its own: below, its dictionary is as quick to read.</summary>
    const int FilterFrom = 256;

    readonly SegmentOutput _output;
    readonly RowSets _rowSets;
    readonly CodeEncoding _codes;
    readonly ByteWriter _section = new(), _other = new(), _filterBytes = new();
    readonly List<ColumnDraft> _parents = [];
    readonly List<ColumnEntry> _entries = [];
    readonly AddressOrder _order = new();
    int _rows;
    long[] _numbers = [], _present = [];
    int[] _set = [];
    ulong[] _hashes = [];
    uint[] _words = [];

    public ColumnWriter(SegmentOutput output)
    {
        _output = output;
        _rowSets = new(output);
        _codes = new(_rowSets);
    }

    public RowSetEntry[] RowSets => _rowSets.Entries;
    public ColumnEntry[] Entries => [.. _entries];

    /// <summary>Begins the next block.</summary>
    public void Begin(int rows)
    {
        _rows = rows;
        if (_numbers.Length < rows)
        {
            _numbers = new long[rows];
            _present = new long[rows];
            _set = new int[rows];
        }
        _parents.Clear();
        _entries.Clear();
        _rowSets.Clear();
    }

    /// <summary>Writes a number field without dictionary.</summary>
    public void Plain(Field field, ReadOnlySpan<long> values, ReadOnlySpan<long> start)
    {
        _section.Clear();
        WritePlain(values, field.Kind == FieldKind.Time && field != Fields.StartTime ? start : [], _section);
        var (min, max) = NumberEncoding.MinMax(values);
        _entries.Add(new(field.Id, -1, ColumnKind.Number, _rows - values.Count(0L), 0, min, max, 0, 0, _output.Append(_section.Written), default));
    }

    /// <summary>
    /// Numbers without dictionary: all or only those that are not 0, as they are or, where <paramref name="start"/> is given, as differences to it.
    /// </summary>
    void WritePlain(ReadOnlySpan<long> values, ReadOnlySpan<long> start, ByteWriter to)
    {
        int zeros = values.Count(0L);
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
        if (start.IsEmpty) return;
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

    /// <summary>Writes a column with its dictionary, or numbers without it where that is shorter. Columns that others may follow from come first.</summary>
    public void Coded(ColumnDraft c)
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
        WritePlain(values, [], _section);
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
