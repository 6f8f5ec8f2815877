using Portolan.Collect.LogSources;
using Portolan.Model;
using Portolan.Ports.Catalog;
using Xunit;

namespace Portolan.Tests.Ports.Catalog;

public class PortCatalogTests
{
    static readonly PortCatalog Shipped = PortCatalog.Load(Path.Combine(ContentFolders.Shipped, "ports", "rows.csv"));

    [Theory]
    [InlineData("22", 22, null, true)]
    [InlineData("22", 2, null, false)]
    [InlineData("20000-23000", 21000, null, true)]
    [InlineData("20000-23000", 20000, null, true)]
    [InlineData("20000-23000", 23001, null, false)]
    [InlineData("7676; 7677; 4 dynamic >32000", 7677, null, true)]
    [InlineData("7676; 7677; 4 dynamic >32000", 4, null, false)]
    [InlineData("7676; 7677; 4 dynamic >32000", 32001, null, false)]
    [InlineData("135; dynamic 49152-65535", 50000, null, true)]
    [InlineData("7777-7783; 7788; 7790-7793", 7784, null, false)]
    [InlineData("29281; IP protocol 99; ethertype 0x7261", 99, null, false)]
    [InlineData("514/tcp; 514/udp; 6514/tls", 6514, "tls", true)]
    [InlineData("514/tcp; 514/udp; 6514/tls", 6514, "udp", false)]
    [InlineData("-", 1, null, false)]
    public void A_port_is_in_the_list(string ports, int port, string? transport, bool expected) =>
        Assert.Equal(expected, new PortSet(ports).Contains(port, transport));

    [Fact]
    public void All_rows_ship_once()
    {
        Assert.Equal(206, Shipped.Rows.Count);
        Assert.Equal(206, Shipped.Rows.Select(r => r.Id).Distinct().Count());
        Assert.Equal(["JSA", "QRadar", "PAN-OS", "Panorama", "User-ID", "Open-AudIT"], Shipped.Systems);
        Assert.All(Shipped.Rows, r => Assert.Contains(r.Answer, new[] { "serve", "connect", "both", "superseded", "catalog" }));
    }

    public static TheoryData<string[], string?, string[]> Questions => new()
    {
        { ["5007"], null, ["UID1-5007", "UID2-5007"] },
        { ["21000"], null, ["JSA-20000", "QR-20000"] },
        { ["514/udp", "qradar"], null, ["QR-514"] },
        { ["6514/tls", "User-ID"], null, ["UID1-514", "UID2-514"] },
        { ["PAN-5008"], null, ["PAN-5008"] },
        { ["kerberos"], "user agent", ["UID1-88", "UID2-88"] },
        { ["514"], "Event Collector", ["JSA-514", "QR-514"] },
        { ["no such thing"], null, [] },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public void Answers(string[] terms, string? role, string[] ids) =>
        Assert.Equal(ids, Shipped.Find(terms, role).Select(r => r.Id).ToArray());

    [Fact]
    public void Endpoints_answer_rows_that_exist() =>
        Assert.Empty(Endpoints.All.SelectMany(e => e.Rows).Except(Shipped.Rows.Select(r => r.Id)));
}
