using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Inventory.Passive;

/// <summary>Learns host names from a batch and writes <c>sourceassetid</c> and <c>destinationassetid</c>.</summary>
public sealed class AssetStage(HostSightings sightings) : IStage
{
    public string Name => "assets";

    public void Process(EventBatch batch, int from, int to)
    {
        long[] time = batch.Numbers(Fields.StartTime), domain = batch.Numbers(Fields.DomainId);
        if (batch.Has(Fields.IdentityHostName) && batch.Has(Fields.IdentityIp))
        {
            var names = batch.Texts(Fields.IdentityHostName);
            var addresses = batch.Addresses(Fields.IdentityIp);
            for (int row = from; row < to; row++)
                if (names[row].Length > 0) sightings.See((int)domain[row], addresses[row], batch.Span(names[row]), time[row]);
        }
        Stamp(batch, from, to, Fields.SourceIp, Fields.SourceAssetId);
        Stamp(batch, from, to, Fields.DestinationIp, Fields.DestinationAssetId);
    }

    void Stamp(EventBatch batch, int from, int to, Field where, Field what)
    {
        if (!batch.Has(where)) return;
        var addresses = batch.Addresses(where);
        long[] domain = batch.Numbers(Fields.DomainId), ids = batch.Numbers(what);
        for (int row = from; row < to; row++)
            if (!addresses[row].IsAbsent) ids[row] = sightings.IdAt((int)domain[row], addresses[row]);
    }
}
