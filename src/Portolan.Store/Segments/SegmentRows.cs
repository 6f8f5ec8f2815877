using Portolan.Model;

namespace Portolan.Store.Segments;

/// <summary>Rows of a batch that go into a segment: [From, To), or where <paramref name="Rows"/> is given the rows listed (ascending) in its [From, To).</summary>
public readonly record struct SegmentRows(EventBatch Batch, int From, int To, int[]? Rows = null)
{
    public int Count => To - From;

    /// <summary>Row of the batch for the i-th of these.</summary>
    public int this[int i] => Rows == null ? From + i : Rows[From + i];

    public SegmentRows Part(int at, int count) => this with { From = From + at, To = From + at + count };
}
