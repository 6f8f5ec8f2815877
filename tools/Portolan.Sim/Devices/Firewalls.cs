namespace Portolan.Sim.Devices;

/// <summary>PAN-OS TRAFFIC (Traffic Log Fields, PAN-OS 10.1) and Check Point Log Exporter's generic format (sk122323).</summary>
static class Firewalls
{
    public static void PanOs(Line to, Network net, DateTime now)
    {
        string inside = net.Inside(), outside = net.Outside();
        const string stamp = "yyyy/MM/dd HH:mm:ss";
        to.Header(14, now, net.Host("pan", 1) + ".fw.example").Add("1,").Add(now, stamp).Add(",01230100").Add(net.Below(100_000), "00000").Add(",TRAFFIC,end,2561,").Add(now, stamp).Add(",").Add(inside).Add(",")
            .Add(outside).Add(",203.0.113.9,").Add(outside).Add(",Rule-").Add(1 + net.Below(400)).Add(",corp\\").Add(net.User()).Add(",,").Add(net.Pick("web-browsing", "ssl", "dns", "ms-office365", "ssh", "ntp"))
            .Add(",vsys1,trust,untrust,ethernet1/").Add(1 + net.Below(8)).Add(",ethernet1/").Add(1 + net.Below(8)).Add(",fwd-siem,").Add(now, stamp).Add(",").Add(net.Below(1 << 24)).Add(",1,").Add(net.Port()).Add(",")
            .Add(net.ServicePort()).Add(",").Add(net.Port()).Add(",443,0x400053,tcp,").Add(net.Chance(5) ? "deny" : "allow").Add(",").Add(net.Below(1 << 20)).Add(",").Add(net.Below(1 << 18)).Add(",").Add(net.Below(1 << 18))
            .Add(",").Add(net.Below(900)).Add(",").Add(now, stamp).Add(",").Add(net.Below(3600)).Add(",computer-and-internet-info,0,").Add(net.Hex32()).Add(",0x8000000000000000,10.0.0.0-10.255.255.255,United States,0,")
            .Add(net.Below(300)).Add(",").Add(net.Below(300)).Add(",tcp-fin,31,17,0,0,,pan01,from-policy,,,0,,0,,N/A,0,0,0,0,").Add(net.Hex32(), "x8").Add("-41e2-4c6e-9b9d-0f2b8c6f1d01,0,0,,,,,,,");
    }

    public static void CheckPoint(Line to, Network net, DateTime now) =>
        to.Header(134, now, net.Host("cpgw", 1)).Add("CheckPoint[").Add(1000 + net.Below(900)).Add("]: time=").Add(new DateTimeOffset(now, TimeSpan.Zero).ToUnixTimeSeconds()).Add("|action=").Add(net.Chance(75) ? "Accept" : "Drop")
            .Add("|ifdir=inbound|ifname=eth").Add(net.Below(8)).Add("|loguid={0x").Add(net.Hex32(), "x").Add(",0x0,0x0,0x").Add(net.Hex32(), "x").Add("}|origin=10.0.0.1|product=VPN-1 & FireWall-1|rule=").Add(1 + net.Below(300))
            .Add("|rule_name=Rule ").Add(1 + net.Below(300)).Add("|src=").Add(net.Inside()).Add("|s_port=").Add(net.Port()).Add("|dst=").Add(net.Outside()).Add("|service=").Add(net.ServicePort()).Add("|proto=6|user=").Add(net.User())
            .Add("|layer_name=Network|match_id=").Add(net.Below(300)).Add("|bytes=").Add(net.Below(1 << 20));
}
