using System.Buffers.Binary;
using System.Text;
using Portolan.Collect.Forwarding;
using Xunit;

namespace Portolan.Tests.Collect.Forwarding;

public class FrameTests
{
    [Theory]
    // RFC 6587, 3.4.1 and 3.4.2
    [InlineData("<13>a", ReceiverFraming.OctetCounting, "5 <13>a")]
    [InlineData("<13>a\nb\n", ReceiverFraming.OctetCounting, "8 <13>a\nb\n")]
    [InlineData("<13>a", ReceiverFraming.Lf, "<13>a\n")]
    [InlineData("<13>a\n", ReceiverFraming.Lf, "<13>a\n")]
    [InlineData("<13>a\nb\r\n\nc", ReceiverFraming.Lf, "<13>a#012b\r#012#012c\n")]
    public void AMessageIsFramed(string message, ReceiverFraming framing, string expected)
    {
        byte[] from = Encoding.UTF8.GetBytes(message), to = new byte[from.Length + 3 * message.Count(c => c == '\n') + 12];
        int n = StreamConnection.Frame(from, framing, to);
        Assert.Equal(expected, Encoding.UTF8.GetString(to, 0, n));
    }

    [Theory]
    [InlineData(5, 1500, 1)]
    [InlineData(1472, 1500, 1)] // with 28 bytes of headers just the path's size
    [InlineData(1473, 1500, 2)]
    [InlineData(9001, 1500, 7)]
    [InlineData(65507, 576, 119)]
    public void ADatagramThatKeepsItsSenderIsCutAsIpAsks(int length, int mtu, int packets)
    {
        byte[] payload = new byte[length], whole = new byte[length + 8];
        new Random(length).NextBytes(payload);
        int n = 0, got = 0;
        bool more = true;
        SpoofedDatagram.Send(0xc0000207, 514, 0x7f000001, 5514, payload, 77, mtu, new byte[mtu], p =>
        {
            n++;
            Assert.InRange(p.Length, 21, mtu);
            Assert.Equal(0xffff, Sum(p[..20], 0));
            Assert.Equal((0x45, p.Length, 77, 17), (p[0], BinaryPrimitives.ReadUInt16BigEndian(p[2..]), BinaryPrimitives.ReadUInt16BigEndian(p[4..]), (int)p[9]));
            Assert.Equal((0xc0000207u, 0x7f000001u), (BinaryPrimitives.ReadUInt32BigEndian(p[12..]), BinaryPrimitives.ReadUInt32BigEndian(p[16..])));
            int place = BinaryPrimitives.ReadUInt16BigEndian(p[6..]);
            Assert.True(more);
            more = (place & 0x2000) != 0;
            p[20..].CopyTo(whole.AsSpan((place & 0x1fff) * 8));
            got += p.Length - 20;
        });
        Assert.Equal((packets, whole.Length, false), (n, got, more));
        Assert.Equal(payload, whole[8..]);
        Assert.Equal((514, 5514, whole.Length), (Word(whole, 0), Word(whole, 2), Word(whole, 4)));
        // RFC 768: with the pseudo header the sum is all ones.
        Assert.Equal(0xffff, Sum(whole, 0xc000 + 0x0207 + 0x7f00 + 0x0001 + 17 + whole.Length));
    }

    static int Word(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));

    static long Sum(ReadOnlySpan<byte> bytes, long sum)
    {
        for (int i = 0; i < bytes.Length; i++) sum += (long)bytes[i] << (i % 2 == 0 ? 8 : 0);
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        return sum;
    }
}
