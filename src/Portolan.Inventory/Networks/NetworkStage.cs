using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Inventory.Networks;

/// <summary>Writes the networks of both ends and the direction between inside (a named network) and outside: L2L, L2R, R2L, R2R.</summary>
public sealed class NetworkStage(INetworkLookup networks) : IStage
{
    public string Name => "networks";

    public void Process(EventBatch batch, int from, int to)
    {
        if (!batch.Has(Fields.SourceIp) && !batch.Has(Fields.DestinationIp)) return;
        var source = batch.Addresses(Fields.SourceIp);
        var destination = batch.Addresses(Fields.DestinationIp);
        long[] domain = batch.Numbers(Fields.DomainId);
        long[] sourceNetwork = batch.Numbers(Fields.SourceNetworkId), destinationNetwork = batch.Numbers(Fields.DestinationNetworkId);
        var direction = batch.Texts(Fields.EventDirection);
        Slice l2l = batch.Constant("L2L"), l2r = batch.Constant("L2R"), r2l = batch.Constant("R2L"), r2r = batch.Constant("R2R");
        for (int row = from; row < to; row++)
        {
            int s = networks.At((int)domain[row], source[row]), d = networks.At((int)domain[row], destination[row]);
            sourceNetwork[row] = s;
            destinationNetwork[row] = d;
            if (source[row].IsAbsent || destination[row].IsAbsent) continue;
            direction[row] = s > 0 ? d > 0 ? l2l : l2r : d > 0 ? r2l : r2r;
        }
    }
}
