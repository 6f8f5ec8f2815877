using System.Globalization;

namespace Portolan.Sim.Office;

/// <summary>
/// Lines of the office's devices as their relay sends them on: an RFC 3339 time and the device's name. Shapes: Cisco ASA Series Syslog Messages, PAN-OS Traffic
/// Log Fields, Snare for Windows (columns) with Microsoft's texts, ISC dhcpd, OpenSSH, Apache's combined format, ProxySG main format, Cisco IOS System
/// Messages, ArubaOS Syslog Messages, IronPort mail logs.
/// </summary>
static class Devices
{
    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    static string Relayed(DateTime at, int priority, string host, string body) => Text($"<{priority}>{at:yyyy-MM-ddTHH:mm:ss.fffZ} {host} {body}");

    public static string Asa(DateTime at, string body) => Relayed(at, 166, "asa01", body);

    public static string VpnRejected(DateTime at, string user, string from) =>
        Asa(at, $"%ASA-6-113005: AAA user authentication Rejected : reason = AAA failure : server = 10.20.0.10 : user = {user} : user IP = {from}");

    public static string[] VpnConnected(string user, string home, string inner, string client) =>
    [
        $"%ASA-6-113004: AAA user authentication Successful : server = 10.20.0.10 : user = {user}",
        $"%ASA-6-113009: AAA retrieved default group policy (Staff) for user = {user}",
        $"%ASA-6-113008: AAA transaction status ACCEPT : user = {user}",
        $"%ASA-6-734001: DAP: User {user}, Addr {home}, Connection AnyConnect: The following DAP records were selected for this connection: DfltAccessPolicy",
        $"%ASA-6-113039: Group <Staff> User <{user}> IP <{home}> AnyConnect parent session started.",
        $"%ASA-4-722051: Group <Staff> User <{user}> IP <{home}> IPv4 Address <{inner}> IPv6 address <::> assigned to session",
        $"%ASA-6-722055: Group <Staff> User <{user}> IP <{home}> Client Type: {client}",
        $"%ASA-6-722022: Group <Staff> User <{user}> IP <{home}> TCP SVC connection established without compression",
    ];

    public static string Built(DateTime at, int connection, string from, int port, string to, int toPort) =>
        Asa(at, Text($"%ASA-6-302013: Built outbound TCP connection {connection} for outside:{to}/{toPort} ({to}/{toPort}) to inside:{from}/{port} (203.0.113.7/{port})"));

    public static string Teardown(DateTime at, int connection, string from, int port, string to, int toPort, int bytes) =>
        Asa(at, Text($"%ASA-6-302014: Teardown TCP connection {connection} for outside:{to}/{toPort} to inside:{from}/{port} duration 0:00:00 bytes {bytes} TCP FINs"));

    public static string Scan(DateTime at, string from, int port, string to, int toPort) =>
        Asa(at, Text($"%ASA-4-106023: Deny tcp src outside:{from}/{port} dst inside:{to}/{toPort} by access-group \"outside_in\" [0x5063b82f, 0x0]"));

    /// <summary>A session through the inner firewall, without a user: it knows addresses only.</summary>
    public static string Session(DateTime at, string subtype, string action, string from, int port, string to, int toPort, string rule, string application,
        int sent, int received, int seconds)
    {
        int id = (int)(at.Ticks / TimeSpan.TicksPerMillisecond % 900_000) + 100_000, packets = 2 + (sent + received) / 1200;
        string stamp = at.ToString("yyyy/MM/dd HH:mm:ss", CultureInfo.InvariantCulture), protocol = toPort == 53 ? "udp" : "tcp";
        string reason = subtype == "end" ? "tcp-fin" : action == "allow" ? "n/a" : "policy-deny";
        string zone = from.StartsWith("10.30.", StringComparison.Ordinal) ? "vpn" : "desks";
        return Relayed(at, 14, "pan01", Text($"1,{stamp},012301000417,TRAFFIC,{subtype},2561,{stamp},{from},{to},0.0.0.0,0.0.0.0,{rule},,,{application},vsys1,{zone},servers,") +
            Text($"ethernet1/2,ethernet1/3,fwd-siem,{stamp},{id},1,{port},{toPort},0,0,0x19,{protocol},{action},{sent + received},{sent},{received},{packets},{stamp},{seconds},any,,") +
            Text($"{7_286_123_782_000_000_000 + id},0x8000000000000000,10.0.0.0-10.255.255.255,10.0.0.0-10.255.255.255,,{packets / 2},{packets - packets / 2},{reason},0,0,0,0,,pan01,from-policy,,,0,,0,,N/A,0,0,0,0,") +
            Text($"e6e8b8a4-7d3c-4d6c-9a5e-0d6f0a1b2c3d,0,0,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,{at:yyyy-MM-ddTHH:mm:ss.fff}+00:00"));
    }

    static string Snare(DateTime at, int number, int id, string user, string audit, string category, string text) => Relayed(at, 14, "dc01.corp.example",
        Text($"MSWinEventLog\t1\tSecurity\t{number}\t{at:ddd MMM dd HH:mm:ss yyyy}\t{id}\tMicrosoft-Windows-Security-Auditing\t{user}\tN/A\t{audit}\tdc01.corp.example\t{category}\t\t{text}\t{number % 100_000}"));

    public static string Logon(DateTime at, Person p, string from, int number) => Snare(at, 80_000 + number, 4624, "N/A", "Success Audit", "Logon",
        Text($"An account was successfully logged on.    Subject:   Security ID:  S-1-0-0   Account Name:  -   Account Domain:  -   Logon ID:  0x0    Logon Information:   Logon Type:  3   Restricted Admin Mode: -   Virtual Account:  No   Elevated Token:  No    Impersonation Level:  Impersonation    New Logon:   Security ID:  S-1-5-21-3457937927-2839227994-823803824-{1100 + number % 900}   Account Name:  {p.Login}   Account Domain:  CORP   Logon ID:  0x{number * 37 + 0x8DCDC:X}   Linked Logon ID:  0x0   Network Account Name: -   Network Account Domain: -   Logon GUID:  {{00000000-0000-0000-0000-000000000000}}    Process Information:   Process ID:  0x0   Process Name:  -    Network Information:   Workstation Name: {p.Workstation}   Source Network Address: {from}   Source Port:  {49_152 + number % 16_000}    Detailed Authentication Information:   Logon Process:  Kerberos    Authentication Package: Kerberos   Transited Services: -   Package Name (NTLM only): -   Key Length:  0    This event is generated when a logon session is created."));

    public static string LogonFailed(DateTime at, Person p, int number) => Snare(at, 80_000 + number, 4625, "N/A", "Failure Audit", "Logon",
        Text($"An account failed to log on.    Subject:   Security ID:  S-1-0-0   Account Name:  -   Account Domain:  -   Logon ID:  0x0    Logon Type:   3    Account For Which Logon Failed:   Security ID:  S-1-0-0   Account Name:  {p.Login}   Account Domain:  CORP    Failure Information:   Failure Reason:  Unknown user name or bad password.   Status:   0xC000006D   Sub Status:  0xC000006A    Process Information:   Caller Process ID: 0x0   Caller Process Name: -    Network Information:   Workstation Name: {p.Workstation}   Source Network Address: {p.Address}   Source Port:  {49_152 + number % 16_000}    Detailed Authentication Information:   Logon Process:  NtLmSsp    Authentication Package: NTLM   Transited Services: -   Package Name (NTLM only): -   Key Length:  0"));

    public static string DhcpAck(DateTime at, Person p) => Relayed(at, 30, "dhcp01", $"dhcpd[701]: DHCPACK on {p.Desk} to {p.Mac} ({p.Workstation}) via eth0");

    public static string DhcpRequest(DateTime at, Person p) => Relayed(at, 30, "dhcp01", $"dhcpd[701]: DHCPREQUEST for {p.Desk} from {p.Mac} ({p.Workstation}) via eth0");

    public static string Linux(DateTime at, string host, int priority, string tag, string text) => Relayed(at, priority, host, $"{tag}: {text}");

    public static string Web(DateTime at, string from, string request, int status, int bytes, string agent) =>
        Relayed(at, 190, "web01", Text($"apache2[912]: {from} - - [{at:dd/MMM/yyyy:HH:mm:ss} +0000] \"GET {request} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\""));

    public static string Proxy(DateTime at, Person p, string host, string to, string path, int bytes, int taken, string agent, string category) => Relayed(at, 13, "proxy01",
        Text($"ProxySG: {at:yyyy-MM-dd HH:mm:ss} {taken} {p.Address} {p.Login} - - OBSERVED \"{category}\" - 200 TCP_NC_MISS GET text/html https {host} 443 {path} - html \"{agent}\" 10.20.0.80 {bytes} {400 + bytes % 300} - \"none\" \"none\" {to}"));

    /// <summary>A switch or router; what is behind says so in both times it writes.</summary>
    public static string Switch(DateTime at, string host, int number, string text)
    {
        if (host == Slow) at -= SlowBy;
        return Relayed(at, 189, host, Text($"{number}: {at:MMM} {at.Day,2} {at:HH:mm:ss.fff} UTC: {text}"));
    }

    /// <summary>The switch whose clock is behind.</summary>
    public const string Slow = "sw02";
    public static readonly TimeSpan SlowBy = TimeSpan.FromSeconds(95);

    public static string Wireless(DateTime at, string user, string mac, string address) => Relayed(at, 141, "wlc01",
        $"authmgr[3469]: <522008> <NOTI> <wlc01 10.40.0.20>  User Authentication Successful: username={user} MAC={mac} IP={address} role=employee VLAN=20 AP=AP-Lobby SSID=Corp AAA profile=Corp_AAA auth method=802.1x auth server=rad1");

    public static string Mail(DateTime at, string text) => Relayed(at, 22, "mail01", $"mail_logs: Info: {text}");

    /// <summary>An application of the office's own, which no source type knows.</summary>
    public static string Erp(DateTime at, int order, string user) => Relayed(at, 134, "erp01", Text($"erpd[812]: ORD-{order} state=posted by={user} net={order % 9000 + 40}.{order % 100:00} EUR"));
}
