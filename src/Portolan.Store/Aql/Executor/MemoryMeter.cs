namespace Portolan.Store.Aql.Executor;

/// <summary>What a search holds, by estimate, against its limit. Any thread.</summary>
sealed class MemoryMeter(long limit)
{
    long _used;

    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) > limit)
            throw AqlException.Limit($"the search needs more than its {limit >> 20} MiB of memory; "
                + "narrow the time range or the condition, group by fewer values, or add LIMIT");
    }

    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
