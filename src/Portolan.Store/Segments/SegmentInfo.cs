using System.Globalization;
using Portolan.Model;

namespace Portolan.Store.Segments;

/// <summary>What the rows of a segment have in common. <paramref name="Day"/> is the UTC day of their starttime.</summary>
public readonly record struct SegmentKey(Database Database, int Domain, int Bucket, DateOnly Day)
{
    const long DayMicroseconds = 86_400_000_000;

    /// <summary>The UTC day of a time in microseconds since 1970, held to what a date can be.</summary>
    public static DateOnly DayOf(long time)
    {
        long day = Math.DivRem(time, DayMicroseconds, out long rest) - (rest < 0 ? 1 : 0) + Epoch.DayNumber;
        return DateOnly.FromDayNumber((int)Math.Clamp(day, DateOnly.MinValue.DayNumber, DateOnly.MaxValue.DayNumber));
    }

    static readonly DateOnly Epoch = new(1970, 1, 1);

    /// <summary>The folder of such segments below the store's root: <c>events/0/0/2026-11-21</c> (database, domain, bucket, day).</summary>
    public string Folder => string.Create(CultureInfo.InvariantCulture,
        $"{(Database == Database.Flows ? "flows" : "events")}/{Domain}/{Bucket}/{Day:yyyy-MM-dd}");

    public static bool TryParse(string folder, out SegmentKey key)
    {
        key = default;
        var parts = folder.Split('/');
        if (parts.Length != 4 || parts[0] is not ("events" or "flows")
            || !int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int domain)
            || !int.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int bucket)
            || !DateOnly.TryParseExact(parts[3], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return false;
        key = new(parts[0] == "flows" ? Database.Flows : Database.Events, domain, bucket, day);
        return true;
    }
}

/// <summary>The stretch of the journal that a segment's rows come from; records of it may also lie in segments of other keys.</summary>
public readonly record struct JournalRange(int Epoch, long First, long Last);

/// <summary>What a segment's name and footer say about it.</summary>
/// <param name="Name">
/// Path below the store's root, with '/': folder of the key, then <c>mintime-maxtime-epoch-first-last.seg</c>: times as 16 hexadecimal digits of
/// microseconds (so that names sort by time), the journal range decimal.
/// </param>
/// <param name="Rows">0 when only the name was read.</param>
/// <param name="Bytes">Length of the file; 0 when only the name was read.</param>
public sealed record SegmentInfo(string Name, SegmentKey Key, JournalRange Range, long Rows, long Bytes, long MinTime, long MaxTime)
{
    public const string Suffix = ".seg";

    public static string NameOf(SegmentKey key, JournalRange range, long minTime, long maxTime) => string.Create(CultureInfo.InvariantCulture,
        $"{key.Folder}/{Biased(minTime):x16}-{Biased(maxTime):x16}-{range.Epoch}-{range.First}-{range.Last}{Suffix}");

    // The sign bit is turned over, so that times before 1970 sort before the others.
    static ulong Biased(long time) => (ulong)time ^ 1UL << 63;

    /// <summary>Reads a name without opening the file: all but rows and bytes. False: not a segment's name.</summary>
    public static bool TryParseName(string name, out SegmentInfo info)
    {
        info = null!;
        int slash = name.LastIndexOf('/');
        if (slash < 0 || !name.EndsWith(Suffix, StringComparison.Ordinal) || !SegmentKey.TryParse(name[..slash], out var key)) return false;
        var parts = name[(slash + 1)..^Suffix.Length].Split('-');
        var hex = NumberStyles.AllowHexSpecifier;
        if (parts.Length != 5
            || parts[0].Length != 16 || !ulong.TryParse(parts[0], hex, CultureInfo.InvariantCulture, out ulong min)
            || parts[1].Length != 16 || !ulong.TryParse(parts[1], hex, CultureInfo.InvariantCulture, out ulong max)
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
            || !long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out long first)
            || !long.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out long last)) return false;
        info = new(name, key, new(epoch, first, last), 0, 0, (long)Biased((long)min), (long)Biased((long)max));
        return true;
    }
}

/// <summary>A segment does not hold what it should; the message names file and section.</summary>
public sealed class SegmentCorruptException(string file, string section, string why)
    : Exception($"segment {file}: {section}: {why}")
{
    public string File { get; } = file;
    public string Section { get; } = section;
}
