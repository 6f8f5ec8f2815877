using Portolan.Collect.LogSources;
using Portolan.Model;

namespace Portolan.Web.Api.Sources;

/// <summary>What is to be said of a log source at one moment. Times are microseconds.</summary>
/// <param name="State"><c>live</c>; <c>silent</c>: its last event is older than 15 minutes and than ten times its usual gap; <c>failing</c>: it is heard, and of the last hour's
/// events less than nine in ten were parsed; <c>import</c>: a file, that nobody waits for.</param>
/// <param name="Last">Its last event; null when it has not been heard since counts were kept.</param>
/// <param name="Minutes">Events of each of the last 60 minutes, oldest first, the last one still going on.</param>
/// <param name="Parsed">Of those events the parsed ones.</param>
/// <param name="IsNew">First seen less than a day ago, and not within the first hour of all: while the sources are being connected for the first time, none stands out. Portolan itself never is.</param>
public sealed record SourceHealth(LogSource Source, string State, long? Last, long? UsualGap, IReadOnlyList<int> Minutes, long Parsed, bool IsNew)
{
    public const string Live = "live", Silent = "silent", Failing = "failing", Import = "import";
    public const double LeastParsed = 0.9;
    public const int Gaps = 10;
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15), NewFor = TimeSpan.FromDays(1), Settling = TimeSpan.FromHours(1);

    public long LastHour => Minutes.Sum(m => (long)m);

    /// <summary>The share of the last hour's events that were parsed; null when there were none.</summary>
    public double? ParsedShare => LastHour == 0 ? null : (double)Parsed / LastHour;

    /// <param name="begins">When the first source of all was first seen.</param>
    static SourceHealth Of(LogSource source, SourceActivity activity, long now, long begins)
    {
        var recent = activity.Of(source.Id, now / 60_000_000);
        long? last = recent is { Last: > 0 } ? recent.Last : null;
        long patience = Math.Max(Patience.Ticks / 10, Gaps * (recent?.UsualGap ?? 0));
        long stored = recent?.Stored.Sum(n => (long)n) ?? 0, parsed = recent?.Parsed.Sum(n => (long)n) ?? 0;
        string state = source.Listener == Endpoints.ImportListener ? Import
            : now - (last ?? source.FirstSeen) > patience ? Silent
            : stored > 0 && parsed < LeastParsed * stored ? Failing : Live;
        return new(source, state, last, recent?.UsualGap, recent?.Stored ?? new int[SourceActivity.MinutesOfSource], parsed,
            source.Listener != Endpoints.OwnListener && New(source.FirstSeen, begins, now));
    }

    public static IReadOnlyList<SourceHealth> All(LogSourceRegistry sources, SourceActivity activity, long now)
    {
        long begins = Begins(sources);
        return [.. sources.All.Select(s => Of(s, activity, now, begins))];
    }

    public static SourceHealth Of(LogSource source, LogSourceRegistry sources, SourceActivity activity, long now) =>
        Of(source, activity, now, Begins(sources));

    static long Begins(LogSourceRegistry sources) => sources.All.Select(s => s.FirstSeen).DefaultIfEmpty().Min();

    /// <param name="begins">When the first source of all was first seen.</param>
    internal static bool New(long firstSeen, long begins, long now) => now - firstSeen < NewFor.Ticks / 10 && firstSeen - begins > Settling.Ticks / 10;
}
