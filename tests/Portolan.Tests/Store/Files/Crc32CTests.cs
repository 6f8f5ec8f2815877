using Portolan.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Files;

public class Crc32CTests
{
    // RFC 3720 appendix B.4 and the check value of the CRC catalogue.
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8a9136aau)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62a8ab43u)]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x46dd794eu)]
    [InlineData("1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100", 0x113fdb5cu)]
    [InlineData("313233343536373839", 0xe3069283u)]
    [InlineData("", 0u)]
    public void Published_values(string hex, uint expected)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(expected, Crc32C.Compute(bytes));
        Assert.Equal(expected, ~Crc32C.UpdateByTable(uint.MaxValue, bytes));
    }

    [Fact]
    public void The_processors_instruction_agrees_with_the_table_at_every_length_and_offset()
    {
        var random = new Random(1);
        var bytes = new byte[8000];
        random.NextBytes(bytes);
        for (int from = 0; from < 9; from++)
            for (int length = 0; length <= 7900; length += length < 600 ? 1 : 37)
            {
                uint start = (uint)random.NextInt64();
                Assert.Equal(Crc32C.UpdateByTable(start, bytes.AsSpan(from, length)), Crc32C.Update(start, bytes.AsSpan(from, length)));
            }
    }

    [Fact]
    public void Feeding_in_parts_is_feeding_at_once()
    {
        var bytes = new byte[777];
        new Random(2).NextBytes(bytes);
        uint whole = Crc32C.Update(5, bytes);
        for (int cut = 0; cut <= bytes.Length; cut += 13) Assert.Equal(whole, Crc32C.Update(Crc32C.Update(5, bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
    }
}
