using System.Globalization;
using System.Text;
using Portolan.Store.Aql.Executor;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Functions;

static class TimeFunctions
{
    public static readonly ScalarFunction Now = new("NOW", "The moment the search began, epoch milliseconds.", AqlType.Long)
    {
        Evaluate = (_, n, scope) => Vectors.Constant(scope.Now / 1000, AqlType.Long, n),
    };

    public static readonly ScalarFunction ParseDateTime = new("PARSEDATETIME",
        "Epoch milliseconds of a time such as '1 week ago', 'now' or '2026-01-31 14:05'; NULL when it is none.", AqlType.Long, new Parameter("text", AqlType.Text))
    {
        Evaluate = (arguments, n, scope) =>
        {
            var texts = (TextVector)arguments[0];
            var times = new long[n];
            var nulls = new bool[n];
            for (int i = 0; i < n; i++)
            {
                nulls[i] = texts.Get(i) is not { } text || !TimeRange.TryMoment(text, scope.Now, scope.Context.Zone, out times[i]);
                times[i] = RowChunk.Milliseconds(times[i]);
            }
            return new LongVector(times, nulls, n);
        },
    };

    public static readonly ScalarFunction DateFormat = new("DATEFORMAT",
        "Epoch milliseconds as text by a pattern of the letters y Y M w W D d F E a H k K h m s S z Z X; "
        + "others stand for themselves or in ''.",
        AqlType.Text, new Parameter("time", AqlType.Long), new Parameter("pattern", AqlType.Text))
    {
        Evaluate = (arguments, n, scope) =>
        {
            var times = (LongVector)arguments[0];
            var patterns = (TextVector)arguments[1];
            var texts = new string?[n];
            for (int i = 0; i < n; i++)
            {
                if (times.IsNull(i) || patterns.IsNull(i)
                    || !Format(times.Values[i], patterns.Get(i)!, scope.Context.Zone, out var text)) continue;
                texts[i] = text;
            }
            return new TextVector(texts, n);
        },
    };

    /// <summary>False when the time lies outside the years 1 to 9999 or the pattern has a letter without meaning.</summary>
    static bool Format(long milliseconds, string pattern, TimeZoneInfo zone, out string text)
    {
        text = "";
        if (milliseconds is < -62_135_596_800_000 or > 253_402_300_799_999) return false;
        var utc = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        var offset = zone.GetUtcOffset(utc);
        if (utc.UtcTicks + offset.Ticks is < 0 or > 3_155_378_975_999_999_999) return false;
        var t = utc.ToOffset(offset);
        var to = new StringBuilder();
        for (int i = 0; i < pattern.Length;)
        {
            char c = pattern[i];
            if (c == '\'')
            {
                if (!Quoted(to, pattern, ref i)) return false;
                continue;
            }
            int run = 1;
            while (i + run < pattern.Length && pattern[i + run] == c) run++;
            if (!char.IsAsciiLetter(c)) to.Append(c, run);
            else if (!Letter(to, c, run, t, zone)) return false;
            i += run;
        }
        text = to.ToString();
        return true;
    }

    // Text between quotes; a doubled quote, inside or alone, is one.
    static bool Quoted(StringBuilder to, string pattern, ref int i)
    {
        if (i + 1 < pattern.Length && pattern[i + 1] == '\'')
        {
            to.Append('\'');
            i += 2;
            return true;
        }
        while (true)
        {
            int end = pattern.IndexOf('\'', i + 1);
            if (end < 0) return false;
            to.Append(pattern, i + 1, end - i - 1);
            i = end + 1;
            if (i == pattern.Length || pattern[i] != '\'') return true;
            to.Append('\'');
        }
    }

    static bool Letter(StringBuilder to, char c, int run, DateTimeOffset t, TimeZoneInfo zone)
    {
        switch (c)
        {
            case 'y': Year(t.Year); break;
            case 'Y': Year(WeekYear(t, out _)); break;
            case 'M' or 'L':
                if (run >= 4) to.Append(CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(t.Month));
                else if (run == 3) to.Append(CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedMonthName(t.Month));
                else Number(t.Month);
                break;
            case 'w':
                WeekYear(t, out int week);
                Number(week);
                break;
            case 'W': Number((t.Day + (int)new DateTime(t.Year, t.Month, 1).DayOfWeek - 1) / 7 + 1); break;
            case 'D': Number(t.DayOfYear); break;
            case 'd': Number(t.Day); break;
            case 'F': Number((t.Day - 1) / 7 + 1); break;
            case 'E':
                to.Append(run >= 4 ? CultureInfo.InvariantCulture.DateTimeFormat.GetDayName(t.DayOfWeek)
                    : CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedDayName(t.DayOfWeek));
                break;
            case 'a': to.Append(t.Hour < 12 ? "AM" : "PM"); break;
            case 'H': Number(t.Hour); break;
            case 'k': Number(t.Hour == 0 ? 24 : t.Hour); break;
            case 'K': Number(t.Hour % 12); break;
            case 'h': Number(t.Hour % 12 == 0 ? 12 : t.Hour % 12); break;
            case 'm': Number(t.Minute); break;
            case 's': Number(t.Second); break;
            case 'S': Number(t.Millisecond); break;
            case 'z': to.Append(t.Offset == TimeSpan.Zero && zone.BaseUtcOffset == TimeSpan.Zero ? "UTC" : "GMT" + Offset(":")); break;
            case 'Z': to.Append(Offset("")); break;
            case 'X':
                if (t.Offset == TimeSpan.Zero) to.Append('Z');
                else to.Append(run == 1 ? Offset("")[..3] : Offset(run == 2 ? "" : ":"));
                break;
            default: return false;
        }
        return true;

        void Number(int n) => to.Append(n.ToString(CultureInfo.InvariantCulture).PadLeft(run, '0'));
        void Year(int year)
        {
            if (run == 2) to.Append((year % 100).ToString("00", CultureInfo.InvariantCulture));
            else Number(year);
        }
        string Offset(string colon) =>
            (t.Offset < TimeSpan.Zero ? "-" : "+") + t.Offset.ToString("hh", CultureInfo.InvariantCulture) + colon + t.Offset.ToString("mm",
                CultureInfo.InvariantCulture);
    }

    // Weeks as SimpleDateFormat counts them in the US: they begin on Sunday, and the week that holds 1 January is week 1 of its year.
    static int WeekYear(DateTimeOffset t, out int week)
    {
        var day = t.Date;
        // The Saturday that ends the week decides the year.
        int toSaturday = 6 - (int)day.DayOfWeek;
        int year = day.Month == 12 && day.Day + toSaturday > 31 ? day.Year + 1 : day.Year;
        week = year > day.Year ? 1 : (day.DayOfYear - 1 + (int)new DateTime(day.Year, 1, 1).DayOfWeek) / 7 + 1;
        return year;
    }
}
