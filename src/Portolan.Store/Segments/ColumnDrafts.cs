using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Store.Segments;

/// <summary>
/// The columns of the block being written, from the batches' rows: each with its dictionary and a code per row. Numbers that no dictionary suits go to
/// <see cref="ColumnWriter"/> at once. Tables and buffers are used again for the next block.
/// </summary>
sealed class ColumnDrafts(ColumnWriter columns)
{
    readonly List<ColumnDraft> _pool = [], _coded = [], _texts = [], _properties = [];
    readonly ColumnDraft?[] _byField = new ColumnDraft?[Fields.Count];
    readonly ColumnDraft?[] _byProperty = new ColumnDraft?[PropertyCatalogue.Most];
    int _drafts, _rows;
    long[] _numbers = [], _start = [];
    int[] _filled = [], _direct = [];



    /// <summary>The rows' starttime.</summary>
    public ReadOnlySpan<long> Start => _start.AsSpan(0, _rows);

    /// <summary>All with a dictionary.</summary>
    public List<ColumnDraft> Coded => _coded;

    /// <summary>The field's column, if it has one with a dictionary.</summary>
    public ColumnDraft? Of(Field field) => _byField[field.Id];

    /// <summary>Makes the columns of the rows: at most 65,536.</summary>
    /// <param name="property">Gives the number of a property's name in the segment.</param>
    /// <param name="late">Asked for what rows lack; null when nothing was learnt of them.</param>
    public void Make(ReadOnlySpan<SegmentRows> parts, Func<int, int> property, ILateText? late)
    {
        Begin(parts);
        foreach (var field in Fields.All)
        {
            if (field.Origin == Origin.Derived) continue;
            if (field == Fields.ParseStatus) Status(parts);
            else if (field.Kind == FieldKind.Text) continue;
            else if (field.Kind == FieldKind.Address) Addresses(field, parts);
            else if (field.Kind != FieldKind.Bytes && Gather(field, parts)) Numbers(field);
        }
        Texts(parts, property, late);
    }

    void Begin(ReadOnlySpan<SegmentRows> parts)
    {
        _rows = 0;
        foreach (var part in parts) _rows += part.Count;
        if (_numbers.Length < _rows)
        {
            _numbers = new long[_rows];
            _start = new long[_rows];
            _filled = new int[_rows];
        }
        _drafts = 0;
        _coded.Clear();
        Array.Clear(_byField);
        if (Gather(Fields.StartTime, parts)) _numbers.AsSpan(0, _rows).CopyTo(_start);
        else _start.AsSpan(0, _rows).Clear();
    }

    /// <summary>A draft to fill, and then to <see cref="Take"/> or to <see cref="Drop"/> before the next.</summary>
    public ColumnDraft Draft(int field, int property, ColumnKind kind)
    {
        if (_drafts == _pool.Count) _pool.Add(new());
        return _pool[_drafts++].Begin(field, property, kind);
    }

    public void Drop() => _drafts--;

    public void Take(ColumnDraft c)
    {
        c.Distinct = c.Kind == ColumnKind.Text ? c.Texts.Count : c.Keys.Count;
        if (c.Field >= 0) _byField[c.Field] = c;
        _coded.Add(c);
    }

    /// <summary>Brings a number column into <c>_numbers</c>; false when every row is 0.</summary>
    bool Gather(Field field, ReadOnlySpan<SegmentRows> parts)
    {
        bool any = false;
        int at = 0;
        foreach (var part in parts)
        {
            var batch = part.Batch;
            var to = _numbers.AsSpan(at, part.Count);
            at += part.Count;
            if (field == Fields.HostId) to.Fill(batch.Host);
            else if (field == Fields.Epoch) to.Fill(batch.Epoch);
            else if (field == Fields.RecordIndex)
            {
                for (int i = 0; i < to.Length; i++) to[i] = batch.Index[part[i]];
            }
            else
            {
                if (field != Fields.Sequence && !batch.Has(field))
                {
                    to.Clear();
                    continue;
                }
                long[] from = field == Fields.Sequence ? batch.Sequence : batch.Numbers(field);
                if (part.Rows == null) from.AsSpan(part.From, to.Length).CopyTo(to);
                else
                {
                    for (int i = 0; i < to.Length; i++) to[i] = from[part[i]];
                }
            }
            any = any || to.IndexOfAnyExcept(0) >= 0;
        }
        return any;
    }

    void Numbers(Field field)
    {
        var values = _numbers.AsSpan(0, _rows);
        if (field.Kind == FieldKind.Time || field == Fields.Sequence || field == Fields.RecordIndex || !TryCode(field))
        {
            columns.Plain(field, values, Start);
        }
    }

    /// <summary>A dictionary for the column in <c>_numbers</c>, unless too many of its values are distinct.</summary>
    bool TryCode(Field field)
    {
        var values = _numbers.AsSpan(0, _rows);
        var (min, max) = NumberEncoding.MinMax(values);
        var c = Draft(field.Id, -1, ColumnKind.Number);
        c.BeginFull(_rows);
        if ((ulong)max - (ulong)min < 1 << 16)
        {
            int range = (int)(max - min) + 1;
            if (_direct.Length < range) _direct = new int[range];
            const int Absent = -1, New = -2;
            var direct = _direct.AsSpan(0, range);
            direct.Fill(New);
            if (min <= 0 && max >= 0) direct[(int)-min] = Absent;
            var codes = c.Codes.AsSpan(0, values.Length);
            for (int i = 0; i < values.Length; i++)
            {
                ref int code = ref direct[(int)(values[i] - min)];
                if (code == New) code = c.Keys.Add((UInt128)(ulong)values[i]);
                codes[i] = code;
            }
            c.Present = values.Length - values.Count(0L);
        }
        else
        {
            for (int i = 0; i < values.Length; i++)
            {
                long v = values[i];
                if (v == 0) continue;
                c.Codes[i] = i > 0 && v == values[i - 1] ? c.Codes[i - 1] : c.Keys.Add((UInt128)(ulong)v);
                c.Present++;
                if (c.Keys.Count > 1024 && c.Keys.Count * 2 > i)
                {
                    Drop();
                    return false;
                }
            }
        }
        Take(c);
        return true;
    }

    /// <summary>
    /// Text fields and properties, a thousand rows at a time over all of them: what one column brings into the processor's cache from the slab, the next finds.
    /// </summary>
    void Texts(ReadOnlySpan<SegmentRows> parts, Func<int, int> property, ILateText? late)
    {
        const int Step = 1024;
        _texts.Clear();
        _properties.Clear();
        foreach (var field in Fields.All)
        {
            if (field.Kind != FieldKind.Text || field.Origin == Origin.Derived || field == Fields.ParseStatus) continue;
            bool any = late?.Fields.Contains(field) == true;
            foreach (var part in parts) any = any || part.Batch.Has(field);
            if (!any) continue;
            var c = Draft(field.Id, -1, ColumnKind.Text);
            c.BeginFull(_rows);
            _byField[field.Id] = c;
            _texts.Add(c);
        }
        int at = 0;
        foreach (var part in parts)
        {
            int nextProperty = 0;
            for (int done = 0; done < part.Count; done += Step)
            {
                var some = part.Part(done, Math.Min(Step, part.Count - done));
                foreach (var c in _texts)
                {
                    var field = Fields.All[c.Field];
                    if (part.Batch.Has(field)) Texts(c, some, part.Batch.Texts(field), at);
                }
                foreach (var field in late?.Fields ?? []) Late(_byField[field.Id]!, some, late!, at);
                Properties(some, at, ref nextProperty, property);
                at += some.Count;
            }
        }
        foreach (var c in _texts)
        {
            if (c.Present > 0) Take(c);
            else _byField[c.Field] = null;
        }
        foreach (var c in _properties)
        {
            _byProperty[c.Index] = null;
            if (c.Present >= Math.Max(1, _rows / 16)) c.Fill(_rows);
            Take(c);
        }
    }

    void Texts(ColumnDraft c, SegmentRows rows, Slice[] slices, int at)
    {
        byte[] slab = rows.Batch.Bytes;
        int n = 0;
        // Which rows have one first: written down for each, kept for those, so that the processor has nothing to guess.
        for (int i = 0; i < rows.Count; i++)
        {
            _filled[n] = i;
            n += slices[rows[i]].IsNull ? 0 : 1;
        }
        foreach (int i in _filled.AsSpan(0, n)) c.Codes[at + i] = c.Texts.Add(slab, slices[rows[i]]);
        c.Present += n;
    }

    static void Late(ColumnDraft c, SegmentRows rows, ILateText late, int at)
    {
        var field = Fields.All[c.Field];
        for (int i = 0; i < rows.Count; i++)
        {
            if (c.Codes[at + i] >= 0 || !late.TryFind(rows.Batch, rows[i], field, out var text)) continue;
            c.Codes[at + i] = c.Texts.Add(text);
            c.Present++;
        }
    }

    void Properties(SegmentRows rows, int at, ref int next, Func<int, int> property)
    {
        var all = rows.Batch.Properties;
        byte[] slab = rows.Batch.Bytes;
        for (int i = 0; i < rows.Count; i++)
        {
            int row = rows[i];
            while (next < all.Length && all[next].Row < row) next++;
            for (; next < all.Length && all[next].Row == row; next++)
            {
                var p = all[next];
                if (p.Value.IsNull) continue;
                ref var c = ref _byProperty[p.Property];
                if (c == null)
                {
                    c = Draft(-1, property(p.Property), ColumnKind.Text);
                    _properties.Add(c);
                    c.Index = p.Property;
                }
                // A name said twice in one row: the first counts.
                if (c.Present > 0 && c.Rows[c.Present - 1] == at + i) continue;
                c.Add(at + i, c.Texts.Add(slab, p.Value));
            }
        }
    }

    void Status(ReadOnlySpan<SegmentRows> parts)
    {
        var c = Draft(Fields.ParseStatus.Id, -1, ColumnKind.Text);
        c.BeginFull(_rows);
        Span<int> codes = stackalloc int[256];
        codes.Clear();
        int at = 0;
        foreach (var part in parts)
        {
            for (int i = 0; i < part.Count; i++)
            {
                var status = part.Batch.Status[part[i]];
                ref int code = ref codes[(byte)status];
                if (code == 0) code = c.Texts.Add(status.Utf8()) + 1;
                c.Codes[at++] = code - 1;
            }
        }
        c.Present = _rows;
        Take(c);
    }

    void Addresses(Field field, ReadOnlySpan<SegmentRows> parts)
    {
        bool any = false;
        foreach (var part in parts) any = any || part.Batch.Has(field);
        if (!any) return;
        var c = Draft(field.Id, -1, ColumnKind.Address);
        c.BeginFull(_rows);
        int at = 0;
        foreach (var part in parts)
        {
            if (part.Batch.Has(field))
            {
                var from = part.Batch.Addresses(field);
                for (int i = 0; i < part.Count; i++)
                {
                    var a = from[part[i]];
                    if (a.IsAbsent) continue;
                    c.Codes[at + i] = c.Keys.Add(a.Value);
                    c.Present++;
                }
            }
            at += part.Count;
        }
        if (c.Present > 0) Take(c);
        else Drop();
    }
}
