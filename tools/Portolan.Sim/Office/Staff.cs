using System.Globalization;

namespace Portolan.Sim.Office;

/// <summary>One of the office's people, with what is theirs. Addresses of the inside are private, all others are of RFC 5737.</summary>
/// <param name="Desk">The address of their workstation.</param>
/// <param name="Home">Where they call the VPN from; null for those who come in.</param>
/// <param name="Vpn">The address the VPN gives them.</param>
sealed record Person(string Login, Department Department, string Desk, string Workstation, string Mac, string? Home, string? Vpn)
{
    /// <summary>Where they work from.</summary>
    public string Address => Vpn ?? Desk;
}

enum Department
{
    Sales, Engineering, Finance, Operations,
}

/// <summary>The people of the simulated office; every fourth works from home.</summary>
static class Staff
{
    static readonly (Department Department, string[] Logins)[] Names =
    [
        (Department.Sales, ["alice.moreau", "bruno.keller", "carla.santos", "daniel.osei", "emil.novak", "freya.lind", "gustav.holm", "hana.sato",
            "ines.vidal", "jonas.weber", "karim.aziz", "lena.fischer", "marco.rossi", "nadia.kowal"]),
        (Department.Engineering, ["oskar.berg", "paula.reyes", "quentin.dubois", "rania.haddad", "stefan.ilic", "tomoko.abe", "ulrich.brandt",
            "vera.petrova", "wei.zhang", "xenia.pappas", "yusuf.demir", "zoe.martin", "anton.kuhn", "bella.costa", "chen.li", "dora.nagy",
            "elias.virtanen", "farah.khan", "georg.huber", "helen.clarke"]),
        (Department.Finance, ["ivan.horvat", "julia.meier", "kenji.mori", "laura.conti", "mehdi.rahimi", "nora.jensen", "oliver.grant", "petra.vlcek"]),
        (Department.Operations, ["ravi.menon", "sofia.lopez", "takumi.ito", "una.byrne", "viktor.sokol", "yara.saleh"]),
    ];

    public static readonly IReadOnlyList<Person> All = [.. Names.SelectMany(d => d.Logins.Select((login, i) => Of(d.Department, login, i)))];

    static Person Of(Department department, string login, int i)
    {
        int floor = (int)department, host = 20 + i;
        bool remote = i % 4 == 1 && department != Department.Operations;
        return new(login, department, $"10.10.{floor}.{host}", $"WS-{(floor + 1) * 100 + i}",
            string.Create(CultureInfo.InvariantCulture, $"52:54:00:10:{floor:x2}:{host:x2}"),
            remote ? $"198.51.100.{100 + floor * 30 + i}" : null, remote ? $"10.30.0.{20 + floor * 10 + i / 4}" : null);
    }

    public static Person Named(string login) => All.First(p => p.Login == login);
}
