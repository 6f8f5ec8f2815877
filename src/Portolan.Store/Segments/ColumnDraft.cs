using System.Numerics;

namespace Portolan.Store.Segments;

/// <summary>
/// A column with dictionary of the block being written: a code per row, −1 where the row has no value; or, for one with few values, the rows that have
/// one and their codes. Kept and reused from block to block.
/// </summary>
sealed class ColumnDraft
{
    public int Field = -1, Property = -1;
    public ColumnKind Kind;

    /// <summary>A code per row; only when <see cref="Full"/>.</summary>
    public int[] Codes = [];
    public bool Full;

    /// <summary>The rows with a value and their codes; when not <see cref="Full"/>.</summary>
    public int[] Rows = [], Dense = [];
    public int Present, Distinct;

    /// <summary>Dictionary of a Text column.</summary>
    public readonly TextTable Texts = new();

    /// <summary>Dictionary of a Number or Address column, by first appearance.</summary>
    public readonly KeyTable Keys = new();

    /// <summary>Place in the block's directory; what is itself mapped is not mapped from.</summary>
    public int Index;
    public bool Mapped;

    public ColumnDraft Begin(int field, int property, ColumnKind kind)
    {
        Field = field;
        Property = property;
        Kind = kind;
        Present = Distinct = 0;
        Full = Mapped = false;
        if (kind == ColumnKind.Text) Texts.Clear();
        else Keys.Clear();
        return this;
    }

    /// <summary>Makes the column hold a code for each row, none set yet.</summary>
    public void BeginFull(int rows)
    {
        if (Codes.Length < rows) Codes = new int[Math.Max(1024, (int)BitOperations.RoundUpToPowerOf2((uint)rows))];
        Codes.AsSpan(0, rows).Fill(-1);
        Full = true;
    }

    /// <summary>Adds a value of a row after all rows added before.</summary>
    public void Add(int row, int code)
    {
        if (Present == Rows.Length)
        {
            Array.Resize(ref Rows, Math.Max(16, Present * 2));
            Array.Resize(ref Dense, Rows.Length);
        }
        Rows[Present] = row;
        Dense[Present++] = code;
    }

    /// <summary>Goes over from rows and codes to a code per row.</summary>
    public void Fill(int rows)
    {
        BeginFull(rows);
        for (int i = 0; i < Present; i++) Codes[Rows[i]] = Dense[i];
    }
}
