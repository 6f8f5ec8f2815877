using Portolan.Sim.Devices;

namespace Portolan.Sim;

delegate void WriteLine(Line line, Network network, DateTime now);

/// <summary>
/// The mix of Juniper's maximum-EPS certification of JSA ("JSA Maximum EPS Certification Methodology"): 17 types in these shares, 382 bytes an event on
/// average, 15 % of the events repeating the one before as coalescing would see it.
/// </summary>
static class Profile
{
    public static readonly (string Type, int Percent, WriteLine Write)[] Certification =
    [
        ("Windows", 25, Windows.Security),
        ("Linux", 25, Linux.Any),
        ("Cisco IOS", 15, Cisco.Ios),
        ("Cisco ASA", 10, Cisco.Asa),
        ("DHCP", 5, Linux.Dhcp),
        ("Aruba", 5, Appliances.Aruba),
        ("Blue Coat", 2, Appliances.BlueCoat),
        ("McAfee", 1, Appliances.McAfee),
        ("Apache", 2, Linux.Apache),
        ("Check Point", 2, Firewalls.CheckPoint),
        ("IronPort", 1, Appliances.IronPort),
        ("FirePass", 1, Appliances.FirePass),
        ("FireEye", 1, Appliances.FireEye),
        ("XGS", 1, Appliances.Xgs),
        ("PAN", 2, Firewalls.PanOs),
        ("Symantec", 1, Appliances.Symantec),
        ("Websense", 1, Appliances.Websense),
    ];
}

/// <summary>An endless stream of lines of a profile; the same for the same seed.</summary>
sealed class Stream(int seed, double scale)
{
    readonly Network _network = new(seed, scale);
    readonly Line _line = new();
    readonly WriteLine[] _byPercent = [.. Profile.Certification.SelectMany(t => Enumerable.Repeat(t.Write, t.Percent))];
    const int RepeatPercent = 15;
    bool _any;

    /// <summary>The next line; valid until the one after.</summary>
    public ReadOnlySpan<byte> Next(DateTime now)
    {
        if (_any && _network.Chance(RepeatPercent)) return _line.Bytes;
        _any = true;
        _byPercent[_network.Below(100)](_line.Clear(), _network, now);
        return _line.Bytes;
    }
}
