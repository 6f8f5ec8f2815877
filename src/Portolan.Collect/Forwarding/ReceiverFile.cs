using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Portolan.Collect.LogSources;
using YamlDotNet.RepresentationModel;

namespace Portolan.Collect.Forwarding;

/// <summary>Reads whom messages are forwarded to, see docs/forward.md. All faults are told at once, each with its line.</summary>
public static partial class ReceiverFile
{
    /// <summary>Each has a thread and up to some tens of megabytes while it is behind.</summary>
    public const int MostReceivers = 16;

    static readonly string[] Known = ["name", "to", "when", "framing", "ca", "server-name", "certificate", "key", "keep-sender", "internal"];

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex NameShape();

    /// <param name="condition">Says what is wrong with an AQL condition; null when it is right.</param>
    /// <param name="own">Which endpoint of this server takes what is sent to a place; null when none does.</param>
    /// <returns>Null when there are faults.</returns>
    public static IReadOnlyList<Receiver>? Read(string path, Func<string, string?> condition, Func<ReceiverTransport, string, int, string?> own, List<string> faults)
    {
        try
        {
            return Parse(File.ReadAllText(path), path, condition, own, faults);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{path}: {e.Message}");
            return null;
        }
    }

    public static IReadOnlyList<Receiver>? Parse(string text, string path, Func<string, string?> condition, Func<ReceiverTransport, string, int, string?> own,
        List<string> faults)
    {
        var found = new List<ContentFault>();
        var shape = new YamlShape(path, found);
        var receivers = new List<Receiver>();
        if (shape.Root(text) is { } root)
        {
            shape.Keys(root, "receivers");
            foreach (var map in shape.Maps(root, "receivers"))
            {
                var r = One(shape, map, condition);
                if (r.Host != null && own(r.Transport, r.Host, r.Port) is { } endpoint)
                    shape.Fault(YamlShape.Get(map, "to"), $"to '{r.To}': that is {endpoint} of this server, and every message would come back");
                if (receivers.Exists(other => other.Name == r.Name)) shape.Fault(map, $"receiver {r.Name} is there twice");
                receivers.Add(r);
            }
            if (receivers.Count > MostReceivers) shape.Fault(root, $"{receivers.Count} receivers: at most {MostReceivers} are served");
        }
        faults.AddRange(found.Select(f => $"{f.File}:{f.Line}: {f.What}"));
        return found.Count == 0 ? receivers : null;
    }

    static Receiver One(YamlShape shape, YamlMappingNode map, Func<string, string?> condition)
    {
        shape.Keys(map, Known);
        string name = shape.Text(map, "name", required: true) ?? "";
        if (name.Length > 0 && !NameShape().IsMatch(name))
            shape.Fault(YamlShape.Get(map, "name"), $"name '{name}': small letters, digits and dashes, at most 63");
        var (transport, host, port) = To(shape, map);
        string? when = shape.Text(map, "when");
        if (when != null && condition(when) is { } wrong) shape.Fault(YamlShape.Get(map, "when"), $"when: {wrong}");
        var framing = Framing(shape, map, transport);
        string folder = Path.GetDirectoryName(Path.GetFullPath(shape.File)) ?? "/";
        string? Pem(string key) => shape.Text(map, key) is { } file ? Path.GetFullPath(file, folder) : null;
        string? ca = Pem("ca"), certificate = Pem("certificate"), keyFile = Pem("key"), serverName = shape.Text(map, "server-name");
        if (transport is { } t and not ReceiverTransport.Tls)
            foreach (string key in (string[])["ca", "server-name", "certificate", "key"])
                if (YamlShape.Get(map, key) is { } node) shape.Fault(node, $"{key} belongs to tls://, not to {t.ToString().ToLowerInvariant()}://");
        if (certificate == null != (keyFile == null))
            shape.Fault(YamlShape.Get(map, "certificate") ?? YamlShape.Get(map, "key"), "certificate and key belong together: both are PEM files");
        else if (certificate != null) Load(shape, map, "certificate", () => X509Certificate2.CreateFromPemFile(certificate, keyFile).Dispose());
        if (ca != null)
            Load(shape, map, "ca", () =>
            {
                var all = new X509Certificate2Collection();
                all.ImportFromPemFile(ca);
                if (all.Count == 0) throw new CryptographicException($"{ca} holds no certificate (PEM)");
            });
        return new(name, transport ?? default, host, port, when, framing, ca, serverName, certificate, keyFile, KeepSender(shape, map, transport),
            Flag(shape, map, "internal"));
    }

    static (ReceiverTransport?, string Host, int Port) To(YamlShape shape, YamlMappingNode map)
    {
        const string expected = "expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT";
        if (shape.Text(map, "to", required: true) is not { } text) return default;
        int scheme = text.IndexOf("://", StringComparison.Ordinal), colon = text.LastIndexOf(':');
        ReceiverTransport? transport = (scheme < 0 ? "" : text[..scheme]) switch
        {
            "udp" => ReceiverTransport.Udp,
            "tcp" => ReceiverTransport.Tcp,
            "tls" => ReceiverTransport.Tls,
            _ => null,
        };
        string host = scheme >= 0 && colon > scheme + 2 ? text[(scheme + 3)..colon] : "";
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':')) host = ""; // an IPv6 address without brackets: where the port begins is a guess
        if (transport == null || Uri.CheckHostName(host) == UriHostNameType.Unknown
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is 0 or > 65535)
        {
            shape.Fault(YamlShape.Get(map, "to"), $"to '{text}': {expected}, an IPv6 address in brackets");
            return default;
        }
        return (transport, host, port);
    }

    static ReceiverFraming Framing(YamlShape shape, YamlMappingNode map, ReceiverTransport? transport)
    {
        var usual = transport == ReceiverTransport.Tls ? ReceiverFraming.OctetCounting : ReceiverFraming.Lf;
        if (shape.Text(map, "framing") is not { } text) return usual;
        if (transport == ReceiverTransport.Udp) shape.Fault(YamlShape.Get(map, "framing"), "framing belongs to tcp:// and tls://: a datagram is one message");
        switch (text)
        {
            case "lf": return ReceiverFraming.Lf;
            case "octet-counting": return ReceiverFraming.OctetCounting;
            default:
                shape.Fault(YamlShape.Get(map, "framing"), $"framing '{text}': expected octet-counting or lf");
                return usual;
        }
    }

    static bool KeepSender(YamlShape shape, YamlMappingNode map, ReceiverTransport? transport)
    {
        bool keep = Flag(shape, map, "keep-sender");
        if (keep && transport is not (null or ReceiverTransport.Udp))
            shape.Fault(YamlShape.Get(map, "keep-sender"), "keep-sender: only a datagram can bear another's address; use udp://");
        return keep;
    }

    static bool Flag(YamlShape shape, YamlMappingNode map, string key)
    {
        string? text = shape.Text(map, key);
        if (text is not (null or "true" or "false")) shape.Fault(YamlShape.Get(map, key), $"{key} '{text}': expected true or false");
        return text == "true";
    }

    static void Load(YamlShape shape, YamlMappingNode map, string key, Action load)
    {
        try
        {
            load();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            shape.Fault(YamlShape.Get(map, key), $"{key}: {e.Message}");
        }
    }
}
