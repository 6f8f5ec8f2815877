using System.Text;
using System.Text.Json;
using Portolan.Commands;
using Xunit;

namespace Portolan.Tests.Commands;

public class ParseTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static async Task<List<string>> Lines(Stream from, int limit = 10)
    {
        var reader = new LineReader(from, limit);
        var lines = new List<string>();
        while (await reader.NextAsync(Stop) is { } line) lines.Add(Encoding.Latin1.GetString(line.Span));
        return lines;
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("\n", "|")]
    [InlineData("a\nb\n", "a|b|")]
    [InlineData("a\r\nb\r", "a|b|")]
    [InlineData("\n\nx", "||x|")]
    [InlineData("a\r\r\n", "a\r|")]
    [InlineData("0123456789\nb", "0123456789|b|")]
    [InlineData("0123456789abc\nb", "0123456789|b|")]
    [InlineData("0123456789abc", "0123456789|")]
    public async Task Lines_are_cut_alike_however_they_come(string text, string expected)
    {
        var whole = await Lines(new MemoryStream(Encoding.Latin1.GetBytes(text)));
        Assert.Equal(expected, string.Concat(whole.Select(l => l + "|")));
        Assert.Equal(whole, await Lines(new Drop(text)));
    }

    [Fact]
    public async Task An_endless_line_keeps_its_beginning_and_costs_no_memory()
    {
        var reader = new LineReader(new Drop(new string('x', 5_000_000) + "\nnext\n", 70_000), 100);
        Assert.Equal(100, (await reader.NextAsync(Stop))!.Value.Length);
        Assert.Equal(4, (await reader.NextAsync(Stop))!.Value.Length);
        Assert.Null(await reader.NextAsync(Stop));
        Assert.Equal(1, reader.Cut);
    }

    /// <summary>Gives a few bytes at a time.</summary>
    sealed class Drop(string text, int size = 1) : MemoryStream(Encoding.Latin1.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span[..Math.Min(size, buffer.Length)]));
    }

    [Fact]
    public async Task Each_line_gives_one_object_in_order_whatever_its_bytes()
    {
        byte[] input = [.. "<34>Oct 11 22:14:15 web su: one\n\n"u8, .. "\0\x1b\u0085\u2028 two\r\n"u8, 0xff, 0xfe, (byte)'\n', .. "last"u8];
        var output = new MemoryStream();
        var error = new StringWriter();
        var terminal = new Terminal(new MemoryStream(input), output, error);
        Assert.Equal(0, await CommandLine.RunAsync(Program.Tree(terminal), ["parse", "--data", "/nowhere"], terminal));
        string text = Encoding.UTF8.GetString(output.ToArray());
        Assert.DoesNotContain(text, c => c is '\u0085' or '\u2028' || char.IsControl(c) && c != '\n');
        var objects = text.TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        Assert.Equal(5, objects.Length);
        Assert.Equal(["<34>Oct 11 22:14:15 web su: one", "", "\0\u001b\u0085\u2028 two", "last"],
            objects.Where(o => o.TryGetProperty("payload", out _)).Select(o => o.GetProperty("payload").GetString()));
        Assert.Equal("//4=", objects[3].GetProperty("payloadbase64").GetString());
        Assert.All(objects, o => Assert.True(o.TryGetProperty("parsestatus", out _) && o.TryGetProperty("sourcetype", out _)));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("one\n", 1)]
    [InlineData("one\ntwo", 2)]
    public async Task Json_is_one_array(string input, int lines)
    {
        var output = new MemoryStream();
        var terminal = new Terminal(new MemoryStream(Encoding.UTF8.GetBytes(input)), output, TextWriter.Null);
        Assert.Equal(0, await CommandLine.RunAsync(Program.Tree(terminal), ["parse", "--json", "--data", "/nowhere"], terminal));
        Assert.Equal(lines, JsonDocument.Parse(output.ToArray()).RootElement.GetArrayLength());
    }

    [Fact]
    public async Task An_unknown_source_type_is_refused()
    {
        var (code, _, error) = await CommandTests.Run("parse", "--source", "no-such-type", "--data", "/nowhere");
        Assert.Equal(2, code);
        Assert.StartsWith("portolan: no source type no-such-type: ", error);
    }
}
