namespace Portolan.Formats.Syslog;

/// <summary>The zone of devices that write none: how far east of UTC their clock stands at a time that it shows, summer time included. Any thread.</summary>
public sealed class DeviceZone(TimeZoneInfo zone)
{
    const long QuarterHour = 900_000_000;

    public static readonly DeviceZone Utc = new(TimeZoneInfo.Utc);

    /// <summary>A zone without summer time, <paramref name="minutes"/> east of UTC, 14 hours at most either way.</summary>
    public static DeviceZone Fixed(int minutes) => new(TimeZoneInfo.CreateCustomTimeZone("fixed", TimeSpan.FromMinutes(minutes), null, null));

    // The quarter hour last asked for and its offset, in one word: events that arrive together were made together, and clocks change at quarter hours.
    long _last = long.MinValue;

    /// <summary>Minutes east of UTC.</summary>
    /// <param name="clock">What the clock shows, microseconds since it showed 1970, within the years 1 to 9999.</param>
    /// <param name="receipt">When the message came, microseconds since 1970 UTC. Of the two meanings of an hour that a clock shows twice, the one nearer to it is meant;
    /// an hour that a clock leaves out is told by one that was not put forward yet.</param>
    public int OffsetAt(long clock, long receipt)
    {
        long quarter = Math.DivRem(clock, QuarterHour, out long rest) - (rest < 0 ? 1 : 0), last = Volatile.Read(ref _last);
        if (last >> 16 == quarter) return (short)last;
        var shown = new DateTime(Math.Clamp(DateTime.UnixEpoch.Ticks + clock * TimeSpan.TicksPerMicrosecond, 0, DateTime.MaxValue.Ticks), DateTimeKind.Unspecified);
        if (zone.IsAmbiguousTime(shown)) return Nearest(zone.GetAmbiguousTimeOffsets(shown), clock, receipt);
        int offset = (int)zone.GetUtcOffset(shown).TotalMinutes;
        Volatile.Write(ref _last, quarter << 16 | (ushort)offset);
        return offset;
    }

    // Apart, for what it captures is allocated.
    static int Nearest(TimeSpan[] offsets, long clock, long receipt) =>
        offsets.Select(o => (int)o.TotalMinutes).MinBy(o => Math.Abs((decimal)clock - o * 60_000_000L - receipt));
}
