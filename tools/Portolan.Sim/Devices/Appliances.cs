namespace Portolan.Sim.Devices;

/// <summary>
/// The rest of the mix. Shapes after: ArubaOS Syslog Messages guide; ProxySG access log "main" format (ELFF); McAfee ePO syslog of Threat events as CEF;
/// IronPort mail logs (AsyncOS user guide, text mail logs); FirePass/BIG-IP ASM key-value syslog (F5 K10780); FireEye NX CEF notifications;
/// IBM XGS LEEF (Network Protection LEEF events); Symantec Endpoint Protection external logging; Websense/Forcepoint Web Security SIEM CEF.
/// </summary>
static class Appliances
{
    public static void Aruba(Line to, Network net, DateTime now) =>
        to.Header(141, now, net.Host("aruba", 20)).Add("authmgr[").Add(3000 + net.Below(500)).Add("]: <522008> <NOTI> <aruba01 10.0.0.2>  User Authentication Successful: username=").Add(net.User()).Add(" MAC=").Add(net.Mac())
            .Add(" IP=").Add(net.Inside()).Add(" role=employee VLAN=").Add(100 + net.Below(50)).Add(" AP=ap-").Add(net.Below(900)).Add(" SSID=corp AAA profile=dot1x auth method=802.1x auth server=rad").Add(net.Below(4));

    public static void BlueCoat(Line to, Network net, DateTime now) =>
        to.Header(13, now, net.Host("proxy", 1)).Add("ProxySG: ").Add(now, "yyyy-MM-dd HH:mm:ss").Add(" ").Add(net.Below(5000)).Add(" ").Add(net.Inside()).Add(" ").Add(net.User())
            .Add(" - - OBSERVED \"Technology/Internet\" http://www.example.com/ ").Add(net.Pick(200, 304, 404)).Add(" TCP_").Add(net.Pick("HIT", "NC_MISS")).Add(" GET text/html http www.example.com 80 /index.html ?id=").Add(net.Hex32())
            .Add(" html \"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36\" 10.0.0.3 ").Add(net.Below(90_000)).Add(" ").Add(net.Below(3000)).Add(" - \"none\" \"none\" ").Add(net.Outside());

    public static void McAfee(Line to, Network net, DateTime now) =>
        to.Header(29, now, net.Host("epo", 1)).Add("CEF:0|McAfee|ePolicy Orchestrator|5.10|").Add(net.Pick(1024, 1027, 1095)).Add("|Infected file deleted|7|src=").Add(net.Inside()).Add(" suser=").Add(net.User())
            .Add(" fname=C:\\\\Users\\\\Public\\\\sample").Add(net.Below(1000)).Add(".exe act=deleted cs1Label=ThreatName cs1=EICAR test file rt=").Add(now, "MMM dd yyyy HH:mm:ss");

    public static void IronPort(Line to, Network net, DateTime now)
    {
        to.Header(22, now, net.Host("esa", 1)).Add("mail_logs: Info: ");
        int message = net.Below(1 << 24);
        switch (net.Below(4))
        {
            case 0:
                to.Add("New SMTP ICID ").Add(net.Below(1 << 24)).Add(" interface inbound (10.0.0.4) address ").Add(net.Outside()).Add(" reverse dns host mail.example.net verified yes");
                break;
            case 1:
                to.Add("MID ").Add(message).Add(" ICID ").Add(net.Below(1 << 24)).Add(" From: <").Add(net.User()).Add("@example.com>");
                break;
            case 2:
                to.Add("MID ").Add(message).Add(" ready ").Add(net.Below(1 << 20)).Add(" bytes from <").Add(net.User()).Add("@example.com>");
                break;
            default:
                to.Add("Message done DCID ").Add(net.Below(1 << 24)).Add(" MID ").Add(message).Add(" to RID [0]");
                break;
        }
    }

    public static void FirePass(Line to, Network net, DateTime now) =>
        to.Header(134, now, net.Host("f5-", 1)).Add("ASM: unit_hostname=\"f5-01.example\",management_ip_address=\"10.0.0.5\",http_class_name=\"/Common/app").Add(net.Below(40)).Add("\",policy_name=\"/Common/app\",violations=\"")
            .Add(net.Pick("Attack signature detected", "Illegal URL")).Add("\",support_id=\"").Add(net.Hex32()).Add("\",request_status=\"").Add(net.Pick("blocked", "alerted")).Add("\",response_code=\"0\",ip_client=\"").Add(net.Outside())
            .Add("\",method=\"GET\",protocol=\"HTTPS\",query_string=\"id=").Add(net.Hex32()).Add("\",sig_ids=\"200000").Add(net.Below(10_000)).Add("\",severity=\"Error\",uri=\"/login.php\"");

    public static void FireEye(Line to, Network net, DateTime now) =>
        to.Header(164, now, net.Host("fe", 1)).Add("fenotify-").Add(net.Below(100_000)).Add(".alert: CEF:0|FireEye|MPS|9.0.1|MO|malware-object|7|rt=").Add(now, "MMM dd yyyy HH:mm:ss").Add(" UTC src=").Add(net.Outside()).Add(" dst=").Add(net.Inside())
            .Add(" spt=80 dpt=").Add(net.Port()).Add(" proto=tcp cs1Label=sname cs1=Malware.Binary.exe fileHash=").Add(net.Hex32(), "x8").Add(net.Hex32(), "x8").Add(net.Hex32(), "x8").Add(net.Hex32(), "x8");

    public static void Xgs(Line to, Network net, DateTime now) =>
        to.Header(133, now, net.Host("xgs", 1)).Add("LEEF:1.0|IBM|Security Network Protection|5.4|HTTP_Cross_Site_Scripting|src=").Add(net.Outside()).Add("\tdst=").Add(net.Inside()).Add("\tsrcPort=").Add(net.Port())
            .Add("\tdstPort=80\tproto=TCP\tsev=").Add(net.Below(10)).Add("\taction=").Add(net.Pick("blocked", "detected")).Add("\tissueId=").Add(2_000_000 + net.Below(100_000));

    public static void Symantec(Line to, Network net, DateTime now) =>
        to.Header(54, now, net.Host("sepm", 1)).Add("SymantecServer: Virus found,IP Address: ").Add(net.Inside()).Add(",Computer name: ").Add(net.Host("WS", 350)).Add(",Source: Auto-Protect scan,Risk name: EICAR Test String,Occurrences: 1,File path: C:\\Users\\Public\\")
            .Add(net.Hex32(), "x").Add(".com,Actual action: Cleaned by deletion,User name: ").Add(net.User()).Add(",Event time: ").Add(now, "yyyy-MM-dd HH:mm:ss");

    public static void Websense(Line to, Network net, DateTime now) =>
        to.Header(159, now, net.Host("wsg", 1)).Add("CEF:0|Forcepoint|Security|8.5.4|").Add(net.Below(200)).Add("|Transaction permitted|1| act=permitted app=http dvc=10.0.0.6 dst=").Add(net.Outside()).Add(" dhost=www.example.com dpt=443 src=")
            .Add(net.Inside()).Add(" spt=").Add(net.Port()).Add(" suser=LDAP://10.0.0.7 OU\\=Users,DC\\=example/").Add(net.User()).Add(" requestMethod=GET requestClientApplication=Mozilla/5.0 reason=- cs1Label=Policy cs1=Default in=")
            .Add(net.Below(90_000)).Add(" out=").Add(net.Below(3000)).Add(" request=https://www.example.com/").Add(net.Hex32(), "x");
}
