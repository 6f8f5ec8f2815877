using Portolan.Model;

namespace Portolan.Store.Segments;

/// <summary>
/// Brings an address column's dictionary into ascending order, so that equality is a binary search and a range a run of codes. The dictionary is stored as
/// two runs of numbers, the upper 64 bits (all 0 where there is no IPv6) and the lower: ascending, so a delta is short.
/// </summary>
sealed class AddressOrder
{
    UInt128[] _keys = [];
    ulong[] _v4 = [];
    int[] _codes = [], _rank = [];
    long[] _half = [];

    /// <summary>Sorts, renumbers the column's codes and writes the dictionary; its smallest and largest.</summary>
    public (UInt128 First, UInt128 Last) Sort(ColumnDraft c, int rows, ByteWriter to)
    {
        var keys = c.Keys.Keys;
        int n = keys.Length;
        if (_keys.Length < n)
        {
            _keys = new UInt128[n * 2];
            _v4 = new ulong[n * 2];
            _codes = new int[n * 2];
            _rank = new int[n * 2];
            _half = new long[n * 2];
        }
        keys.CopyTo(_keys);
        bool v4 = true;
        for (int i = 0; i < n && v4; i++) v4 = new Address(keys[i]).IsV4;
        if (v4)
        {
            // 32 bits of address and the code below it sort as one number, three times as fast.
            for (int i = 0; i < n; i++) _v4[i] = (ulong)(uint)keys[i] << 32 | (uint)i;
            Array.Sort(_v4, 0, n);
            for (int i = 0; i < n; i++) _rank[_codes[i] = (int)(uint)_v4[i]] = i;
            for (int i = 0; i < n; i++) _keys[i] = keys[_codes[i]];
        }
        else
        {
            for (int i = 0; i < n; i++) _codes[i] = i;
            Array.Sort(_keys, _codes, 0, n);
            for (int i = 0; i < n; i++) _rank[_codes[i]] = i;
        }
        foreach (ref int code in c.Codes.AsSpan(0, rows))
        {
            if (code >= 0) code = _rank[code];
        }
        for (int i = 0; i < n; i++) _half[i] = (long)(ulong)(_keys[i] >> 64);
        NumberEncoding.Write(_half.AsSpan(0, n), to);
        for (int i = 0; i < n; i++) _half[i] = (long)(ulong)_keys[i];
        NumberEncoding.Write(_half.AsSpan(0, n), to);
        return (_keys[0], _keys[n - 1]);
    }

    /// <summary>Reads a dictionary; false order or doubles are malformed.</summary>
    public static Address[] Read(ref ByteReader from, int distinct)
    {
        var high = new long[distinct];
        var low = new long[distinct];
        NumberEncoding.Read(ref from, high);
        NumberEncoding.Read(ref from, low);
        var addresses = new Address[distinct];
        UInt128 before = 0;
        for (int i = 0; i < distinct; i++)
        {
            var value = new UInt128((ulong)high[i], (ulong)low[i]);
            if (value <= before) throw new MalformedException("addresses out of order");
            addresses[i] = new(before = value);
        }
        return addresses;
    }
}
