using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Portolan.Collect.LogSources;

/// <summary>
/// A map from byte strings that is filled at load and read on the hot path: open addressing over a hash of length, first and last bytes,
/// so that a look-up of a usual key is one multiplication and one compare. Keys come from content files, not from senders, so nobody can
/// choose colliding ones; what is looked up may be anything.
/// </summary>
sealed class BytesTable<T>
{
    struct Entry
    {
        public byte[]? Key;
        public uint Hash;
        public T Value;
    }

    Entry[] _entries = new Entry[8];
    int _count;

    public int Count => _count;
    public IEnumerable<byte[]> Keys => _entries.Where(e => e.Key != null).Select(e => e.Key!);

    public void Add(string key, T value) => this[Encoding.UTF8.GetBytes(key)] = value;

    public T this[byte[] key]
    {
        set
        {
            if (_count * 2 >= _entries.Length)
            {
                var old = _entries;
                _entries = new Entry[old.Length * 2];
                foreach (var e in old)
                {
                    if (e.Key != null) _entries[Slot(e.Key, e.Hash)] = e;
                }
            }
            uint hash = Hash(key);
            ref var entry = ref _entries[Slot(key, hash)];
            if (entry.Key == null) _count++;
            entry = new() { Key = key, Hash = hash, Value = value };
        }
    }

    public bool TryFind(ReadOnlySpan<byte> key, [MaybeNullWhen(false)] out T value)
    {
        ref var entry = ref _entries[Slot(key, Hash(key))];
        value = entry.Value;
        return entry.Key != null;
    }

    int Slot(ReadOnlySpan<byte> key, uint hash)
    {
        var entries = _entries;
        int mask = entries.Length - 1;
        for (int i = (int)hash & mask; ; i = (i + 1) & mask)
        {
            ref var e = ref entries[i];
            if (e.Key == null || e.Hash == hash && key.SequenceEqual(e.Key)) return i;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Hash(ReadOnlySpan<byte> key)
    {
        // Up to 8 bytes from either end and the length; keys that differ only in the middle of more than 16 bytes collide, which costs a
        // compare.
        ulong a = 0, b = 0;
        if (key.Length >= 8)
        {
            a = MemoryMarshal.Read<ulong>(key);
            b = MemoryMarshal.Read<ulong>(key[^8..]);
        }
        else
        {
            foreach (byte c in key) a = a << 8 | c;
        }
        ulong h = (a ^ (b * 0x9E3779B97F4A7C15) ^ (uint)key.Length) * 0xD6E8FEB86659FD93;
        return (uint)(h >> 32) ^ (uint)h;
    }
}
