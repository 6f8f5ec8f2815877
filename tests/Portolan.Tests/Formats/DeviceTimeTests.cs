using System.Globalization;
using System.Text;
using Portolan.Formats.Syslog;
using Xunit;

namespace Portolan.Tests.Formats;

public class DeviceTimeTests
{
    /// <summary>Header time, receipt in UTC, the source's offset in minutes; expected: UTC, offset, confidence.</summary>
    [Theory]
    [InlineData("2003-10-11T22:14:15.003Z", "2003-10-12T00:00:00", 540, "2003-10-11T22:14:15.003000 0 Exact")]
    [InlineData("2003-08-24T05:14:15.000003-07:00", "2003-10-12T00:00:00", 540, "2003-08-24T12:14:15.000003 -420 Exact")]
    [InlineData("2011-10-23T02:06:26.544", "2011-10-23T02:06:27", -60, "2011-10-23T03:06:26.544000 -60 ZoneInferred")]
    [InlineData("Mar  7 19:06:53", "2024-03-07T19:06:54", 0, "2024-03-07T19:06:53.000000 0 YearInferred")]
    [InlineData("Mar  7 19:06:53 2008", "2024-03-07T19:06:54", 60, "2008-03-07T18:06:53.000000 60 ZoneInferred")]
    [InlineData("Dec 31 23:59:59", "2024-01-01T00:00:02", 0, "2023-12-31T23:59:59.000000 0 YearInferred")]          // December seen in January
    [InlineData("Jan  1 00:00:03", "2023-12-31T23:59:58", 0, "2024-01-01T00:00:03.000000 0 YearInferred")]          // January seen in late December
    [InlineData("Jan  1 08:59:59", "2023-12-31T23:59:59", 540, "2023-12-31T23:59:59.000000 540 YearInferred")]      // New Year east of here
    [InlineData("Dec 31 19:00:00", "2024-01-01T00:00:01", -300, "2024-01-01T00:00:00.000000 -300 YearInferred")]    // and west
    [InlineData("Nov 30 12:00:00", "2024-02-01T00:00:00", 0, "2023-11-30T12:00:00.000000 0 YearInferred")]
    [InlineData("Feb 29 12:00:00", "2024-03-01T00:00:00", 0, "2024-02-29T12:00:00.000000 0 YearInferred")]
    [InlineData("Feb 29 12:00:00", "2025-03-01T00:00:00", 0, "2024-02-29T12:00:00.000000 0 YearInferred")]          // not in a leap year
    [InlineData("Feb 30 12:00:00", "2024-03-01T00:00:00", 0, "none")]
    [InlineData("2023-02-29T12:00:00Z", "2024-03-01T00:00:00", 0, "none")]
    [InlineData("Jun 30 23:59:60 2015 UTC", "2015-07-01T00:00:00", 60, "2015-07-01T00:00:00.000000 0 Exact")]       // leap second
    [InlineData("Apr 29 2019 13:58:46 AKDT", "2019-04-30T00:00:00", 0, "2019-04-29T21:58:46.000000 -480 Exact")]
    [InlineData("Apr 29 2019 13:58:46 EEST", "2019-04-30T00:00:00", 0, "2019-04-29T10:58:46.000000 180 Exact")]
    [InlineData("Apr 29 2019 13:58:46 CST", "2019-04-30T00:00:00", 0, "2019-04-29T19:58:46.000000 -360 ZoneInferred")]
    [InlineData("Apr 29 2019 13:58:46 CST", "2019-04-30T00:00:00", 480, "2019-04-29T05:58:46.000000 480 ZoneInferred")] // China, as the source is
    [InlineData("Apr 29 2019 13:58:46 IST", "2019-04-30T00:00:00", 60, "2019-04-29T12:58:46.000000 60 ZoneInferred")]
    public void Resolves(string time, string received, int offset, string expected)
    {
        SyslogHeader.Parse(Encoding.ASCII.GetBytes($"<13>{time} host tag: x"), out var header);
        Assert.Equal(TimeKind.Clock, header.Time.Kind);
        var receipt = DateTime.Parse(received, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        var at = DeviceTime.Resolve(header.Time, (receipt - DateTime.UnixEpoch).Ticks / 10, DeviceZone.Fixed(offset));
        Assert.Equal(expected, at.Confidence == TimeConfidence.None
            ? "none"
            : $"{DateTime.UnixEpoch.AddTicks(at.Micros * 10):yyyy-MM-ddTHH:mm:ss.ffffff} {at.OffsetMinutes} {at.Confidence}");
    }

    /// <summary>Summer time by the IANA database: Berlin changes at 01:00 UTC on 29 March and 25 October 2026, New York at 07:00 and 06:00 UTC on 8 March and 1 November.</summary>
    [Theory]
    [InlineData("Europe/Berlin", "Jul  1 12:00:00", "2026-07-01T10:00:01", "2026-07-01T10:00:00")]
    [InlineData("Europe/Berlin", "Jan  1 12:00:00", "2026-07-01T10:00:01", "2026-01-01T11:00:00")]   // winter's line, imported in summer
    [InlineData("Europe/Berlin", "Mar 29 01:59:59", "2026-03-29T01:00:00", "2026-03-29T00:59:59")]
    [InlineData("Europe/Berlin", "Mar 29 03:00:00", "2026-03-29T01:00:00", "2026-03-29T01:00:00")]
    [InlineData("Europe/Berlin", "Mar 29 02:10:00", "2026-03-29T01:10:01", "2026-03-29T01:10:00")]   // not put forward yet
    [InlineData("Europe/Berlin", "Oct 25 02:30:00", "2026-10-25T00:30:01", "2026-10-25T00:30:00")]   // shown twice: first
    [InlineData("Europe/Berlin", "Oct 25 02:30:00", "2026-10-25T01:30:01", "2026-10-25T01:30:00")]   // and second
    [InlineData("America/New_York", "Nov  1 00:59:59", "2026-11-01T05:00:00", "2026-11-01T04:59:59")]
    [InlineData("America/New_York", "Nov  1 02:00:00", "2026-11-01T07:00:00", "2026-11-01T07:00:00")]
    [InlineData("Asia/Kolkata", "Jul  1 00:10:00", "2026-06-30T18:40:00", "2026-06-30T18:40:00")]
    [InlineData("Asia/Tokyo", "Jan  1 00:00:00", "2026-12-31T15:00:00", "2026-12-31T15:00:00")]
    [InlineData("Europe/Berlin", "Jul  1 2026 13:58:46 CST", "2026-07-01T20:00:00", "2026-07-01T19:58:46")]
    public void Knows_summer_time(string zone, string time, string received, string expected)
    {
        SyslogHeader.Parse(Encoding.ASCII.GetBytes($"<13>{time} host tag: x"), out var header);
        var of = new DeviceZone(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var receipt = DateTime.Parse(received, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        // Twice: what was asked before is remembered.
        for (int i = 0; i < 2; i++)
            Assert.Equal(expected, $"{DateTime.UnixEpoch.AddTicks(DeviceTime.Resolve(header.Time, (receipt - DateTime.UnixEpoch).Ticks / 10, of).Micros * 10):yyyy-MM-ddTHH:mm:ss}");
    }

    [Theory]
    [InlineData("<13>no time at all")]
    [InlineData("<189>30: 00:01:01: %SYS-5-RESTART: x")]
    public void Says_none_without_a_clock(string message)
    {
        SyslogHeader.Parse(Encoding.ASCII.GetBytes(message), out var header);
        Assert.Equal(default, DeviceTime.Resolve(header.Time, 1_700_000_000_000_000, DeviceZone.Utc));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void Any_receipt_is_survived(long receipt)
    {
        SyslogHeader.Parse("<13>Feb 29 12:00:00 host tag: x"u8, out var header);
        DeviceTime.Resolve(header.Time, receipt, DeviceZone.Utc);
    }

    [Theory]
    [InlineData("a#011b", "a\tb")]
    [InlineData("a\\011b#012", "a\tb\n")]
    [InlineData("#303#251", "\u00c3\u00a9")]
    [InlineData("#101 #01 #", "#101 #01 #")]
    public void Undoes_control_escapes(string text, string expected)
    {
        var to = new byte[text.Length];
        int n = Portolan.Formats.Escapes.UndoControlEscapes(Encoding.Latin1.GetBytes(text), to);
        Assert.Equal(expected, Encoding.Latin1.GetString(to, 0, n));
    }
}
