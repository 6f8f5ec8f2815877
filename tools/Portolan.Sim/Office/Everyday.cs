using System.Globalization;

namespace Portolan.Sim.Office;

/// <summary>One everyday moment of the office. All it does the contract permits.</summary>
sealed class Everyday(Random random, DateTime at, DateTime now, List<(DateTime, string)> lines)
{
    /// <summary>What happens how often.</summary>
    public static readonly (int Weight, Action<Everyday> Write)[] Kinds =
    [
        (20, e => e.Browse()), (10, e => e.Surf()), (4, e => e.Scan()), (24, e => e.Work()), (14, e => e.Logon()), (1, e => e.Mistype()), (6, e => e.Visit()),
        (3, e => e.Lease()), (7, e => e.Server()), (3, e => e.Administer()), (3, e => e.Switch()), (2, e => e.Roam()), (2, e => e.Mail()), (2, e => e.Erp()),
        (2, e => e.Store()), (1, e => e.Lab()),
    ];

    static readonly string[] Agents =
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ];

    static readonly (string Host, string Address, string Category)[] Sites =
    [
        ("www.example.com", "192.0.2.10", "Technology/Internet"), ("docs.example.net", "192.0.2.21", "Reference"), ("mail.example.org", "192.0.2.33", "Email"),
        ("news.example.org", "192.0.2.47", "News/Media"), ("cdn.example.net", "192.0.2.58", "Content Servers"), ("meet.example.com", "192.0.2.64", "Web Conferencing"),
        ("maps.example.com", "192.0.2.77", "Travel"), ("shop.example.org", "192.0.2.91", "Shopping"),
    ];

    void Say(string text) => lines.Add((at, text));
    int Below(int n) => random.Next(n);
    T Pick<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];
    int Port => 49_152 + Below(16_000);

    // Some are busier than others.
    Person Someone()
    {
        double u = random.NextDouble();
        return Staff.All[(int)(Math.Pow(u, 1.4) * Staff.All.Count) * 17 % Staff.All.Count];
    }

    void Browse()
    {
        var (p, site, port, connection, bytes) = (Someone(), Pick(Sites), Port, Below(1 << 28), 800 + Below(200_000));
        Say(Devices.Built(at, connection, p.Address, port, site.Address, 443));
        Say(Devices.Teardown(at, connection, p.Address, port, site.Address, 443, bytes));
    }

    void Surf()
    {
        var site = Pick(Sites);
        Say(Devices.Proxy(at, Someone(), site.Host, site.Address, Pick(["/", "/index.html", "/search", "/api/v2/items", "/img/logo.svg"]), 600 + Below(90_000), 5 + Below(700), Pick(Agents), site.Category));
    }

    // The noise that every address on the internet hears.
    void Scan() => Say(Devices.Scan(at, $"203.0.113.{130 + Below(100)}", Port, Pick(["192.0.2.150", "192.0.2.151", "192.0.2.152"]), Pick([22, 23, 80, 445, 1433, 3389, 5900, 8080])));

    void Work()
    {
        var p = Someone();
        var (to, port, application) = p.Department switch
        {
            Department.Finance when Below(2) == 0 => (Story.Payroll, Pick([443, 5432]), "postgres"),
            Department.Engineering when Below(2) == 0 => ("10.20.0.40", Pick([22, 443]), "git"),
            _ => Pick([("10.20.0.10", 389, "ldap"), ("10.20.0.10", 88, "kerberos"), ("10.20.0.10", 53, "dns"), ("10.20.0.30", 445, "ms-ds-smb"), ("10.20.0.50", 443, "ssl"), ("10.20.0.25", 993, "imap")]),
        };
        // Finance works from its own desks only.
        string from = to == Story.Payroll ? p.Desk : p.Address;
        Say(Devices.Session(at, "end", "allow", from, Port, to, port, to == Story.Payroll ? "finance" : "office-to-servers", application, 300 + Below(9_000), 600 + Below(120_000), Below(400)));
    }

    void Logon()
    {
        var p = Someone();
        Say(Devices.Logon(at, p, p.Address, Below(90_000)));
    }

    void Mistype() => Say(Devices.LogonFailed(at, Someone(), Below(90_000)));

    void Visit() => Say(Devices.Web(at, $"203.0.113.{20 + Below(100)}", Pick(["/", "/products", "/prices?plan=team", "/blog/2026/11", "/assets/app.js", "/contact"]), Pick([200, 200, 200, 200, 304, 404]), 200 + Below(60_000), Pick(Agents)));

    void Lease()
    {
        var p = Someone();
        Say(Devices.DhcpRequest(at, p));
        Say(Devices.DhcpAck(at, p));
    }

    void Server()
    {
        string host = Pick(["app01", "db01", "git01", "jump01", "payroll01", "erp01"]);
        switch (Below(4))
        {
            case 0:
                Say(Devices.Linux(at, host, 78, $"CRON[{Number(30_000)}]", "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)"));
                break;
            case 1:
                Say(Devices.Linux(at, host, 30, "systemd[1]", Pick(["Started Daily apt download activities.", "Started Cleanup of Temporary Directories.", "Starting Rotate log files..."])));
                break;
            case 2:
                var p = Operator();
                Say(Devices.Linux(at, host, 85, "sudo", $"{p.Login} : TTY=pts/{Number(6)} ; PWD=/home/{p.Login} ; USER=root ; COMMAND={Pick(["/usr/bin/systemctl restart nginx", "/usr/bin/apt-get update", "/usr/bin/journalctl -n 200"])}"));
                break;
            default:
                Say(Devices.Linux(at, host, 86, $"sshd[{Number(30_000)}]", $"Accepted publickey for {Operator().Login} from 10.20.0.60 port {Port} ssh2"));
                break;
        }
    }

    string Number(int below) => Below(below).ToString(CultureInfo.InvariantCulture);
    static readonly Person[] Operators = [.. Staff.All.Where(p => p.Department == Department.Operations)];
    Person Operator() => Pick(Operators);

    // Operations reach everything by way of ssh.
    void Administer()
    {
        var p = Operator();
        Say(Devices.Session(at, "end", "allow", p.Desk, Port, Pick(["10.20.0.50", "10.20.0.51", "10.20.0.60", Story.Payroll]), 22, "operations", "ssh", 4_000 + Below(60_000), 9_000 + Below(400_000), 20 + Below(1800)));
    }

    void Switch()
    {
        string host = Pick(["rtr01", "sw01", Devices.Slow, "sw03"]), port = $"GigabitEthernet1/0/{1 + Below(24)}";
        Say(Devices.Switch(at, host, Below(1_000_000), Below(4) == 0 ? $"%SYS-5-CONFIG_I: Configured from console by {Operator().Login} on vty0 (10.20.0.60)"
            : $"%LINEPROTO-5-UPDOWN: Line protocol on Interface {port}, changed state to {Pick(["up", "down"])}"));
    }

    void Roam()
    {
        int n = Below(Staff.All.Count);
        Say(Devices.Wireless(at, Staff.All[n].Login, string.Create(CultureInfo.InvariantCulture, $"52:54:00:20:00:{n:x2}"), $"10.10.8.{20 + n}"));
    }

    void Mail()
    {
        int id = 200_000_000 + Below(1_000_000);
        Say(Devices.Mail(at, $"MID {id.ToString(CultureInfo.InvariantCulture)} ready {Number(90_000)} bytes from <{Someone().Login}@corp.example>"));
    }

    void Erp() => Say(Devices.Erp(at, Below(90_000), Someone().Login));

    void Store()
    {
        if (at >= now - Story.SilentSince) return;
        Say(Devices.Linux(at, Story.Silent, 30, "systemd[1]", Pick(["Started Daily apt download activities.", "Started Cleanup of Temporary Directories."])));
    }

    void Lab()
    {
        if (at < now - Story.NewSince) return;
        Say(Devices.Linux(at, Story.New, 86, $"sshd[{Number(30_000)}]", $"Accepted publickey for {Pick(["chen.li", "farah.khan"])} from 10.20.0.60 port {Port} ssh2"));
    }
}
