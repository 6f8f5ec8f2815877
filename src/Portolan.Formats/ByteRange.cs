namespace Portolan.Formats;

/// <summary>A stretch of the message that a parser was given: bytes [Start, Start+Length). Absent parts have length 0.</summary>
public readonly record struct ByteRange(int Start, int Length)
{
    public bool IsEmpty => Length == 0;
    public int End => Start + Length;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> message) => message.Slice(Start, Length);
}
