using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Portolan.Collect.LogSources;
using Portolan.Configuration;
using Portolan.Engine;
using Portolan.Fleet.Pki;
using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Web.Api;

namespace Portolan;

/// <summary>Looks at what a server needs from its surroundings before it is started. Nothing is changed.</summary>
static class Checks
{
    const string Proc = "/proc/sys/net/";

    /// <param name="running">A server runs on the data directory: the ports it holds are no fault.</param>
    public static IEnumerable<Finding> All(Config config, bool running) =>
    [
        Library("libzstd", "libzstd.so.1", "libzstd1"),
        Library("libsqlite3", "libsqlite3.so.0", "libsqlite3-0"),
        ContentFolder(),
        DataFolder(config),
        Disk(config),
        Quarantine(config),
        .. Files(config),
        .. Certificate(config),
        ReceiveBuffer(config),
        OpenFiles(config),
        .. Endpoints.All.Select(config.For).Where(e => e.Enabled && e.Port <= 65535).Select(e => Port(e, running)),
        EphemeralRange(config),
    ];

    static Finding Library(string check, string file, string package)
    {
        if (!NativeLibrary.TryLoad(file, out nint handle)) return new(check, $"{file} cannot be loaded", $"apt-get install {package}");
        NativeLibrary.Free(handle);
        return new(check, file);
    }

    static Finding ContentFolder() => Directory.Exists(ContentFolders.Shipped)
        ? new("content", ContentFolders.Shipped)
        : new("content", $"{ContentFolders.Shipped} is missing", "copy the whole program folder, with content/ beside the program");

    static Finding DataFolder(Config config)
    {
        string data = config.Get(Settings.Data), folder = Existing(data);
        string probe = Path.Combine(folder, $".portolan-check-{Environment.ProcessId}");
        try
        {
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
            {
            }
            return new("data directory", folder == data ? $"{data} can be written" : $"{data} can be made");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new("data directory", $"{data}: {e.Message}",
                "--data DIR that you may write, or give this one to the user that runs the server");
        }
    }

    static Finding Disk(Config config)
    {
        string folder = Existing(config.Get(Settings.Data));
        var drive = new DriveInfo(folder);
        long used = 100 - 100 * drive.AvailableFreeSpace / Math.Max(1, drive.TotalSize), limit = config.Get(Settings.DiskShare);
        string found = $"{used}% of {drive.TotalSize >> 30} GiB used, old data is dropped from {limit}%";
        return new("disk", found, used < limit ? null : $"make room below {folder}, or raise store.max-disk");
    }

    static Finding Quarantine(Config config)
    {
        string folder = JournalQuarantine.Folder(Path.Combine(config.Get(Settings.Data), "journal"));
        string[] files = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.journal").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)] : [];
        return new("journal", files.Length == 0 ? "nothing was set aside" : $"{files.Length} files were set aside in {folder}: {string.Join(", ", files.Take(3))}",
            files.Length == 0 ? null : $"after an upgrade, or with the file mended, portolan import {folder}/FILE, and then delete it");
    }

    static string Existing(string folder)
    {
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder) ?? "/";
        return folder;
    }

    static IEnumerable<Finding> Files(Config config) =>
        from setting in new[] { Settings.Networks, Settings.Contract, Settings.Forward }
        let file = config.Get(setting)
        where file.Length > 0
        select File.Exists(file)
            ? new Finding(setting.Key, file)
            : new Finding(setting.Key, $"{file} is missing", $"portolan config explain {setting.Key}");

    static IEnumerable<Finding> Certificate(Config config)
    {
        const string check = "certificate";
        var (found, faults) = ServerCertificate.Look(Reload.Pki(config), DateTimeOffset.UtcNow);
        var clients = Reload.Clients(config);
        var clientFaults = new List<PkiFault>();
        ClientCertificates.Look(clients, DateTimeOffset.UtcNow, clientFaults);
        return
        [
            .. faults.Count == 0 ? [new(check, found)] : faults.Select(f => new Finding(check, f.What, f.Try)),
            .. clientFaults.Select(f => new Finding(Settings.TlsClientAuthorities.Key, f.What, f.Try)),
        ];
    }

    static Finding ReceiveBuffer(Config config)
    {
        long asked = config.Get(Settings.ReceiveBuffer);
        const string key = "core/rmem_max";
        if (!TryNumber(Read(Proc + key), out long most)) return new("receive buffer", "the system does not tell its limit");
        bool mayForce = MayAdministerNetwork();
        string exceed = mayForce && most < asked ? ", which this user may exceed" : "";
        string found = $"{asked} bytes asked, net.core.rmem_max is {most}{exceed}";
        return new("receive buffer", found, most >= asked || mayForce
            ? null
            : $"sysctl -w net.core.rmem_max={asked}, or a smaller {Settings.ReceiveBuffer.Key}");
    }

    // CAP_NET_ADMIN lets a socket ask for more than the limit (SO_RCVBUFFORCE).
    static bool MayAdministerNetwork()
    {
        const string label = "CapEff:";
        const int netAdmin = 12;
        string? line = Read("/proc/self/status")?.Split('\n').FirstOrDefault(l => l.StartsWith(label, StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan(label.Length).Trim(), NumberStyles.HexNumber, null, out ulong mask)
            && (mask >> netAdmin & 1) == 1;
    }

    static Finding OpenFiles(Config config)
    {
        // Sockets of senders, and room for segments and the journal.
        const int others = 1024;
        long needed = config.Get(Settings.MaxConnections) + others;
        string? line = Read("/proc/self/limits")?.Split('\n').FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        string limit = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3) ?? "unlimited";
        string found = $"{limit} may be open, {needed} may be needed";
        return new("open files", found, !TryNumber(limit, out long most) || most >= needed ? null
            : $"LimitNOFILE={needed} in the unit, or ulimit -n {needed}, or a smaller {Settings.MaxConnections.Key}");
    }

    static Finding Port(EndpointConfig endpoint, bool running)
    {
        string name = $"port {endpoint.Port}/{(endpoint.Endpoint.Transport == Transport.Udp ? "udp" : "tcp")}", id = endpoint.Endpoint.Id;
        if (endpoint.Port == 0) return new(name, $"{id} takes any free port");
        bool any = endpoint.Address.Equals(IPAddress.IPv6Any);
        var address = any && !Socket.OSSupportsIPv6 ? IPAddress.Any : endpoint.Address;
        bool udp = endpoint.Endpoint.Transport == Transport.Udp;
        try
        {
            using var socket = udp
                ? new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
                : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, endpoint.Port));
            return new(name, $"free for {id}");
        }
        catch (SocketException e)
        {
            string keys = $"endpoints.{id}.port";
            return e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse when running => new(name, "in use, by the running server as it seems"),
                SocketError.AddressAlreadyInUse => new(name, $"in use, {id} cannot have it",
                    $"ss -lnp 'sport = :{endpoint.Port}' names the owner; or {keys}, or --port-offset 10000"),
                SocketError.AccessDenied => new(name, "this user may not listen below 1024",
                    $"setcap cap_net_bind_service=+ep {Environment.ProcessPath}, or run as root, or --port-offset 10000"),
                SocketError.AddressNotAvailable => new(name, $"{endpoint.Address} is no address of this host", $"endpoints.{id}.address"),
                _ => new(name, e.Message, keys),
            };
        }
    }

    static Finding EphemeralRange(Config config)
    {
        const string check = "outgoing ports";
        var range = Read(Proc + "ipv4/ip_local_port_range")?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (range is not [var low, var high] || !TryNumber(low, out long first) || !TryNumber(high, out long last))
            return new(check, "the system does not tell its range");
        string reserved = Read(Proc + "ipv4/ip_local_reserved_ports")?.Trim() ?? "";
        int[] clashes =
        [
            .. Endpoints.All.Select(config.For)
                .Where(e => e.Enabled && e.Port >= first && e.Port <= last && !IsReserved(reserved, e.Port))
                .Select(e => e.Port).Distinct().Order(),
        ];
        string found = $"{first}-{last} are taken for outgoing connections";
        if (clashes.Length == 0) return new(check, found);
        string ports = string.Join(',', clashes);
        return new(check, $"{found}, among them {ports} that we listen on",
            $"sysctl -w net.ipv4.ip_local_reserved_ports={(reserved.Length > 0 ? reserved + "," : "")}{ports}");
    }

    static bool IsReserved(string ranges, int port) => ranges.Split(',', StringSplitOptions.RemoveEmptyEntries).Any(r =>
    {
        int dash = r.IndexOf('-');
        var (low, high) = dash < 0 ? (r, r) : (r[..dash], r[(dash + 1)..]);
        return TryNumber(low, out long first) && TryNumber(high, out long last) && port >= first && port <= last;
    });

    static string? Read(string file) => File.Exists(file) ? File.ReadAllText(file) : null;

    static bool TryNumber(string? text, out long number) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
