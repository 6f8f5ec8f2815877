namespace Portolan.Formats.Syslog;

/// <summary>Zone abbreviations that devices write after a timestamp. A second offset marks a name with two wide-spread meanings.</summary>
static class TimeZoneNames
{
    static readonly Dictionary<uint, (short Offset, short Other)> Names = new()
    {
        [Key("UTC"u8)] = (0, 0),
        [Key("GMT"u8)] = (0, 0),
        [Key("Z"u8)] = (0, 0),
        [Key("WET"u8)] = (0, 0),
        [Key("WEST"u8)] = (60, 60),
        [Key("BST"u8)] = (60, 60),
        [Key("IST"u8)] = (330, 60),
        [Key("CET"u8)] = (60, 60),
        [Key("CEST"u8)] = (120, 120),
        [Key("MET"u8)] = (60, 60),
        [Key("MEST"u8)] = (120, 120),
        [Key("EET"u8)] = (120, 120),
        [Key("EEST"u8)] = (180, 180),
        [Key("MSK"u8)] = (180, 180),
        [Key("SAST"u8)] = (120, 120),
        [Key("EAT"u8)] = (180, 180),
        [Key("PKT"u8)] = (300, 300),
        [Key("ICT"u8)] = (420, 420),
        [Key("WIB"u8)] = (420, 420),
        [Key("SGT"u8)] = (480, 480),
        [Key("HKT"u8)] = (480, 480),
        [Key("PHT"u8)] = (480, 480),
        [Key("AWST"u8)] = (480, 480),
        [Key("JST"u8)] = (540, 540),
        [Key("KST"u8)] = (540, 540),
        [Key("ACST"u8)] = (570, 570),
        [Key("ACDT"u8)] = (630, 630),
        [Key("AEST"u8)] = (600, 600),
        [Key("AEDT"u8)] = (660, 660),
        [Key("NZST"u8)] = (720, 720),
        [Key("NZDT"u8)] = (780, 780),
        [Key("NST"u8)] = (-210, -210),
        [Key("NDT"u8)] = (-150, -150),
        [Key("AST"u8)] = (-240, 180),
        [Key("ADT"u8)] = (-180, -180),
        [Key("BRT"u8)] = (-180, -180),
        [Key("ART"u8)] = (-180, -180),
        [Key("EST"u8)] = (-300, -300),
        [Key("EDT"u8)] = (-240, -240),
        [Key("CST"u8)] = (-360, 480),
        [Key("CDT"u8)] = (-300, -300),
        [Key("MST"u8)] = (-420, -420),
        [Key("MDT"u8)] = (-360, -360),
        [Key("PST"u8)] = (-480, -480),
        [Key("PDT"u8)] = (-420, -420),
        [Key("AKST"u8)] = (-540, -540),
        [Key("AKDT"u8)] = (-480, -480),
        [Key("HST"u8)] = (-600, -600),
        [Key("HDT"u8)] = (-540, -540),
    };

    /// <summary>Finds an upper-case name of one to four letters.</summary>
    public static bool TryFind(ReadOnlySpan<byte> name, out short offset, out short other)
    {
        offset = other = 0;
        if (name.Length is 0 or > 4 || !Names.TryGetValue(Key(name), out var found)) return false;
        (offset, other) = found;
        return true;
    }

    static uint Key(ReadOnlySpan<byte> name)
    {
        uint key = 0;
        foreach (byte b in name) key = key << 8 | b;
        return key;
    }
}
