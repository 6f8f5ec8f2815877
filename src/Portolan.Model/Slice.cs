namespace Portolan.Model;

/// <summary>A run of UTF-8 bytes inside <see cref="EventBatch.Bytes"/>. <c>default</c> is NULL; an empty text has a start above 0.</summary>
public readonly record struct Slice(int Start, int Length)
{
    public bool IsNull => Start == 0;
}
