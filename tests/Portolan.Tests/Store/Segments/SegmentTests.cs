using System.Text;
using Portolan.Model;
using Portolan.Store.Columns;
using Portolan.Store.Files;
using Portolan.Store.Segments;
using Xunit;

namespace Portolan.Tests.Store.Segments;

public sealed class SegmentTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("segments").FullName;

    public void Dispose() => Directory.Delete(_root, true);

    SegmentReader WriteAndOpen(RandomBatches source, IReadOnlyList<SegmentRows> rows, SegmentWriter? writer = null)
    {
        var info = (writer ?? new(source.Catalogue)).Write(SystemFiles.Instance, _root, RandomBatches.Key, new(1, 10, 20), rows);
        var reader = SegmentReader.Open(SystemFiles.Instance, _root, info.Name);
        Assert.Equal(info, reader.Info);
        return reader;
    }

    /// <summary>Compares every column of a block with the rows it was made from, read straight from the batches.</summary>
    internal static void AssertSame(IReadOnlyList<(EventBatch Batch, int Row)> rows, IBlock block, PropertyCatalogue catalogue)
    {
        Assert.Equal(rows.Count, block.Rows);
        foreach (var field in Fields.All.Where(f => f.Origin == Origin.Stored))
        {
            switch (field.Kind)
            {
                case FieldKind.Bytes:
                    break;
                case FieldKind.Text:
                    AssertTexts(field.Name, [.. rows.Select(r => Text(r.Batch, r.Row, field))], block.Texts(field));
                    break;
                case FieldKind.Address:
                    var addresses = block.Addresses(field);
                    var expected = rows.Select(r => r.Batch.Has(field) ? r.Batch.Addresses(field)[r.Row] : default).ToArray();
                    Assert.Equal(expected, addresses == null ? new Address[rows.Count] : [.. Enumerable.Range(0, rows.Count).Select(i => addresses[i])]);
                    if (addresses != null) Assert.Equal(addresses.Dictionary.Distinct().Order(), addresses.Dictionary);
                    Assert.Equal(expected.Any(a => !a.IsAbsent), addresses != null);
                    break;
                default:
                    var numbers = rows.Select(r => Number(r.Batch, r.Row, field)).ToArray();
                    Assert.Equal(numbers, block.Numbers(field)?.Values ?? new long[rows.Count]);
                    Assert.Equal(numbers.Any(n => n != 0), block.Numbers(field) != null);
                    break;
            }
        }
        foreach (string name in catalogue.Names)
        {
            catalogue.TryFind(name, out int id);
            AssertTexts(name, [.. rows.Select(r => PropertyOf(r.Batch, r.Row, id))], block.Property(name.ToUpperInvariant()));
            Assert.Equal(block.Property(name) != null, block.Properties.Contains(name));
        }
        int next = 0;
        block.Payloads([.. Enumerable.Range(0, rows.Count)], (row, payload) =>
        {
            Assert.Equal(next++, row);
            Assert.True(payload.SequenceEqual(rows[row].Batch.Span(rows[row].Batch.Payload[rows[row].Row])));
        });
        Assert.Equal(rows.Count, next);
        Assert.Equal((rows.Min(r => Number(r.Batch, r.Row, Fields.StartTime)), rows.Max(r => Number(r.Batch, r.Row, Fields.StartTime))), block.Time);
    }

    static void AssertTexts(string name, string?[] expected, TextColumn? column)
    {
        Assert.Equal(expected.Any(t => t != null), column != null);
        if (column == null) return;
        Assert.Equal(expected, Enumerable.Range(0, expected.Length)
            .Select(i => column.Codes[i] < 0 ? null : Encoding.Latin1.GetString(column.Value(column.Codes[i]))));
        var values = Enumerable.Range(0, column.DictionarySize).Select(i => Encoding.Latin1.GetString(column.Value(i))).ToArray();
        Assert.True(values.Length == values.Distinct().Count(), $"{name}: the dictionary holds a value twice");
    }

    static string? Text(EventBatch b, int row, Field f)
    {
        if (f == Fields.ParseStatus) return Encoding.Latin1.GetString(b.Status[row].Utf8());
        if (!b.Has(f) || b.Texts(f)[row].IsNull) return null;
        return Encoding.Latin1.GetString(b.Span(b.Texts(f)[row]));
    }

    static string? PropertyOf(EventBatch b, int row, int id)
    {
        foreach (var p in b.Properties)
        {
            if (p.Row == row && p.Property == id && !p.Value.IsNull) return Encoding.Latin1.GetString(b.Span(p.Value));
        }
        return null;
    }

    static long Number(EventBatch b, int row, Field f) =>
        f == Fields.HostId ? b.Host : f == Fields.Epoch ? b.Epoch : f == Fields.Sequence ? b.Sequence[row] : f == Fields.RecordIndex ? b.Index[row]
        : b.Has(f) ? b.Numbers(f)[row] : 0;

    static List<(EventBatch, int)> Rows(IEnumerable<SegmentRows> runs) => [.. runs.SelectMany(r => Enumerable.Range(0, r.Count).Select(i => (r.Batch, r[i])))];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 100)]
    [InlineData(4, 1023)]
    [InlineData(5, 1024)]
    [InlineData(6, 1025)]
    [InlineData(7, 2100)]
    [InlineData(8, 2100)]
    public void What_is_written_is_read(int seed, int count)
    {
        var source = new RandomBatches(seed);
        var runs = source.All(source.Batch(count), source.Batch(Math.Max(1, count / 2)));
        using var reader = WriteAndOpen(source, runs);
        Assert.Equal(runs.Sum(r => (long)r.Count), reader.Info.Rows);
        AssertSame(Rows(runs), Assert.Single(reader.Blocks), source.Catalogue);
    }

    [Fact]
    public void Rows_of_one_batch_go_to_several_segments_by_row_lists_and_ranges()
    {
        var source = new RandomBatches(20);
        var batch = source.Batch(2000);
        int[] odd = [.. Enumerable.Range(0, 1000).Select(i => 2 * i + 1)];
        var writer = new SegmentWriter(source.Catalogue);
        SegmentRows[][] choices = [[new(batch, 0, odd.Length, odd)], [new(batch, 100, 700), new(batch, 900, 901)], [new(batch, 10, 990, odd)]];
        foreach (var runs in choices)
        {
            using var reader = WriteAndOpen(source, runs, writer);
            AssertSame(Rows(runs), Assert.Single(reader.Blocks), source.Catalogue);
        }
    }

    [Fact]
    public void A_block_ends_at_65536_rows()
    {
        var source = new RandomBatches(30);
        var runs = source.All([.. Enumerable.Range(0, 9).Select(i => source.Batch(8192, plain: i % 4 != 0))]);
        using var reader = WriteAndOpen(source, runs);
        Assert.Equal([65536, 8192], reader.Blocks.Select(b => b.Rows));
        var rows = Rows(runs);
        var numbers = rows.Select(r => Number(r.Item1, r.Item2, Fields.Sequence)).ToArray();
        Assert.Equal(numbers, reader.Blocks.SelectMany(b => b.Numbers(Fields.Sequence)!.Values));
        int next = 0;
        foreach (var block in reader.Blocks)
        {
            block.Payloads([.. Enumerable.Range(0, block.Rows)], (_, payload) =>
            {
                var (batch, row) = rows[next++];
                Assert.True(payload.SequenceEqual(batch.Span(batch.Payload[row])));
            });
        }
        Assert.Equal(rows.Count, next);
    }

    [Fact]
    public void The_open_block_shows_what_was_published_when_it_was_made()
    {
        var source = new RandomBatches(40);
        var batch = source.Batch(500);
        batch.Published = 300;
        var block = new BatchBlock(batch, source.Catalogue);
        batch.Published = 500;
        AssertSame([.. Enumerable.Range(0, 300).Select(i => (batch, i))], block, source.Catalogue);
    }

    [Fact]
    public async Task A_deleted_segment_is_read_to_the_end_by_several_at_once()
    {
        var source = new RandomBatches(50);
        var runs = source.All(source.Batch(1000));
        using var reader = WriteAndOpen(source, runs);
        File.Delete(Path.Combine(_root, reader.Info.Name));
        var rows = Rows(runs);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => AssertSame(rows, reader.Blocks[0], source.Catalogue))));
    }

    [Fact]
    public void Rows_asked_for_singly_give_their_own_payload()
    {
        var source = new RandomBatches(51);
        var runs = source.All(source.Batch(2000));
        using var reader = WriteAndOpen(source, runs);
        var rows = Rows(runs);
        int[] some = [0, 3, 700, 701, 1999];
        var got = new List<int>();
        reader.Blocks[0].Payloads(some, (row, payload) =>
        {
            got.Add(row);
            Assert.True(payload.SequenceEqual(rows[row].Item1.Span(rows[row].Item1.Payload[rows[row].Item2])));
        });
        Assert.Equal(some, got);
        Assert.Throws<InvalidOperationException>(() => reader.Blocks[0].Payloads(some, (_, _) => throw new InvalidOperationException()));
    }
}
