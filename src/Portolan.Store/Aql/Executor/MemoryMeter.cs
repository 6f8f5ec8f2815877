namespace Portolan.Store.Aql.Executor;

/// <summary>What a search holds, by estimate, against its limit. Any thread.</summary>
sealed class MemoryMeter
{
    readonly long _limit;
    readonly MemoryMeter? _whole;
    long _used;

    public MemoryMeter(long limit) => _limit = limit;

    MemoryMeter(MemoryMeter whole) => (_whole, _limit) = (whole, whole._limit);

    /// <summary>What one holder takes of the whole, to be returned together.</summary>
    public MemoryMeter Part() => new(this);

    public void Take(long bytes)
    {
        long used = Interlocked.Add(ref _used, bytes);
        if (_whole != null) _whole.Take(bytes);
        else if (used > _limit)
            throw AqlException.Limit($"the search needs more than its {_limit >> 20} MiB of memory; "
                + "narrow the time range or the condition, group by fewer values, or add LIMIT");
    }

    public void Return(long bytes)
    {
        Interlocked.Add(ref _used, -bytes);
        _whole?.Return(bytes);
    }

    /// <summary>All that was taken by way of this part.</summary>
    public void ReturnAll() => Return(Interlocked.Read(ref _used));

    /// <summary>Whether so many more bytes would be within the limit.</summary>
    public bool HasRoomFor(long bytes) => _whole?.HasRoomFor(bytes) ?? Interlocked.Read(ref _used) + bytes <= _limit;
}
