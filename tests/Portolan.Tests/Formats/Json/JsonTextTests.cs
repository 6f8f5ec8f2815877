using System.Buffers;
using System.Text;
using System.Text.Json;
using Portolan.Formats.Json;
using Xunit;

namespace Portolan.Tests.Formats.Json;

public class JsonTextTests
{
    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("", "\"\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("\n\r\t\b\f", "\"\\n\\r\\t\\b\\f\"")]
    [InlineData("\u0000\u001b\u007f\u0085\u009f\u2028\u2029", "\"\\u0000\\u001b\\u007f\\u0085\\u009f\\u2028\\u2029\"")]
    [InlineData("é 日本 😀 </script>", "\"é 日本 😀 </script>\"")]
    public void Strings(string text, string expected)
    {
        string written = Write(w => JsonText.String(w, text));
        Assert.Equal(expected, written);
        Assert.Equal(text, JsonSerializer.Deserialize<string>(written));
    }

    [Fact]
    public void A_byte_that_is_no_utf8_becomes_the_replacement_character() =>
        Assert.Equal("\"a\uFFFDb\uFFFD\"", Write(w => JsonText.String(w, [(byte)'a', 0xff, (byte)'b', 0xe3])));

    [Theory]
    [InlineData(20615.0, "20615.0")]
    [InlineData(-0.5, "-0.5")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e300, "1E+300")]
    [InlineData(double.NaN, "null")]
    [InlineData(double.NegativeInfinity, "null")]
    public void Doubles(double number, string expected) => Assert.Equal(expected, Write(w => JsonText.Number(w, number)));

    [Fact]
    public void Whole_numbers_and_bytes()
    {
        Assert.Equal("-9223372036854775808", Write(w => JsonText.Number(w, long.MinValue)));
        Assert.Equal("\"/w==\"", Write(w => JsonText.Base64String(w, [0xff])));
        Assert.Equal("\"\"", Write(w => JsonText.Base64String(w, [])));
    }

    static string Write(Action<IBufferWriter<byte>> write)
    {
        var to = new ArrayBufferWriter<byte>();
        write(to);
        return Encoding.UTF8.GetString(to.WrittenSpan);
    }
}
