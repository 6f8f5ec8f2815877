using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Portolan.Model;

namespace Portolan.Collect.Forwarding;

/// <summary>
/// Syslog over UDP (RFC 5426): a datagram a message. Nobody acknowledges anything; where nobody listens, the receiver's kernel may say so (ICMP), and what was
/// sent shortly before is then sent again. Bursts are bounded, so that a backlog does not run over the receiver's buffer.
/// </summary>
sealed class DatagramConnection : Connection
{
    /// <summary>Datagrams between two pauses of a millisecond.</summary>
    const int Burst = 64;

    /// <summary>The port that forwarded datagrams with another's address come from: his is not kept.</summary>
    const ushort SenderPort = 514;

    const int Ip = 0, IpMtu = 14, IpHeaderIncluded = 3, Ip6 = 41, Ip6Mtu = 24, ProtocolRaw = 255;

    /// <summary>A refusal comes within this time, or is not waited for.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(50);

    readonly Socket _socket;
    readonly Socket? _raw;
    readonly IPEndPoint _peer;
    readonly bool _keepSender;
    readonly int _mtu;
    readonly byte[] _packet = [];
    readonly byte[] _burst = new byte[1 << 20];
    readonly (int Start, int Length, Address Sender)[] _datagrams = new (int, int, Address)[Burst];
    readonly TimeProvider _clock;
    int _count, _used;
    uint _id;
    long _written, _settled, _settling, _since;

    public DatagramConnection(Receiver receiver, TimeSpan patience, TimeProvider clock, CancellationToken stop)
    {
        var addresses = Resolve(receiver, patience, stop);
        // A sender stays only within his own family of addresses, and most devices have IPv4.
        var address = (receiver.KeepSender ? addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) : null) ?? addresses[0];
        (_clock, _keepSender) = (clock, receiver.KeepSender);
        _peer = new(address, receiver.Port);
        _socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _since = clock.GetTimestamp();
        try
        {
            _socket.Connect(_peer);
            if (!receiver.KeepSender || !TryOpenRaw(address.AddressFamily, out _raw)) return;
            Span<byte> mtu = stackalloc byte[4];
            bool v4 = address.AddressFamily == AddressFamily.InterNetwork;
            _socket.GetRawSocketOption(v4 ? Ip : Ip6, v4 ? IpMtu : Ip6Mtu, mtu);
            _mtu = Math.Clamp(BitConverter.ToInt32(mtu), v4 ? 576 : 1280, 65_535);
            _packet = new byte[_mtu];
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new IOException($"{address}: {e.Message}", e);
        }
    }

    /// <summary>Whether this process may send packets with headers of its own (CAP_NET_RAW).</summary>
    public static bool MayKeepSender()
    {
        if (!TryOpenRaw(AddressFamily.InterNetwork, out var raw)) return false;
        raw!.Dispose();
        return true;
    }

    static bool TryOpenRaw(AddressFamily family, out Socket? raw)
    {
        try
        {
            raw = new(family, SocketType.Raw, (ProtocolType)ProtocolRaw);
            // A raw socket of IPv6 for this protocol brings its headers as it is.
            if (family == AddressFamily.InterNetwork) raw.SetRawSocketOption(Ip, IpHeaderIncluded, BitConverter.GetBytes(1));
            return true;
        }
        catch (SocketException)
        {
            raw = null;
            return false;
        }
    }

    public override string Peer => _peer.ToString();
    public override long Written => _written;
    public override bool IsFull => _count == Burst || _used + SpoofedDatagram.MostPayload > _burst.Length;

    /// <summary>A message longer than a datagram can be is cut.</summary>
    public override void Add(ReadOnlySpan<byte> message, Address sender)
    {
        message = message[..Math.Min(message.Length, SpoofedDatagram.MostPayload)];
        message.CopyTo(_burst.AsSpan(_used));
        _datagrams[_count++] = (_used, message.Length, sender);
        _used += message.Length;
    }

    public override void Flush()
    {
        if (_count == 0) return;
        bool full = IsFull;
        foreach (var (start, length, sender) in _datagrams.AsSpan(0, _count))
        {
            Send(_burst.AsSpan(start, length), sender);
            _written += length;
        }
        (_count, _used) = (0, 0);
        if (full) Thread.Sleep(1);
    }

    void Send(ReadOnlySpan<byte> message, Address sender)
    {
        if (_raw != null && !sender.IsAbsent && sender.IsV4 == (_peer.AddressFamily == AddressFamily.InterNetwork))
        {
            SpoofedDatagram.Send(sender, SenderPort, Address.From(_peer.Address), (ushort)_peer.Port, message, ++_id, _mtu, _packet, SendRaw);
            return;
        }
        if (_keepSender) SenderNotKept++;
        while (true)
        {
            _socket.Send(message, SocketFlags.None, out var error);
            if (!Again(error)) return;
        }
    }

    void SendRaw(ReadOnlySpan<byte> packet)
    {
        while (true)
        {
            var error = SocketError.Success;
            try
            {
                _raw!.SendTo(packet, SocketFlags.None, new IPEndPoint(_peer.Address, 0));
            }
            catch (SocketException e)
            {
                error = e.SocketErrorCode;
            }
            if (!Again(error)) return;
        }
    }

    // A full queue of the network card empties by itself.
    static bool Again(SocketError error)
    {
        if (error == SocketError.Success) return false;
        if (error is not (SocketError.NoBufferSpaceAvailable or SocketError.WouldBlock)) throw Failed(error);
        Thread.Sleep(1);
        return true;
    }

    static IOException Failed(SocketError error)
    {
        var e = new SocketException((int)error);
        return new(e.Message, e);
    }

    public override (long, long) Delivered()
    {
        ThrowIfEnded();
        if (_clock.GetElapsedTime(_since) >= Settling) (_settled, _settling, _since) = (_settling, _written, _clock.GetTimestamp());
        return (_settled, 0);
    }

    public override void ThrowIfEnded()
    {
        if (_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int error and not 0) throw new IOException(Marshal.GetPInvokeErrorMessage(error));
    }

    // What was sent before the refusal came is sent again from the last settled datagram on.
    public override bool HasReadAll() => false;

    public override bool Finish(TimeSpan patience)
    {
        Thread.Sleep(Settling);
        ThrowIfEnded();
        (_settled, _settling) = (_written, _written);
        return true;
    }

    public override void Dispose()
    {
        _raw?.Dispose();
        _socket.Dispose();
    }
}
