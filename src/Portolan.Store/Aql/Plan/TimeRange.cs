using System.Globalization;
using System.Text.RegularExpressions;

namespace Portolan.Store.Aql.Plan;

/// <summary>
/// The time clause as starttime in [From, To], microseconds since 1970 UTC. LAST and the default (5 minutes) end now; START and STOP snap
/// outward
/// to whole minutes, and STOP names the end of what is wanted, so 17:00 ends at 16:59:59.999999.
/// </summary>
readonly partial record struct TimeRange(long From, long To)
{
    const long Minute = 60_000_000;

    public static readonly TimeSpan Default = TimeSpan.FromMinutes(5);

    public static TimeRange Of(TimeClause? clause, long now, TimeZoneInfo zone, Complaint complain)
    {
        if (clause?.Start == null) return new(now - (clause?.Span ?? Default).Ticks / 10, now);
        long start = Moment(clause.Start, now, zone, complain);
        long from = start - Mod(start);
        if (clause.Stop == null) return new(from, now);
        long stop = Moment(clause.Stop, now, zone, complain);
        long to = stop + (Minute - Mod(stop)) % Minute - 1;
        if (stop < start) throw complain.Semantic(clause.Stop.At, "STOP lies before START");
        return new(from, to);
    }

    static long Mod(long microseconds) => (microseconds % Minute + Minute) % Minute;

    static long Moment(When when, long now, TimeZoneInfo zone, Complaint complain)
    {
        if (when.Milliseconds is { } ms || long.TryParse(when.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ms))
            return ms <= 253_402_300_799_999 ? ms * 1000 : throw complain.Semantic(when.At, "this time lies after the year 9999");
        string text = when.Text!.Trim();
        if (when.Relative && TryRelative(text, now, zone, out long moment) || TryWritten(text, zone, out moment)) return moment;
        throw complain.Semantic(when.At, when.Relative
            ? "this is no time that PARSEDATETIME knows: expected such as '1 day ago', 'now' or '2026-01-31 14:05'"
            : "this is no time: expected such as '2026-01-31 14:05', '2026/01/31 14:05:30', '2026-01-31 14:05 Z' or epoch milliseconds");
    }

    /// <summary>What PARSEDATETIME reads; microseconds.</summary>
    public static bool TryMoment(string text, long now, TimeZoneInfo zone, out long moment) =>
        TryRelative(text.Trim(), now, zone, out moment) || TryWritten(text.Trim(), zone, out moment);

    static bool TryRelative(string text, long now, TimeZoneInfo zone, out long moment)
    {
        moment = now;
        if (text.Equals("now", StringComparison.OrdinalIgnoreCase)) return true;
        var m = Ago().Match(text);
        if (!m.Success || !int.TryParse(m.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int n)) return false;
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.UnixEpoch.AddTicks(now * 10), zone).DateTime;
        try
        {
            local = char.ToLowerInvariant(m.Groups[2].Value[0]) switch
            {
                's' => local.AddSeconds(-n),
                'm' when m.Groups[2].Value.StartsWith("mi", StringComparison.OrdinalIgnoreCase) => local.AddMinutes(-n),
                'm' => local.AddMonths(-n),
                'h' => local.AddHours(-n),
                'd' => local.AddDays(-n),
                'w' => local.AddDays(-7.0 * n),
                _ => local.AddYears(-n),
            };
        }
        catch (ArgumentOutOfRangeException)
        {
            local = DateTime.UnixEpoch;
        }
        moment = Utc(local, zone);
        return true;
    }

    static bool TryWritten(string text, TimeZoneInfo zone, out long moment)
    {
        moment = 0;
        var m = Written().Match(text);
        if (!m.Success) return false;
        int Part(int i) => m.Groups[i].Success ? int.Parse(m.Groups[i].Value, CultureInfo.InvariantCulture) : 0;
        int year = Part(1), month = Part(2), day = Part(3), hour = Part(4), minute = Part(5), second = Part(6);
        if (year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59
            || second > 59) return false;
        var written = new DateTime(year, month, day, hour, minute, second);
        moment = m.Groups[7].Success ? (written - DateTime.UnixEpoch).Ticks / 10 : Utc(written, zone);
        return true;
    }

    // A local time that a clock change skips is read with the offset from before; one that comes twice is the first.
    static long Utc(DateTime local, TimeZoneInfo zone)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        var offset = zone.IsInvalidTime(local) ? zone.GetUtcOffset(local.AddHours(-1))
            : zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max()
            : zone.GetUtcOffset(local);
        return (local - offset - DateTime.UnixEpoch).Ticks / 10;
    }

    [GeneratedRegex("^([0-9]{1,9}) *(s(?:ec(?:ond)?s?)?|mi(?:n(?:ute)?s?)?|mon(?:th)?s?|h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?|y(?:ears?)?) +ago$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Ago();

    [GeneratedRegex("^([0-9]{4})[-/:]([0-9]{1,2})[-/:]([0-9]{1,2})[-T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\\.[0-9]{1,6})?)? *([Zz])?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Written();
}
