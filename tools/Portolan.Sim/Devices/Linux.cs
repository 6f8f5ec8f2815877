namespace Portolan.Sim.Devices;

/// <summary>Lines as OpenSSH, sudo, PAM, cron, systemd and netfilter write them (their manuals and sources), ISC dhcpd (dhcpd(8)), Apache (mod_log_config, combined).</summary>
static class Linux
{
    static readonly string[] Commands = ["/usr/bin/systemctl restart nginx", "/usr/bin/apt-get update", "/bin/cat /var/log/syslog", "/usr/bin/vi /etc/hosts", "/bin/bash"];

    public static void Any(Line to, Network net, DateTime now)
    {
        string host = net.Host("lnx", 400);
        int kind = net.Below(100);
        if (kind < 45) Sshd(to, net, now, host);
        else if (kind < 60)
            to.Header(85, now, host).Add("sudo: ").Add(net.User()).Add(" : TTY=pts/").Add(net.Below(20)).Add(" ; PWD=/home/user").Add(net.Below(500))
                .Add(" ; USER=root ; COMMAND=").Add(net.Pick(Commands));
        else if (kind < 70)
            to.Header(78, now, host).Add("CRON[").Add(net.Below(60_000)).Add("]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)");
        else if (kind < 78)
        {
            string what = net.Pick("Started", "Stopped", "Starting");
            to.Header(30, now, host).Add("systemd[1]: ").Add(what).Add(" ").Add(net.Pick("Daily apt download activities", "Cleanup of Temporary Directories",
                "Session " + net.Below(9000) + " of User root", "Refresh fwupd metadata and update motd")).Add(what == "Starting" ? "..." : ".");
        }
        else Netfilter(to, net, now, host);
    }

    static void Sshd(Line to, Network net, DateTime now, string host)
    {
        to.Header(86, now, host).Add("sshd[").Add(500 + net.Below(60_000)).Add("]: ");
        int what = net.Below(100);
        if (what < 35)
            to.Add("Accepted ").Add(net.Pick("publickey", "password")).Add(" for ").Add(net.User()).Add(" from ").Add(net.Inside()).Add(" port ").Add(net.Port()).Add(" ssh2");
        else if (what < 75)
            to.Add("Failed password for ").Add(net.Chance(25) ? "invalid user " : "").Add(net.User()).Add(" from ").Add(net.Outside()).Add(" port ").Add(net.Port()).Add(" ssh2");
        else to.Add("pam_unix(sshd:session): session ").Add(net.Chance(50) ? "opened for user " : "closed for user ").Add(net.User());
    }

    static void Netfilter(Line to, Network net, DateTime now, string host)
    {
        bool tcp = net.Chance(70);
        to.Header(4, now, host).Add("kernel: [").Add(net.Below(9_000_000)).Add(".").Add(net.Below(1_000_000), "000000").Add("] DROP-IN: IN=eth0 OUT= MAC=").Add(net.Mac())
            .Add(":52:54:00:12:35:02:08:00 SRC=").Add(net.Outside()).Add(" DST=").Add(net.Inside()).Add(" LEN=").Add(40 + net.Below(1400))
            .Add(" TOS=0x00 PREC=0x00 TTL=").Add(30 + net.Below(90)).Add(" ID=").Add(net.Below(65_536)).Add(" DF PROTO=").Add(tcp ? "TCP" : "UDP")
            .Add(" SPT=").Add(net.Port()).Add(" DPT=").Add(net.ServicePort());
        if (tcp) to.Add(" WINDOW=").Add(net.Below(65_536)).Add(" RES=0x00 SYN URGP=0");
        else to.Add(" LEN=").Add(20 + net.Below(400));
    }

    public static void Dhcp(Line to, Network net, DateTime now)
    {
        to.Header(30, now, net.Host("dhcp", 2)).Add("dhcpd[").Add(700 + net.Below(200)).Add("]: ");
        string user = net.User();
        switch (net.Below(3))
        {
            case 0:
                to.Add("DHCPDISCOVER from ").Add(net.Mac()).Add(" via eth").Add(net.Below(4));
                break;
            case 1:
                to.Add("DHCPREQUEST for ").Add(net.Inside()).Add(" from ").Add(net.Mac()).Add(" (").Add(user).Add("-laptop) via eth").Add(net.Below(4));
                break;
            default:
                to.Add("DHCPACK on ").Add(net.Inside()).Add(" to ").Add(net.Mac()).Add(" (").Add(user).Add("-laptop) via eth").Add(net.Below(4));
                break;
        }
    }

    static readonly string[] Agents =
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "curl/7.88.1",
    ];

    public static void Apache(Line to, Network net, DateTime now) =>
        to.Header(190, now, net.Host("web", 20)).Add("apache2[").Add(900 + net.Below(3000)).Add("]: ").Add(net.Outside()).Add(" - ").Add(net.Chance(70) ? "-" : net.User())
            .Add(" [").Add(now, "dd/MMM/yyyy:HH:mm:ss +0000").Add("] \"GET ").Add(net.Pick("/index.html", "/login.php", "/api/v1/items", "/assets/app.min.js", "/search"))
            .Add("?q=").Add(net.Hex32(), "x").Add(" HTTP/1.1\" ").Add(net.Pick(200, 200, 200, 304, 404)).Add(" ").Add(net.Below(200_000))
            .Add(" \"https://www.example.com/\" \"").Add(net.Pick(Agents)).Add("\"");
}
