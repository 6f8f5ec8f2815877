using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Portolan.Collect.Collectors;
using Portolan.Model;

namespace Portolan.Web.Server;

/// <summary>A bound port of the web server.</summary>
public sealed class WebListener : IDisposable
{
    volatile IReadOnlyList<Cidr> _allow;

    /// <exception cref="PortException">The port cannot be had.</exception>
    public WebListener(Endpoint endpoint, ListenOn where, Func<SslServerAuthenticationOptions> tls)
    {
        (Endpoint, Tls, _allow) = (endpoint, tls, where.Allow);
        Socket = Listening.Bind(endpoint.Id, where, SocketType.Stream);
        Bound = (IPEndPoint)Socket.LocalEndPoint!;
    }

    public Endpoint Endpoint { get; }

    public IPEndPoint Bound { get; }

    internal Socket Socket { get; }

    internal Func<SslServerAuthenticationOptions> Tls { get; }

    /// <summary>Other clients may, from the next connection on.</summary>
    public void Change(IReadOnlyList<Cidr> allow) => _allow = allow;

    internal bool Allows(EndPoint? client) =>
        _allow is { Count: > 0 } allow ? client is IPEndPoint ip && Address.From(ip.Address) is var a && allow.Any(c => c.Contains(a)) : true;

    public void Dispose() => Socket.Dispose();
}
