using System.Buffers.Binary;
using Portolan.Model;

namespace Portolan.Collect.Forwarding;

/// <summary>
/// IPv4 packets (RFC 791) and IPv6 packets (RFC 8200) around a UDP datagram (RFC 768) that bear another sender's address, cut to the path's size as the kernel
/// does not do it for packets that bring their own header.
/// </summary>
static class SpoofedDatagram
{
    const int V4Header = 20, V6Header = 40, FragmentHeader = 8, UdpHeader = 8;
    const byte Udp = 17, Fragment = 44, HopLimit = 64;

    /// <summary>What a datagram can carry over IPv4; IPv6 would take twenty bytes more.</summary>
    public const int MostPayload = 65_535 - V4Header - UdpHeader;

    /// <param name="source">Of the same family as <paramref name="destination"/>.</param>
    /// <param name="packet">Room for a packet: at least <paramref name="mtu"/> bytes.</param>
    /// <param name="send">Given each packet in turn.</param>
    /// <param name="id">Tells the parts of one datagram from those of others; IPv4 has room for its lower half.</param>
    public static void Send(Address source, ushort sourcePort, Address destination, ushort destinationPort, ReadOnlySpan<byte> payload, uint id, int mtu,
        Span<byte> packet, Action<ReadOnlySpan<byte>> send)
    {
        int length = UdpHeader + payload.Length;
        Span<byte> addresses = stackalloc byte[32], udp = stackalloc byte[UdpHeader];
        BinaryPrimitives.WriteUInt128BigEndian(addresses, source.Value);
        BinaryPrimitives.WriteUInt128BigEndian(addresses[16..], destination.Value);
        bool v4 = source.IsV4;
        if (v4)
        {
            addresses[28..].CopyTo(addresses[16..]);
            addresses[12..20].CopyTo(addresses);
            addresses = addresses[..8];
        }
        BinaryPrimitives.WriteUInt16BigEndian(udp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], 0);
        // The pseudo header: addresses, protocol, length.
        ushort checksum = Fold(Sum(payload, Sum(udp, Sum(addresses, Udp + (ulong)length))));
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], checksum == 0 ? (ushort)0xffff : checksum);

        bool whole = length <= mtu - (v4 ? V4Header : V6Header);
        int header = v4 ? V4Header : whole ? V6Header : V6Header + FragmentHeader;
        // All parts but the last are a multiple of eight bytes long.
        int most = Math.Max(8, (mtu - header) & ~7);
        for (int at = 0; at < length;)
        {
            int part = length - at <= mtu - header ? length - at : most;
            var ip = packet[..(header + part)];
            bool more = at + part < length;
            ip[..header].Clear();
            if (v4) WriteV4(ip, addresses, (ushort)id, (ushort)((more ? 0x2000 : 0) | at >> 3));
            else WriteV6(ip, addresses, whole, id, (ushort)(at | (more ? 1 : 0)));
            var body = ip[header..];
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

    static void WriteV4(Span<byte> ip, ReadOnlySpan<byte> addresses, ushort id, ushort flagsAndOffset)
    {
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], id);
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], flagsAndOffset);
        ip[8] = HopLimit;
        ip[9] = Udp;
        addresses.CopyTo(ip[12..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Fold(Sum(ip[..V4Header], 0)));
    }

    static void WriteV6(Span<byte> ip, ReadOnlySpan<byte> addresses, bool whole, uint id, ushort offsetAndFlag)
    {
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(ip.Length - V6Header));
        ip[6] = whole ? Udp : Fragment;
        ip[7] = HopLimit;
        addresses.CopyTo(ip[8..]);
        if (whole) return;
        ip[V6Header] = Udp;
        BinaryPrimitives.WriteUInt16BigEndian(ip[(V6Header + 2)..], offsetAndFlag);
        BinaryPrimitives.WriteUInt32BigEndian(ip[(V6Header + 4)..], id);
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
