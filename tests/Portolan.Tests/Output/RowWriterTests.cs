using System.Text;
using Portolan.Output;
using Portolan.Web.Control;
using Xunit;

namespace Portolan.Tests.Output;

public class RowWriterTests
{
    static string Write(RowFormat format, string[] columns, object?[][] rows, int width = int.MaxValue)
    {
        var output = new MemoryStream();
        var terminal = new Terminal(Stream.Null, output, TextWriter.Null)
        {
            Width = width,
            Color = ColorMode.Never,
            Zone = TimeZoneInfo.Utc,
        };
        RowWriter.Of(format, terminal).Write([.. columns.Select(c =>
            new ResultColumn(c, c.EndsWith("time") ? ColumnKind.Time : ColumnKind.Value))], rows);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    static readonly object?[][] Rows =
    [
        ["web", 3L, 20615.0, null, true, new byte[] { 0xff, 0x00 }],
        ["a\"b", -1L, 0.5, "", false, Array.Empty<byte>()],
    ];
    static readonly string[] Columns = ["host", "n", "avg", "none", "flag", "payload"];

    [Fact]
    public void Json_lines() => Assert.Equal(
        """
        {"host":"web","n":3,"avg":20615.0,"none":null,"flag":true,"payload":"/wA="}
        {"host":"a\"b","n":-1,"avg":0.5,"none":"","flag":false,"payload":""}

        """, Write(RowFormat.Jsonl, Columns, Rows));

    [Fact]
    public void Json()
    {
        Assert.Equal("[\n{\"a\":1},\n{\"a\":2}\n]\n", Write(RowFormat.Json, ["a"], [[1L], [2L]]));
        Assert.Equal("[]\n", Write(RowFormat.Json, ["a"], []));
    }

    [Fact]
    public void Csv() => Assert.Equal(
        "host,n,avg,none,flag,payload\r\nweb,3,20615.0,,true,/wA=\r\n\"a\"\"b\",-1,0.5,\"\",false,\r\n",
            Write(RowFormat.Csv, Columns, Rows));

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"")]
    [InlineData("+81-3", "'+81-3")]
    [InlineData("-5", "-5")]
    [InlineData("-5.25", "-5.25")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("-cmd", "'-cmd")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("＝1", "'＝1")]
    [InlineData("a=1", "a=1")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    public void Csv_texts_are_no_formulas(string text, string expected) =>
        Assert.Equal($"c\r\n{expected}\r\n", Write(RowFormat.Csv, ["c"], [[text]]));

    [Fact]
    public void Csv_numbers_are_never_touched() =>
        Assert.Equal("a,b\r\n-5,-0.5\r\n", Write(RowFormat.Csv, ["a", "b"], [[-5L, -0.5]]));

    [Fact]
    public void Table_counts_wide_characters_twice_and_writes_control_characters_out() => Assert.Equal(
        "name      n\n日本語    1\ne\\x1b[2J  22\ne\u0301         3\n",
        Write(RowFormat.Table, ["name", "n"], [["日本語", "1"], ["e\u001b[2J", "22"], ["e\u0301", "3"]]));

    [Fact]
    public void Table_numbers_stand_right_and_times_are_read_by_people() => Assert.Equal(
        """
        starttime                         n
        2026-11-20 00:00:00.500 +00:00    5
                                        120

        """, Write(RowFormat.Table, ["starttime", "n"], [[1795132800500, 5L], [0L, 120L]]));

    [Fact]
    public void Table_fits_the_line()
    {
        string table = Write(RowFormat.Table, ["id", "text", "more"],
            [["1", new string('x', 300), new string('漢', 100)], ["2", "short", "also"]], width: 60);
        Assert.All(table.TrimEnd('\n').Split('\n'), line => Assert.InRange(Visible.Width(line), 1, 60));
        Assert.Contains("…", table);
        Assert.Contains("漢…", table);
    }

    [Fact]
    public void Too_many_columns_become_a_list_of_names_and_values_that_loses_nothing()
    {
        string[] columns = [.. Enumerable.Range(0, 40).Select(i => $"column{i}")];
        string text = new('y', 100);
        string list = Write(RowFormat.Table, columns,
            [[.. columns.Select(c => c == "column7" ? text : c == "column8" ? null : (object?)"v")]], width: 60);
        Assert.StartsWith("── 1 ──\ncolumn0   v\n", list);
        Assert.Equal(100, list.Count(c => c == 'y'));
        Assert.DoesNotContain("column8 ", list);
        Assert.All(list.TrimEnd('\n').Split('\n'), line => Assert.InRange(Visible.Width(line), 1, 60));
    }

    [Theory]
    [InlineData("a\nb", "a\\nb")]
    [InlineData("\u202eevil", "\\u202eevil")]
    [InlineData("\u0085\u2028", "\\u0085\\u2028")]
    [InlineData("😀", "😀")]
    public void Visible_text(string text, string expected) => Assert.Equal(expected, Visible.Text(text));

    [Fact]
    public void Half_a_surrogate_pair_is_replaced() => Assert.Equal("a\uFFFDb", Visible.Text("a\ud800b"));
}
