using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Collect.Pipeline;

/// <summary>Gives imported and simulated rows their own device time as start time, before anything looks up who or what was where at that moment.</summary>
public sealed class OwnTimeStage : IStage
{
    public string Name => "own-time";

    public void Process(EventBatch batch, int from, int to)
    {
        if (!batch.Has(Fields.RetentionBucket) || !batch.Has(Fields.DeviceTime)) return;
        long[] bucket = batch.Numbers(Fields.RetentionBucket), start = batch.Numbers(Fields.StartTime), device = batch.Numbers(Fields.DeviceTime);
        for (int row = from; row < to; row++)
            if (bucket[row] == Pipeline.ImportBucket && device[row] != 0) start[row] = device[row];
    }
}
