using System.Diagnostics;
using System.Net;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Configuration;
using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Web.Api;
using Portolan.Web.Api.Dashboards;
using Portolan.Web.Api.Live;
using Portolan.Web.Api.Saved;

namespace Portolan.Engine;

/// <summary>What a running server says of itself to the console. Its surroundings are looked at once a minute at most: some looks cost.</summary>
sealed class HealthOfServer(Config config, Parts parts, JournalWriter journal, Pipeline pipeline, long started)
{
    static readonly TimeSpan Look = TimeSpan.FromMinutes(1);
    readonly Lock _one = new();
    IReadOnlyList<Finding> _around = [];
    long _looked;

    /// <summary>To be remembered every minute and at the end.</summary>
    public LossHistory Losses { get; } = new(parts.State!, parts.Ledger, started);

    /// <summary>The server as the routes of the console see it.</summary>
    public EngineView View(LiveHub live, IReadOnlyList<(Endpoint Endpoint, IPEndPoint At)> listening, Action<string> tell) => new()
    {
        Properties = parts.Properties,
        Types = parts.Types,
        Sources = parts.Sources,
        Activity = parts.Activity,
        Context = parts.Context,
        Searches = parts.Searches,
        Blocks = parts.Store,
        Contract = parts.Contract,
        Zone = new(config.Get(Settings.TimeZone)),
        Losses = Losses,
        Live = live,
        SavedSearches = KeptTable.SavedSearches(parts.State!, TimeProvider.System),
        Dashboards = KeptTable.Dashboards(parts.State!, TimeProvider.System),
        ShippedDashboards = Shipped(tell),
        Listening = () => listening,
        Health = Now,
    };

    public EngineHealth Now()
    {
        var health = journal.Health;
        var (rows, bytes, count) = parts.Store.SegmentTotals;
        var drive = new DriveInfo(Path.GetFullPath(parts.Data));
        bool takes = health.State == JournalState.Writing;
        return new(Version, started,
            new(health.State.ToString().ToLowerInvariant(), health.Message, journal.BytesOnDisk, journal.CommittedSequence, Math.Max(0, journal.CommittedSequence - pipeline.Processed)),
            new(count, bytes, rows, parts.Store.Damaged.Count),
            new(drive.Name, drive.TotalSize, drive.AvailableFreeSpace, config.Get(Settings.DiskShare)),
            [
                .. takes ? [] : new[] { new Finding("journal", health.Message, health.Remedy) },
                .. parts.Store.Damaged.Count == 0 ? [] : new[] { new Finding("segments", $"{parts.Store.Damaged.Count} are damaged: {string.Join(", ", parts.Store.Damaged.Take(3))}", "their files from a backup") },
                .. Around(),
            ]);
    }

    // A person's broken dashboard keeps no server from starting.
    IReadOnlyList<ShippedDashboard> Shipped(Action<string> tell)
    {
        var faults = new List<ContentFault>();
        var found = ShippedDashboard.Load(ContentFolders.Beside(parts.Data), faults);
        foreach (var fault in faults) tell($"dashboards: {fault}");
        return found;
    }

    /// <summary>The stream of published rows, from now on: what a former process left in the journal is no news.</summary>
    public static LiveHub Live(Parts parts, JournalWriter journal, Pipeline pipeline)
    {
        long replayed = journal.CommittedSequence;
        return new(new(parts.Store.Snapshot, parts.Searches, () => (journal.Epoch, Math.Max(replayed, pipeline.Processed)), (sequence, patience, cancel) => pipeline.WaitProcessed(sequence, patience, cancel)));
    }

    public static string Version => typeof(HealthOfServer).Assembly.GetName().Version!.ToString(3);

    IReadOnlyList<Finding> Around()
    {
        lock (_one)
        {
            if (_looked != 0 && Stopwatch.GetElapsedTime(_looked) < Look) return _around;
            _looked = Stopwatch.GetTimestamp();
            return _around = [.. Checks.All(config, running: true).Where(f => f.Remedy != null)];
        }
    }
}
