namespace Portolan.Model.Joints;

/// <summary>Who is at an address. Times are microseconds since 1970 UTC.</summary>
public interface IUserLookup
{
    bool TryAt(int domain, Address address, long time, out UserAt user);
}

/// <param name="Since">When the mapping began.</param>
/// <param name="Until">When it ends if nothing renews it.</param>
/// <param name="Source">Which log source or feed said so.</param>
public readonly record struct UserAt(string User, long Since, long Until, string Source);

/// <summary>What is at an address.</summary>
public interface IAssetLookup
{
    bool TryAt(int domain, Address address, long time, out AssetAt asset);
}

/// <param name="Id">Above 0, the same for as long as the asset is known.</param>
public readonly record struct AssetAt(int Id, string? HostName, long FirstSeen, long LastSeen);

/// <summary>The network hierarchy: named address ranges, the narrowest wins. Id 0 is "no network".</summary>
public interface INetworkLookup
{
    int At(int domain, Address address);

    /// <summary>The full name, groups joined by dots (QRadar's FULLNETWORKNAME); null for an unknown id.</summary>
    string? Name(int networkId);
}

public enum ContractVerdict
{
    NotDeclared,
    Permitted,
    NotPermitted,
}

/// <summary>Whether the declared port contract allows a connection.</summary>
public interface IContractLookup
{
    /// <param name="protocol">IANA protocol number.</param>
    /// <param name="contractId">The row that permits it, or the named end that makes it a violation; null when not declared.</param>
    ContractVerdict Check(int domain, Address source, Address destination, int port, int protocol, out string? contractId);
}

public enum CatalogKind
{
    Qid,
    Category,
    LogSource,
    LogSourceType,
    Protocol,

    /// <summary>Of a qid, what the event means.</summary>
    QidDescription,
}

/// <summary>Names behind numbers: qid, category, log source, log source type, protocol.</summary>
public interface ICatalogNames
{
    string? Name(CatalogKind kind, long id);

    IReadOnlyList<long> Ids(CatalogKind kind, string name);
}

/// <summary>The empty forms: the house runs without any pillar behind a joint.</summary>
public sealed class EmptyJoints : IUserLookup, IAssetLookup, INetworkLookup, IContractLookup, ICatalogNames, IInject
{
    public static readonly EmptyJoints Instance = new();

    bool IUserLookup.TryAt(int domain, Address address, long time, out UserAt user)
    {
        user = default;
        return false;
    }

    bool IAssetLookup.TryAt(int domain, Address address, long time, out AssetAt asset)
    {
        asset = default;
        return false;
    }

    int INetworkLookup.At(int domain, Address address) => 0;
    string? INetworkLookup.Name(int networkId) => null;

    ContractVerdict IContractLookup.Check(int domain, Address source, Address destination, int port, int protocol, out string? contractId)
    {
        contractId = null;
        return ContractVerdict.NotDeclared;
    }

    string? ICatalogNames.Name(CatalogKind kind, long id) => null;
    IReadOnlyList<long> ICatalogNames.Ids(CatalogKind kind, string name) => [];

    void IInject.Submit(ReadOnlySpan<byte> message)
    {
    }
}
