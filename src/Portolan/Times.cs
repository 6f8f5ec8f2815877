using System.Globalization;

namespace Portolan;

/// <summary>Times as people write them on the command line and in the configuration.</summary>
static class Times
{
    /// <summary>A number and a unit: <c>500ms</c>, <c>60s</c>, <c>15m</c>, <c>2h</c>, <c>30d</c>.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        long unit = text[digits..].Trim() switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            "d" => TimeSpan.TicksPerDay,
            _ => 0,
        };
        if (unit == 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long n)
            || n > long.MaxValue / unit) return false;
        duration = new(n * unit);
        return true;
    }

    public static bool TryZone(string text, out TimeZoneInfo? zone)
    {
        zone = text.ToUpperInvariant() switch
        {
            "LOCAL" => TimeZoneInfo.Local,
            "UTC" or "Z" => TimeZoneInfo.Utc,
            _ => null,
        };
        return zone is not null || text.Length > 0 && TimeZoneInfo.TryFindSystemTimeZoneById(text, out zone);
    }

    static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFF",
        "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF",
    ];

    static readonly string[] OffsetFormats = [.. Formats.Skip(1).Select(f => f + "K")];

    /// <summary>
    /// A moment: a span back from now (<c>15m</c>, <c>2h</c>), <c>now</c>, <c>today</c>, <c>yesterday</c>, or a date with time and perhaps
    /// offset (<c>2026-11-20T09:00+09:00</c>); without offset it is in the zone. The result is microseconds since 1970 UTC.
    /// </summary>
    public static bool TryMoment(string text, DateTimeOffset now, TimeZoneInfo zone, out long microseconds)
    {
        microseconds = 0;
        if (TryDuration(text, out var back))
        {
            if (back > now - DateTimeOffset.UnixEpoch) return false;
            microseconds = Microseconds(now - back);
            return true;
        }
        var today = TimeZoneInfo.ConvertTime(now, zone).Date;
        DateTime wall;
        switch (text)
        {
            case "now":
                microseconds = Microseconds(now);
                return true;
            case "today":
                wall = today;
                break;
            case "yesterday":
                wall = today.AddDays(-1);
                break;
            default:
                bool hasOffset = text.EndsWith('Z') || text.Length > 10 && text.AsSpan(10).IndexOfAny('+', '-') >= 0;
                if (hasOffset)
                {
                    if (!DateTimeOffset.TryParseExact(text, OffsetFormats, CultureInfo.InvariantCulture, default, out var exact))
                        return false;
                    microseconds = Microseconds(exact);
                    return true;
                }
                if (!DateTime.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out wall)) return false;
                break;
        }
        // A wall time that daylight saving skips is taken as if the clock had not been put forward.
        microseconds = Microseconds(new DateTimeOffset(wall, zone.GetUtcOffset(wall)));
        return true;
    }

    public static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>
    /// Local time with its offset, milliseconds kept: <c>2026-11-20 09:00:00.000 +09:00</c>; the number itself when it is no date of ours.
    /// </summary>
    public static string Show(long milliseconds, TimeZoneInfo zone)
    {
        if (milliseconds is < -62135596800000 or > 253402214400000) return milliseconds.ToString(CultureInfo.InvariantCulture);
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), zone);
        return local.ToString("yyyy-MM-dd HH:mm:ss.fff zzz", CultureInfo.InvariantCulture);
    }
}
