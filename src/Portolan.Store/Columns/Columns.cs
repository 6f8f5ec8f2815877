using Portolan.Model;

namespace Portolan.Store.Columns;

/// <summary>Numbers, times, flags and MACs of a block, one per row.</summary>
public sealed record NumberColumn(long[] Values);

/// <summary>Addresses of a block: a dictionary in ascending order and, per row, a code into it.</summary>
public sealed record AddressColumn(Address[] Dictionary, int[] Codes)
{
    public Address this[int row] => Dictionary[Codes[row]];
}

/// <summary>Texts of a block: a dictionary of distinct UTF-8 values (no order) and, per row, a code into it; −1 is NULL.</summary>
/// <param name="Bytes">The dictionary's values end to end.</param>
/// <param name="Ends">Where each value ends in <paramref name="Bytes"/>; the first begins at 0.</param>
public sealed record TextColumn(byte[] Bytes, int[] Ends, int[] Codes)
{
    public int DictionarySize => Ends.Length;

    public ReadOnlySpan<byte> Value(int code)
    {
        int start = code == 0 ? 0 : Ends[code - 1];
        return Bytes.AsSpan(start, Ends[code] - start);
    }
}
