using System.Net;
using Portolan.Fleet.Pki;
using Portolan.Model;

namespace Portolan.Configuration;

/// <summary>Where a value came from, weakest first.</summary>
enum SettingOrigin
{
    Default,
    File,
    Environment,
    Set,
}

/// <param name="Text">As written.</param>
/// <param name="Where"><c>portolan.yml:12</c>, <c>PORTOLAN_DATA</c>, <c>--set</c>, or "" for a default.</param>
sealed record ConfigEntry(Setting Setting, string Text, object Value, SettingOrigin Origin, string Where);

/// <summary>Something wrong in the configuration, in the words an operator sees.</summary>
/// <param name="Problem">What is wrong and what would be right.</param>
sealed record ConfigFault(string Where, string Key, string? Value, string Problem)
{
    public override string ToString() => $"{Where}: {Key}{(Value is null ? "" : $" = {Value}")}: {Problem}";
}

/// <summary>An endpoint as it will listen.</summary>
/// <param name="Port">With the offset added; 0 for any free port.</param>
/// <param name="Address">IPv6Any stands for all addresses of both families.</param>
/// <param name="Allow">Empty: everyone.</param>
sealed record EndpointConfig(Endpoint Endpoint, bool Enabled, int Port, IPAddress Address, IReadOnlyList<Cidr> Allow);

/// <summary>All settings with their values. Read a value with <c>config.Get(Settings.SealRows)</c>.</summary>
sealed class Config(IReadOnlyDictionary<string, ConfigEntry> entries)
{
    /// <summary>In the order of <see cref="Settings.All"/>.</summary>
    public IEnumerable<ConfigEntry> Entries => Settings.All.Select(s => entries[s.Key]);

    public T Get<T>(Setting<T> setting) where T : notnull => (T)entries[setting.Key].Value;

    public IReadOnlyList<T> Get<T>(ListSetting<T> setting) where T : notnull => (IReadOnlyList<T>)entries[setting.Key].Value;

    public EndpointConfig For(Endpoint endpoint)
    {
        var keys = Settings.For(endpoint);
        long port = Get(keys.Port);
        return new(endpoint, Get(keys.Enabled), port == 0 ? 0 : (int)(port + Get(Settings.PortOffset)), Get(keys.Address), Get(keys.Allow));
    }

    /// <summary>Faults that only several values together make.</summary>
    public IEnumerable<ConfigFault> CrossFaults()
    {
        var listening = Endpoints.All.Select(For).Where(e => e.Enabled).ToList();
        foreach (var e in listening.Where(e => e.Port > 65535))
        {
            string key = Settings.For(e.Endpoint).Port.Key;
            yield return new(Where(Settings.PortOffset.Key, key), key, $"{e.Port - Get(Settings.PortOffset)} + {Get(Settings.PortOffset)}",
                $"with port-offset the port is {e.Port}; choose one so that the sum stays below 65536");
        }
        if (For(Endpoints.HttpProxy).Enabled && Get(Settings.Proxies).Count == 0)
            yield return new(Where(Settings.Proxies.Key, Settings.For(Endpoints.HttpProxy).Enabled.Key), Settings.Proxies.Key, null,
                "endpoints.http-proxy serves plain HTTP, to named reverse proxies only; name the address that yours comes from, 127.0.0.1 when it runs on this host");
        if (Get(Settings.TlsClients) != ClientMode.None && Get(Settings.TlsClientAuthorities).Length == 0 && Get(Settings.TlsClientFingerprints).Count == 0
            && Get(Settings.TlsCertificate).Length > 0)
        {
            yield return new(Where(Settings.TlsClients.Key), Settings.TlsClients.Key, entries[Settings.TlsClients.Key].Text,
                $"with {Settings.TlsCertificate.Key} there is no own authority; name one in {Settings.TlsClientAuthorities.Key}, or list {Settings.TlsClientFingerprints.Key}");
        }
        var sockets = listening.Where(e => e.Port != 0).GroupBy(e => (e.Port, e.Endpoint.Transport == Transport.Udp, e.Address));
        foreach (var clash in sockets.Where(s => s.Count() > 1))
        {
            string key = Settings.For(clash.Last().Endpoint).Port.Key;
            yield return new(Where(key), key, clash.Key.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                $"endpoint {clash.First().Endpoint.Id} has the same port; give one of them another port or address");
        }
    }

    string Where(params string[] keys) =>
        keys.Select(k => entries[k].Where).FirstOrDefault(w => w.Length > 0) ?? "default";
}
