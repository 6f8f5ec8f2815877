namespace Portolan.Formats.Syslog;

public enum TimeKind : byte
{
    /// <summary>The message says no time.</summary>
    None,

    /// <summary>A date and a time of day.</summary>
    Clock,

    /// <summary>Time since the device started (Cisco IOS without a clock): <see cref="TimeParts.Microseconds"/> holds it.</summary>
    Uptime,
}

/// <summary>A timestamp as the device wrote it.</summary>
public struct TimeParts
{
    public TimeKind Kind { get; set; }

    /// <summary>0 when not said.</summary>
    public short Year { get; set; }
    public byte Month { get; set; }
    public byte Day { get; set; }
    public byte Hour { get; set; }
    public byte Minute { get; set; }

    /// <summary>Up to 60: a leap second is the first second of the next minute.</summary>
    public byte Second { get; set; }

    /// <summary>The fraction of the second; for <see cref="TimeKind.Uptime"/> the whole time since start.</summary>
    public long Microseconds { get; set; }

    public bool HasZone { get; set; }

    /// <summary>The zone was a name that means several zones (CST, IST, …); <see cref="OffsetMinutes"/> is the commonest.</summary>
    public bool ZoneIsAmbiguous { get; set; }

    /// <summary>A second meaning of an ambiguous name.</summary>
    public short OtherOffsetMinutes { get; set; }

    /// <summary>Minutes east of UTC.</summary>
    public short OffsetMinutes { get; set; }

    /// <summary>The device marks its clock as not synchronised (Cisco's <c>*</c> and <c>.</c>).</summary>
    public bool NotSynchronised { get; set; }
}

public enum TimeConfidence : byte
{
    None,
    Exact,
    ZoneInferred,
    YearInferred,
}

/// <summary>What a device's timestamp means. <paramref name="Micros"/> is since 1970 UTC, 0 when the confidence is None.</summary>
public readonly record struct DeviceTime(long Micros, int OffsetMinutes, TimeConfidence Confidence)
{
    const long Second = 1_000_000, Hour = 3600 * Second, Day = 24 * Hour;

    /// <summary>A time without year is at most this far ahead of its receipt; the January line that arrives in late December is.</summary>
    const long Ahead = 7 * Day;

    /// <summary>
    /// Completes what the device left out: the year is the latest that does not put the time more than 7 days after its receipt (29 February: the latest leap
    /// year), the zone is the source's. A missing year counts as the weaker confidence when both are missing.
    /// </summary>
    public static DeviceTime Resolve(in TimeParts parts, long receiveTimeMicros, DeviceZone zone)
    {
        if (parts.Kind != TimeKind.Clock) return default;
        if (parts.Year != 0)
        {
            if (!IsDate(parts.Year, parts.Month, parts.Day)) return default;
            var confidence = !parts.HasZone || parts.ZoneIsAmbiguous ? TimeConfidence.ZoneInferred : TimeConfidence.Exact;
            return At(parts, parts.Year, receiveTimeMicros, zone, confidence);
        }
        // No clock is more than 14 hours before UTC.
        int latest = YearOf(receiveTimeMicros + 14 * Hour + Ahead);
        for (int year = latest; year > latest - 9; year--)
        {
            if (!IsDate(year, parts.Month, parts.Day)) continue;
            var at = At(parts, year, receiveTimeMicros, zone, TimeConfidence.YearInferred);
            if (at.Micros <= receiveTimeMicros + Ahead) return at;
        }
        return default;
    }

    static DeviceTime At(in TimeParts parts, int year, long receipt, DeviceZone zone, TimeConfidence confidence)
    {
        long clock = Clock(parts, year);
        int offset = parts.OffsetMinutes;
        if (!parts.HasZone) offset = zone.OffsetAt(clock, receipt);
        else if (parts.ZoneIsAmbiguous && zone.OffsetAt(clock, receipt) == parts.OtherOffsetMinutes) offset = parts.OtherOffsetMinutes;
        return new(clock - offset * 60 * Second, offset, confidence);
    }

    static bool IsDate(int year, int month, int day) =>
        year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);

    // What the clock shows.
    static long Clock(in TimeParts p, int year) =>
        (new DateTime(year, p.Month, p.Day, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
        + ((p.Hour * 60 + p.Minute) * 60L + p.Second) * Second + p.Microseconds;

    static int YearOf(long micros)
    {
        long min = -62_135_596_800 * Second, max = 253_402_300_799 * Second;
        return DateTime.UnixEpoch.AddTicks(Math.Clamp(micros, min, max) * TimeSpan.TicksPerMicrosecond).Year;
    }
}
