namespace Portolan.Model;

public enum Transport
{
    Tcp,
    Udp,
    Tls,
}

/// <summary>When an endpoint listens without being asked to.</summary>
public enum ListenDefault
{
    On,
    OnLoopback,
    Off,
    /// <summary>Off; on loopback when switched on.</summary>
    OffLoopback,
}

/// <summary>A place where Portolan listens. <paramref name="Id"/> is the configuration key <c>endpoints.ID</c>.</summary>
/// <param name="Number">Small, stored with every journal record; never reused.</param>
/// <param name="Rows">Ids in the vendors' port tables (content/ports) that this endpoint answers.</param>
public sealed record Endpoint(int Number, string Id, int Port, Transport Transport, string Service, ListenDefault Default, string Purpose, string[] Rows);

/// <summary>Every endpoint there is. Listeners, <c>ports list</c> and the documentation derive from this list.</summary>
public static class Endpoints
{
    public static readonly Endpoint SyslogUdp = new(1, "syslog-udp", 514, Transport.Udp, "syslog", ListenDefault.On,
        "syslog from devices, one datagram a record (RFC 3164, RFC 5426)", ["JSA-514", "QR-514", "PAN-514", "UID1-514", "UID2-514"]);
    public static readonly Endpoint SyslogTcp = new(2, "syslog-tcp", 514, Transport.Tcp, "syslog", ListenDefault.On,
        "syslog from devices over TCP, octet counting and LF framing (RFC 6587)", ["JSA-514", "QR-514", "PAN-514", "UID1-514", "UID2-514"]);

    public static readonly Endpoint SyslogTls = new(3, "syslog-tls", 6514, Transport.Tls, "syslog over TLS", ListenDefault.On,
        "syslog from devices over TLS, octet counting (RFC 5425) and LF framing", ["JSA-6514", "QR-6514", "PAN-514", "UID1-514", "UID2-514"]);
    public static readonly Endpoint Https = new(4, "https", 443, Transport.Tls, "https", ListenDefault.On,
        "the console and the API", ["JSA-443", "QR-443", "PANO-443", "OA-U-443"]);

    public static readonly Endpoint Metrics = new(6, "metrics", 7777, Transport.Tcp, "http", ListenDefault.OnLoopback,
        "Prometheus, which asks for /metrics", ["JSA-7777", "QR-5791"]);
    public static readonly Endpoint HttpProxy = new(7, "http-proxy", 8080, Transport.Tcp, "http", ListenDefault.Off,
        "reverse proxies that end TLS before us: the console and the API, for those named in web.proxies", ["JSA-8080", "QR-8080"]);
    public static readonly Endpoint Http = new(8, "http", 80, Transport.Tcp, "http", ListenDefault.Off,
        "browsers that try plain HTTP first; they are sent on to the console", ["OA-U-80"]);
    public static readonly Endpoint Live = new(5, "live", 7800, Transport.Tls, "live", ListenDefault.Off,
        "events as they arrive, for programs and other Portolans (docs/protocols/live.md)", ["JSA-7800", "QR-7800"]);

    public static readonly Endpoint SyslogOwnUdp = new(9, "syslog-own-udp", 1514, Transport.Udp, "syslog", ListenDefault.OffLoopback,
        "syslog from daemons on this host, where 514 is another's", ["JSA-1514", "QR-1514"]);
    public static readonly Endpoint SyslogOwnTcp = new(10, "syslog-own-tcp", 1514, Transport.Tcp, "syslog", ListenDefault.OffLoopback,
        "syslog from daemons on this host over TCP, where 514 is another's", ["JSA-1514", "QR-1514"]);

    /// <summary>Sources of journal records that have no socket.</summary>
    public const int ImportListener = 1000;
    public const int OwnListener = 1001;

    public static readonly IReadOnlyList<Endpoint> All = [SyslogUdp, SyslogTcp, SyslogTls, Https, Live, Metrics, HttpProxy, Http, SyslogOwnUdp, SyslogOwnTcp];

    /// <summary>What a journal record's listener is called: an endpoint's id, <c>import</c> or <c>portolan</c>.</summary>
    public static string Entrance(int listener) => listener switch
    {
        ImportListener => "import",
        OwnListener => "portolan",
        _ => All.FirstOrDefault(e => e.Number == listener)?.Id ?? $"listener-{listener}",
    };
}
