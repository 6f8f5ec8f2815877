namespace Portolan.Store.Segments;

/// <summary>Gives 128-bit keys (addresses, or numbers widened) numbers in order of first appearance; kept from block to block.</summary>
sealed class KeyTable
{
    int[] _slots = new int[64];
    UInt128[] _keys = new UInt128[16];

    public int Count { get; private set; }
    public ReadOnlySpan<UInt128> Keys => _keys.AsSpan(0, Count);

    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
    }

    public int Add(UInt128 key)
    {
        int mask = _slots.Length - 1;
        for (int slot = (int)Hash.Of(key, Hash.Secret) & mask; ; slot = slot + 1 & mask)
        {
            int code = _slots[slot] - 1;
            if (code < 0)
            {
                _slots[slot] = Count + 1;
                break;
            }
            if (_keys[code] == key) return code;
        }
        if (Count == _keys.Length) Array.Resize(ref _keys, Count * 2);
        _keys[Count++] = key;
        if (Count * 2 > _slots.Length) Grow();
        return Count - 1;
    }

    void Grow()
    {
        _slots = new int[_slots.Length * 4];
        int mask = _slots.Length - 1;
        for (int code = 0; code < Count; code++)
        {
            int slot = (int)Hash.Of(_keys[code], Hash.Secret) & mask;
            while (_slots[slot] != 0) slot = slot + 1 & mask;
            _slots[slot] = code + 1;
        }
    }
}
