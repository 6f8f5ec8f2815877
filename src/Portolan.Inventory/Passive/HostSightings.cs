using System.Runtime.CompilerServices;
using System.Text;
using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Inventory.Passive;

/// <summary>
/// Host names seen at addresses: from events that tie the two (a DHCP lease, a VPN login) and from senders that name themselves in their messages' header.
/// An address with a name is an asset with a number that stays. One thread learns, any thread asks.
/// </summary>
public sealed class HostSightings : IAssetLookup, ICheckpoint
{
    const int Version = 1;

    /// <summary>Bound on memory: past it no new address is taken up; the counter says how many were turned away.</summary>
    public const int Most = 1_000_000;

    readonly object _lock = new();
    readonly AddressTable<Sighting> _byAddress = new();

    /// <summary>Host names, UTF-8, by asset number.</summary>
    readonly List<byte[]> _names = [[]];

    struct Sighting
    {
        public int Id;
        public long First, Last;
    }

    public long TurnedAway { get; private set; }

    public void See(int domain, Address address, ReadOnlySpan<byte> host, long time)
    {
        if (address.IsAbsent || host.IsEmpty || host.Length > 255) return;
        lock (_lock)
        {
            ref var s = ref _byAddress.Find(domain, address);
            if (Unsafe.IsNullRef(ref s))
            {
                if (_byAddress.Count >= Most)
                {
                    TurnedAway++;
                    return;
                }
                s = ref _byAddress.Add(domain, address, out _);
                s = new() { Id = _names.Count, First = time, Last = time };
                _names.Add([]);
            }
            s.Last = Math.Max(s.Last, time);
            s.First = Math.Min(s.First, time);
            if (!_names[s.Id].AsSpan().SequenceEqual(host)) _names[s.Id] = host.ToArray();
        }
    }

    /// <summary>The asset number at an address, 0 for none; without the lock, for the thread that learns.</summary>
    public int IdAt(int domain, Address address)
    {
        ref var s = ref _byAddress.Find(domain, address);
        return Unsafe.IsNullRef(ref s) ? 0 : s.Id;
    }

    public bool TryAt(int domain, Address address, long time, out AssetAt asset)
    {
        lock (_lock)
        {
            ref var s = ref _byAddress.Find(domain, address);
            if (!Unsafe.IsNullRef(ref s))
            {
                asset = At(s);
                return true;
            }
        }
        asset = default;
        return false;
    }

    /// <summary>Addresses at which a host name was last seen; the name with or without its domain.</summary>
    public IReadOnlyList<(int Domain, Address Address, AssetAt Asset)> Of(string host)
    {
        var found = new List<(int, Address, AssetAt)>();
        lock (_lock)
        {
            foreach (var row in _byAddress)
                if (Same(At(row.Value).HostName!, host)) found.Add((row.Domain, row.Address, At(row.Value)));
        }
        return [.. found.OrderByDescending(x => x.Item3.LastSeen)];
    }

    AssetAt At(in Sighting s) => new(s.Id, Encoding.UTF8.GetString(_names[s.Id]), s.First, s.Last);

    static bool Same(string full, string asked) => full.Equals(asked, StringComparison.OrdinalIgnoreCase)
        || full.Length > asked.Length && full[asked.Length] == '.' && full.StartsWith(asked, StringComparison.OrdinalIgnoreCase);

    public string CheckpointName => "host-sightings";

    public void Save(Stream to)
    {
        using var w = new CheckpointWriter(to);
        lock (_lock)
        {
            w.Write(Version);
            w.Write(_byAddress.Count);
            foreach (var row in _byAddress)
            {
                w.Write(row.Domain);
                w.Write(row.Address);
                w.Write(row.Value.Id);
                w.Write(_names[row.Value.Id]);
                w.Write(row.Value.First);
                w.Write(row.Value.Last);
            }
        }
    }

    public void Load(Stream from)
    {
        using var r = new BinaryReader(from, Encoding.UTF8, leaveOpen: true);
        lock (_lock)
        {
            if (r.ReadInt32() != Version) return;
            int count = r.ReadInt32();
            for (int id = 1; id <= count; id++) _names.Add([]);
            for (int n = 0; n < count; n++)
            {
                int domain = r.ReadInt32();
                var address = new Address(new UInt128(r.ReadUInt64(), r.ReadUInt64()));
                int id = r.ReadInt32();
                byte[] name = Encoding.UTF8.GetBytes(r.ReadString());
                long first = r.ReadInt64(), last = r.ReadInt64();
                if (address.IsAbsent || id < 1 || id > count) continue;
                _byAddress.Add(domain, address, out _) = new() { Id = id, First = first, Last = last };
                _names[id] = name;
            }
        }
    }
}
