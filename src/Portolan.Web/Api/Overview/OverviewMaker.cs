using System.Diagnostics;
using Portolan.Collect.LogSources;
using Portolan.Model;
using Portolan.Web.Api.Sources;
using Portolan.Web.Control;

namespace Portolan.Web.Api.Overview;

/// <summary>
/// Makes the overview, once for all who look: it is kept for twenty times as long as it took to make (at least 2 seconds), so that looking costs a
/// twentieth of a core at most, however much is stored.
/// </summary>
public sealed class OverviewMaker(EngineView engine)
{
    const int Rows = 10, Addresses = 5, MostNamed = 500;
    const long Second = 1_000_000, Minute = 60 * Second, Hour = 60 * Minute, Day = 24 * Hour;
    static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(2), LongestLife = TimeSpan.FromMinutes(1);

    readonly SemaphoreSlim _one = new(1);
    byte[]? _made;
    long _until;

    /// <summary>The overview as JSON.</summary>
    public async Task<byte[]> JsonAsync(ILocalApi api, TimeProvider clock, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            long begin = Stopwatch.GetTimestamp();
            if (_made is { } made && begin < _until) return made;
            // Who asked may go; what is made is for the next one too.
            _made = ConsoleJson.Bytes(await MakeAsync(api, Microseconds(clock), CancellationToken.None));
            var life = Stopwatch.GetElapsedTime(begin) * 20;
            life = life < ShortestLife ? ShortestLife : life > LongestLife ? LongestLife : life;
            _until = Stopwatch.GetTimestamp() + (long)(life.TotalSeconds * Stopwatch.Frequency);
            return _made;
        }
        finally
        {
            _one.Release();
        }
    }

    static long Microseconds(TimeProvider clock) => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;

    /// <param name="now">Microseconds.</param>
    public async Task<Overview> MakeAsync(ILocalApi api, long now, CancellationToken cancel)
    {
        var health = engine.Health();
        // What arrived in the second that goes on may still be under way to the journal.
        long until = (now / Second - 1) * Second, minute = now / Minute * Minute, end = minute + Minute;
        string lastDay = Between(end - Day, end), lastHour = Between(minute - Hour, end);
        var ten = await Within(until - 10 * Second);
        var sixty = await Within(until - Minute);
        var logins = await Find($"SELECT starttime, username, identityip, LOGSOURCENAME(logsourceid) AS source, QIDNAME(qid) AS event, eventid FROM events WHERE login = 'start' LIMIT {Rows} {lastDay}");
        var failed = await Find("SELECT sourceip, COUNT(*) AS attempts, UNIQUECOUNT(username) AS users, MAX(starttime) AS last FROM events WHERE login = 'failed' "
            + $"GROUP BY sourceip ORDER BY attempts DESC LIMIT {Addresses} {lastHour}");
        const string breach = "FROM events WHERE contractverdict = 'not permitted'";
        var violations = new Violations((await Find($"SELECT COUNT(*) AS violations {breach} {lastDay}")).One(),
            await Find($"SELECT starttime, sourceip, sourceuser, username, destinationip, destinationport, PROTOCOLNAME(protocolid) AS protocol, contractid, eventid {breach} LIMIT {Rows} {lastDay}"));
        return new(now / 1000, health.Started / 1000, health.Version, new(ten.Count / 10.0, sixty.Count / 60.0, ten, sixty), DayUntil(minute), SourcesAt(now),
            new(LossSince(health.Started), LossSince(now - Day)), logins, failed, violations,
            health.Journal, health.Store, Share(health.Disk), health.Amiss);

        Task<Found> Find(string aql) => Found.Of(api, aql, cancel);

        async Task<Number> Within(long from) =>
            (await Find($"SELECT COUNT(*) AS events FROM events WHERE starttime >= {from / 1000} AND starttime < {until / 1000} {Between(from, until)}")).One();
    }

    static string Between(long from, long to) => $"START {from / 1000} STOP {to / 1000}";

    DayOfMinutes DayUntil(long end)
    {
        long from = end - Day;
        long[] minutes = engine.Activity.Events(end / Minute - 1, SourceActivity.MinutesOfDay);
        return new(from / 1000, minutes, new(minutes.Sum(), $"SELECT COUNT(*) AS events FROM events {Between(from, end)}"),
            $"SELECT starttime / 60000 AS minute, COUNT(*) AS events FROM events GROUP BY minute {Between(from, end)}",
            engine.Activity.Begins > from ? engine.Activity.Begins / 1000 : null);
    }

    SourcesNow SourcesAt(long now)
    {
        var all = SourceHealth.All(engine.Sources, engine.Activity, now).Where(h => h.State != SourceHealth.Import).ToList();
        return new(all.Count,
            Of(all.Where(h => h.State == SourceHealth.Live).OrderByDescending(h => h.LastHour)),
            Of(all.Where(h => h.State == SourceHealth.Silent).OrderByDescending(h => h.Last ?? h.Source.FirstSeen)),
            Of(all.Where(h => h.State == SourceHealth.Failing).OrderBy(h => h.ParsedShare)),
            Of(all.Where(h => h.IsNew).OrderByDescending(h => h.Source.FirstSeen)));

        SourcesOf Of(IEnumerable<SourceHealth> of)
        {
            var sources = of.ToList();
            // From the earliest of their last events on each of them has a row.
            long from = sources.Count == 0 ? now : sources.Min(h => h.Last ?? h.Source.FirstSeen);
            string? aql = sources.Count is 0 or > MostNamed ? null
                : "SELECT logsourceid, LOGSOURCENAME(logsourceid) AS source, COUNT(*) AS events, MAX(starttime) AS last FROM events "
                + $"WHERE logsourceid IN ({string.Join(", ", sources.Select(h => h.Source.Id))}) GROUP BY logsourceid {Between(from / Minute * Minute, now / Minute * Minute + Minute)}";
            return new(sources.Count, aql, [.. sources.Take(Rows).Select(SourceRoutes.Shown)]);
        }
    }

    Loss LossSince(long from)
    {
        LossReason[] reasons = [.. engine.Losses.Since(from).Select(l => new LossReason(l.Source, l.Reason, l.Count))];
        return new(reasons.Sum(r => r.Count), Math.Max(from, engine.Losses.Begins) / 1000, reasons);
    }

    static DiskShare Share(DiskHealth d) => new(d.Folder, d.Total, d.Free, d.Total == 0 ? 0 : 100 - 100 * d.Free / d.Total, d.Limit);
}
