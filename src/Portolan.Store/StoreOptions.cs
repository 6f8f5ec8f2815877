namespace Portolan.Store;

/// <summary>Limits of the event store; every one is a configuration key <c>store.*</c>.</summary>
public sealed record StoreOptions
{
    /// <summary>The open block is sealed at this many rows …</summary>
    public int SealRows { get; init; } = 65_536;

    /// <summary>… or this many bytes of payload and fields …</summary>
    public long SealBytes { get; init; } = 256L << 20;

    /// <summary>… or when its oldest row has been open this long.</summary>
    public TimeSpan SealAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Segments whose newest row is older are deleted.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The same for imported and simulated records, whose times are their own and may be old on arrival.</summary>
    public TimeSpan KeepImportFor { get; init; } = TimeSpan.FromDays(3650);

    /// <summary>The retention bucket of imported and simulated records.</summary>
    public const int ImportBucket = 11;

    /// <summary>Segments are deleted, oldest first, while the disk is fuller than this percentage.</summary>
    public int DiskPercent { get; init; } = 85;

    /// <summary>Segments are deleted, oldest first, while they take more than this many bytes together; 0 sets no bound.</summary>
    public long MaxBytes { get; init; }
}
