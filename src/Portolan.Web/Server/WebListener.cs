using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Portolan.Collect.Collectors;
using Portolan.Model;
using Portolan.Web.Auth;

namespace Portolan.Web.Server;

/// <summary>A bound port of the web server.</summary>
public sealed class WebListener : IDisposable
{
    volatile IReadOnlyList<Cidr> _allow;
    volatile IReadOnlyList<Cidr>? _proxies;
    readonly Dictionary<IPAddress, int> _open = [];
    int _connections;

    /// <summary>At once, of all and of one address; the /64 of an IPv6 host is one address. A reverse proxy has all of them.</summary>
    public const int MostConnections = 1024, MostOfOne = 128;

    /// <param name="tls">Null for plain HTTP.</param>
    /// <param name="proxies">Given: only these reverse proxies are heard, and believed about their clients. Null: nobody is.</param>
    /// <exception cref="PortException">The port cannot be had.</exception>
    public WebListener(Endpoint endpoint, ListenOn where, Func<SslServerAuthenticationOptions>? tls = null, IReadOnlyList<Cidr>? proxies = null)
    {
        (Endpoint, Tls, _allow, _proxies) = (endpoint, tls, where.Allow, proxies);
        Socket = Listening.Bind(endpoint.Id, where, SocketType.Stream);
        Bound = (IPEndPoint)Socket.LocalEndPoint!;
    }

    public Endpoint Endpoint { get; }

    public IPEndPoint Bound { get; }

    internal Socket Socket { get; }

    internal Func<SslServerAuthenticationOptions>? Tls { get; }

    /// <summary>Connections open now.</summary>
    public int Connections => Volatile.Read(ref _connections);

    internal IReadOnlyList<Cidr>? Proxies => _proxies;

    /// <summary>Other clients may, from the next connection on; other proxies are believed, from the next request on.</summary>
    public void Change(IReadOnlyList<Cidr> allow, IReadOnlyList<Cidr>? proxies = null)
    {
        _allow = allow;
        if (_proxies != null && proxies != null) _proxies = proxies;
    }

    internal bool Allows(EndPoint? client) => (_allow.Count == 0 || Among(_allow, client)) && (_proxies is not { } proxies || Among(proxies, client));

    static bool Among(IReadOnlyList<Cidr> some, EndPoint? client) => client is IPEndPoint ip && Address.From(ip.Address) is var a && some.Any(c => c.Contains(a));

    /// <summary>Before anything else of a connection: whether it may be, and what it came in by, which the requests on it find among their features.</summary>
    internal void Guard(ListenOptions listen) => listen.Use(next => async connection =>
    {
        var client = SignInLimit.Host((connection.RemoteEndPoint as IPEndPoint)?.Address);
        if (!Allows(connection.RemoteEndPoint) || !Enter(client))
        {
            connection.Abort();
            return;
        }
        connection.Features.Set(this);
        Interlocked.Increment(ref _connections);
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
            Leave(client);
        }
    });

    // Without this, one host could hold all there are.
    bool Enter(IPAddress client)
    {
        lock (_open)
        {
            int open = _open.GetValueOrDefault(client);
            if (open >= MostOfOne && _proxies == null) return false;
            _open[client] = open + 1;
            return true;
        }
    }

    void Leave(IPAddress client)
    {
        lock (_open)
        {
            if (--_open[client] == 0) _open.Remove(client);
        }
    }

    public void Dispose() => Socket.Dispose();
}
