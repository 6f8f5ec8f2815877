using System.Text;
using Portolan.Collect.LogSources;

namespace Portolan.Collect.Qid;

/// <summary>IP protocol numbers by name, from the IANA registry of assigned internet protocol numbers; a few names that devices write
/// instead are added.</summary>
static class Protocols
{
    static readonly (int Number, string Name)[] Registry =
    [
        (0, "HOPOPT"), (1, "ICMP"), (2, "IGMP"), (3, "GGP"), (4, "IPv4"), (5, "ST"), (6, "TCP"), (7, "CBT"), (8, "EGP"), (9, "IGP"),
            (12, "PUP"), (17, "UDP"),
        (20, "HMP"), (22, "XNS-IDP"), (27, "RDP"), (28, "IRTP"), (29, "ISO-TP4"), (33, "DCCP"), (36, "XTP"), (41, "IPv6"),
            (43, "IPv6-Route"), (44, "IPv6-Frag"),
        (45, "IDRP"), (46, "RSVP"), (47, "GRE"), (48, "DSR"), (50, "ESP"), (51, "AH"), (54, "NARP"), (55, "Min-IPv4"), (57, "SKIP"),
            (58, "IPv6-ICMP"),
        (59, "IPv6-NoNxt"), (60, "IPv6-Opts"), (73, "CPHB"), (81, "VMTP"), (83, "VINES"), (88, "EIGRP"), (89, "OSPFIGP"), (92, "MTP"),
            (94, "IPIP"),
        (97, "ETHERIP"), (98, "ENCAP"), (103, "PIM"), (108, "IPComp"), (112, "VRRP"), (113, "PGM"), (115, "L2TP"), (124, "ISIS over IPv4"),
            (131, "PIPE"),
        (132, "SCTP"), (133, "FC"), (135, "Mobility Header"), (136, "UDPLite"), (137, "MPLS-in-IP"), (138, "manet"), (139, "HIP"),
            (140, "Shim6"),
        (141, "WESP"), (142, "ROHC"), (143, "Ethernet"), (144, "AGGFRAG"), (145, "NSH"),
    ];

    static readonly (int Number, string Name)[] Written =
        [(1, "icmpv4"), (58, "icmp6"), (58, "icmpv6"), (89, "ospf"), (4, "ipinip"), (51, "ahp"), (50, "ipsec-esp"), (136, "udp-lite"),
            (108, "pcp"), (94, "nos")];

    static readonly BytesTable<int> ByName = Make();

    public static IEnumerable<(int Number, string Name)> All => Registry;

    public static string? Name(long number)
    {
        foreach (var (n, name) in Registry)
        {
            if (n == number) return name;
        }
        return null;
    }

    /// <summary>A number from 0 to 255, or a name in any case.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out int number)
    {
        number = 0;
        if (text.Length is 0 or > 20) return false;
        if ((uint)(text[0] - '0') <= 9)
        {
            foreach (byte b in text)
            {
                if ((uint)(b - '0') > 9 || (number = number * 10 + b - '0') > 255) return false;
            }
            return true;
        }
        Span<byte> lower = stackalloc byte[20];
        return Ascii.ToLower(text, lower, out int n) == System.Buffers.OperationStatus.Done && ByName.TryFind(lower[..n], out number);
    }

    static BytesTable<int> Make()
    {
        var table = new BytesTable<int>();
        foreach (var (number, name) in Registry.Concat(Written)) table.Add(name.ToLowerInvariant(), number);
        return table;
    }
}
