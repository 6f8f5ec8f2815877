namespace Portolan.Collect.Forwarding;

public enum ReceiverTransport
{
    Udp,
    Tcp,
    Tls,
}

/// <summary>How messages are told apart on a stream, RFC 6587.</summary>
public enum ReceiverFraming
{
    /// <summary>A message ends with LF; an LF within one goes out as <c>#012</c>, as rsyslog writes it.</summary>
    Lf,

    /// <summary>The length stands before each message; bytes go out as they came. RFC 5425 asks for it.</summary>
    OctetCounting,
}

/// <summary>Somebody that messages are forwarded to: one entry of the file <c>forward.file</c>.</summary>
/// <param name="Name">Small letters, digits and dashes: what its cursor, its ledger rows and its log lines are called.</param>
/// <param name="When">An AQL condition; null: every message.</param>
/// <param name="Ca">PEM file of the authorities that may have signed the receiver's certificate; null: the system's.</param>
/// <param name="ServerName">The name that the receiver's certificate must bear.</param>
/// <param name="Certificate">PEM file of our own certificate and those between it and its authority; null: we show none.</param>
/// <param name="Key">PEM file of its key.</param>
/// <param name="KeepSender">UDP: datagrams bear the address of the original sender.</param>
/// <param name="Internal">Also what Portolan says itself: its audit log and its server log.</param>
public sealed record Receiver(string Name, ReceiverTransport Transport, string Host, int Port, string? When, ReceiverFraming Framing, string? Ca,
    string? ServerName, string? Certificate, string? Key, bool KeepSender, bool Internal = false)
{
    /// <summary>As it stands in the file: <c>tcp://siem.example.com:514</c>.</summary>
    public string To => $"{Transport.ToString().ToLowerInvariant()}://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>What its ledger rows are called.</summary>
    public string LedgerSource => LedgerSourceOf(Name);

    public static string LedgerSourceOf(string name) => "forward " + name;
}
