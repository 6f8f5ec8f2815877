using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Portolan.Collect.LogSources;
using Portolan.Model;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Setup;

/// <summary>What to paste into a device so that it sends here, with this host's address and the ports that listen; and how to see that the first event has come.</summary>
static class SetupRoutes
{
    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/portolan/setup", Permission.AddSources, AnswerAsync, "How to make log sources send here, by source type.")
        {
            Parameters =
            [
                new("type", ParameterPlace.Query, "A source type; all that say how when left out."),
                new("address", ParameterPlace.Query, "This host as the source reaches it; as the request reached it when left out."),
                new("sender", ParameterPlace.Query, "The address that the source will send from."),
            ],
        },
    ];

    static readonly Endpoint[] Syslog = [Endpoints.SyslogUdp, Endpoints.SyslogTcp, Endpoints.SyslogTls];

    static Task AnswerAsync(HttpCall call)
    {
        var engine = call.Engine();
        var query = call.Request.Query;
        string wanted = query["type"].ToString(), sender = query["sender"].ToString();
        var types = engine.Types.All.Where(t => wanted.Length == 0 ? t.Setup.Count > 0 : t.Id == wanted).ToList();
        if (types.Count == 0) throw new HttpFault(404, 1002, $"there is no log source type {wanted}", null, Nearest.To(wanted, engine.Types.All.Select(t => t.Id)) is [var near, ..] ? near : null);
        if (sender.Length > 0 && !Address.TryParse(sender, out _)) throw new HttpFault(400, 1005, "a parameter is wrong", "sender is an address");
        string[] addresses = [.. OwnAddresses()];
        string asked = query["address"].ToString();
        string address = asked.Length > 0 ? Uri.CheckHostName(asked) == UriHostNameType.Unknown ? throw new HttpFault(400, 1005, "a parameter is wrong", "address is an address or a host name") : asked
            : Reached(call, addresses);
        var ports = engine.Listening().Where(l => Syslog.Contains(l.Endpoint)).ToLookup(l => Over(l.Endpoint), l => l.At);
        long now = (call.Web.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
        return ConsoleJson.WriteAsync(call, new
        {
            host = Dns.GetHostName(),
            address,
            addresses,
            ports = SetupText.Transports.ToDictionary(o => o, o => ports[o].Select(p => p.Port).FirstOrDefault()),
            at = now / 1000,
            types = types.Select(t => new
            {
                id = t.Id,
                name = t.Name,
                // True of the events that the source will send, for the live stream; without its address, of every source of the type.
                condition = sender.Length > 0 ? $"sendingip = '{sender}'" : $"devicetype = {t.DeviceType.ToString(CultureInfo.InvariantCulture)}",
                sources = engine.Sources.All.Count(s => s.Type == t),
                setups = t.Setup.Select(s => new
                {
                    name = s.Name,
                    over = s.Over,
                    ports = s.Ports is (1, 65535) ? null : s.Ports.Least == s.Ports.Most ? $"{s.Ports.Least}" : $"{s.Ports.Least}-{s.Ports.Most}",
                    file = s.File,
                    // Null: nothing listens there, or where the program cannot send.
                    text = ports[s.Over].Select(p => p.Port).FirstOrDefault() is > 0 and var port && port >= s.Ports.Least && port <= s.Ports.Most
                        ? s.Text.Replace("{address}", address).Replace("{name}", Name(address)).Replace("{port}", port.ToString(CultureInfo.InvariantCulture)) : null,
                    authority = s.Authority,
                    then = s.Then,
                    note = s.Note,
                }),
            }),
        });
    }

    // Senders check names, not addresses; the certificate has this host's.
    static string Name(string address) => IPAddress.TryParse(address, out _) ? Dns.GetHostName() : address;

    static string Over(Endpoint endpoint) => endpoint.Transport.ToString().ToLowerInvariant();

    // Who reached us by a name or address can tell others the same, unless it is one that only this host understands.
    static string Reached(HttpCall call, string[] addresses)
    {
        string host = call.Request.Host.Host.Trim('[', ']');
        bool own = host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip);
        return own && addresses.Length > 0 ? addresses[0] : host.Length > 0 && Uri.CheckHostName(host) != UriHostNameType.Unknown ? host : Dns.GetHostName();
    }

    static IEnumerable<string> OwnAddresses() =>
        from nic in NetworkInterface.GetAllNetworkInterfaces()
        where nic.OperationalStatus == OperationalStatus.Up && nic.NetworkInterfaceType != NetworkInterfaceType.Loopback
        from a in nic.GetIPProperties().UnicastAddresses
        where !IPAddress.IsLoopback(a.Address) && !a.Address.IsIPv6LinkLocal
        orderby a.Address.AddressFamily == AddressFamily.InterNetworkV6
        select a.Address.ToString();
}
