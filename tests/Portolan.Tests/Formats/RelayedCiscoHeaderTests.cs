using System.Text;
using Portolan.Formats.Syslog;
using Xunit;

namespace Portolan.Tests.Formats;

/// <summary>Cisco messages whose own sequence number and time stand behind a relay's header, and zones written as an offset from UTC.</summary>
public sealed class RelayedCiscoHeaderTests
{
    static readonly long Receipt = Micros("2026-11-21T12:00:00Z");

    [Theory]
    // Shapes: elastic/integrations cisco_ios test-cisco-ios.log and test-syslog.log.
    [InlineData("<189>Nov 21 11:03:00 rtr007 585917: Nov 21 11:02:59.272: %SYS-5-X: a", "rtr007", "2026-11-21T11:02:59.272Z", "%SYS-5-X: a")]
    [InlineData("Nov 21 11:10:09 192.0.2.2 1663321: *Nov 21 11:10:08.454 UTC: %SEC-6-X: a", "192.0.2.2", "2026-11-21T11:10:08.454Z", "%SEC-6-X: a")]
    [InlineData("<189>Nov 21 11:03:00 rtr007 585917: %SYS-5-X: a", "rtr007", "2026-11-21T11:03:00Z", "%SYS-5-X: a")]
    [InlineData("<189>Nov 21 11:03:00 rtr007 12: 00:00:41: %SYS-5-X: a", "rtr007", "2026-11-21T11:03:00Z", "%SYS-5-X: a")]
    [InlineData("<190>Nov 21 11:18:02 192.0.2.2 sw01: 3132779: Nov 21 2026 11:18:01 UTC: %NTP-5-X: a", "192.0.2.2", "2026-11-21T11:18:01Z", "%NTP-5-X: a")]
    // A number that no message id follows is text.
    [InlineData("<189>Nov 21 11:03:00 host7 17: items in the queue", "host7", "2026-11-21T11:03:00Z", "17: items in the queue")]
    [InlineData("<189>1: host-01: Nov 21 12:15:09 UTC+1: %DOT1X-5-FAIL: a", "host-01", "2026-11-21T11:15:09Z", "%DOT1X-5-FAIL: a")]
    [InlineData("<189>1: host-01: Nov 21 19:45:09 UTC+07:30: %DOT1X-5-FAIL: a", "host-01", "2026-11-21T12:15:09Z", "%DOT1X-5-FAIL: a")]
    [InlineData("<189>1: host-01: Nov 21 09:15:09 GMT-3: %DOT1X-5-FAIL: a", "host-01", "2026-11-21T12:15:09Z", "%DOT1X-5-FAIL: a")]
    public void Header(string line, string host, string time, string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        SyslogHeader.Parse(bytes, out var header);
        Assert.Equal(host, Encoding.UTF8.GetString(header.HostName.Of(bytes)));
        Assert.Equal(body, Encoding.UTF8.GetString(header.Body.Of(bytes)));
        Assert.Equal(0, header.Application.Length);
        Assert.Equal(Micros(time), DeviceTime.Resolve(header.Time, Receipt, DeviceZone.Utc).Micros);
    }

    static long Micros(string iso) => (DateTimeOffset.Parse(iso, System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks / 10;
}
