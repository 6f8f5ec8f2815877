using System.Text;
using Portolan.Web.Api.Ariel;
using Xunit;

namespace Portolan.Tests.Web.Api.Ariel;

public sealed class KeptRowsTests : IDisposable
{
    readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => Assert.False(File.Exists(_path), "the file is gone with the rows");

    static object?[] Row(long n) => [n, $"text {n} ü", n % 3 == 0 ? null : (object)(n / 2.0), n % 2 == 0, Encoding.UTF8.GetBytes(new string('p', (int)(n % 700)))];

    static object?[] Cells(ReadOnlyMemory<byte> row)
    {
        var cells = new List<object?>();
        var read = new KeptRow(row.Span);
        while (read.Next())
        {
            cells.Add(read.Tag switch
            {
                KeptRows.Null => null,
                KeptRows.False => false,
                KeptRows.True => true,
                KeptRows.Long => read.Number,
                KeptRows.Double => read.Double,
                KeptRows.Text => Encoding.UTF8.GetString(read.Span),
                _ => read.Span.ToArray(),
            });
        }
        return [.. cells];
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(5000, false)]
    [InlineData(5000, true)]
    public void Any_stretch_of_rows_reads_as_it_was_added(int count, bool closed)
    {
        using var rows = new KeptRows(_path);
        for (int n = 0; n < count; n++) rows.Add(Row(n));
        if (closed) rows.Close();
        Assert.Equal(count, rows.Count);
        Assert.Equal(count > 1000, File.Exists(_path));
        foreach (var (from, to) in new[] { (0, count), (0, 1), (63, 65), (count - 1, count + 10), (count / 2, count / 2 + 130), (count, count + 5), (7, 7) })
        {
            var read = rows.Read(from, to).Select(Cells).ToList();
            Assert.Equal<object?[]>([.. Enumerable.Range(from, Math.Max(0, Math.Min(to, count) - from)).Select(n => Row(n))], read);
        }
    }

    [Fact]
    public void A_row_larger_than_any_buffer_is_read_whole()
    {
        using var rows = new KeptRows(_path);
        byte[] large = [.. Enumerable.Range(0, 1_000_000).Select(n => (byte)n)];
        rows.Add([1L]);
        rows.Add([large]);
        rows.Add([2L]);
        Assert.Equal<object?[]>([[1L], [large], [2L]], rows.Read(0, 3).Select(Cells));
    }

    [Fact]
    public async Task Rows_can_be_read_while_others_are_added()
    {
        using var rows = new KeptRows(_path);
        var adding = Task.Run(() =>
        {
            for (int n = 0; n < 20_000; n++) rows.Add(Row(n));
        });
        while (!adding.IsCompleted)
        {
            long count = rows.Count;
            Assert.Equal(count - Math.Max(0, count - 100), rows.Read(Math.Max(0, count - 100), count).Count());
            if (count > 0) Assert.Equal(Row(count - 1), Cells(rows.Read(count - 1, count).Single()));
        }
        await adding;
    }

    [Fact]
    public void What_is_gone_says_so()
    {
        var rows = new KeptRows(_path);
        for (int n = 0; n < 2000; n++) rows.Add(Row(n));
        using var reading = rows.Read(0, 2000).GetEnumerator();
        Assert.True(reading.MoveNext());
        rows.Dispose();
        Assert.Throws<ObjectDisposedException>(() =>
        {
            while (reading.MoveNext())
            {
            }
        });
        Assert.Throws<ObjectDisposedException>(() => rows.Read(0, 1).Count());
        rows.Dispose();
    }
}
