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
    readonly Dictionary<(int Domain, Address Address), Sighting> _byAddress = [];

    sealed class Sighting
    {
        public int Id;
        public string Host = "";
        public byte[] Utf8 = [];
        public long First, Last;
    }

    public long TurnedAway { get; private set; }

    public void See(int domain, Address address, ReadOnlySpan<byte> host, long time)
    {
        if (address.IsAbsent || host.IsEmpty || host.Length > 255) return;
        lock (_lock)
        {
            if (!_byAddress.TryGetValue((domain, address), out var s))
            {
                if (_byAddress.Count >= Most)
                {
                    TurnedAway++;
                    return;
                }
                _byAddress[(domain, address)] = s = new() { Id = _byAddress.Count + 1, First = time, Last = time };
            }
            s.Last = Math.Max(s.Last, time);
            s.First = Math.Min(s.First, time);
            if (s.Utf8.AsSpan().SequenceEqual(host)) return;
            s.Utf8 = host.ToArray();
            s.Host = Encoding.UTF8.GetString(host);
        }
    }

    /// <summary>The asset number at an address, 0 for none.</summary>
    public int IdAt(int domain, Address address)
    {
        lock (_lock) return _byAddress.TryGetValue((domain, address), out var s) ? s.Id : 0;
    }

    public bool TryAt(int domain, Address address, long time, out AssetAt asset)
    {
        lock (_lock)
        {
            if (_byAddress.TryGetValue((domain, address), out var s))
            {
                asset = new(s.Id, s.Host, s.First, s.Last);
                return true;
            }
        }
        asset = default;
        return false;
    }

    /// <summary>Addresses at which a host name was last seen; the name with or without its domain.</summary>
    public IReadOnlyList<(int Domain, Address Address, AssetAt Asset)> Of(string host)
    {
        lock (_lock)
            return [.. _byAddress.Where(x => Same(x.Value.Host, host)).Select(x => (x.Key.Domain, x.Key.Address, new AssetAt(x.Value.Id, x.Value.Host, x.Value.First, x.Value.Last)))
                .OrderByDescending(x => x.Item3.LastSeen)];
    }

    static bool Same(string full, string asked) => full.Equals(asked, StringComparison.OrdinalIgnoreCase)
        || full.Length > asked.Length && full[asked.Length] == '.' && full.StartsWith(asked, StringComparison.OrdinalIgnoreCase);

    public string CheckpointName => "host-sightings";

    public void Save(Stream to)
    {
        using var w = new BinaryWriter(to, Encoding.UTF8, leaveOpen: true);
        lock (_lock)
        {
            w.Write(Version);
            w.Write(_byAddress.Count);
            foreach (var (key, s) in _byAddress)
            {
                w.Write(key.Domain);
                w.Write((ulong)(key.Address.Value >> 64));
                w.Write((ulong)key.Address.Value);
                w.Write(s.Id);
                w.Write(s.Host);
                w.Write(s.First);
                w.Write(s.Last);
            }
        }
    }

    public void Load(Stream from)
    {
        using var r = new BinaryReader(from, Encoding.UTF8, leaveOpen: true);
        lock (_lock)
        {
            if (r.ReadInt32() != Version) return;
            for (int n = r.ReadInt32(); n > 0; n--)
            {
                int domain = r.ReadInt32();
                var address = new Address(new UInt128(r.ReadUInt64(), r.ReadUInt64()));
                var s = new Sighting { Id = r.ReadInt32(), Host = r.ReadString(), First = r.ReadInt64(), Last = r.ReadInt64() };
                s.Utf8 = Encoding.UTF8.GetBytes(s.Host);
                _byAddress[(domain, address)] = s;
            }
        }
    }
}
