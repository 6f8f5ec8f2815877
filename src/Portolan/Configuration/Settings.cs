using System.Net;
using Portolan.Fleet.Pki;
using Portolan.Model;
using Portolan.Output;
using static Portolan.Configuration.SettingKinds;

namespace Portolan.Configuration;

/// <summary>
/// Every configuration key there is. A key is written dotted here, nested in the file, as PORTOLAN_A__B in the environment.
/// </summary>
static class Settings
{
    public static readonly Setting<string> Data = Path("data", DataDirectory.Standard, "a directory, made when missing",
        "Where everything is kept: journal, store, state, run/. One server owns it at a time.");
    public static readonly Setting<long> PortOffset = Whole("port-offset", 0, 0, 65535,
        "Added to the port of every endpoint, so that a server can run beside another or without root.");
    public static readonly Setting<TimeZoneInfo> TimeZone = TimeZone("time-zone",
        "The zone of device times that name none, until a source's own zone is known, and of times shown to people.");
    public static readonly Setting<string> Networks = Path("networks.file", "", "a YAML file",
        "The network hierarchy: names of address ranges.");
    public static readonly Setting<string> Contract = Path("contract.file", "", "a YAML file",
        "The declared port contract: who may talk to whom on which port.");
    public static readonly Setting<string> Forward = Path("forward.file", "", "a YAML file",
        "Receivers that messages are forwarded to as they were received.");

    public static readonly Setting<string> TlsCertificate = Path("tls.certificate", "", "a PEM file, the server's own certificate first, intermediates behind it",
        "The certificate of every TLS server here. None: the data directory's own authority issues one and renews it. SIGHUP reads the file again.");
    public static readonly Setting<string> TlsKey = Path("tls.key", "", "a PEM file with an unencrypted EC or RSA key",
        "The key of tls.certificate. None: it stands in the same file.");
    public static readonly ListSetting<string> TlsNames = Names("tls.names",
        "What else clients call this host, beside its own name and addresses; for the certificate of the own authority.");

    public static readonly Setting<LogFormat> LogFormat = Word("log.format", Output.LogFormat.Text,
        "Form of the server's own log on standard error: lines for people, or a JSON object a line.");

    public static readonly Setting<long> JournalFileSize = Size("journal.file-size", "128MiB", "1MiB", "256MiB",
        "Size at which a journal file is closed and the next begun.");
    public static readonly Setting<int> JournalShare = Percent("journal.max-share", 20, 1, 80,
        "Share of the disk that the journal may take before acknowledging senders wait and others are counted as dropped.");

    public static readonly Setting<long> SealRows = Whole("store.seal-rows", 65536, 1, 65536,
        "Rows at which the open block is sealed into a segment.");
    public static readonly Setting<long> SealSize = Size("store.seal-size", "256MB", "1MB", "1GB",
        "Payload bytes at which the open block is sealed.");
    public static readonly Setting<TimeSpan> SealAfter = Duration("store.seal-after", "60s", "1s", "1h",
        "Age at which the open block is sealed.");
    public static readonly Setting<TimeSpan> Retention = Duration("store.retention", "30d", "1d", "3650d",
        "How long events and flows are kept; whole segments are dropped after it.");
    public static readonly Setting<TimeSpan> ImportRetention = Duration("store.import-retention", "3650d", "1d", "36500d",
        "How long imported and simulated records are kept, by their own times.");
    public static readonly Setting<int> DiskShare = Percent("store.max-disk", 85, 10, 95,
        "Use of the disk above which the oldest segments are dropped before their time.");

    public static readonly Setting<long> MaxMessage = Size("syslog.max-message", "65536", "480", "1MiB",
        "Longest message; the rest of a longer one is cut off, flagged and counted. RFC 5424 asks for 480 at least.");
    public static readonly Setting<long> MaxConnections = Whole("syslog.max-connections", 10000, 1, 100000,
        "TCP connections at once, all syslog endpoints together; more are refused and counted.");
    public static readonly Setting<TimeSpan> IdleTimeout = Duration("syslog.idle-timeout", "1h", "1s", "7d",
        "A TCP connection that has sent nothing for so long is closed.");
    public static readonly Setting<TimeSpan> FrameTimeout = Duration("syslog.frame-timeout", "60s", "1s", "1h",
        "A TCP sender that begins a message must end it within this time, or the part is stored as it is and the connection closed.");
    public static readonly Setting<long> ReceiveBuffer = Size("syslog.receive-buffer", "16MiB", "64KiB", "1GiB",
        "Kernel buffer asked for each UDP socket; bursts that exceed it are lost in the kernel and counted.");
    public static readonly ListSetting<Cidr> Relays = Ranges("syslog.relays",
        "Senders that pass on messages of others: only from these the host in the header is believed to be the log source.");

    public static readonly Setting<TimeSpan> HandshakeTimeout = Duration("syslog.tls-handshake-timeout", "10s", "1s", "5m",
        "A TLS sender that has not finished its handshake within this time is closed and counted.");
    public static readonly Setting<ClientMode> TlsClients = Choice("syslog.tls-clients", ClientMode.None,
        "Whether senders over TLS are asked for a certificate: none, optional (one that is shown must be good), required.");
    public static readonly Setting<string> TlsClientAuthorities = Path("syslog.tls-client-ca", "", "a PEM file",
        "The authorities that senders' certificates may come from. None: the data directory's own (DATA/pki/ca.pem). SIGHUP reads the file again.");
    public static readonly ListSetting<string> TlsClientNames = new("syslog.tls-client-names", "names", "",
        "host names, *.example.com for one label, addresses, or common names",
        "Senders that may, by a name in their certificate; everyone the authorities vouch for when this and the fingerprints are empty.",
        (string t, string _, out string v) => (v = t).Length > 0);
    public static readonly ListSetting<string> TlsClientFingerprints = new("syslog.tls-client-fingerprints", "fingerprints", "",
        "SHA-256 in hexadecimal, with or without colons",
        "Senders that may, by the fingerprint of their certificate; these need no authority.",
        (string t, string _, out string v) => (v = t).Length > 0 && ClientOptions.Digits(t) != null);

    public static readonly Setting<TimeSpan> MappingLife = Duration("identity.time-to-live", "45m", "1m", "30d",
        "How long a user mapping holds when nothing renews it and its source names no time of its own.");

    public static readonly Setting<TimeSpan> SessionIdle = Duration("web.session-idle", "8h", "1m", "30d",
        "A person that asks nothing for so long is signed out.");
    public static readonly Setting<TimeSpan> SessionLife = Duration("web.session-life", "24h", "1m", "90d",
        "How long a sign-in holds in all.");

    public static readonly ListSetting<Cidr> Proxies = Ranges("web.proxies",
        "Reverse proxies: only these reach the endpoint http-proxy, and what they say of their clients (X-Forwarded-For, -Proto, -Host) is believed there.");

    static readonly Dictionary<string, EndpointKeys> EndpointKeysById = Endpoints.All.ToDictionary(e => e.Id, EndpointKeys.Of);

    /// <summary>The four keys of an endpoint.</summary>
    public static EndpointKeys For(Endpoint endpoint) => EndpointKeysById[endpoint.Id];

    public static readonly IReadOnlyList<Setting> All =
    [
        Data, PortOffset, TimeZone, Networks, Contract, Forward, LogFormat,
        TlsCertificate, TlsKey, TlsNames,
        JournalFileSize, JournalShare,
        SealRows, SealSize, SealAfter, Retention, ImportRetention, DiskShare,
        MaxMessage, MaxConnections, IdleTimeout, FrameTimeout, ReceiveBuffer, Relays,
        HandshakeTimeout, TlsClients, TlsClientAuthorities, TlsClientNames, TlsClientFingerprints,
        MappingLife,
        SessionIdle, SessionLife, Proxies,
        .. Endpoints.All.SelectMany(e => For(e).All),
    ];

    static readonly Dictionary<string, Setting> ByKey = All.ToDictionary(s => s.Key, StringComparer.Ordinal);

    public static bool TryFind(string key, out Setting setting) => ByKey.TryGetValue(key, out setting!);
}

sealed record EndpointKeys(Setting<bool> Enabled, Setting<long> Port, Setting<IPAddress> Address, ListSetting<Cidr> Allow)
{
    public static EndpointKeys Of(Endpoint e) => new(
        Flag($"endpoints.{e.Id}.enabled", e.Default is ListenDefault.On or ListenDefault.OnLoopback, $"Listen for {e.Purpose}."),
        Whole($"endpoints.{e.Id}.port", e.Port, 0, 65535, "Port before port-offset is added; 0 takes any free one."),
        SettingKinds.Address($"endpoints.{e.Id}.address", e.Default is ListenDefault.OnLoopback or ListenDefault.OffLoopback ? "127.0.0.1" : "*",
            "Address to listen on."),
        Ranges($"endpoints.{e.Id}.allow", "Senders that are heard; all when empty. Others are counted as sender-not-allowed."));

    public IEnumerable<Setting> All => [Enabled, Port, Address, Allow];
}
