using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Engine;

/// <summary>The network hierarchy as the configuration last had it; a running server may be given another.</summary>
sealed class NetworksInForce(INetworkLookup now) : INetworkLookup
{
    volatile INetworkLookup _now = now;

    public INetworkLookup Now { set => _now = value; }

    public int At(int domain, Address address) => _now.At(domain, address);

    public string? Name(int networkId) => _now.Name(networkId);
}

/// <summary>The same for the port contract.</summary>
sealed class ContractInForce(IContractLookup now) : IContractLookup
{
    volatile IContractLookup _now = now;

    public IContractLookup Now { set => _now = value; }

    public ContractVerdict Check(int domain, Address source, Address destination, int port, int protocol, out string? contractId) =>
        _now.Check(domain, source, destination, port, protocol, out contractId);
}
