using System.Buffers.Binary;
using Portolan.Model;

namespace Portolan.Collect.Forwarding;

/// <summary>
/// IPv4 packets (RFC 791) around a UDP datagram (RFC 768) that bear another sender's address, cut to the path's size as the kernel does not do it for packets
/// that bring their own header.
/// </summary>
static class SpoofedDatagram
{
    const int IpHeader = 20, UdpHeader = 8;
    const byte Udp = 17, HopLimit = 64;

    /// <summary>What a datagram can carry.</summary>
    public const int MostPayload = 65_535 - IpHeader - UdpHeader;

    /// <param name="packet">Room for a packet: at least <paramref name="mtu"/> bytes.</param>
    /// <param name="send">Given each packet in turn.</param>
    /// <param name="id">Told the parts of one datagram from those of others.</param>
    public static void Send(uint source, ushort sourcePort, uint destination, ushort destinationPort, ReadOnlySpan<byte> payload, ushort id, int mtu,
        Span<byte> packet, Action<ReadOnlySpan<byte>> send)
    {
        int length = UdpHeader + payload.Length;
        Span<byte> udp = stackalloc byte[UdpHeader];
        BinaryPrimitives.WriteUInt16BigEndian(udp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], 0);
        // The pseudo header: addresses, protocol, length.
        ulong sum = (source >> 16) + (source & 0xffff) + (destination >> 16) + (destination & 0xffff) + Udp + (ulong)length;
        ushort checksum = Fold(Sum(payload, Sum(udp, sum)));
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], checksum == 0 ? (ushort)0xffff : checksum);

        // All parts but the last are a multiple of eight bytes long.
        int most = Math.Max(8, (mtu - IpHeader) & ~7);
        for (int at = 0; at < length;)
        {
            int part = length - at <= mtu - IpHeader ? length - at : most;
            var ip = packet[..(IpHeader + part)];
            ip[..IpHeader].Clear();
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], id);
            BinaryPrimitives.WriteUInt16BigEndian(ip[6..], (ushort)((at + part < length ? 0x2000 : 0) | at >> 3));
            ip[8] = HopLimit;
            ip[9] = Udp;
            BinaryPrimitives.WriteUInt32BigEndian(ip[12..], source);
            BinaryPrimitives.WriteUInt32BigEndian(ip[16..], destination);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Fold(Sum(ip[..IpHeader], 0)));
            var body = ip[IpHeader..];
            if (at < UdpHeader)
            {
                udp.CopyTo(body);
                payload[..(part - UdpHeader)].CopyTo(body[UdpHeader..]);
            }
            else payload.Slice(at - UdpHeader, part).CopyTo(body);
            send(ip);
            at += part;
        }
    }

    // RFC 1071: 16-bit words, an odd last byte as if a zero followed.
    static ulong Sum(ReadOnlySpan<byte> bytes, ulong sum)
    {
        for (; bytes.Length > 1; bytes = bytes[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return bytes.Length == 1 ? sum + ((ulong)bytes[0] << 8) : sum;
    }

    static ushort Fold(ulong sum)
    {
        while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
