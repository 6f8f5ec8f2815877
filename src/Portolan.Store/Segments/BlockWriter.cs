using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Store.Segments;

/// <summary>Writes the rows of one block: columns, row sets, payload. Its tables and buffers are used again for the next one.</summary>
sealed class BlockWriter
{
    readonly ColumnWriter _columns;
    readonly ColumnDrafts _drafts;
    readonly PayloadWriter _payload;
    readonly List<int> _types = [];

    public BlockWriter(SegmentOutput output)
    {
        _columns = new(output);
        _drafts = new(_columns);
        _payload = new(output);
    }

    /// <summary>Writes at most 65,536 rows.</summary>
    /// <param name="property">Gives the number of a property's name in the segment.</param>
    /// <param name="late">Asked for what rows lack; null when nothing was learnt of them.</param>
    public BlockEntry Write(ReadOnlySpan<SegmentRows> parts, Func<int, int> property, ILateText? late)
    {
        int rows = 0;
        foreach (var part in parts) rows += part.Count;
        _columns.Begin(rows);
        _drafts.Make(parts, property, late);
        var group = Group(rows, out int[]? order);

        // Many distinct values first: a column follows from one with at least as many.
        _drafts.Coded.Sort((a, b) => a.Full != b.Full ? b.Full.CompareTo(a.Full)
            : b.Distinct != a.Distinct ? b.Distinct.CompareTo(a.Distinct)
            : a.Kind != b.Kind ? b.Kind.CompareTo(a.Kind)
            : a.Field != b.Field ? a.Field.CompareTo(b.Field) : a.Property.CompareTo(b.Property));
        foreach (var c in _drafts.Coded) _columns.Coded(c);
        var payload = _payload.Write(parts, rows, order);
        var (min, max) = NumberEncoding.MinMax(_drafts.Start);
        return new(rows, min, max, _columns.RowSets, _columns.Entries, payload, group?.Index ?? -1);
    }

    /// <summary>
    /// Payloads of one kind of message lie together, which saves an eighth of their size: the kind is the event name, or where there is none the source type
    /// and program. Gives the rows in that order, or null when there is one kind.
    /// </summary>
    ColumnDraft? Group(int rows, out int[]? order)
    {
        order = null;
        var type = _drafts.Of(Fields.DeviceType);
        var name = _drafts.Of(Fields.Qid);
        var program = _drafts.Of(Fields.Application);
        if (type == null && name == null && program == null) return null;
        var c = _drafts.Draft(-1, -1, ColumnKind.Number);
        c.BeginFull(rows);
        UInt128 before = 0;
        _types.Clear();
        for (int i = 0; i < rows; i++)
        {
            int ofType = (type?.Codes[i] ?? -1) + 1;
            var key = name != null && name.Codes[i] >= 0 ? (UInt128)(ulong)(name.Codes[i] + 1)
                : new UInt128((ulong)ofType + 1, (ulong)((program?.Codes[i] ?? -1) + 1));
            c.Codes[i] = i > 0 && key == before ? c.Codes[i - 1] : c.Keys.Add(key);
            if (c.Codes[i] == _types.Count) _types.Add(ofType);
            before = key;
        }
        int groups = c.Keys.Count;
        if (groups == 1)
        {
            _drafts.Drop();
            return null;
        }
        // Groups of one source type side by side.
        var keys = _types.ToArray();
        var sorted = new int[groups];
        for (int i = 0; i < groups; i++) sorted[i] = i;
        Array.Sort(keys, sorted);
        var rank = new int[groups];
        for (int i = 0; i < groups; i++) rank[sorted[i]] = i;
        for (int i = 0; i < rows; i++) c.Codes[i] = rank[c.Codes[i]];
        c.Present = rows;
        _drafts.Take(c);
        order = RowOrder.ByGroup(c.Codes.AsSpan(0, rows), groups);
        return c;
    }
}
