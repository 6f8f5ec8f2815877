namespace Portolan.Sim.Devices;

/// <summary>Cisco IOS (System Message Guide) and ASA (ASA Series Syslog Messages) lines.</summary>
static class Cisco
{
    static readonly string[] Interfaces = ["GigabitEthernet0/1", "GigabitEthernet1/0/24", "TenGigabitEthernet1/1/1", "FastEthernet0/12", "Vlan100"];

    public static void Ios(Line to, Network net, DateTime now)
    {
        to.Header(net.Pick(189, 190), now, net.Host("rtr", 100) + ".net.example").Add(net.Below(1_000_000)).Add(": ").Add(now, "MMM ");
        if (now.Day < 10) to.Add(" ");
        to.Add(now.Day).Add(now, " HH:mm:ss.fff").Add(": ");
        switch (net.Below(5))
        {
            case 0:
                to.Add("%LINEPROTO-5-UPDOWN: Line protocol on Interface ").Add(net.Pick(Interfaces)).Add(", changed state to ").Add(net.Pick("up", "down"));
                break;
            case 1:
                to.Add("%SYS-5-CONFIG_I: Configured from console by ").Add(net.User()).Add(" on vty").Add(net.Below(5)).Add(" (").Add(net.Inside()).Add(")");
                break;
            case 2:
                to.Add("%SEC-6-IPACCESSLOGP: list ").Add(100 + net.Below(50)).Add(" denied tcp ").Add(net.Outside()).Add("(").Add(net.Port()).Add(") -> ").Add(net.Inside()).Add("(").Add(net.ServicePort())
                    .Add("), ").Add(2 + net.Below(30)).Add(" packets");
                break;
            case 3:
                to.Add("%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: ").Add(net.User()).Add("] [Source: ").Add(net.Inside()).Add("] [localport: 22] at ").Add(now, "HH:mm:ss 'UTC' ddd MMM d yyyy");
                break;
            default:
                to.Add("%OSPF-5-ADJCHG: Process 1, Nbr ").Add(net.Inside()).Add(" on ").Add(net.Pick(Interfaces)).Add(" from LOADING to FULL, Loading Done");
                break;
        }
    }

    public static void Asa(Line to, Network net, DateTime now)
    {
        string outside = net.Outside(), inside = net.Inside();
        int port = net.Port();
        to.Header(166, now, net.Host("asa", 1) + ".fw.example");
        switch (net.Below(10))
        {
            case < 4:
                to.Add("%ASA-6-302013: Built outbound TCP connection ").Add(net.Below(1 << 28)).Add(" for outside:").Add(outside).Add("/443 (").Add(outside).Add("/443) to inside:").Add(inside).Add("/").Add(port)
                    .Add(" (203.0.113.7/").Add(port).Add(")");
                break;
            case < 8:
                to.Add("%ASA-6-302014: Teardown TCP connection ").Add(net.Below(1 << 28)).Add(" for outside:").Add(outside).Add("/443 to inside:").Add(inside).Add("/").Add(port)
                    .Add(" duration 0:").Add(net.Below(60), "00").Add(":").Add(net.Below(60), "00").Add(" bytes ").Add(net.Below(1 << 22)).Add(" TCP FINs");
                break;
            default:
                to.Add("%ASA-4-106023: Deny tcp src outside:").Add(outside).Add("/").Add(port).Add(" dst inside:").Add(inside).Add("/").Add(net.ServicePort()).Add(" by access-group \"outside_in\" [0x")
                    .Add(net.Hex32(), "x").Add(", 0x0]");
                break;
        }
    }
}
