using System.Net;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Formats.Syslog;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Aql;
using Portolan.Store.Columns;
using Portolan.Web.Api.Dashboards;
using Portolan.Web.Api.Live;
using Portolan.Web.Api.Saved;

namespace Portolan.Web.Api;

/// <summary>What the routes of the console look at in a running server, besides what <see cref="Control.ILocalApi"/> answers.</summary>
public sealed class EngineView
{
    public required PropertyCatalogue Properties { get; init; }

    public required SourceTypes Types { get; init; }

    public required LogSourceRegistry Sources { get; init; }

    public required SourceActivity Activity { get; init; }

    public required AqlContext Context { get; init; }

    public required AqlEngine Searches { get; init; }

    public required IBlockSource Blocks { get; init; }

    public required IContractLookup Contract { get; init; }

    /// <summary>What was lost, and when.</summary>
    public required LossHistory Losses { get; init; }

    public required LiveHub Live { get; init; }

    public required KeptTable SavedSearches { get; init; }

    public required KeptTable Dashboards { get; init; }

    public IReadOnlyList<ShippedDashboard> ShippedDashboards { get; init; } = [];

    /// <summary>What listens, and where.</summary>
    public required Func<IReadOnlyList<(Endpoint Endpoint, IPEndPoint At)>> Listening { get; init; }

    /// <summary>Of lines that name no zone.</summary>
    public DeviceZone Zone { get; init; } = DeviceZone.Utc;

    /// <summary>How the server is at this moment; may be asked every second.</summary>
    public required Func<EngineHealth> Health { get; init; }

    public Events.EventDetails Events => field ??= new(this);

    public Overview.OverviewMaker Overview => field ??= new(this);
}

/// <param name="Started">When the process took the data directory, microseconds since 1970 UTC.</param>
/// <param name="Amiss">What needs a person's hand; empty when all is well.</param>
public sealed record EngineHealth(string Version, long Started, JournalHealth Journal, StoreHealth Store, DiskHealth Disk, IReadOnlyList<Finding> Amiss);

/// <param name="State">Whether it takes records.</param>
/// <param name="Waiting">Records that are durable and not searchable yet.</param>
public sealed record JournalHealth(string State, string Message, long Bytes, long Committed, long Waiting);

public sealed record StoreHealth(long Segments, long Bytes, long Events, long Damaged);

/// <param name="Limit">Percent of the disk in use from which the oldest data is dropped.</param>
public sealed record DiskHealth(string Folder, long Total, long Free, long Limit);

/// <summary>What one look at the surroundings found.</summary>
/// <param name="Remedy">What to do; null when all is well.</param>
public sealed record Finding(string Check, string Found, string? Remedy = null);
