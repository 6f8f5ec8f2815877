using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Ports.Check;

/// <summary>A named end of the contract: a network or host by its ranges.</summary>
public sealed record ContractEnd(string Name, int Domain, IReadOnlyList<Cidr> Addresses);

/// <summary>A permitted connection. Ends are indexes into the contract's ends, or ranges written out; none means any.</summary>
/// <param name="Ports">Permitted destination ports with their protocol; none means every port of every protocol.</param>
public sealed record ContractRow(string Id, Side From, Side To, IReadOnlyList<PortRange> Ports);

/// <summary>One side of a row. Both lists empty means any address.</summary>
public sealed record Side(IReadOnlyList<int> Ends, IReadOnlyList<Cidr> Addresses)
{
    public bool IsAny => Ends.Count == 0 && Addresses.Count == 0;
}

/// <summary>A range of destination ports of one protocol (IANA number); protocols without ports have 0 to 65535.</summary>
public readonly record struct PortRange(int First, int Last, int Protocol)
{
    public bool Holds(int port, int protocol) => protocol == Protocol && First <= port && port <= Last;
}

/// <summary>
/// The declared port contract. <em>Permitted</em>: a row allows the connection. <em>Not permitted</em>: an end lies in a network or host that the contract
/// names, and no row allows it. <em>Not declared</em>: neither end is named. Immutable; verdicts are remembered in a small table, for connections repeat.
/// </summary>
public sealed class Contract : IContractLookup
{
    const int Remembered = 1 << 14;
    readonly IReadOnlyList<ContractEnd> _ends;
    readonly IReadOnlyList<ContractRow> _rows;
    readonly Verdict?[] _memory = new Verdict?[Remembered];

    sealed record Verdict(int Domain, Address Source, Address Destination, int Port, int Protocol, ContractVerdict What, string? Id);

    public static readonly Contract Empty = new([], []);

    public Contract(IReadOnlyList<ContractEnd> ends, IReadOnlyList<ContractRow> rows) => (_ends, _rows) = (ends, rows);

    public bool IsEmpty => _ends.Count == 0 && _rows.Count == 0;

    public ContractVerdict Check(int domain, Address source, Address destination, int port, int protocol, out string? contractId)
    {
        contractId = null;
        if (IsEmpty) return ContractVerdict.NotDeclared;
        ref var slot = ref _memory[(uint)HashCode.Combine(domain, source, destination, port, protocol) % Remembered];
        var known = Volatile.Read(ref slot);
        if (known == null || known.Domain != domain || known.Source != source || known.Destination != destination || known.Port != port || known.Protocol != protocol)
        {
            var what = Judge(domain, source, destination, port, protocol, out string? id);
            Volatile.Write(ref slot, known = new(domain, source, destination, port, protocol, what, id));
        }
        contractId = known.Id;
        return known.What;
    }

    ContractVerdict Judge(int domain, Address source, Address destination, int port, int protocol, out string? contractId)
    {
        foreach (var row in _rows)
        {
            if (!Holds(row.From, domain, source) || !Holds(row.To, domain, destination)) continue;
            if (row.Ports.Count > 0 && !row.Ports.Any(p => p.Holds(port, protocol))) continue;
            contractId = row.Id;
            return ContractVerdict.Permitted;
        }
        // The destination's name explains a violation best: that end is what the contract protects.
        contractId = _ends.FirstOrDefault(e => Holds(e, domain, destination))?.Name ?? _ends.FirstOrDefault(e => Holds(e, domain, source))?.Name;
        return contractId == null ? ContractVerdict.NotDeclared : ContractVerdict.NotPermitted;
    }

    bool Holds(Side side, int domain, Address address) =>
        side.IsAny || side.Ends.Any(i => Holds(_ends[i], domain, address)) || side.Addresses.Any(c => c.Contains(address));

    static bool Holds(ContractEnd end, int domain, Address address) => end.Domain == domain && end.Addresses.Any(c => c.Contains(address));
}
