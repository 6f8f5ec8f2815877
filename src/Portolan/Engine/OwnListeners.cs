using System.Net;
using System.Net.NetworkInformation;
using Portolan.Collect.Collectors;
using Portolan.Collect.Forwarding;
using Portolan.Configuration;
using Portolan.Model;

namespace Portolan.Engine;

/// <summary>Whether a receiver is this server itself. What a name resolves to elsewhere is not asked: a start waits for no other host.</summary>
static class OwnListeners
{
    /// <summary>The endpoint that would take what is sent there; null when none does.</summary>
    public static string? At(Config config, ReceiverTransport transport, string host, int port)
    {
        var taking = transport switch
        {
            ReceiverTransport.Udp => Transport.Udp,
            ReceiverTransport.Tcp => Transport.Tcp,
            _ => Transport.Tls,
        };
        var endpoint = Endpoints.All.Where(Catalog.Serves).Select(config.For).FirstOrDefault(e => e.Enabled && e.Port == port && e.Endpoint.Transport == taking);
        return endpoint != null && AddressesHere(host).Any(a => Hears(endpoint.Address, a)) ? endpoint.Endpoint.Id : null;
    }

    static bool Hears(IPAddress listening, IPAddress sentTo) =>
        listening.Equals(IPAddress.Any) || listening.Equals(IPAddress.IPv6Any) || listening.Equals(sentTo) || IPAddress.IsLoopback(listening) && IPAddress.IsLoopback(sentTo);

    static IEnumerable<IPAddress> AddressesHere(string host)
    {
        if (host.TrimEnd('.').Equals("localhost", StringComparison.OrdinalIgnoreCase)) return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        var all = NetworkInterface.GetAllNetworkInterfaces().SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address);
        if (host.Split('.')[0].Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)) return all;
        if (!IPAddress.TryParse(host, out var given)) return [];
        return IPAddress.IsLoopback(given) || given.Equals(IPAddress.Any) || given.Equals(IPAddress.IPv6Any) ? [given] : all.Where(given.Equals);
    }
}
