using Portolan.Model;

namespace Portolan.Store.Segments;

/// <summary>Bytes of the file with their CRC-32C.</summary>
readonly record struct Section(long Offset, int Length, uint Crc);

/// <summary>A <see cref="SplitBlockFilter"/> in the file; none when it has no blocks.</summary>
readonly record struct Filter(long Offset, int Blocks);

enum ColumnKind : byte
{
    Number,
    Address,
    Text,
}

/// <summary>A column as the footer's directory has it.</summary>
/// <param name="Field">Field id, or −1.</param>
/// <param name="Property">Number of the property's name in the segment, or −1. Neither: the payload's groups.</param>
/// <param name="Rows">How many rows have a value.</param>
/// <param name="Distinct">Dictionary entries; 0 for numbers stored without dictionary.</param>
/// <param name="Min">Zone of numbers, over all rows, absent ones as 0.</param>
/// <param name="First">Zone of addresses, over all rows, absent ones as 0.</param>
sealed record ColumnEntry(int Field, int Property, ColumnKind Kind, int Rows, int Distinct, long Min, long Max, UInt128 First, UInt128 Last,
    Section Data, Filter Filter);

/// <summary>Rows that have a value, shared by the columns that have theirs in the same rows.</summary>
readonly record struct RowSetEntry(int Count, Section Data);

sealed record BlockEntry(int Rows, long MinTime, long MaxTime, RowSetEntry[] RowSets, ColumnEntry[] Columns, Section Payload, int GroupColumn);

/// <summary>Constants of format version 1 and the footer: docs/segment-format.md.</summary>
static class Layout
{
    public const uint Version = 1;
    public const int HeaderBytes = 16, TailBytes = 24, BlockRows = 65536;

    /// <summary>Bounds that a reader holds a file to, far above what a writer makes.</summary>
    public const int MostBlocks = 1 << 16, MostColumns = 1 << 14, MostFooter = 1 << 28, MostSection = 1 << 30;

    public static ReadOnlySpan<byte> Magic => "PORTSEG\n"u8;
    public const uint TailMagic = 0x47455350; // PSEG

    // Modes of a column's codes.
    public const byte CodesConstant = 0, CodesPacked = 1, CodesFirstSeen = 2, CodesAscending = 3, CodesMapped = 4;

    // Modes of a Number column.
    public const byte NumbersPlain = 0, NumbersCoded = 1, NumbersFromStart = 2, NumbersSparse = 4;

    // Modes of a row set.
    public const byte RowsBitmap = 0, RowsListed = 1, RowsMapped = 2;

    public static void WriteFooter(ByteWriter to, SegmentInfo info, IReadOnlyList<string> names, IReadOnlyList<BlockEntry> blocks)
    {
        to.Byte((byte)info.Key.Database);
        to.Zigzag(info.Key.Domain);
        to.Zigzag(info.Key.Bucket);
        to.Varint((ulong)info.Key.Day.DayNumber);
        to.Varint((ulong)info.Range.Epoch);
        to.Zigzag(info.Range.First);
        to.Zigzag(info.Range.Last);
        to.Varint((ulong)info.Rows);
        to.Zigzag(info.MinTime);
        to.Zigzag(info.MaxTime);
        to.Varint((ulong)names.Count);
        foreach (string name in names)
        {
            byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(name);
            to.Varint((ulong)utf8.Length);
            to.Bytes(utf8);
        }
        to.Varint((ulong)blocks.Count);
        foreach (var block in blocks) Write(to, block);
    }

    static void Write(ByteWriter to, BlockEntry block)
    {
        to.Varint((ulong)block.Rows);
        to.Zigzag(block.MinTime);
        to.Zigzag(block.MaxTime);
        to.Varint((ulong)block.RowSets.Length);
        foreach (var set in block.RowSets)
        {
            to.Varint((ulong)set.Count);
            Write(to, set.Data);
        }
        to.Varint((ulong)block.Columns.Length);
        foreach (var c in block.Columns)
        {
            to.Zigzag(c.Field >= 0 ? c.Field : c.Property >= 0 ? -2 - c.Property : -1);
            to.Byte((byte)c.Kind);
            to.Varint((ulong)c.Rows);
            to.Varint((ulong)c.Distinct);
            if (c.Kind == ColumnKind.Number)
            {
                to.Zigzag(c.Min);
                to.Zigzag(c.Max);
            }
            else if (c.Kind == ColumnKind.Address)
            {
                Write(to, c.First);
                Write(to, c.Last);
            }
            Write(to, c.Data);
            to.Varint((ulong)c.Filter.Blocks);
            if (c.Filter.Blocks > 0) to.Varint((ulong)c.Filter.Offset);
        }
        Write(to, block.Payload);
        to.Zigzag(block.GroupColumn);
    }

    static void Write(ByteWriter to, UInt128 v)
    {
        to.Varint((ulong)(v >> 64));
        to.Varint((ulong)v);
    }

    static void Write(ByteWriter to, Section section)
    {
        to.Varint((ulong)section.Length);
        if (section.Length == 0) return;
        to.Varint((ulong)section.Offset);
        to.UInt32(section.Crc);
    }

    /// <summary>Reads a footer; sections lie before <paramref name="end"/>, or it is malformed.</summary>
    public static (SegmentInfo Info, string[] Names, BlockEntry[] Blocks) ReadFooter(ReadOnlySpan<byte> bytes, string name, long end, long length)
    {
        var from = new ByteReader(bytes);
        byte database = from.Byte();
        if (database is not ((byte)Database.Events or (byte)Database.Flows)) throw new MalformedException($"database {database}");
        int domain = (int)from.Zigzag(), bucket = (int)from.Zigzag();
        var day = DateOnly.FromDayNumber(from.Count(DateOnly.MaxValue.DayNumber));
        var range = new JournalRange(from.Count(int.MaxValue), from.Zigzag(), from.Zigzag());
        long rows = (long)from.Varint(), min = from.Zigzag(), max = from.Zigzag();
        var names = new string[from.Count(Math.Min(MostColumns, from.Left))];
        for (int i = 0; i < names.Length; i++) names[i] = System.Text.Encoding.UTF8.GetString(from.Bytes(from.Count(from.Left)));
        var blocks = new BlockEntry[from.Count(Math.Min(MostBlocks, from.Left))];
        for (int i = 0; i < blocks.Length; i++) blocks[i] = ReadBlock(ref from, names.Length, end);
        if (blocks.Sum(b => (long)b.Rows) != rows) throw new MalformedException("the blocks' rows do not add up");
        return (new(name, new((Database)database, domain, bucket, day), range, rows, length, min, max), names, blocks);
    }

    static BlockEntry ReadBlock(ref ByteReader from, int names, long end)
    {
        int rows = from.Count(BlockRows);
        long min = from.Zigzag(), max = from.Zigzag();
        var sets = new RowSetEntry[from.Count(Math.Min(MostColumns, from.Left))];
        for (int i = 0; i < sets.Length; i++) sets[i] = new(from.Count(rows), ReadSection(ref from, end));
        var columns = new ColumnEntry[from.Count(Math.Min(MostColumns, from.Left))];
        for (int i = 0; i < columns.Length; i++)
        {
            long id = from.Zigzag();
            int field = id >= 0 ? (int)Math.Min(id, int.MaxValue) : -1, property = id <= -2 ? (int)Math.Min(-2 - id, int.MaxValue) : -1;
            if (property >= names) throw new MalformedException("a property without name");
            var kind = (ColumnKind)from.Count((int)ColumnKind.Text);
            int present = from.Count(rows), distinct = from.Count(rows);
            long least = 0, most = 0;
            UInt128 first = 0, last = 0;
            if (kind == ColumnKind.Number) (least, most) = (from.Zigzag(), from.Zigzag());
            else if (kind == ColumnKind.Address) (first, last) = (ReadWide(ref from), ReadWide(ref from));
            var data = ReadSection(ref from, end);
            int filterBlocks = from.Count(1 << 22);
            long filterAt = filterBlocks > 0 ? (long)from.Varint() : 0;
            if (filterAt < 0 || filterAt > end - SplitBlockFilter.StoredBytes(filterBlocks)) throw new MalformedException("a filter outside the file");
            columns[i] = new(field, property, kind, present, distinct, least, most, first, last, data, new(filterAt, filterBlocks));
        }
        var payload = ReadSection(ref from, end);
        long group = from.Zigzag();
        if (group < -1 || group >= columns.Length) throw new MalformedException("no such group column");
        return new(rows, min, max, sets, columns, payload, (int)group);
    }

    static UInt128 ReadWide(ref ByteReader from)
    {
        ulong high = from.Varint();
        return new(high, from.Varint());
    }

    public static Section ReadSection(ref ByteReader from, long end)
    {
        int length = from.Count(MostSection);
        if (length == 0) return default;
        ulong offset = from.Varint();
        uint crc = from.UInt32();
        if (offset > (ulong)end || (ulong)length > (ulong)end - offset) throw new MalformedException("a section outside the file");
        return new((long)offset, length, crc);
    }
}
