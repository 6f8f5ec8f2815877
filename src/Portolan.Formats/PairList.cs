namespace Portolan.Formats;

[Flags]
public enum PairFlags : byte
{
    None = 0,

    /// <summary>The value holds escapes: <see cref="Syntax.Unescape"/> gives what is meant.</summary>
    ValueEscaped = 1,

    /// <summary>The key holds escapes of the same kind.</summary>
    KeyEscaped = 2,

    /// <summary>The key lies in the list's own bytes, not in the message (a JSON path, a header field's name).</summary>
    KeyInList = 4,

    /// <summary>The value is a JSON null.</summary>
    Null = 8,
}

/// <summary>A key and its value as stretches of the message. A pair of a positional syntax (CSV) has no key: its place is its
/// name.</summary>
public readonly record struct Pair(int KeyStart, int KeyLength, int ValueStart, int ValueLength, PairFlags Flags)
{
    public bool ValueEscaped => (Flags & PairFlags.ValueEscaped) != 0;
    public bool IsNull => (Flags & PairFlags.Null) != 0;
}

/// <summary>
/// What every key-value syntax yields, in message order, duplicates included. Made once and reused: <see cref="Clear"/> keeps the memory.
/// Beyond <see cref="MaxPairs"/> pairs or <see cref="MaxKeyBytes"/> bytes of own keys the rest is left out and <see cref="Overflow"/> says
/// so.
/// </summary>
public sealed class PairList
{
    public const int MaxPairs = 1024;
    public const int MaxKeyBytes = 65536;

    Pair[] _pairs = new Pair[64];
    byte[] _keys = new byte[1024];
    int _keyBytes;

    public int Count { get; private set; }

    public bool Overflow { get; private set; }

    public ReadOnlySpan<Pair> Pairs => _pairs.AsSpan(0, Count);

    public ref readonly Pair this[int index] => ref _pairs.AsSpan(0, Count)[index];

    public void Clear()
    {
        Count = 0;
        _keyBytes = 0;
        Overflow = false;
    }

    /// <summary>The key as written (escaped, if its flag says so); empty for a positional pair.</summary>
    public ReadOnlySpan<byte> Key(ReadOnlySpan<byte> message, in Pair pair) =>
        (pair.Flags & PairFlags.KeyInList) != 0
            ? _keys.AsSpan(pair.KeyStart, pair.KeyLength)
            : message.Slice(pair.KeyStart, pair.KeyLength);

    /// <summary>The value as written, without its quotes.</summary>
    public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> message, in Pair pair) => message.Slice(pair.ValueStart, pair.ValueLength);

    /// <summary>The first pair of that key, compared byte for byte.</summary>
    public bool TryFind(ReadOnlySpan<byte> message, ReadOnlySpan<byte> key, out Pair pair)
    {
        foreach (ref readonly var p in Pairs)
        {
            if (p.KeyLength != key.Length || !Key(message, p).SequenceEqual(key)) continue;
            pair = p;
            return true;
        }
        pair = default;
        return false;
    }

    public bool Add(int keyStart, int keyLength, int valueStart, int valueLength, PairFlags flags = PairFlags.None)
    {
        if (Count == _pairs.Length)
        {
            if (Count >= MaxPairs)
            {
                Overflow = true;
                return false;
            }
            Array.Resize(ref _pairs, Count * 2);
        }
        _pairs[Count++] = new(keyStart, keyLength, valueStart, valueLength, flags);
        return true;
    }

    /// <summary>Adds a value whose key is not in the message.</summary>
    public bool AddNamed(ReadOnlySpan<byte> key, int valueStart, int valueLength, PairFlags flags = PairFlags.None)
    {
        if (_keyBytes + key.Length > _keys.Length)
        {
            if (_keyBytes + key.Length > MaxKeyBytes)
            {
                Overflow = true;
                return false;
            }
            Array.Resize(ref _keys, Math.Max(_keys.Length * 2, _keyBytes + key.Length));
        }
        if (!Add(_keyBytes, key.Length, valueStart, valueLength, flags | PairFlags.KeyInList)) return false;
        key.CopyTo(_keys.AsSpan(_keyBytes));
        _keyBytes += key.Length;
        return true;
    }

    /// <summary>Gives pair <paramref name="index"/> another key from the message.</summary>
    public void Rename(int index, int keyStart, int keyLength, bool escaped)
    {
        var p = _pairs[index];
        var flags = p.Flags & ~(PairFlags.KeyInList | PairFlags.KeyEscaped) | (escaped ? PairFlags.KeyEscaped : 0);
        _pairs[index] = new(keyStart, keyLength, p.ValueStart, p.ValueLength, flags);
    }

    /// <summary>Takes out the pairs whose flag in <paramref name="remove"/> is set.</summary>
    public void RemoveWhere(ReadOnlySpan<bool> remove)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
            if (!remove[i]) _pairs[kept++] = _pairs[i];
        Count = kept;
    }
}
