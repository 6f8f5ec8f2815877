using System.Text;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Ports.Check;
using Xunit;

namespace Portolan.Tests.Ports;

public class ContractTests
{
    const string Shop = """
        contract: 1
        ends:
          - name: web
            addresses: [10.1.0.0/24, "2001:db8:1::/64"]
          - name: db
            addresses: [10.2.0.10]
        permit:
          - {id: web-to-db, from: web, to: db, ports: [5432/tcp]}
          - {id: in-https, from: any, to: web, ports: [443/tcp, 8000-8010/tcp]}
          - {id: ping, from: 10.9.0.0/16, to: [web, db], ports: icmp}
        """;

    // Expected verdicts by the definition in docs/contract.md.
    [Theory]
    [InlineData("10.1.0.7", "10.2.0.10", 5432, 6, ContractVerdict.Permitted, "web-to-db")]
    [InlineData("10.1.0.7", "10.2.0.10", 5433, 6, ContractVerdict.NotPermitted, "db")]
    [InlineData("10.1.0.7", "10.2.0.10", 5432, 17, ContractVerdict.NotPermitted, "db")]
    [InlineData("198.51.100.9", "10.1.0.7", 443, 6, ContractVerdict.Permitted, "in-https")]
    [InlineData("198.51.100.9", "2001:db8:1::5", 8010, 6, ContractVerdict.Permitted, "in-https")]
    [InlineData("198.51.100.9", "10.1.0.7", 8011, 6, ContractVerdict.NotPermitted, "web")]
    [InlineData("10.1.0.7", "198.51.100.9", 443, 6, ContractVerdict.NotPermitted, "web")]
    [InlineData("10.9.3.3", "10.2.0.10", 0, 1, ContractVerdict.Permitted, "ping")]
    [InlineData("198.51.100.9", "203.0.113.4", 443, 6, ContractVerdict.NotDeclared, null)]
    public void AVerdictFollowsTheContract(string from, string to, int port, int protocol, ContractVerdict verdict, string? id)
    {
        var faults = new List<string>();
        var contract = ContractFile.Parse(Shop, "contract.yml", faults);
        Assert.Empty(faults);
        Assert.True(Address.TryParse(from, out var source) & Address.TryParse(to, out var destination));
        for (int again = 0; again < 2; again++)
        {
            Assert.Equal(verdict, contract!.Check(0, source, destination, port, protocol, out string? actual));
            Assert.Equal(id, actual);
        }
    }

    // The shop's connection to its database, told by a teardown whose order is the reverse; a breach stays one either way round.
    [Theory]
    [InlineData("10.2.0.10", 5432, "10.1.0.7", 40000, true, "permitted", "web-to-db")]
    [InlineData("10.2.0.10", 5432, "10.1.0.7", 40000, false, "not permitted", "web")]
    [InlineData("10.1.0.7", 40000, "10.2.0.10", 5432, true, "permitted", "web-to-db")]
    [InlineData("10.2.0.10", 5433, "10.1.0.7", 40000, true, "not permitted", "web")]
    public void WhereTheDirectionIsUnknownEitherMayBePermitted(string from, int fromPort, string to, int toPort, bool unknown, string verdict, string id)
    {
        var batch = new EventBatch();
        batch.Addresses(Fields.SourceIp)[0] = Address.TryParse(from, out var source) ? source : default;
        batch.Addresses(Fields.DestinationIp)[0] = Address.TryParse(to, out var destination) ? destination : default;
        batch.Numbers(Fields.SourcePort)[0] = fromPort;
        batch.Numbers(Fields.DestinationPort)[0] = toPort;
        batch.Numbers(Fields.ProtocolId)[0] = 6;
        batch.DirectionUnknown[0] = unknown;
        new ContractStage(ContractFile.Parse(Shop, "contract.yml", [])!).Process(batch, 0, 1);
        Assert.Equal(verdict, Encoding.UTF8.GetString(batch.Span(batch.Texts(Fields.ContractVerdict)[0])));
        Assert.Equal(id, Encoding.UTF8.GetString(batch.Span(batch.Texts(Fields.ContractId)[0])));
    }

    [Fact]
    public void AllFaultsAreToldAtOnceWithTheirLines()
    {
        var faults = new List<string>();
        var contract = ContractFile.Parse("""
            contract: 2
            ends:
              - name: web
                adresses: [10.1.0.0/24]
              - name: db
                addresses: [10.2.0.300]
            permit:
              - {id: a, from: wep, to: db, ports: [5432/tcpp]}
              - {id: a, from: any, ports: any}
            """, "contract.yml", faults);
        Assert.Null(contract);
        Assert.Equal([
            "contract.yml:1: contract: this program reads version 1",
            "contract.yml:4: unknown key 'adresses' in an end; did you mean addresses?",
            "contract.yml:3: end 'web' has no addresses",
            "contract.yml:6: '10.2.0.300' is no address or range such as 10.1.0.0/16",
            "contract.yml:5: end 'db' has no addresses",
            "contract.yml:8: port '5432/tcpp': expected 443/tcp, 8000-8010/tcp or a protocol: icmp, tcp, udp, gre, esp, ah, icmp6, sctp",
            "contract.yml:8: from: 'wep' is neither an end nor an address; did you mean web?",
            "contract.yml:9: row 'a' is there twice",
            "contract.yml:9: row 'a': to is missing; write any for every address",
        ], faults);
    }

    [Theory]
    [InlineData("443/tcp", 443, 443, 6)]
    [InlineData("443", 443, 443, 6)]
    [InlineData("8000-8010/udp", 8000, 8010, 17)]
    [InlineData("icmp", 0, 65535, 1)]
    [InlineData("65535/sctp", 65535, 65535, 132)]
    public void APortReads(string text, int first, int last, int protocol)
    {
        Assert.True(ContractFile.TryPort(text, out var range));
        Assert.Equal(new PortRange(first, last, protocol), range);
    }

    [Theory]
    [InlineData("65536/tcp")]
    [InlineData("-1")]
    [InlineData("9-8/tcp")]
    [InlineData("443/")]
    [InlineData("")]
    [InlineData("http")]
    public void APortDoesNotRead(string text) => Assert.False(ContractFile.TryPort(text, out _));
}
