namespace Portolan.Model.Joints;

/// <summary>
/// Text that can be said of a row only after it was processed: a login is often reported after what it explains. Rows do not change for it; who searches
/// rows not sealed yet, and who seals them, asks for what they lack. Asked from any thread.
/// </summary>
public interface ILateText
{
    /// <summary>Fields that may be had late.</summary>
    IReadOnlyList<Field> Fields { get; }

    /// <summary>Grows when something is learnt that rows processed before may lack; while it stands still nobody needs to ask.</summary>
    long Learnt { get; }

    /// <summary>What a published row that has no value in the field should say there, in UTF-8.</summary>
    bool TryFind(EventBatch batch, int row, Field field, out ReadOnlySpan<byte> utf8);
}
