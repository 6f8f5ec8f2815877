using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Store.Aql;

/// <summary>What a query may ask besides the stored rows; every part has an empty form.</summary>
public sealed record AqlContext
{
    public ICatalogNames Names { get; init; } = EmptyJoints.Instance;
    public IUserLookup Users { get; init; } = EmptyJoints.Instance;
    public IAssetLookup Assets { get; init; } = EmptyJoints.Instance;
    public INetworkLookup Networks { get; init; } = EmptyJoints.Instance;

    /// <summary>Declared property names; those of <see cref="DefaultProperties"/> are always known.</summary>
    public PropertyCatalogue Properties { get; init; } = new();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The zone in which START, STOP and DATEFORMAT read and write local time.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;
}

/// <summary>How a search runs.</summary>
public sealed record SearchOptions
{
    /// <summary>Off: nothing is pruned and nothing ends early. The answer is the same; tests compare.</summary>
    public bool PushDown { get; init; } = true;

    /// <summary>Bytes that groups, distinct values, sorted rows and loaded payloads may take together before the search gives up with an
    /// error.</summary>
    public long MemoryLimit { get; init; } = 512L << 20;

    /// <summary>How many threads a search may use; the answer does not depend on it, but for the last digits of sums of fractions.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How long a search runs before it first shows what it has so far, where someone looks (<see cref="SearchResult.Preview"/>).</summary>
    public TimeSpan PreviewAfter { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Used when the text has no time clause: starttime in [from, to], microseconds since 1970 UTC.</summary>
    public (long From, long To)? Time { get; init; }

    /// <summary>
    /// A condition, as after WHERE, that every row must meet before anything of the text is asked of it: what the one who asks may see. The text cannot
    /// remove it, name its parts by an alias or look past it. Such a search is not told what only other rows hold.
    /// </summary>
    public string? Scope { get; init; }

    /// <summary>A LIMIT for a text without one.</summary>
    public long? Limit { get; init; }
}
