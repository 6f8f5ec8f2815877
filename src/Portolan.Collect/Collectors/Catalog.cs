using Portolan.Collect.Collectors.SyslogTcp;
using Portolan.Collect.Collectors.SyslogTls;
using Portolan.Collect.Collectors.SyslogUdp;
using Portolan.Model;

namespace Portolan.Collect.Collectors;

delegate ICollector BindCollector(Endpoint endpoint, ListenOn where, SyslogLimits limits, Reception to);

/// <summary>Which collector serves which endpoint.</summary>
public static class Catalog
{
    static readonly Dictionary<Endpoint, BindCollector> All = new()
    {
        [Endpoints.SyslogUdp] = (e, where, limits, to) => new SyslogUdpCollector(e, where, limits, to),
        [Endpoints.SyslogTcp] = (e, where, limits, to) => new SyslogTcpCollector(e, where, limits, to),
        [Endpoints.SyslogTls] = (e, where, limits, to) => new SyslogTcpCollector(e, where, limits, to, new TlsEntrance(e, to)),
        [Endpoints.SyslogOwnUdp] = (e, where, limits, to) => new SyslogUdpCollector(e, where, limits, to),
        [Endpoints.SyslogOwnTcp] = (e, where, limits, to) => new SyslogTcpCollector(e, where, limits, to),
    };

    /// <summary>Whether a collector serves the endpoint; the others are the web's.</summary>
    public static bool Serves(Endpoint endpoint) => All.ContainsKey(endpoint);

    /// <exception cref="PortException">The port cannot be had.</exception>
    public static ICollector Bind(Endpoint endpoint, ListenOn where, SyslogLimits limits, Reception to) => All[endpoint](endpoint, where, limits, to);
}
