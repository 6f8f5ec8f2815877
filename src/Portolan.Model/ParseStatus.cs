namespace Portolan.Model;

/// <summary>How far a record was understood; the column <c>parsestatus</c> holds the lower-case name.</summary>
public enum ParseStatus
{
    /// <summary>A source type recognised the record and one of its messages matched.</summary>
    Parsed,

    /// <summary>The source type or the header is known, but none of its messages matched.</summary>
    Partial,

    /// <summary>No source type claims the record.</summary>
    Unparsed,

    /// <summary>A parser threw: a bug of ours. The record is kept raw.</summary>
    Failed,
}

public static class ParseStatusNames
{
    public static ReadOnlySpan<byte> Utf8(this ParseStatus status) => status switch
    {
        ParseStatus.Parsed => "parsed"u8,
        ParseStatus.Partial => "partial"u8,
        ParseStatus.Unparsed => "unparsed"u8,
        _ => "failed"u8,
    };
}
