namespace Portolan.Sim.Office;

/// <summary>
/// What happens in the office at given moments. In the first minute after <c>now</c> somebody outside tries one password on many accounts of the VPN; one
/// fits, and with it they reach the payroll server, which the firewall lets them and the contract does not.
/// </summary>
sealed class Story
{
    public const string Attacker = "198.51.100.23", Victim = "emil.novak", InnerAddress = "10.30.0.66", Payroll = "10.20.8.20";

    /// <summary>The sources that come and go: one is silent since, one is first heard before <c>now</c>.</summary>
    public const string Silent = "nas01", New = "lab07";
    public static readonly TimeSpan SilentSince = TimeSpan.FromMinutes(65), NewSince = TimeSpan.FromMinutes(6);

    static readonly string[] Guessed = ["admin", "test", "vpn", "scan", "backup", "support"];

    // Who is tried in vain, in this order: the guessed names, then the people one after the other.
    static readonly string[] Tried = [.. Guessed, .. Staff.All.Where(p => p.Login != Victim).Select(p => p.Login).Take(32)];

    readonly List<(DateTime At, string Text)> _lines = [];

    /// <param name="now">Where history ends and the story begins.</param>
    /// <param name="hours">How long the history is.</param>
    public Story(DateTime now, double hours)
    {
        var begin = now.AddHours(-hours);
        Morning(begin, hours);
        Denied(now.AddHours(-hours * 0.7), Staff.Named("karim.aziz").Desk, "10.20.0.60", 3389);
        Denied(now.AddHours(-hours * 0.4), Staff.Named("zoe.martin").Desk, Payroll, 445);
        Spray(now.AddSeconds(14));
        _lines.Sort((a, b) => a.At.CompareTo(b.At));
    }

    /// <summary>All lines in the order of their times.</summary>
    public IReadOnlyList<(DateTime At, string Text)> Lines => _lines;

    void Say(DateTime at, string text) => _lines.Add((at, text));

    // Everyone comes in or connects within the first minutes: a lease, a logon, and for those at home a tunnel. Every third mistypes once.
    void Morning(DateTime begin, double hours)
    {
        int i = 0;
        foreach (var p in Staff.All)
        {
            var at = begin.AddSeconds(1 + 2.5 * i++ * Math.Min(1, hours));
            if (p.Home == null)
            {
                Say(at, Devices.DhcpAck(at, p));
                Say(at.AddSeconds(9), Devices.Logon(at.AddSeconds(9), p, p.Desk, 2 + i));
                continue;
            }
            if (i % 3 == 0) Say(at.AddSeconds(-0.9), Devices.VpnRejected(at.AddSeconds(-0.9), p.Login, p.Home));
            Tunnel(at.AddSeconds(4), p.Login, p.Home, p.Vpn!, "Cisco AnyConnect VPN Agent for Windows 4.10.07061");
            Say(at.AddSeconds(12), Devices.Logon(at.AddSeconds(12), p, p.Vpn!, 2 + i));
        }
    }

    void Tunnel(DateTime at, string user, string home, string inner, string client)
    {
        foreach (string text in Devices.VpnConnected(user, home, inner, client))
        {
            Say(at, Devices.Asa(at, text));
            at = at.AddMilliseconds(180);
        }
    }

    void Denied(DateTime at, string from, string to, int port) =>
        Say(at, Devices.Session(at, "drop", "drop", from, 51_000 + port % 1000, to, port, "cleanup-deny", "not-applicable", 78, 0, 0));

    // 38 in vain, 600 ms apart; the 39th fits. At their desk the victim goes on working.
    void Spray(DateTime at)
    {
        foreach (string user in Tried)
        {
            Say(at, Devices.VpnRejected(at, user, Attacker));
            at = at.AddMilliseconds(600);
        }
        Tunnel(at, Victim, Attacker, InnerAddress, "Open AnyConnect VPN Agent v9.12");
        at = at.AddSeconds(5);
        Say(at, Devices.Session(at, "start", "allow", InnerAddress, 50_122, Payroll, 22, "vpn-to-servers-legacy", "ssh", 1_240, 2_310, 0));
        at = at.AddMilliseconds(400);
        Say(at, Devices.Linux(at, "payroll01", 86, "sshd[20417]", $"Accepted password for {Victim} from {InnerAddress} port 50122 ssh2"));
        Say(at, Devices.Linux(at, "payroll01", 86, "sshd[20417]", $"pam_unix(sshd:session): session opened for user {Victim} by (uid=0)"));
        at = at.AddSeconds(4);
        Say(at, Devices.Session(at, "start", "allow", InnerAddress, 50_130, Payroll, 5432, "vpn-to-servers-legacy", "postgres", 920, 1_180, 0));
        at = at.AddSeconds(7);
        Say(at, Devices.Session(at, "end", "allow", InnerAddress, 50_130, Payroll, 5432, "vpn-to-servers-legacy", "postgres", 41_200, 48_211_930, 7));
    }
}
