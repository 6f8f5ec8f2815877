using System.Runtime.CompilerServices;

namespace Portolan.Store.Segments;

/// <summary>
/// The codes of a column: bit-packed, with or without a row set; as one bit "the next new one" where most values come once; or, where every code follows
/// from another column's (severity from qid, host name from log source), as the map alone.
/// </summary>
sealed class CodeEncoding(RowSets rowSets)
{
    readonly ByteWriter _direct = new();
    // Per state of a parent: the run of Follows that set it (upper half) and the code + 1 it goes with.
    ulong[] _map = [];
    ulong _run;
    long[] _numbers = [];
    ulong[] _packed = [];
    int[] _rows = [], _dense = [];

    /// <summary>Writes a column's codes; tells the draft whether they were mapped.</summary>
    public void Write(ColumnDraft c, int rows, List<ColumnDraft> parents, ByteWriter to)
    {
        if (c.Distinct == 1 && c.Present == rows)
        {
            to.Varint(0);
            to.Byte(Layout.CodesConstant);
            return;
        }
        if (c.Full && TryMap(c, rows, parents, to)) return;
        if (c.Present == rows)
        {
            to.Varint(0);
            Dense(c.Codes.AsSpan(0, rows), c.Distinct, to);
            return;
        }
        if (c.Full) Compact(c, rows);
        var set = c.Full ? _rows.AsSpan(0, c.Present) : c.Rows.AsSpan(0, c.Present);
        var dense = c.Full ? _dense.AsSpan(0, c.Present) : c.Dense.AsSpan(0, c.Present);
        int id = rowSets.Find(set);
        long with = (id >= 0 ? 0 : RowSets.Bits(c.Present, rows)) + (long)c.Present * BitPacking.Width((ulong)c.Distinct - 1);
        int width = BitPacking.Width((ulong)c.Distinct);
        if (c.Full && (long)rows * width <= with)
        {
            to.Varint(0);
            to.Byte(Layout.CodesPacked);
            var packed = Packed(rows);
            for (int i = 0; i < rows; i++) packed[i] = (ulong)(c.Codes[i] + 1);
            BitPacking.Pack(packed, width, to);
            return;
        }
        if (id < 0) id = rowSets.Add(set, rows, parents);
        to.Varint((ulong)id + 1);
        if (c.Distinct == 1) to.Byte(Layout.CodesConstant);
        else Dense(dense, c.Distinct, to);
    }

    void Dense(ReadOnlySpan<int> codes, int distinct, ByteWriter to)
    {
        if (distinct == codes.Length)
        {
            to.Byte(Layout.CodesAscending);
            // Address codes are in dictionary order, not by first appearance.
            bool ascending = true;
            for (int i = 0; i < codes.Length && ascending; i++) ascending = codes[i] == i;
            if (ascending) return;
            to.Truncate(to.Length - 1);
        }
        int width = BitPacking.Width((ulong)distinct - 1);
        long seen = codes.Length + (long)(codes.Length - distinct) * width;
        if (seen < (long)codes.Length * width && TryFirstSeen(codes, distinct, width, to)) return;
        to.Byte(Layout.CodesPacked);
        var packed = Packed(codes.Length);
        for (int i = 0; i < codes.Length; i++) packed[i] = (ulong)codes[i];
        BitPacking.Pack(packed, width, to);
    }

    bool TryFirstSeen(ReadOnlySpan<int> codes, int distinct, int width, ByteWriter to)
    {
        int start = to.Length, next = 0, n = 0, length = (codes.Length + 7) / 8;
        to.Byte(Layout.CodesFirstSeen);
        var packed = Packed(codes.Length);
        var bits = to.Room(length)[..length];
        bits.Clear();
        for (int i = 0; i < codes.Length; i++)
        {
            if (codes[i] == next)
            {
                bits[i >> 3] |= (byte)(1 << (i & 7));
                next++;
            }
            else packed[n++] = (ulong)codes[i];
        }
        if (next != distinct)
        {
            to.Truncate(start);
            return false;
        }
        to.Advance(length);
        BitPacking.Pack(packed[..n], width, to);
        return true;
    }

    bool TryMap(ColumnDraft c, int rows, List<ColumnDraft> parents, ByteWriter to)
    {
        foreach (var parent in parents)
        {
            if (!Follows(c, parent, rows)) continue;
            _direct.Clear();
            int states = parent.Distinct + 1;
            if (_numbers.Length < states) _numbers = new long[states * 2];
            for (int i = 0; i < states; i++) _numbers[i] = _map[i] >> 32 == _run ? (uint)_map[i] : 0;
            NumberEncoding.Write(_numbers.AsSpan(0, states), _direct);
            if (_direct.Length * 8L >= (long)c.Present * BitPacking.Width((ulong)c.Distinct - 1) + 64) continue;
            to.Varint(0);
            to.Byte(Layout.CodesMapped);
            to.Varint((ulong)parent.Index);
            to.Bytes(_direct.Written);
            return c.Mapped = true;
        }
        return false;
    }

    /// <summary>Whether each code of the parent goes with one code of the column; then the map is in <c>_map</c>, where this run set it.</summary>
    bool Follows(ColumnDraft c, ColumnDraft parent, int rows)
    {
        if (parent.Distinct < c.Distinct && parent.Present == rows) return false;
        if (_map.Length < parent.Distinct + 1) _map = new ulong[Math.Max(1024, parent.Distinct * 2)];
        ulong run = ++_run << 32;
        var from = parent.Codes.AsSpan(0, rows);
        var codes = c.Codes.AsSpan(0, rows);
        for (int i = 0; i < from.Length; i++)
        {
            ref ulong to = ref _map[from[i] + 1];
            ulong wanted = run | (uint)(codes[i] + 1);
            if (to == wanted) continue;
            if (to >= run) return false;
            to = wanted;
        }
        return true;
    }

    void Compact(ColumnDraft c, int rows)
    {
        if (_rows.Length < rows)
        {
            _rows = new int[Math.Max(rows, 1024)];
            _dense = new int[_rows.Length];
        }
        int n = 0;
        var codes = c.Codes.AsSpan(0, rows);
        // Written whether there is a code or not, and then kept or written over: the processor has nothing to guess.
        for (int row = 0; row < codes.Length; row++)
        {
            int code = codes[row];
            _rows[n] = row;
            _dense[n] = code;
            n += (code >>> 31) ^ 1;
        }
    }

    Span<ulong> Packed(int count)
    {
        if (_packed.Length < count) _packed = new ulong[Math.Max(count, 1024)];
        return _packed.AsSpan(0, count);
    }

    /// <summary>Reads the codes of all rows, −1 where a row has no value.</summary>
    /// <param name="rowSet">Gives the rows of a row set.</param>
    /// <param name="codes">Gives codes and number of distinct ones of an earlier column.</param>
    [SkipLocalsInit]
    public static int[] Read(ref ByteReader from, int rows, int present, int distinct, Func<int, int[]> rowSet, Func<int, (int[] Codes, int Distinct)> codes)
    {
        int set = from.Count(Layout.MostColumns) - 1;
        byte mode = from.Byte();
        var all = new int[rows];
        if (mode == Layout.CodesMapped)
        {
            var (parent, states) = codes(from.Count(Layout.MostColumns));
            var map = new long[states + 1];
            NumberEncoding.Read(ref from, map);
            foreach (long code in map)
            {
                if (code < 0 || code > distinct) throw new MalformedException("a code outside the dictionary");
            }
            for (int i = 0; i < rows; i++) all[i] = (int)map[parent[i] + 1] - 1;
            if (rows - all.AsSpan().Count(-1) != present) throw new MalformedException("more or fewer rows with a value than counted");
            return all;
        }
        if (set < 0)
        {
            bool nulls = present < rows;
            if (nulls && mode != Layout.CodesPacked) throw new MalformedException("absent rows without a row set");
            ReadDense(ref from, mode, nulls ? distinct + 1 : distinct, all);
            if (nulls)
            {
                foreach (ref int code in all.AsSpan()) code--;
                if (rows - all.AsSpan().Count(-1) != present) throw new MalformedException("more or fewer rows with a value than counted");
            }
            return all;
        }
        var at = rowSet(set);
        if (at.Length != present) throw new MalformedException("row set and column disagree");
        var dense = new int[present];
        ReadDense(ref from, mode, distinct, dense);
        Array.Fill(all, -1);
        for (int i = 0; i < at.Length; i++) all[at[i]] = dense[i];
        return all;
    }

    static void ReadDense(ref ByteReader from, byte mode, int distinct, Span<int> codes)
    {
        if (distinct == 0 && codes.Length > 0) throw new MalformedException("values without a dictionary");
        int width = BitPacking.Width((ulong)Math.Max(0, distinct - 1));
        switch (mode)
        {
            case Layout.CodesConstant:
                codes.Clear();
                return;
            case Layout.CodesAscending:
                if (codes.Length > distinct) throw new MalformedException("more values than the dictionary has");
                for (int i = 0; i < codes.Length; i++) codes[i] = i;
                return;
            case Layout.CodesPacked:
                Unpack(ref from, width, distinct, codes);
                return;
            case Layout.CodesFirstSeen:
                var bits = from.Bytes((codes.Length + 7) / 8);
                if (codes.Length < distinct) throw new MalformedException("a dictionary larger than its use");
                var again = new int[codes.Length - distinct];
                Unpack(ref from, width, distinct, again);
                int next = 0, n = 0;
                for (int i = 0; i < codes.Length; i++)
                {
                    bool first = (bits[i >> 3] >> (i & 7) & 1) != 0;
                    if (first ? next == distinct : n == again.Length) throw new MalformedException("new and old values do not add up");
                    codes[i] = first ? next++ : again[n++];
                }
                return;
            default:
                throw new MalformedException($"code encoding {mode} is unknown");
        }
    }

    [SkipLocalsInit]
    static void Unpack(ref ByteReader from, int width, int distinct, Span<int> codes)
    {
        var packed = from.Bytes(BitPacking.Bytes(codes.Length, width));
        Span<ulong> part = stackalloc ulong[NumberEncoding.Chunk];
        // 1,024 values of any width fill whole bytes, so every part starts on one.
        for (int at = 0; at < codes.Length; at += part.Length)
        {
            int n = Math.Min(part.Length, codes.Length - at);
            BitPacking.Unpack(packed[BitPacking.Bytes(at, width)..], width, part[..n]);
            for (int i = 0; i < n; i++)
            {
                if (part[i] >= (ulong)distinct) throw new MalformedException("a code outside the dictionary");
                codes[at + i] = (int)part[i];
            }
        }
    }
}
