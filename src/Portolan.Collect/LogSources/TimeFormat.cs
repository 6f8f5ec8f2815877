using System.Buffers.Text;
using Portolan.Formats.Syslog;
using Portolan.Model;

namespace Portolan.Collect.LogSources;

/// <summary>
/// A device time in raw values: <c>epoch</c>, <c>epochms</c>, <c>epochus</c>, <c>epochns</c>, <c>iso</c>, or a pattern of yyyy yy MM MMM M
/// dd d HH H mm ss SSS zzz and literal characters.
/// </summary>
sealed class TimeFormat
{
    static ReadOnlySpan<byte> Months => "janfebmaraprmayjunjulaugsepoctnovdec"u8;

    const long YearTenThousand = 253_402_300_800_000_000;

    readonly int[] _from;
    readonly int _zone;
    readonly long _epochUnit;
    readonly List<(char Kind, int Width, byte Literal)> _parts = [];

    /// <summary>A mistake in the format, or null.</summary>
    public string? Fault { get; }

    public TimeFormat(TimeRule rule, RawNames names)
    {
        _from = [.. rule.From.Select(names.Slot)];
        _zone = rule.Zone == null ? -1 : names.Slot(rule.Zone);
        _epochUnit = rule.Format switch { "epoch" => 1_000_000, "epochms" => 1000, "epochus" => 1, "epochns" => -1000, _ => 0 };
        string format = rule.Format == "iso" ? "yyyy-MM-dd*HH:mm:ssSSSzzz" : rule.Format;
        if (_epochUnit != 0) return;
        for (int i = 0; i < format.Length;)
        {
            int n = 1;
            while (i + n < format.Length && format[i + n] == format[i]) n++;
            char kind = format[i];
            if (kind is 'y' or 'M' or 'd' or 'H' or 'm' or 's' or 'S' or 'z') _parts.Add((kind, n, 0));
            else if (char.IsAsciiLetter(kind)) Fault = $"time format \"{rule.Format}\": unknown letter {kind}";
            else for (int k = 0; k < n; k++) _parts.Add(('\0', 1, (byte)kind));
            i += n;
        }
        if (Fault == null && !(_parts.Exists(p => p.Kind == 'd') && _parts.Exists(p => p.Kind == 'H')))
            Fault = $"time format \"{rule.Format}\" holds no day or no hour";
    }

    /// <summary>The time, when its raw values are present and fit.</summary>
    public bool TryRead(RawValues raw, ReadOnlySpan<byte> bytes, long receipt, DeviceZone deviceZone, out DeviceTime time)
    {
        time = default;
        Span<byte> text = stackalloc byte[80];
        int n = 0;
        foreach (int slot in _from)
        {
            var value = raw[slot];
            if (value.Length == 0 || n + value.Length + 1 > text.Length) return false;
            if (n > 0) text[n++] = (byte)' ';
            bytes.Slice(value.Start, value.Length).CopyTo(text[n..]);
            n += value.Length;
        }
        if (_epochUnit != 0) return TryEpoch(text[..n], out time);
        var parts = new TimeParts { Kind = TimeKind.Clock };
        if (!TryParts(text[..n], ref parts)) return false;
        if (_zone >= 0 && raw[_zone] is { Length: > 0 } zone)
        {
            var written = bytes.Slice(zone.Start, zone.Length).Trim("\" "u8);
            int at = 0;
            TryZone(written, ref at, ref parts);
        }
        time = DeviceTime.Resolve(parts, receipt, deviceZone);
        return time.Confidence != TimeConfidence.None;
    }

    bool TryEpoch(ReadOnlySpan<byte> text, out DeviceTime time)
    {
        time = default;
        if (!Utf8Parser.TryParse(text, out long whole, out int used) || whole <= 0 || whole > long.MaxValue / Math.Max(_epochUnit, 1))
            return false;
        long micros = _epochUnit < 0 ? whole / -_epochUnit : whole * _epochUnit;
        // Milliseconds taken for seconds: the next format is to have them.
        if (micros > YearTenThousand) return false;
        if (_epochUnit == 1_000_000 && used < text.Length && text[used] == '.')
        {
            int at = used + 1;
            micros += Fraction(text, ref at);
        }
        time = new(micros, 0, TimeConfidence.Exact);
        return true;
    }

    bool TryParts(ReadOnlySpan<byte> s, ref TimeParts t)
    {
        int i = 0;
        foreach (var (kind, width, literal) in _parts)
        {
            switch (kind)
            {
                case '\0':
                    // A star stands for the one byte between date and time in its usual forms; several spaces count as one.
                    if (i >= s.Length || literal != '*' && s[i] != literal) return false;
                    i++;
                    while (literal == ' ' && i < s.Length && s[i] == ' ') i++;
                    break;
                case 'y':
                    if (!TryNumber(s, ref i, width, out int year)) return false;
                    t.Year = (short)(width == 2 ? year + (year < 70 ? 2000 : 1900) : year);
                    break;
                case 'M' when width >= 3:
                    if (!TryMonth(s, ref i, out int name)) return false;
                    t.Month = (byte)name;
                    break;
                case 'S':
                    if (i < s.Length && s[i] is (byte)'.' or (byte)',') i++;
                    t.Microseconds = Fraction(s, ref i);
                    break;
                case 'z':
                    while (i < s.Length && s[i] == ' ') i++;
                    if (i < s.Length && !TryZone(s, ref i, ref t)) return false;
                    break;
                default:
                    if (!TryNumber(s, ref i, width == 1 ? -2 : width, out int n)) return false;
                    switch (kind)
                    {
                        case 'M': t.Month = (byte)n; break;
                        case 'd': t.Day = (byte)n; break;
                        case 'H': t.Hour = (byte)n; break;
                        case 'm': t.Minute = (byte)n; break;
                        default: t.Second = (byte)n; break;
                    }
                    break;
            }
        }
        return t.Hour < 24 && t.Minute < 60 && t.Second <= 60;
    }

    static bool TryMonth(ReadOnlySpan<byte> s, ref int i, out int month)
    {
        month = 0;
        if (i + 3 > s.Length) return false;
        for (int m = 0; m < 12; m++)
        {
            if (!System.Text.Ascii.EqualsIgnoreCase(s.Slice(i, 3), Months.Slice(m * 3, 3))) continue;
            month = m + 1;
            i += 3;
            return true;
        }
        return false;
    }

    /// <summary>A number of exactly <paramref name="width"/> digits, or, negative, of one to that many.</summary>
    static bool TryNumber(ReadOnlySpan<byte> s, ref int i, int width, out int value)
    {
        value = 0;
        int most = Math.Abs(width), n = 0;
        while (n < most && i < s.Length && (uint)(s[i] - '0') <= 9)
        {
            value = value * 10 + s[i++] - '0';
            n++;
        }
        return width < 0 ? n > 0 : n == width;
    }

    static long Fraction(ReadOnlySpan<byte> s, ref int i)
    {
        long micros = 0, unit = 100_000;
        for (; i < s.Length && (uint)(s[i] - '0') <= 9; i++, unit /= 10) micros += (s[i] - '0') * unit;
        return micros;
    }

    static bool TryZone(ReadOnlySpan<byte> s, ref int i, ref TimeParts t)
    {
        if (i >= s.Length) return false;
        int sign = s[i] == '-' ? -1 : 1;
        if (s[i] is (byte)'Z' or (byte)'z')
        {
            i++;
            (t.HasZone, t.OffsetMinutes) = (true, 0);
            return true;
        }
        if (s[i] is not ((byte)'+' or (byte)'-'))
        {
            var name = s[i..];
            int end = name.IndexOf((byte)' ');
            if (end >= 0) name = name[..end];
            if (!name.SequenceEqual("UTC"u8) && !name.SequenceEqual("GMT"u8)) return false;
            i += name.Length;
            (t.HasZone, t.OffsetMinutes) = (true, 0);
            return true;
        }
        i++;
        if (!TryNumber(s, ref i, 2, out int hours)) return false;
        if (i < s.Length && s[i] == ':') i++;
        if (!TryNumber(s, ref i, 2, out int minutes)) minutes = 0;
        if (hours > 14 || minutes > 59) return false;
        (t.HasZone, t.OffsetMinutes) = (true, (short)(sign * (hours * 60 + minutes)));
        return true;
    }
}
