using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Portolan.Model;

/// <summary>
/// What is known of (domain, address), for tables of hundreds of thousands that every event asks: open addressing with the entries in place, so that a
/// look-up is one cache miss. Entries stay for ever. One thread adds; others that ask meanwhile need a lock with it. The absent address is in no table.
/// </summary>
public sealed class AddressTable<T> where T : struct
{
    struct Entry
    {
        public Address Address;
        public int Domain;
        public T Value;
    }

    // Senders choose the addresses, so the hash is keyed anew in every process.
    readonly ulong _seed = (ulong)Random.Shared.NextInt64() | 1, _other = (ulong)Random.Shared.NextInt64() << 1;
    Entry[] _entries = new Entry[16];

    public int Count { get; private set; }

    /// <summary>The value, or a reference to nothing (<see cref="Unsafe.IsNullRef{T}"/>). It is valid until the next <see cref="Add"/>.</summary>
    public ref T Find(int domain, Address address)
    {
        if (!address.IsAbsent)
        {
            ref var entry = ref Place(_entries, domain, address);
            if (!entry.Address.IsAbsent) return ref entry.Value;
        }
        return ref Unsafe.NullRef<T>();
    }

    /// <summary>The value, made (default) at first sight. It is valid until the next call of this.</summary>
    /// <exception cref="ArgumentException">The address is absent.</exception>
    public ref T Add(int domain, Address address, out bool isNew)
    {
        if (address.IsAbsent) throw new ArgumentException("the absent address", nameof(address));
        if ((Count + 1) * 3L > _entries.Length * 2L) Grow();
        ref var entry = ref Place(_entries, domain, address);
        isNew = entry.Address.IsAbsent;
        if (isNew)
        {
            (entry.Address, entry.Domain) = (address, domain);
            Count++;
        }
        return ref entry.Value;
    }

    void Grow()
    {
        var grown = new Entry[_entries.Length * 2];
        foreach (ref var entry in _entries.AsSpan())
        {
            if (!entry.Address.IsAbsent) Place(grown, entry.Domain, entry.Address) = entry;
        }
        _entries = grown;
    }

    ref Entry Place(Entry[] entries, int domain, Address address)
    {
        var value = address.Value;
        ulong high = Math.BigMul((ulong)value ^ _seed, (ulong)(value >> 64) ^ _other ^ (uint)domain << 1 | 1, out ulong low);
        for (uint i = (uint)(high ^ low); ; i++)
        {
            ref var entry = ref entries[i & (uint)(entries.Length - 1)];
            if (entry.Address.IsAbsent || entry.Address == address && entry.Domain == domain) return ref entry;
        }
    }

    /// <summary>All entries, in no order.</summary>
    public Enumerator GetEnumerator() => new(_entries);

    [SuppressMessage("Design", "CA1034", Justification = "what foreach uses")]
    public ref struct Enumerator
    {
        readonly Entry[] _entries;
        int _at;

        internal Enumerator(object entries) => (_entries, _at) = ((Entry[])entries, -1);

        public readonly Row Current => new(_entries[_at].Domain, _entries[_at].Address, ref _entries[_at].Value);

        public bool MoveNext()
        {
            while (++_at < _entries.Length)
            {
                if (!_entries[_at].Address.IsAbsent) return true;
            }
            return false;
        }
    }

    public readonly ref struct Row(int domain, Address address, ref T value)
    {
        public readonly int Domain = domain;
        public readonly Address Address = address;
        public readonly ref T Value = ref value;
    }
}
