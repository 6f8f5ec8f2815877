using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Portolan.Fleet.Pki;

/// <summary>What this host is called by those who connect to it.</summary>
/// <param name="Names">The host's own name first.</param>
public sealed record HostNames(IReadOnlyList<string> Names, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>A host that carries thousands of addresses gets a certificate that clients still take.</summary>
    const int MostAddresses = 64;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Host name, <c>localhost</c>, what an operator adds, and the addresses of all interfaces but link-local ones, which nobody can write in a URL.</summary>
    /// <param name="more">Names and addresses.</param>
    public static HostNames Known(IReadOnlyList<string> more)
    {
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus != OperationalStatus.Down)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses.Select(a => a.Address))
            .Where(a => a.AddressFamily == AddressFamily.InterNetwork || a is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv6LinkLocal: false })
            .OrderBy(a => a.AddressFamily).ThenBy(a => Convert.ToHexString(a.GetAddressBytes()), StringComparer.Ordinal).ToList();
        var said = more.Select(m => (Text: m, IsAddress: IPAddress.TryParse(m, out var a), Address: a)).ToList();
        return new(
            [.. ((string[])[Environment.MachineName, "localhost", .. said.Where(m => !m.IsAddress).Select(m => m.Text)]).Where(IsName).Distinct(StringComparer.OrdinalIgnoreCase)],
            [.. ((IPAddress[])[.. said.Where(m => m.IsAddress).Select(m => m.Address!), IPAddress.Loopback, IPAddress.IPv6Loopback, .. addresses]).Distinct().Take(MostAddresses)]);
    }

    /// <summary>The same and the full name, for which the resolver is asked, a second at most.</summary>
    public HostNames WithFullName()
    {
        try
        {
            var asked = Task.Run(() => Dns.GetHostEntry(Names[0]).HostName);
            if (asked.Wait(Patience) && IsName(asked.Result) && !Names.Contains(asked.Result, StringComparer.OrdinalIgnoreCase))
                return this with { Names = [Names[0], asked.Result, .. Names.Skip(1)] };
        }
        catch (AggregateException)
        {
            // A host without a resolver has no full name.
        }
        return this;
    }

    static bool IsName(string text) => text.Length is > 0 and <= 253 && Uri.CheckHostName(text) == UriHostNameType.Dns;
}
