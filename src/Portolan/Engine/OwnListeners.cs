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
    /// <param name="names">What this host is called; null: as it says itself.</param>
    public static string? At(Config config, ReceiverTransport transport, string host, int port, IReadOnlyCollection<string>? names = null)
    {
        var taking = transport switch
        {
            ReceiverTransport.Udp => Transport.Udp,
            ReceiverTransport.Tcp => Transport.Tcp,
            _ => Transport.Tls,
        };
        var endpoint = Endpoints.All.Where(Catalog.Serves).Select(config.For).FirstOrDefault(e => e.Enabled && e.Port == port && e.Endpoint.Transport == taking);
        return endpoint != null && AddressesHere(host, names ?? NamesHere()).Any(a => Hears(endpoint.Address, a)) ? endpoint.Endpoint.Id : null;
    }

    static bool Hears(IPAddress listening, IPAddress sentTo) =>
        listening.Equals(IPAddress.Any) || listening.Equals(IPAddress.IPv6Any) || listening.Equals(sentTo) || IPAddress.IsLoopback(listening) && IPAddress.IsLoopback(sentTo);

    static IEnumerable<IPAddress> AddressesHere(string host, IReadOnlyCollection<string> names)
    {
        string name = host.TrimEnd('.');
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        var all = NetworkInterface.GetAllNetworkInterfaces().SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address);
        if (names.Contains(name, StringComparer.OrdinalIgnoreCase)) return all;
        if (!IPAddress.TryParse(host, out var given)) return [];
        return IPAddress.IsLoopback(given) || given.Equals(IPAddress.Any) || given.Equals(IPAddress.IPv6Any) ? [given] : all.Where(given.Equals);
    }

    static IReadOnlyCollection<string> NamesHere()
    {
        string[] own = [Environment.MachineName, Dns.GetHostName()];
        try
        {
            return [.. own, .. NamesBeside(own, File.ReadLines("/etc/hosts"))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return own;
        }
    }

    /// <summary>The names that stand in one line of hosts(5) with one of the given: mostly the full name beside the short one.</summary>
    internal static IEnumerable<string> NamesBeside(IReadOnlyCollection<string> names, IEnumerable<string> hosts) =>
        hosts.Select(line => line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList())
            .Where(line => line.Exists(n => names.Contains(n, StringComparer.OrdinalIgnoreCase))).SelectMany(line => line);
}
