namespace Portolan.Web.Api.Overview;

/// <summary>"Is all well?" in one answer. Times are milliseconds. Every number that events stand behind names the search that gives it.</summary>
/// <param name="Amiss">What needs a person's hand; empty when all is well.</param>
public sealed record Overview(long At, long Started, string Version, RateNow Rate, DayOfMinutes Day, SourcesNow Sources, Losses Loss, Found Logins, Found FailedLogins,
    Violations Violations, JournalHealth Journal, StoreHealth Store, DiskShare Disk, IReadOnlyList<Finding> Amiss);

/// <param name="PerSecond">Events a second, of the last 10 seconds.</param>
/// <param name="PerSecondOfMinute">Events a second, of the last minute.</param>
public sealed record RateNow(double PerSecond, double PerSecondOfMinute, Number TenSeconds, Number Minute);

/// <param name="From">The first of the minutes; the last is the last whole one.</param>
/// <param name="Minutes">Events of each.</param>
/// <param name="MinutesAql">The same minute by minute; those without events have no row.</param>
/// <param name="Begins">Rows that were stored before this were not counted; null when all were.</param>
public sealed record DayOfMinutes(long From, IReadOnlyList<long> Minutes, Number Events, string MinutesAql, long? Begins);

/// <param name="All">Log sources there are, imported files left out.</param>
public sealed record SourcesNow(long All, SourcesOf Live, SourcesOf Silent, SourcesOf Failing, SourcesOf New);

/// <param name="First">The ten most striking of them, as <c>/api/portolan/log-sources</c> gives them.</param>
public sealed record SourcesOf(long Count, string? Aql, IReadOnlyList<object> First);

/// <param name="SinceStart">Since this process began.</param>
public sealed record Losses(Loss SinceStart, Loss LastDay);

/// <param name="From">From when on it is known.</param>
/// <param name="Reasons">Each entrance and reason with a count; empty when nothing was lost.</param>
public sealed record Loss(long Count, long From, IReadOnlyList<LossReason> Reasons);

public sealed record LossReason(string Source, string Reason, long Count);

/// <param name="LastDay">How many there were.</param>
/// <param name="Newest">The newest ten of them.</param>
public sealed record Violations(Number LastDay, Found Newest);

/// <param name="Limit">Percent in use from which the oldest data is dropped.</param>
public sealed record DiskShare(string Folder, long Total, long Free, long Used, long Limit);
