using Portolan.Formats.Cef;
using Portolan.Formats.Delimited;
using Portolan.Formats.Json;
using Portolan.Formats.KeyValue;
using Portolan.Formats.Leef;
using Portolan.Formats.Syslog;

namespace Portolan.Formats;

/// <summary>
/// Adds the pairs found in <paramref name="text"/> to a cleared list, ranges relative to its start. False: the text is not of this syntax;
/// what was
/// understood before that showed is in the list all the same. Never throws, whatever the bytes; time grows with the length.
/// </summary>
public delegate bool ParsePairs(ReadOnlySpan<byte> text, PairList into);

/// <summary>Writes what an escaped value means; <paramref name="to"/> is at least as long as the value. Returns the length
/// written.</summary>
public delegate int UnescapeValue(ReadOnlySpan<byte> value, Span<byte> to);

/// <summary>A syntax of key-value pairs.</summary>
/// <param name="Id">The name that content files use.</param>
/// <param name="Golden">The golden file of its cases: tests/Portolan.Tests/Formats/<i>name</i>.</param>
public sealed record Syntax(string Id, string Doc, ParsePairs Parse, UnescapeValue Unescape, string Golden);

/// <summary>Every key-value syntax there is. Fuzz targets and golden tests derive from this list.</summary>
public static class Catalog
{
    public static readonly IReadOnlyList<Syntax> All =
    [
        new("leef", "IBM LEEF 1.0 and 2.0, and PAN-OS's with | between attributes", LeefSyntax.Parse, LeefSyntax.Unescape, "leef.golden"),
        new("cef", "ArcSight CEF 0 and 1, label fields folded", CefSyntax.Parse, CefSyntax.Unescape, "cef.golden"),
        new("keyvalue", "key=value, spaces between", KeyValueSyntax.Spaces.Parse, KeyValueSyntax.Unescape, "keyvalue.golden"),
        new("keyvalue-pipe", "key=value, | between (Check Point)", KeyValueSyntax.Pipes.Parse, KeyValueSyntax.Unescape,
            "keyvalue-pipe.golden"),
        new("keyvalue-semicolon", "key:\"value\", ; between (Check Point)", KeyValueSyntax.Semicolons.Parse, KeyValueSyntax.Unescape,
            "keyvalue-semicolon.golden"),
        new("keyvalue-comma", "key=value, commas between", KeyValueSyntax.Commas.Parse, KeyValueSyntax.Unescape, "keyvalue-comma.golden"),
        new("json", "a JSON object, nested keys joined by dots", JsonSyntax.Parse, JsonSyntax.Unescape, "json.golden"),
        new("csv", "comma-separated values with quotes (RFC 4180)", DelimitedSyntax.Commas.Parse, DelimitedSyntax.Unescape, "csv.golden"),
        new("tsv", "TAB-separated values", DelimitedSyntax.Tabs.Parse, DelimitedSyntax.Unescape, "tsv.golden"),
        new("structured-data", "RFC 5424 structured data", StructuredData.Parse, StructuredData.Unescape, "structured-data.golden"),
    ];

    /// <summary>Finds a syntax by its id.</summary>
    public static bool TryFind(string id, out Syntax syntax)
    {
        syntax = All.FirstOrDefault(s => s.Id == id)!;
        return syntax != null;
    }
}
