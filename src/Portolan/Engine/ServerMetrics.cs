using System.Diagnostics;
using System.Net;
using Portolan.Collect.Collectors;
using Portolan.Collect.Pipeline;
using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Web.Server;

namespace Portolan.Engine;

/// <summary>What a running server says of itself to Prometheus. Labels are entrances, endpoints and reasons, which are few; never sources, addresses or users.</summary>
sealed class ServerMetrics(Parts parts, JournalWriter journal, Pipeline pipeline, EngineApi api, IReadOnlyList<ICollector> collectors, IReadOnlyList<WebListener> web)
{
    public MetricsText Read()
    {
        var text = new MetricsText();
        Ledger(text);
        Stored(text);
        Searches(text);
        Connections(text);
        OfProcess(text);
        return text;
    }

    void Ledger(MetricsText text)
    {
        var (rows, _) = pipeline.Counts();
        var entrances = rows.Where(r => r.Part != LedgerPart.Source).GroupBy(r => (r.Source, r.Reason))
            .Select(g => (g.Key.Source, g.Key.Reason, Count: g.Sum(r => r.Count))).OrderBy(r => r.Source, StringComparer.Ordinal).ThenBy(r => r.Reason, StringComparer.Ordinal).ToList();
        text.Counter("portolan_received_messages_total", "Messages that reached an entrance, lost there or not.");
        foreach (var (entrance, _, count) in entrances.Where(r => r.Reason == LedgerReasons.Received)) text.Sample(count, ("entrance", entrance));
        text.Counter("portolan_stored_messages_total", "Messages of an entrance whose events are in the store.");
        foreach (var (entrance, _, count) in entrances.Where(r => r.Reason == LedgerReasons.Stored)) text.Sample(count, ("entrance", entrance));
        text.Counter("portolan_dropped_messages_total", "Messages of an entrance that are not stored and will not be, by reason.");
        foreach (var (entrance, reason, count) in entrances.Where(r => LedgerReasons.Losses.Contains(r.Reason))) text.Sample(count, ("entrance", entrance), ("reason", reason));
        text.Counter("portolan_entrance_incidents_total", "What else was counted at an entrance: messages cut, connections refused, and so on, by reason.");
        foreach (var (entrance, reason, count) in entrances.Where(r => r.Reason is not (LedgerReasons.Received or LedgerReasons.Stored) && !LedgerReasons.Losses.Contains(r.Reason)))
            text.Sample(count, ("entrance", entrance), ("reason", reason));
        long Events(string reason) => rows.Where(r => r.Part == LedgerPart.Source && r.Reason == reason).Sum(r => r.Count);
        text.Counter("portolan_stored_events_total", "Events stored, of all log sources.").Sample(Events(LedgerReasons.Stored));
        text.Counter("portolan_parsed_events_total", "Stored events that a source type understood.").Sample(Events(LedgerReasons.Parsed));
    }

    void Stored(MetricsText text)
    {
        var health = journal.Health;
        var (rows, bytes, count) = parts.Store.SegmentTotals;
        var drive = new DriveInfo(Path.GetFullPath(parts.Data));
        text.Gauge("portolan_journal_accepts", "1 while the journal takes what arrives, 0 when the disk is full or faulty.").Sample(health.State == JournalState.Writing ? 1 : 0);
        text.Gauge("portolan_journal_bytes", "Bytes of the journal's files.").Sample(journal.BytesOnDisk);
        text.Counter("portolan_journal_commits_total", "Times the journal was synced to disk by this process.").Sample(journal.Commits);
        text.Counter("portolan_journal_buffer_full_total", "Times a message found the journal's buffers full because the disk was slow.").Sample(journal.BufferFullCount);
        text.Gauge("portolan_pipeline_lag_records", "Records that are durable and not yet searchable.").Sample(Math.Max(0, journal.CommittedSequence - Math.Max(0, pipeline.Processed)));
        text.Gauge("portolan_segments", "Segments in the store.").Sample(count);
        text.Gauge("portolan_segment_bytes", "Bytes of the segments.").Sample(bytes);
        text.Gauge("portolan_segment_events", "Events in the segments; those not sealed yet are not among them.").Sample(rows);
        text.Gauge("portolan_segments_damaged", "Segments that cannot be opened and are missing from searches.").Sample(parts.Store.Damaged.Count);
        text.Gauge("portolan_log_sources", "Log sources known.").Sample(parts.Sources.Count);
        text.Gauge("portolan_user_mappings", "Addresses whose user is known.").Sample(parts.Users.Count);
        text.Gauge("portolan_disk_free_bytes", "Free space of the disk that the data directory lies on.").Sample(drive.AvailableFreeSpace);
        text.Gauge("portolan_disk_size_bytes", "Size of that disk.").Sample(drive.TotalSize);
    }

    void Searches(MetricsText text)
    {
        text.Counter("portolan_searches_total", "Searches begun.").Sample(api.Searches.Begun);
        text.Gauge("portolan_searches_running", "Searches whose answer is not read to its end.").Sample(api.Searches.Running);
        text.Counter("portolan_search_seconds_total", "Time that finished searches took, their readers' included.").Sample(api.Searches.Time.TotalSeconds);
    }

    void Connections(MetricsText text)
    {
        text.Gauge("portolan_connections", "Connections open at an endpoint.");
        foreach (var c in collectors.Where(c => c.Endpoint.Transport != Transport.Udp)) text.Sample(c.Connections, ("endpoint", c.Endpoint.Id));
        foreach (var w in web) text.Sample(w.Connections, ("endpoint", w.Endpoint.Id));
        text.Gauge("portolan_endpoint_port", "The port that an endpoint listens on.");
        foreach (var (endpoint, at) in (IEnumerable<(Endpoint, IPEndPoint)>)[.. collectors.Select(c => (c.Endpoint, c.Bound)), .. web.Select(w => (w.Endpoint, w.Bound))])
            text.Sample(at.Port, ("endpoint", endpoint.Id));
    }

    static void OfProcess(MetricsText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Gauge("portolan_build_info", "1, with the version.").Sample(1, ("version", HealthOfServer.Version));
        text.Gauge("portolan_process_start_time_seconds", "When the process began, seconds since 1970.").Sample((process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
        text.Counter("portolan_process_cpu_seconds_total", "Processor time of the process.").Sample(process.TotalProcessorTime.TotalSeconds);
        text.Gauge("portolan_process_resident_memory_bytes", "Memory of the process that is in RAM.").Sample(process.WorkingSet64);
        text.Gauge("portolan_process_threads", "Threads of the process.").Sample(process.Threads.Count);
        var gc = GC.GetGCMemoryInfo();
        text.Gauge("portolan_gc_heap_bytes", "Managed memory after the last collection.").Sample(gc.HeapSizeBytes);
        text.Counter("portolan_gc_allocated_bytes_total", "Managed memory ever allocated.").Sample(GC.GetTotalAllocatedBytes());
        text.Counter("portolan_gc_pause_seconds_total", "Time that collections held everything up.").Sample(GC.GetTotalPauseDuration().TotalSeconds);
        text.Counter("portolan_gc_collections_total", "Collections, by the oldest generation collected.");
        for (int g = 0; g <= GC.MaxGeneration; g++)
            text.Sample(GC.CollectionCount(g) - (g < GC.MaxGeneration ? GC.CollectionCount(g + 1) : 0), ("generation", $"{g}"));
    }
}
