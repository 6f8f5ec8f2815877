using System.Net;
using System.Net.Sockets;

namespace Portolan.IntegrationTests.Product;

/// <summary>Debian's programs, unpacked by tests/peers.sh into .cache/peers. A missing one fails the test that needs it: there is no silent skip.</summary>
static class Peers
{
    /// <summary>The repository's folder.</summary>
    public static readonly string Top = Find();

    static readonly string Root = Path.Combine(Top, ".cache/peers");

    static string Find()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d != null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "Portolan.slnx"))) return d.FullName;
        throw new InvalidOperationException("no Portolan.slnx above the tests");
    }

    public static string At(string path)
    {
        string full = Path.Combine(Root, path);
        return Path.Exists(full) ? full : throw new InvalidOperationException($"{full} is missing; try: ./dev peers");
    }

    public static string Libraries => $"{Root}/usr/lib/syslog-ng:{Root}/usr/lib/x86_64-linux-gnu";

    /// <summary>Environment that lets the unpacked programs find their libraries and plug-ins.</summary>
    public static readonly Dictionary<string, string> Environment = new()
    {
        ["LD_LIBRARY_PATH"] = Libraries,
        ["SYSLOGNG_PREFIX"] = $"{Root}/usr",
        ["RSYSLOG_MODDIR"] = $"{Root}/usr/lib/x86_64-linux-gnu/rsyslog/",
    };

    /// <summary>Below those that the kernel gives away, so that it is still free when a peer that went comes back.</summary>
    public static int FreePort()
    {
        while (true)
        {
            try
            {
                using var tcp = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 32_000));
                tcp.Start();
                return ((IPEndPoint)tcp.LocalEndpoint).Port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }
}
