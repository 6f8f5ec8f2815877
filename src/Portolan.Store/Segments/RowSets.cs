using System.Runtime.InteropServices;

namespace Portolan.Store.Segments;

/// <summary>The row sets of the block being written: which rows have a value. Columns that have theirs in the same rows share one.</summary>
sealed class RowSets(SegmentOutput output)
{
    sealed class Draft
    {
        public int[] Rows = [];
        public int Count;
        public ulong Hash;
    }

    readonly List<Draft> _drafts = [];
    readonly List<RowSetEntry> _entries = [];
    readonly ByteWriter _bytes = new();
    long[] _numbers = [];
    byte[] _bits = [], _inside = [];

    public RowSetEntry[] Entries => [.. _entries];

    public void Clear() => _entries.Clear();

    /// <summary>The set's number if it is there already, else −1.</summary>
    public int Find(ReadOnlySpan<int> rows)
    {
        ulong hash = Hash.Of(MemoryMarshal.AsBytes(rows));
        for (int i = 0; i < _entries.Count; i++)
        {
            var d = _drafts[i];
            if (d.Hash == hash && d.Count == rows.Length && d.Rows.AsSpan(0, d.Count).SequenceEqual(rows)) return i;
        }
        return -1;
    }

    /// <summary>Bits that a new set takes at most, nearly.</summary>
    public static long Bits(int count, int rows) => Math.Min(rows, (long)count * (BitPacking.Width((ulong)(rows / Math.Max(1, count))) + 2));

    /// <summary>Writes a set that <see cref="Find"/> did not find; its number.</summary>
    public int Add(ReadOnlySpan<int> set, int rows, List<ColumnDraft> parents)
    {
        int id = _entries.Count;
        if (id == _drafts.Count) _drafts.Add(new());
        var d = _drafts[id];
        if (d.Rows.Length < set.Length) d.Rows = new int[Math.Max(64, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)set.Length))];
        set.CopyTo(d.Rows);
        d.Count = set.Length;
        d.Hash = Hash.Of(MemoryMarshal.AsBytes(set));

        _bytes.Clear();
        if (set.Length < rows / 64 || !TryMap(set, rows, parents)) Direct(set, rows);
        _entries.Add(new(set.Length, output.Append(_bytes.Written)));
        return id;
    }

    void Direct(ReadOnlySpan<int> set, int rows)
    {
        if (Bits(set.Length, rows) < rows)
        {
            if (_numbers.Length < set.Length) _numbers = new long[set.Length * 2];
            for (int i = 0; i < set.Length; i++) _numbers[i] = set[i];
            _bytes.Byte(Layout.RowsListed);
            NumberEncoding.Write(_numbers.AsSpan(0, set.Length), _bytes);
            return;
        }
        _bytes.Byte(Layout.RowsBitmap);
        int length = (rows + 7) / 8;
        var bits = _bytes.Room(length)[..length];
        bits.Clear();
        foreach (int row in set) bits[row >> 3] |= (byte)(1 << (row & 7));
        _bytes.Advance(length);
    }

    /// <summary>Writes which codes of an earlier column mean "in the set", if some column's codes tell.</summary>
    bool TryMap(ReadOnlySpan<int> set, int rows, List<ColumnDraft> parents)
    {
        const byte Out = 1, In = 2, Both = 3;
        if (_inside.Length < rows) _inside = new byte[rows];
        _inside.AsSpan(0, rows).Fill(Out);
        foreach (int row in set) _inside[row] = In;
        foreach (var parent in parents)
        {
            if (parent.Distinct > rows / 16) continue;
            int states = parent.Distinct + 1;
            if (_bits.Length < states) _bits = new byte[states * 2];
            Array.Clear(_bits, 0, states);
            bool fits = true;
            var codes = parent.Codes.AsSpan(0, rows);
            for (int row = 0; row < codes.Length && fits; row++) fits = (_bits[codes[row] + 1] |= _inside[row]) != Both;
            if (!fits) continue;
            _bytes.Byte(Layout.RowsMapped);
            _bytes.Varint((ulong)parent.Index);
            int length = (states + 7) / 8;
            var map = _bytes.Room(length)[..length];
            map.Clear();
            for (int i = 0; i < states; i++) map[i >> 3] |= (byte)((_bits[i] == In ? 1 : 0) << (i & 7));
            _bytes.Advance(length);
            return true;
        }
        return false;
    }

    /// <summary>Reads a set's rows. <paramref name="codes"/> gives the codes of a column and how many distinct ones there are.</summary>
    public static int[] Read(ref ByteReader from, int count, int rows, Func<int, (int[] Codes, int Distinct)> codes)
    {
        var set = new int[count];
        int n = 0;
        byte mode = from.Byte();
        if (mode == Layout.RowsListed)
        {
            var numbers = new long[count];
            NumberEncoding.Read(ref from, numbers);
            long before = -1;
            foreach (long row in numbers)
            {
                if (row <= before || row >= rows) throw new MalformedException("rows out of order");
                set[n++] = (int)(before = row);
            }
            return set;
        }
        ReadOnlySpan<byte> bits;
        int[]? parent = null;
        if (mode == Layout.RowsMapped)
        {
            (parent, int distinct) = codes(from.Count(Layout.MostColumns));
            bits = from.Bytes((distinct + 8) / 8);
        }
        else if (mode == Layout.RowsBitmap) bits = from.Bytes((rows + 7) / 8);
        else throw new MalformedException($"row set encoding {mode} is unknown");
        for (int row = 0; row < rows; row++)
        {
            int bit = parent == null ? row : parent[row] + 1;
            if ((bits[bit >> 3] >> (bit & 7) & 1) == 0) continue;
            if (n == count) throw new MalformedException("more rows than counted");
            set[n++] = row;
        }
        return n == count ? set : throw new MalformedException("fewer rows than counted");
    }
}
