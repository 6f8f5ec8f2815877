using Portolan.Model;

namespace Portolan.Store.Segments;

/// <summary>
/// Gives texts numbers in order of first appearance, by their bytes. Meant to be used block after block: <see cref="Clear"/> keeps the memory. With
/// <see cref="Codes"/> it is a block's text column in the making.
/// </summary>
sealed class TextTable
{
    int[] _slots = new int[64];
    uint[] _hashes = new uint[16];
    int[] _ends = new int[16];
    byte[] _bytes = new byte[256];
    int _used, _lastCode;
    Slice _last;
    byte[]? _lastSlab;

    /// <summary>Distinct texts.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Count);
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _used);

    public ReadOnlySpan<byte> Value(int code)
    {
        int start = code == 0 ? 0 : _ends[code - 1];
        return _bytes.AsSpan(start, _ends[code] - start);
    }

    public void Clear()
    {
        Array.Clear(_slots);
        Count = _used = 0;
        _lastSlab = null;
    }

    /// <summary>The code of a slice that is not NULL.</summary>
    public int Add(byte[] slab, Slice s)
    {
        // Constants of a batch and repeated headers are the same slice row after row.
        if (s == _last && slab == _lastSlab) return _lastCode;
        _last = s;
        _lastSlab = slab;
        return _lastCode = Add(slab.AsSpan(s.Start, s.Length));
    }

    public int Add(ReadOnlySpan<byte> text)
    {
        ulong full = Hash.Of(text, Hash.Secret);
        uint hash = (uint)(full >> 32);
        int mask = _slots.Length - 1;
        for (int slot = (int)full & mask; ; slot = slot + 1 & mask)
        {
            int code = _slots[slot] - 1;
            if (code < 0)
            {
                _slots[slot] = Count + 1;
                break;
            }
            if (_hashes[code] == hash && Value(code).SequenceEqual(text)) return code;
        }
        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, Count * 2);
            Array.Resize(ref _hashes, Count * 2);
        }
        if (_used + text.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + text.Length));
        text.CopyTo(_bytes.AsSpan(_used));
        _used += text.Length;
        _ends[Count] = _used;
        _hashes[Count] = hash;
        if (++Count * 2 > _slots.Length) Grow();
        return Count - 1;
    }

    void Grow()
    {
        _slots = new int[_slots.Length * 4];
        int mask = _slots.Length - 1;
        for (int code = 0; code < Count; code++)
        {
            int slot = (int)Hash.Of(Value(code), Hash.Secret) & mask;
            while (_slots[slot] != 0) slot = slot + 1 & mask;
            _slots[slot] = code + 1;
        }
    }
}
