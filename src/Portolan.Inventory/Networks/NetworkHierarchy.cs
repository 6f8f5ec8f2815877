using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Inventory.Networks;

/// <summary>A named range of the hierarchy. <paramref name="Name"/> is the full name, groups joined by dots.</summary>
/// <param name="Weight">0 to 100: how much the network matters.</param>
public sealed record Network(int Id, string Name, Cidr Range, int Domain, int Weight);

/// <summary>
/// The network hierarchy: which named network an address lies in; of several the narrowest. Built once, then only read. Ranges are cut into disjoint
/// stretches, so that a look-up is one binary search whatever their number.
/// </summary>
public sealed class NetworkHierarchy : INetworkLookup
{
    readonly Dictionary<int, (UInt128[] Starts, int[] Ids)> _domains = [];
    readonly Dictionary<int, Network> _byId;

    public NetworkHierarchy(IReadOnlyList<Network> networks)
    {
        Networks = networks;
        _byId = networks.ToDictionary(n => n.Id);
        foreach (var d in networks.GroupBy(n => n.Domain)) _domains[d.Key] = Cut([.. d]);
    }

    public IReadOnlyList<Network> Networks { get; }

    /// <summary>The private ranges of RFC 1918 and RFC 4193, which a house has before anyone describes its networks.</summary>
    public static NetworkHierarchy Default { get; } = new([.. new[]
    {
        ("Private.10-0-0-0", "10.0.0.0/8"), ("Private.172-16-0-0", "172.16.0.0/12"), ("Private.192-168-0-0", "192.168.0.0/16"), ("Private.fc00", "fc00::/7"),
    }.Select((n, i) => Cidr.TryParse(n.Item2, out var c) ? new Network(i + 1, n.Item1, c, 0, 50) : throw new InvalidOperationException(n.Item2))]);

    static (UInt128[], int[]) Cut(List<Network> networks)
    {
        // Widest first, each later one overwrites the stretch it covers: what stands at the end is the narrowest.
        var cuts = new SortedSet<UInt128> { 0 };
        foreach (var n in networks)
        {
            cuts.Add(First(n));
            if (n.Range.Last.Value != UInt128.MaxValue) cuts.Add(n.Range.Last.Value + 1);
        }
        var starts = cuts.ToArray();
        var ids = new int[starts.Length];
        foreach (var n in networks.OrderByDescending(n => n.Range.Last.Value - First(n)).ThenBy(n => n.Id))
            for (int i = Array.BinarySearch(starts, First(n)); i < starts.Length && starts[i] <= n.Range.Last.Value; i++) ids[i] = n.Id;
        return (starts, ids);
    }

    // 0.0.0.0 is kept as 0 (absent): a range that begins there begins at ::ffff:0:0.
    static UInt128 First(Network n) => n.Range.First.IsAbsent && n.Range.Last.IsV4 ? (UInt128)0xffff << 32 : n.Range.First.Value;

    public int At(int domain, Address address)
    {
        if (address.IsAbsent || !_domains.TryGetValue(domain, out var d)) return 0;
        // The last stretch that begins at or before the address; the first begins at 0.
        var (starts, value) = (d.Starts, address.Value);
        int low = 0, high = starts.Length;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (starts[middle] <= value) low = middle;
            else high = middle;
        }
        return d.Ids[low];
    }

    public string? Name(int networkId) => _byId.TryGetValue(networkId, out var n) ? n.Name : null;
}
