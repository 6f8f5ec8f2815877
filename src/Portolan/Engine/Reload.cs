using Portolan.Collect.Collectors;
using Portolan.Collect.Forwarding;
using Portolan.Configuration;
using Portolan.Fleet.Pki;
using Portolan.Model;
using Portolan.Web.Server;

namespace Portolan.Engine;

/// <summary>A running server's configuration: SIGHUP reads it again; what has a fault changes nothing.</summary>
sealed class Reload(
    Config config, Parts parts, IReadOnlyList<ICollector> collectors, IReadOnlyList<WebListener> web, ServerCertificate certificate, ClientCertificates clients,
    Forwarding forwarding, Action<string> tell)
{
    readonly Lock _one = new();
    Config _config = config;

    // Everything else is built into parts that a server is made of.
    static readonly HashSet<Setting> AtRunTime =
    [
        Settings.Networks, Settings.Contract, Settings.Forward, Settings.Retention, Settings.ImportRetention, Settings.DiskShare,
        Settings.TlsCertificate, Settings.TlsKey, Settings.TlsNames,
        Settings.HandshakeTimeout, Settings.TlsClients, Settings.TlsClientAuthorities, Settings.TlsClientNames, Settings.TlsClientFingerprints,
        Settings.MaxMessage, Settings.MaxConnections, Settings.IdleTimeout, Settings.FrameTimeout,
        Settings.Proxies,
        .. Endpoints.All.Select(e => Settings.For(e).Allow),
    ];

    public static SyslogLimits Limits(Config config) => new()
    {
        MaxMessage = (int)config.Get(Settings.MaxMessage),
        ReceiveBuffer = (int)config.Get(Settings.ReceiveBuffer),
        MaxConnections = (int)config.Get(Settings.MaxConnections),
        HandshakeTimeout = config.Get(Settings.HandshakeTimeout),
        IdleTimeout = config.Get(Settings.IdleTimeout),
        MessageTimeout = config.Get(Settings.FrameTimeout),
    };

    public static PkiOptions Pki(Config config) =>
        new(Path.Combine(config.Get(Settings.Data), "pki"), config.Get(Settings.TlsCertificate), config.Get(Settings.TlsKey), config.Get(Settings.TlsNames));

    public static ClientOptions Clients(Config config) => new(config.Get(Settings.TlsClients), config.Get(Settings.TlsClientAuthorities),
        config.Get(Settings.TlsClientNames), config.Get(Settings.TlsClientFingerprints));

    public static CommandFault Fault(PkiException e) => new([.. e.Faults.Select(f => $"certificate: {f.What}")], string.Join("\n  ", e.Faults.Select(f => f.Try).Distinct()));

    public void Run(Func<Config> read)
    {
        lock (_one)
        {
            try
            {
                Take(read());
            }
            catch (PkiException e)
            {
                Tell(Fault(e));
            }
            catch (CommandFault e)
            {
                Tell(e);
            }
        }
    }

    void Tell(CommandFault e) => tell($"configuration: everything stays as it was: {string.Join("\n  ", ["", .. e.Lines])}\n  try: {e.Remedy}");

    void Take(Config next)
    {
        var before = _config.Entries.ToDictionary(e => e.Setting, e => e.Text);
        var changed = next.Entries.Where(e => e.Text != before[e.Setting]).ToList();
        var useCertificate = certificate.Read(Pki(next));
        var useClients = clients.Read(Clients(next));
        parts.Change(next);
        useCertificate();
        useClients();
        forwarding.Change(parts.Receivers);
        foreach (var c in collectors) c.Change(next.For(c.Endpoint).Allow, Limits(next));
        foreach (var w in web) w.Change(next.For(w.Endpoint).Allow, next.Get(Settings.Proxies));
        string[] taken = [.. changed.Where(e => AtRunTime.Contains(e.Setting)).Select(Word)];
        string[] later = [.. changed.Where(e => !AtRunTime.Contains(e.Setting)).Select(Word)];
        tell($"{LogSeverity.Notice}configuration: read again; networks, contract, receivers and certificate are as their files have them now"
            + (taken.Length > 0 ? $"; in force: {string.Join(", ", taken)} (limits and allowed senders of TCP: from the next connection on)" : "; no other setting changed"));
        if (later.Length > 0) tell($"{LogSeverity.Notice}configuration: only a restart brings {string.Join(", ", later)}");
        _config = next;
    }

    static string Word(ConfigEntry e) => $"{e.Setting.Key} = {(e.Text.Length > 0 ? e.Text : "(none)")}";
}
