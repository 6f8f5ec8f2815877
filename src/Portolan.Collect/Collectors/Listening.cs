using System.Net;
using System.Net.Sockets;

namespace Portolan.Collect.Collectors;

/// <summary>A port that cannot be had, with what to do about it.</summary>
public sealed class PortException(string message, string remedy) : Exception(message)
{
    public string Remedy { get; } = remedy;
}

/// <summary>Binds sockets so that both families are served and no second instance can share the port unseen.</summary>
public static class Listening
{
    /// <summary>A bound socket; on the any-address one socket for both families, where the host has IPv6.</summary>
    /// <exception cref="PortException">The port cannot be had.</exception>
    public static Socket Bind(string endpoint, ListenOn where, SocketType type)
    {
        var protocol = type == SocketType.Dgram ? ProtocolType.Udp : ProtocolType.Tcp;
        bool both = where.Address.Equals(IPAddress.IPv6Any) || where.Address.Equals(IPAddress.Any);
        var address = both ? Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any : where.Address;
        var socket = new Socket(address.AddressFamily, type, protocol);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = both;
            // SO_REUSEADDR by number: SocketOptionName.ReuseAddress would set SO_REUSEPORT too, and two instances would share the port silently.
            if (type == SocketType.Stream) socket.SetRawSocketOption(1, 2, BitConverter.GetBytes(1));
            socket.Bind(new IPEndPoint(address, where.Port));
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            string what = $"{endpoint}: {(type == SocketType.Dgram ? "udp" : "tcp")} port {where.Port} on {where.Address}";
            throw e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => new PortException($"{what} is taken by another program",
                    $"ss -lnp 'sport = :{where.Port}' names it; or --set endpoints.{endpoint}.port=OTHER, or --port-offset 10000"),
                SocketError.AccessDenied => new PortException($"{what} needs a privilege",
                    "run as root, give the program CAP_NET_BIND_SERVICE, or use --port-offset 10000"),
                SocketError.AddressNotAvailable => new PortException($"{what}: this host has no such address",
                    $"--set endpoints.{endpoint}.address=ADDRESS with one that `ip address` lists"),
                _ => new PortException($"{what}: {e.Message}", $"--set endpoints.{endpoint}.enabled=false starts without it"),
            };
        }
    }
}
