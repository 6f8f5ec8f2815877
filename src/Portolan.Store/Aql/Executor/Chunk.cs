using Portolan.Model;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Executor;

/// <summary>Rows that expressions are evaluated over.</summary>
abstract class Chunk(int count)
{
    public int Count { get; } = count;

    public abstract Vector Column(Expr column);

    /// <summary>The rows at the given places, ascending.</summary>
    public abstract Chunk Part(ReadOnlySpan<int> places);
}

/// <summary>The entries of one column's dictionary in place of rows.</summary>
sealed class EntryChunk(Vector values) : Chunk(values.Count)
{
    public override Vector Column(Expr column) => values;
    public override Chunk Part(ReadOnlySpan<int> places) => new EntryChunk(values.Gather(places));
}

/// <summary>Group keys and aggregates, by slot.</summary>
sealed class SlotChunk(Vector[] slots, int count) : Chunk(count)
{
    public override Vector Column(Expr column) => slots[((SlotExpr)column).Slot];

    public override Chunk Part(ReadOnlySpan<int> places)
    {
        var parts = new Vector[slots.Length];
        for (int i = 0; i < parts.Length; i++) parts[i] = slots[i].Gather(places);
        return new SlotChunk(parts, places.Length);
    }
}

/// <summary>Rows of a block, ascending.</summary>
sealed class RowChunk(BlockReader reader, int[] rows, MemoryMeter memory) : Chunk(rows.Length)
{
    readonly Dictionary<string, Vector> _columns = [];

    public BlockReader Reader { get; } = reader;
    public int[] Rows { get; } = rows;

    public override Chunk Part(ReadOnlySpan<int> places) => new RowChunk(Reader, LongVector.Pick(Rows, places), memory);

    public override Vector Column(Expr column)
    {
        if (!_columns.TryGetValue(column.Key, out var vector)) _columns[column.Key] = vector = Read(column);
        return vector;
    }

    Vector Read(Expr column)
    {
        int n = Count;
        switch (column)
        {
            case FieldExpr { Field.Kind: FieldKind.Number or FieldKind.Time or FieldKind.Mac or FieldKind.Flag } f:
                var numbers = Reader.Numbers(f.Field);
                return Numbers(f, numbers == null ? new long[n] : LongVector.Pick(numbers.Values, Rows), n);
            case FieldExpr { Field.Kind: FieldKind.Address } f:
                var addresses = Reader.Addresses(f.Field);
                var found = new Address[n];
                if (addresses != null)
                    for (int i = 0; i < n; i++) found[i] = addresses[Rows[i]];
                return new AddressVector(found, null, n);
            case FieldExpr { Field.Kind: FieldKind.Bytes } f:
                return f.Field == Fields.Payload ? Payloads() : Vectors.Constant(null, AqlType.Bytes, n);
            case FieldExpr or PropertyExpr:
                var texts = Reader.Texts(column);
                var starts = new int[n];
                var lengths = new int[n];
                for (int i = 0; i < n; i++)
                {
                    int code = texts == null ? -1 : texts.Codes[Rows[i]];
                    starts[i] = code <= 0 ? 0 : texts!.Ends[code - 1];
                    lengths[i] = code < 0 ? -1 : texts!.Ends[code] - starts[i];
                }
                return new TextVector(texts?.Bytes ?? [], starts, lengths, n);
            case IdExpr:
                return new TextVector([.. Ids().Select(id => id.ToString())], n);
            default:
                throw new InvalidOperationException($"{column} is no column of a row");
        }
    }

    /// <summary>Stored numbers as AQL sees them.</summary>
    public static Vector Numbers(FieldExpr column, long[] values, int n)
    {
        switch (column.Field.Kind)
        {
            case FieldKind.Time:
                for (int i = 0; i < n; i++) values[i] = Milliseconds(values[i]);
                return new LongVector(values, null, n);
            case FieldKind.Flag:
                var truths = new byte[n];
                for (int i = 0; i < n; i++) truths[i] = values[i] != 0 ? BoolVector.True : BoolVector.False;
                return new BoolVector(truths, n);
            default:
                return new LongVector(values, null, n, column.Field.Kind == FieldKind.Mac);
        }
    }

    public static long Milliseconds(long microseconds) => microseconds >= 0 ? microseconds / 1000 : (microseconds - 999) / 1000;

    public EventId[] Ids()
    {
        long[]? host = Reader.Numbers(Fields.HostId)?.Values, epoch = Reader.Numbers(Fields.Epoch)?.Values,
            sequence = Reader.Numbers(Fields.Sequence)?.Values, index = Reader.Numbers(Fields.RecordIndex)?.Values;
        var ids = new EventId[Count];
        for (int i = 0; i < ids.Length; i++)
        {
            int row = Rows[i];
            ids[i] = new((int)(host?[row] ?? 0), (int)(epoch?[row] ?? 0), sequence?[row] ?? 0, (int)(index?[row] ?? 0));
        }
        return ids;
    }

    public RowOrder[] Orders()
    {
        var times = Reader.Numbers(Fields.StartTime)?.Values;
        var ids = Ids();
        var orders = new RowOrder[Count];
        for (int i = 0; i < orders.Length; i++) orders[i] = new(times == null ? 0 : Milliseconds(times[Rows[i]]), ids[i]);
        return orders;
    }

    BytesVector Payloads()
    {
        var slab = Slab(Math.Max(256, Count * 256L));
        var starts = new int[Count];
        var lengths = new int[Count];
        int used = 0, next = 0;
        Reader.Block.Payloads(Rows, (_, payload) =>
        {
            if (used + payload.Length > slab.Length)
            {
                var larger = Slab(Math.Max(slab.Length * 2L, (long)used + payload.Length));
                slab.AsSpan(0, used).CopyTo(larger);
                slab = larger;
            }
            payload.CopyTo(slab.AsSpan(used));
            starts[next] = used;
            lengths[next++] = payload.Length;
            used += payload.Length;
        });
        return new(slab, starts, lengths, Count);
    }

    // What a chunk loads is held only while the chunk is in hand: the limit applies to each alone.
    byte[] Slab(long size)
    {
        memory.Take(size);
        memory.Return(size);
        return new byte[Math.Min(Array.MaxLength, size)];
    }
}
