using System.Net;
using Portolan.Collect.Collectors.SyslogTls;
using Portolan.Model;
using Portolan.Store.Journal;

namespace Portolan.Collect.Collectors;

/// <summary>Listens at one endpoint and puts what arrives into the journal. Made bound, so that a port taken is known before anything starts.</summary>
public interface ICollector : IDisposable
{
    Endpoint Endpoint { get; }

    /// <summary>Where it listens in fact.</summary>
    IPEndPoint Bound { get; }

    /// <summary>What an operator should know about it, such as the receive buffer that the kernel gave.</summary>
    string Note { get; }

    /// <summary>Connections open now.</summary>
    int Connections => 0;

    void Start();

    /// <summary>Brings what the kernel has lost here so far into the ledger.</summary>
    void CountKernelDrops()
    {
    }

    /// <summary>
    /// Other senders may, other limits hold, from the next datagram or connection on; address, port and receive buffer stay as they were bound. Any thread.
    /// </summary>
    void Change(IReadOnlyList<Cidr> allow, SyslogLimits limits);

    /// <summary>Takes nothing more and returns when what was taken is in the journal.</summary>
    void Stop();
}

/// <summary>Where and for whom to listen; configuration <c>endpoints.ID.*</c>.</summary>
/// <param name="Allow">Senders that may; empty: all.</param>
public sealed record ListenOn(IPAddress Address, int Port, IReadOnlyList<Cidr> Allow)
{
    public bool Allows(Address sender)
    {
        if (Allow.Count == 0) return true;
        foreach (var c in Allow)
            if (c.Contains(sender)) return true;
        return false;
    }
}

/// <summary>Limits of the syslog collectors; configuration <c>syslog.*</c>.</summary>
public sealed record SyslogLimits
{
    /// <summary>Longer messages are cut, flagged and counted.</summary>
    public int MaxMessage { get; init; } = 65_536;

    /// <summary>Receive buffer asked of the kernel for UDP, bytes.</summary>
    public int ReceiveBuffer { get; init; } = 16 << 20;

    /// <summary>Of all collectors together.</summary>
    public int MaxConnections { get; init; } = 5_000;

    /// <summary>A TLS client must finish its handshake within this time.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A TCP connection silent for so long is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(2);

    /// <summary>A message begun on TCP must be complete within this time, or what came of it is stored, flagged, and the connection closed.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>What collectors share.</summary>
public sealed record Reception(JournalWriter Journal, Ledger Ledger, TimeProvider Clock, Action<string> Tell, TlsTerms Tls)
{
    /// <summary>Connections of all collectors together.</summary>
    public ConnectionCount Connections { get; } = new();

    /// <summary>Microseconds since 1970 UTC.</summary>
    public long Now() => (Clock.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) / 10;
}

/// <summary>How many connections are open. Any thread.</summary>
public sealed class ConnectionCount
{
    int _open;

    public bool TryEnter(int most)
    {
        if (Interlocked.Increment(ref _open) <= most) return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _open);
}
