using System.Globalization;
using System.Net;
using Portolan.Model;

namespace Portolan.Configuration;

/// <summary>
/// One configuration key. <see cref="Settings"/> holds them all; loading, <c>portolan config</c> and docs/configuration.md derive from it.
/// </summary>
/// <param name="Type">What a value is, for people: <c>size</c>, <c>duration</c>, <c>address ranges</c>.</param>
/// <param name="Default">As it would be written.</param>
/// <param name="Range">What is allowed, for people; also the remedy of a fault.</param>
abstract record Setting(string Key, string Type, string Default, string Range, string Doc)
{
    /// <summary>A list: a YAML sequence in the file, commas elsewhere.</summary>
    public virtual bool IsList => false;

    /// <param name="folder">What relative paths are relative to.</param>
    public abstract bool TryRead(IReadOnlyList<string> texts, string folder, out object value);
}

sealed record Setting<T>(string Key, string Type, string Default, string Range, string Doc, ReadText<T> Read)
    : Setting(Key, Type, Default, Range, Doc)
    where T : notnull
{
    public override bool TryRead(IReadOnlyList<string> texts, string folder, out object value)
    {
        bool read = Read(texts.Count == 1 ? texts[0].Trim() : "", folder, out T typed) && texts.Count == 1;
        value = read ? typed : "";
        return read;
    }
}

sealed record ListSetting<T>(string Key, string Type, string Default, string Range, string Doc, ReadText<T> Read)
    : Setting(Key, Type, Default, Range, Doc)
    where T : notnull
{
    public override bool IsList => true;

    public override bool TryRead(IReadOnlyList<string> texts, string folder, out object value)
    {
        var items = new List<T>();
        value = items;
        foreach (string text in texts)
        {
            if (!Read(text.Trim(), folder, out T item)) return false;
            items.Add(item);
        }
        return true;
    }
}

delegate bool ReadText<T>(string text, string folder, out T value);

/// <summary>The kinds of value a setting can have, and how each is read.</summary>
static class SettingKinds
{
    public static Setting<bool> Flag(string key, bool standard, string doc) =>
        new(key, "flag", standard ? "true" : "false", "true or false", doc,
            (string t, string _, out bool v) => bool.TryParse(t, out v));

    /// <summary>One of the words of an enum, in lower case.</summary>
    public static Setting<T> Word<T>(string key, T standard, string doc) where T : struct, Enum
    {
        var words = Enum.GetValues<T>().ToDictionary(v => v.ToString().ToLowerInvariant());
        return new(key, "word", standard.ToString().ToLowerInvariant(), string.Join(" or ", words.Keys), doc,
            (string t, string _, out T v) => words.TryGetValue(t, out v));
    }

    public static Setting<long> Whole(string key, long standard, long min, long max, string doc) =>
        new(key, "number", standard.ToString(CultureInfo.InvariantCulture), $"{min} to {max}", doc,
            (string t, string _, out long v) =>
                long.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out v) && v >= min && v <= max);

    public static Setting<int> Percent(string key, int standard, int min, int max, string doc) =>
        new(key, "percent", $"{standard}%", $"{min}% to {max}%", doc,
            (string t, string _, out int v) =>
                int.TryParse(t.TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out v) && v >= min && v <= max);

    public static Setting<long> Size(string key, string standard, string min, string max, string doc)
    {
        _ = TrySize(min, out long least) & TrySize(max, out long most);
        return new(key, "size", standard, $"{min} to {max}; B, KiB, MiB, GiB, KB, MB, GB", doc,
            (string t, string _, out long v) => TrySize(t, out v) && v >= least && v <= most);
    }

    public static Setting<TimeSpan> Duration(string key, string standard, string min, string max, string doc)
    {
        _ = Times.TryDuration(min, out var least) & Times.TryDuration(max, out var most);
        return new(key, "duration", standard, $"{min} to {max}; ms, s, m, h, d", doc,
            (string t, string _, out TimeSpan v) => Times.TryDuration(t, out v) && v >= least && v <= most);
    }

    /// <summary>A full path; "" when none is set.</summary>
    public static Setting<string> Path(string key, string standard, string range, string doc) =>
        new(key, "path", standard, range, doc, (string t, string folder, out string v) =>
        {
            v = t.Length == 0 ? "" : System.IO.Path.GetFullPath(t, folder);
            return true;
        });

    public static Setting<TimeZoneInfo> TimeZone(string key, string doc) =>
        new(key, "time zone", "local", "local, UTC or an IANA name such as Asia/Tokyo", doc,
            (string t, string _, out TimeZoneInfo v) => Times.TryZone(t, out v!));

    public static ListSetting<Cidr> Ranges(string key, string doc) =>
        new(key, "address ranges", "", "addresses or CIDR ranges such as 10.0.0.0/8 or 2001:db8::/32", doc,
            (string t, string _, out Cidr v) => Cidr.TryParse(t, out v));

    /// <summary>One of the words of an enumeration, in lower case.</summary>
    public static Setting<T> Choice<T>(string key, T standard, string doc) where T : struct, Enum
    {
        string[] words = [.. Enum.GetNames<T>().Select(n => n.ToLowerInvariant())];
        return new(key, "word", standard.ToString().ToLowerInvariant(), string.Join(", ", words), doc,
            (string t, string _, out T v) => Enum.TryParse(t, true, out v) & words.Contains(t));
    }

    public static ListSetting<string> Names(string key, string doc) =>
        new(key, "names", "", "host names such as syslog.example.com, or addresses", doc, (string t, string _, out string v) =>
        {
            v = t;
            return Uri.CheckHostName(t) != UriHostNameType.Unknown;
        });

    /// <summary>Where to listen; <c>*</c> is every address of both families.</summary>
    public static Setting<IPAddress> Address(string key, string standard, string doc) =>
        new(key, "address", standard, "* for all, or an IPv4 or IPv6 address of this host", doc, (string t, string _, out IPAddress v) =>
        {
            if (t == "*")
            {
                v = IPAddress.IPv6Any;
                return true;
            }
            bool known = Model.Address.TryParse(t, out Model.Address _);
            v = known ? IPAddress.Parse(t) : IPAddress.None;
            return known;
        });

    static bool TrySize(string text, out long bytes)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        long unit = text[digits..].Trim() switch
        {
            "" or "B" => 1,
            "KiB" => 1L << 10,
            "MiB" => 1L << 20,
            "GiB" => 1L << 30,
            "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            _ => 0,
        };
        bool read = long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out bytes)
            && unit > 0 && bytes <= long.MaxValue / unit;
        bytes *= read ? unit : 0;
        return read;
    }
}
