namespace Portolan.Sim.Devices;

/// <summary>Windows Security events as the Snare agent sends them, TAB-separated (Snare for Windows user guide, appendix event output format; event texts by Microsoft's pages of 4624, 4625, 4688).</summary>
static class Windows
{
    static readonly string[] Processes =
    [
        @"C:\Windows\System32\svchost.exe", @"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", @"C:\Windows\System32\cmd.exe",
        @"C:\Windows\explorer.exe", @"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE", @"C:\Windows\System32\taskhostw.exe",
    ];

    public static void Security(Line to, Network net, DateTime now)
    {
        string host = net.Host(net.Chance(15) ? "SRV" : "WS", 350) + ".corp.example", user = net.User();
        int which = net.Below(100), id = which < 55 ? 4624 : which < 70 ? 4625 : 4688;
        to.Header(14, now, host).Add("MSWinEventLog\t1\tSecurity\t").Add(net.Below(1_000_000)).Add("\t").Add(now, "ddd MMM dd HH:mm:ss yyyy").Add("\t").Add(id)
            .Add("\tMicrosoft-Windows-Security-Auditing\tCORP\\").Add(user).Add("\tN/A\t").Add(id == 4625 ? "Failure Audit" : "Success Audit").Add("\t").Add(host).Add("\t");
        switch (id)
        {
            case 4624:
                to.Add("Logon\t\tAn account was successfully logged on.    Subject:   Security ID:  S-1-5-18   Account Name:  ").Add(host[..6]).Add("$   Account Domain:  CORP   Logon ID:  0x3E7    Logon Type:   ")
                    .Add(net.Pick(2, 3, 3, 3, 10)).Add("   Restricted Admin Mode: -   Virtual Account:  No   Elevated Token:  ").Add(net.Pick("Yes", "No")).Add("    Impersonation Level:  Impersonation    New Logon:   Security ID:  S-1-5-21-1004336348-1177238915-682003330-").Add(1000 + net.Below(9000)).Add("   Account Name:  ").Add(user)
                    .Add("   Account Domain:  CORP   Logon ID:  0x").Add(net.Hex32(), "X").Add("   Linked Logon ID:  0x0   Network Account Name: -   Logon GUID:  {").Add(net.Hex32(), "x8")
                    .Add("-1c5e-4a2b-8d3f-").Add(net.Hex32(), "x8").Add("70a1}    Process Information:   Process ID:  0x").Add(4 * net.Below(4000), "x").Add("   Process Name:  C:\\Windows\\System32\\lsass.exe    Network Information:   Workstation Name: ")
                    .Add(host[..6]).Add("   Source Network Address: ").Add(net.Inside())
                    .Add("   Source Port:  ").Add(net.Port()).Add("    Logon Process:  Kerberos   Authentication Package: Kerberos   Transited Services: -   Package Name (NTLM only): -   Key Length:  0\t");
                break;
            case 4625:
                to.Add("Logon\t\tAn account failed to log on.    Subject:   Security ID:  S-1-0-0   Account Name:  -   Account Domain:  -    Logon Type:   3    Account For Which Logon Failed:   Account Name:  ")
                    .Add(user).Add("   Account Domain:  CORP    Failure Information:   Failure Reason:  Unknown user name or bad password.   Status:   0xC000006D   Sub Status:  0xC000006A    Process Information:   Caller Process ID: 0x0   Caller Process Name: -    Network Information:   Source Network Address: ")
                    .Add(net.Inside()).Add("   Source Port:  ").Add(net.Port()).Add("    Logon Process:  NtLmSsp   Authentication Package: NTLM   Transited Services: -   Package Name (NTLM only): -   Key Length:  0\t");
                break;
            default:
                to.Add("Process Creation\t\tA new process has been created.    Creator Subject:   Account Name:  ").Add(user).Add("   Account Domain:  CORP   Logon ID:  0x").Add(net.Hex32(), "X")
                    .Add("    Process Information:   New Process ID:  0x").Add(4 * net.Below(4000), "x").Add("   New Process Name: ").Add(net.Pick(Processes)).Add("   Token Elevation Type: %%1936   Mandatory Label:  S-1-16-8192   Creator Process ID: 0x").Add(4 * net.Below(4000), "x")
                    .Add("   Creator Process Name: ").Add(net.Pick(Processes)).Add("   Process Command Line: \"").Add(net.Pick(Processes)).Add("\" -k ").Add(net.Hex32(), "x").Add("\t");
                break;
        }
        to.Add(net.Below(100_000));
    }
}
