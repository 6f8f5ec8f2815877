namespace Portolan.Formats.Syslog;

/// <summary>
/// Reads the timestamps that syslog senders write: <c>Mmm d hh:mm:ss</c> with a year before, between or after, RFC 3339 with its usual
/// violations,
/// Cisco's marks and uptimes. Each method moves <c>i</c> past the timestamp, or leaves it and says false.
/// </summary>
static class TimestampReader
{
    /// <summary>Any timestamp of an RFC 3164 header, with zone name and closing colon where they stand.</summary>
    public static bool TryRead(ReadOnlySpan<byte> m, ref int i, out TimeParts t)
    {
        t = default;
        int at = i;
        if (at >= m.Length) return false;
        if (m[at] is (byte)'*' or (byte)'.')
        {
            t.NotSynchronised = true;
            at++;
        }
        if (at + 8 > m.Length) return false;
        if (!IsDigit(m[at]))
        {
            if (!TryMonthDayTime(m, ref at, ref t)) return false;
        }
        else if (m[at + 4] == '-')
        {
            if (!TryIso(m, ref at, ref t)) return false;
        }
        else if (m[at + 4] == ' ' && TryNumber(m, ref at, 4, 4, out int year) && year is >= 1970 and < 2100)
        {
            at++;
            t.Year = (short)year;
            if (!TryMonthDayTime(m, ref at, ref t)) return false;
        }
        else
        {
            at = i;
            if (t.NotSynchronised || !TryUptime(m, ref at, ref t)) return false;
            i = at;
            return true;
        }
        t.Kind = TimeKind.Clock;
        Suffix(m, ref at, ref t);
        i = at;
        return true;
    }

    /// <summary>RFC 3339 date and time; also with a space for the T, a comma in the fraction, and no zone. Something other than a space
    /// after it is not one.</summary>
    public static bool TryRead5424(ReadOnlySpan<byte> m, ref int i, out TimeParts t)
    {
        t = default;
        int at = i;
        if (!TryIso(m, ref at, ref t) || at < m.Length && m[at] != ' ') return false;
        t.Kind = TimeKind.Clock;
        i = at;
        return true;
    }

    static bool TryIso(ReadOnlySpan<byte> m, ref int i, ref TimeParts t)
    {
        int at = i;
        if (!TryNumber(m, ref at, 4, 4, out int year) || !Is(m, at++, '-') || !TryNumber(m, ref at, 2, 2, out int month)
            || !Is(m, at++, '-') || !TryNumber(m, ref at, 2, 2, out int day)) return false;
        if (year == 0 || month is 0 or > 12 || day is 0 or > 31) return false;
        if (at >= m.Length || m[at] is not ((byte)'T' or (byte)'t' or (byte)' ')) return false;
        at++;
        t.Year = (short)year;
        t.Month = (byte)month;
        t.Day = (byte)day;
        if (!TryTimeOfDay(m, ref at, ref t)) return false;
        if (at < m.Length && m[at] is (byte)'Z' or (byte)'z')
        {
            t.HasZone = true;
            at++;
        }
        else TryOffset(m, ref at, ref t);
        i = at;
        return true;
    }

    static bool TryMonthDayTime(ReadOnlySpan<byte> m, ref int i, ref TimeParts t)
    {
        int at = i;
        if (at + 3 >= m.Length || m[at + 3] != ' ') return false;
        int month = Month(m[at], m[at + 1], m[at + 2]);
        if (month == 0) return false;
        at += 4;
        while (Is(m, at, ' ')) at++;
        if (!TryNumber(m, ref at, 1, 2, out int day) || day is 0 or > 31 || !Is(m, at, ' ')) return false;
        at++;
        t.Month = (byte)month;
        t.Day = (byte)day;
        if (at + 4 < m.Length && m[at + 4] == ' ' && TryYear(m, ref at, ref t)) at++;
        if (!TryTimeOfDay(m, ref at, ref t)) return false;
        i = at;
        return true;
    }

    static bool TryYear(ReadOnlySpan<byte> m, ref int i, ref TimeParts t)
    {
        int at = i;
        if (!TryNumber(m, ref at, 4, 4, out int year) || year is < 1970 or >= 2100) return false;
        t.Year = (short)year;
        i = at;
        return true;
    }

    static bool TryTimeOfDay(ReadOnlySpan<byte> m, ref int i, ref TimeParts t)
    {
        int at = i;
        if (!TryNumber(m, ref at, 1, 2, out int hour) || !Is(m, at++, ':') || !TryNumber(m, ref at, 2, 2, out int minute)
            || !Is(m, at++, ':') || !TryNumber(m, ref at, 2, 2, out int second) || hour > 23 || minute > 59 || second > 60) return false;
        t.Hour = (byte)hour;
        t.Minute = (byte)minute;
        t.Second = (byte)second;
        if (at + 1 < m.Length && m[at] is (byte)'.' or (byte)',' && IsDigit(m[at + 1]))
        {
            at++;
            int fraction = 0, scale = 100_000;
            for (; at < m.Length && IsDigit(m[at]); at++)
            {
                fraction += (m[at] - '0') * scale;
                scale /= 10;
            }
            t.Microseconds = fraction;
        }
        i = at;
        return true;
    }

    static bool TryOffset(ReadOnlySpan<byte> m, ref int i, ref TimeParts t)
    {
        int at = i;
        if (at >= m.Length || m[at] is not ((byte)'+' or (byte)'-')) return false;
        bool west = m[at++] == '-';
        if (!TryNumber(m, ref at, 2, 2, out int hours)) return false;
        if (Is(m, at, ':')) at++;
        if (!TryNumber(m, ref at, 2, 2, out int minutes) || hours > 18 || minutes > 59) return false;
        int offset = hours * 60 + minutes;
        t.OffsetMinutes = (short)(west ? -offset : offset);
        t.HasZone = true;
        i = at;
        return true;
    }

    /// <summary>What may follow: a year, a zone, a colon.</summary>
    static void Suffix(ReadOnlySpan<byte> m, ref int i, ref TimeParts t)
    {
        int at = i;
        if (t.Year == 0 && Is(m, at, ' '))
        {
            int year = at + 1;
            if (TryYear(m, ref year, ref t))
            {
                if (year == m.Length || Is(m, year, ' ') || Is(m, year, ':') && (year + 1 == m.Length || Is(m, year + 1, ' '))) at = year;
                else t.Year = 0;
            }
        }
        if (!t.HasZone && Is(m, at, ' ') && at + 1 < m.Length)
        {
            int zone = at + 1;
            if (m[zone] is (byte)'+' or (byte)'-')
            {
                if (TryOffset(m, ref zone, ref t)) at = zone;
            }
            else if (TryZoneName(m, ref zone, ref t)) at = zone;
        }
        if (Is(m, at, ':') && (at + 1 == m.Length || m[at + 1] == ' ')) at++;
        i = at;
    }

    static bool TryZoneName(ReadOnlySpan<byte> m, ref int i, ref TimeParts t)
    {
        int at = i;
        while (at < m.Length && at - i < 6 && m[at] is >= (byte)'A' and <= (byte)'Z') at++;
        if (at == i || at == m.Length) return false;
        if (m[at] is (byte)'+' or (byte)'-') return TryUtcOffset(m, at, ref i, ref t);
        if (m[at] is not ((byte)' ' or (byte)':')) return false;
        if (TimeZoneNames.TryFind(m[i..at], out short offset, out short other))
        {
            t.HasZone = true;
            t.OffsetMinutes = offset;
            t.OtherOffsetMinutes = other;
            t.ZoneIsAmbiguous = offset != other;
        }
        // A name of the administrator's own making: known as a zone by the message id after it.
        else if (at - i < 3 || !(m[at] == ':' && Is(m, at + 1, ' ') && Is(m, at + 2, '%'))) return false;
        i = at;
        return true;
    }

    /// <summary><c>UTC+1</c>, <c>GMT-03:30</c>: a name of one to two digits of hours from UTC; the sign stands at <paramref name="at"/>.</summary>
    static bool TryUtcOffset(ReadOnlySpan<byte> m, int at, ref int i, ref TimeParts t)
    {
        var name = m[i..at];
        bool west = m[at++] == '-';
        if (!name.SequenceEqual("UTC"u8) && !name.SequenceEqual("GMT"u8)) return false;
        if (!TryNumber(m, ref at, 1, 2, out int hours) || hours > 18) return false;
        int after = at + 1, minutes = 0;
        if (Is(m, at, ':') && TryNumber(m, ref after, 2, 2, out minutes) && minutes < 60) at = after;
        else minutes = 0;
        if (at < m.Length && m[at] is not ((byte)' ' or (byte)':')) return false;
        t.OffsetMinutes = (short)((west ? -1 : 1) * (hours * 60 + minutes));
        t.HasZone = true;
        i = at;
        return true;
    }

    /// <summary>Cisco's time since start, before a message id: <c>00:01:01: %</c>, <c>1d02h: %</c>, <c>3w5d: %</c>, <c>1y2w: %</c>.</summary>
    static bool TryUptime(ReadOnlySpan<byte> m, ref int i, ref TimeParts t)
    {
        const long second = 1_000_000;
        int at = i;
        if (!TryNumber(m, ref at, 1, 4, out int first) || at >= m.Length) return false;
        long micros;
        if (m[at] == ':')
        {
            at++;
            if (!TryNumber(m, ref at, 2, 2, out int minutes) || !Is(m, at++, ':')) return false;
            if (!TryNumber(m, ref at, 2, 2, out int seconds)) return false;
            micros = (first * 3600L + minutes * 60 + seconds) * second;
        }
        else
        {
            if (!TryUnit(m, ref at, first, out micros) || !TryNumber(m, ref at, 1, 3, out int next)) return false;
            if (!TryUnit(m, ref at, next, out long more)) return false;
            micros += more;
        }
        if (!Is(m, at++, ':') || !Is(m, at, ' ') || !Is(m, at + 1, '%')) return false;
        t.Kind = TimeKind.Uptime;
        t.Microseconds = micros;
        i = at;
        return true;
    }

    static bool TryUnit(ReadOnlySpan<byte> m, ref int i, int count, out long micros)
    {
        long seconds = i >= m.Length ? 0 : (char)m[i] switch
        {
            'y' => 365 * 86_400,
            'w' => 7 * 86_400,
            'd' => 86_400,
            'h' => 3600,
            'm' => 60,
            _ => 0,
        };
        i++;
        micros = count * seconds * 1_000_000;
        return seconds > 0;
    }

    static int Month(byte a, byte b, byte c) => ((a | 0x20) << 16 | (b | 0x20) << 8 | c | 0x20) switch
    {
        'j' << 16 | 'a' << 8 | 'n' => 1,
        'f' << 16 | 'e' << 8 | 'b' => 2,
        'm' << 16 | 'a' << 8 | 'r' => 3,
        'a' << 16 | 'p' << 8 | 'r' => 4,
        'm' << 16 | 'a' << 8 | 'y' => 5,
        'j' << 16 | 'u' << 8 | 'n' => 6,
        'j' << 16 | 'u' << 8 | 'l' => 7,
        'a' << 16 | 'u' << 8 | 'g' => 8,
        's' << 16 | 'e' << 8 | 'p' => 9,
        'o' << 16 | 'c' << 8 | 't' => 10,
        'n' << 16 | 'o' << 8 | 'v' => 11,
        'd' << 16 | 'e' << 8 | 'c' => 12,
        _ => 0,
    };

    static bool TryNumber(ReadOnlySpan<byte> m, ref int i, int min, int max, out int value)
    {
        value = 0;
        int at = i;
        while (at < m.Length && at - i < max && IsDigit(m[at])) value = value * 10 + (m[at++] - '0');
        if (at - i < min) return false;
        i = at;
        return true;
    }

    static bool Is(ReadOnlySpan<byte> m, int i, char c) => i < m.Length && m[i] == c;
    static bool IsDigit(byte b) => (uint)(b - '0') <= 9;
}
