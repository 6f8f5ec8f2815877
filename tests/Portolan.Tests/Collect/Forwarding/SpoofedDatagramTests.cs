using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Portolan.Collect.Forwarding;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.Collect.Forwarding;

/// <summary>Packets that bear a device's address, read here as RFC 791, RFC 8200 and RFC 768 say.</summary>
public sealed class SpoofedDatagramTests
{
    static byte[] Message(int n) => [.. Enumerable.Range(0, n).Select(i => (byte)(i * 7 + 1))];

    static List<byte[]> Packets(string source, string destination, byte[] message, int mtu)
    {
        var packets = new List<byte[]>();
        Address.TryParse(source, out var from);
        Address.TryParse(destination, out var to);
        SpoofedDatagram.Send(from, 514, to, 5140, message, 0xabcd1234, mtu, new byte[mtu], p => packets.Add(p.ToArray()));
        return packets;
    }

    // The ones' complement sum of what is right, checksum included, is all ones (RFC 1071).
    static int Sum(params byte[][] parts)
    {
        int sum = 0;
        foreach (byte[] part in parts)
            for (int i = 0; i < part.Length; i++) sum += i % 2 == 0 ? part[i] << 8 : part[i];
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        return sum;
    }

    [Theory]
    [InlineData(0, 1500, 1)]
    [InlineData(1, 1500, 1)]
    [InlineData(1452, 1500, 1)] // 1500 - 40 - 8
    [InlineData(1453, 1500, 2)]
    [InlineData(4000, 1280, 4)] // 4008 bytes in parts of 1232
    [InlineData(65_507, 65_535, 2)]
    public void V6(int bytes, int mtu, int expected)
    {
        byte[] message = Message(bytes);
        var packets = Packets("2001:db8::9", "2001:db8:1::20", message, mtu);
        Assert.Equal(expected, packets.Count);
        var datagram = new MemoryStream();
        foreach (byte[] p in packets)
        {
            bool last = p == packets[^1];
            Assert.InRange(p.Length, 1, mtu);
            Assert.Equal((0x60, p.Length - 40, expected == 1 ? 17 : 44, 64), (p[0], BinaryPrimitives.ReadUInt16BigEndian(p.AsSpan(4)), p[6], p[7]));
            Assert.Equal(("2001:db8::9", "2001:db8:1::20"), (new IPAddress(p.AsSpan(8, 16)).ToString(), new IPAddress(p.AsSpan(24, 16)).ToString()));
            if (expected > 1)
            {
                int offset = BinaryPrimitives.ReadUInt16BigEndian(p.AsSpan(42));
                Assert.Equal((17, 0, datagram.Length, !last, 0xabcd1234), (p[40], p[41], (long)offset & ~7, (offset & 1) == 1, BinaryPrimitives.ReadUInt32BigEndian(p.AsSpan(44))));
            }
            datagram.Write(p.AsSpan(expected == 1 ? 40 : 48));
        }
        Datagram(datagram.ToArray(), message, [.. packets[0][8..40], 0, 0, (byte)((bytes + 8) >> 8), (byte)(bytes + 8), 0, 0, 0, 17]);
    }

    [Theory]
    [InlineData(1, 1500, 1)]
    [InlineData(1472, 1500, 1)] // 1500 - 20 - 8
    [InlineData(1473, 1500, 2)]
    [InlineData(65_507, 1500, 45)] // 65515 bytes in parts of 1480
    [InlineData(65_507, 576, 119)]
    public void V4(int bytes, int mtu, int expected)
    {
        byte[] message = Message(bytes);
        var packets = Packets("192.0.2.9", "198.51.100.20", message, mtu);
        Assert.Equal(expected, packets.Count);
        var datagram = new MemoryStream();
        foreach (byte[] p in packets)
        {
            Assert.InRange(p.Length, 1, mtu);
            Assert.Equal((0x45, p.Length, 0x1234, 17, 0xffff), (p[0], BinaryPrimitives.ReadUInt16BigEndian(p.AsSpan(2)), BinaryPrimitives.ReadUInt16BigEndian(p.AsSpan(4)), p[9], Sum(p[..20])));
            Assert.Equal(("192.0.2.9", "198.51.100.20"), (new IPAddress(p.AsSpan(12, 4)).ToString(), new IPAddress(p.AsSpan(16, 4)).ToString()));
            int offset = BinaryPrimitives.ReadUInt16BigEndian(p.AsSpan(6));
            Assert.Equal((datagram.Length, p != packets[^1]), ((offset & 0x1fff) * 8L, (offset & 0x2000) != 0));
            datagram.Write(p.AsSpan(20));
        }
        Datagram(datagram.ToArray(), message, [.. packets[0][12..20], 0, 17, (byte)((bytes + 8) >> 8), (byte)(bytes + 8)]);
    }

    static void Datagram(byte[] udp, byte[] message, byte[] pseudoHeader)
    {
        Assert.Equal((514, 5140, message.Length + 8), (BinaryPrimitives.ReadUInt16BigEndian(udp), BinaryPrimitives.ReadUInt16BigEndian(udp.AsSpan(2)), BinaryPrimitives.ReadUInt16BigEndian(udp.AsSpan(4))));
        Assert.Equal(message, udp[8..]);
        Assert.Equal(0xffff, Sum(pseudoHeader, udp));
    }

    /// <summary>Through the kernel, as far as it lets this process.</summary>
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.9", "2001:db8::9")]
    [InlineData("::1", "2001:db8::9", "192.0.2.9")]
    public void ASenderIsKeptWhereThatIsPermittedAndWithinHisFamily(string receiver, string device, string ofTheOtherFamily)
    {
        if (!Socket.OSSupportsIPv6 && receiver.Contains(':')) Assert.Skip("this host has no IPv6");
        using var socket = new Socket(IPAddress.Parse(receiver).AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000, ReceiveBufferSize = 1 << 20 };
        socket.Bind(new IPEndPoint(IPAddress.Parse(receiver), 0));
        var to = new Receiver("kept", ReceiverTransport.Udp, receiver, ((IPEndPoint)socket.LocalEndPoint!).Port, null, ReceiverFraming.Lf, null, null, null, null, true);
        using var connection = new DatagramConnection(to, TimeSpan.FromSeconds(5), TimeProvider.System, CancellationToken.None);
        Address.TryParse(device, out var sender);
        Address.TryParse(ofTheOtherFamily, out var other);
        bool may = DatagramConnection.MayKeepSender();
        byte[] large = Message(30_000);
        connection.Add("<13>small"u8, sender);
        connection.Add(large, sender);
        connection.Add("<13>other family"u8, other);
        connection.Flush();
        Assert.Equal(may ? 1 : 3, connection.SenderNotKept);
        Assert.Equal((may ? device : receiver, "<13>small"), Next(out _));
        Assert.Equal(may ? device : receiver, Next(out byte[] got).From);
        Assert.Equal(large, got);
        Assert.Equal((receiver, "<13>other family"), Next(out _));

        (string From, string Text) Next(out byte[] bytes)
        {
            var buffer = new byte[65_536];
            EndPoint from = new IPEndPoint(receiver.Contains(':') ? IPAddress.IPv6Any : IPAddress.Any, 0);
            int n = socket.ReceiveFrom(buffer, ref from);
            bytes = buffer[..n];
            return (((IPEndPoint)from).Address.ToString(), Encoding.ASCII.GetString(bytes));
        }
    }
}
