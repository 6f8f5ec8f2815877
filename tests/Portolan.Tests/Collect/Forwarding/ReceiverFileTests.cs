using Portolan.Collect.Forwarding;
using Xunit;

namespace Portolan.Tests.Collect.Forwarding;

public class ReceiverFileTests
{
    static string? Condition(string text) => text.Contains("sourceipp", StringComparison.Ordinal) ? "AQL: unknown field 'sourceipp'" : null;

    static IReadOnlyList<Receiver>? Parse(string text, out List<string> faults) => ReceiverFile.Parse(text, "f.yml", Condition, Own, faults = []);

    static string? Own(ReceiverTransport transport, string host, int port) => (transport, host, port) == (ReceiverTransport.Tcp, "localhost", 514) ? "syslog-tcp" : null;

    [Fact]
    public void AReceiverIsReadWithWhatItsTransportUsuallyHas()
    {
        var all = Parse("""
            receivers:
              - {name: a, to: "udp://192.0.2.1:514", keep-sender: true}
              - {name: b, to: "tcp://siem.example.com:601", when: "severity > 5"}
              - {name: c, to: "tls://[2001:db8::1]:6514", server-name: siem.example.com}
              - {name: d, to: "tls://192.0.2.1:6514", framing: lf, internal: true}
            """, out var faults);
        Assert.Empty(faults);
        Assert.Equal(
        [
            new("a", ReceiverTransport.Udp, "192.0.2.1", 514, null, ReceiverFraming.Lf, null, null, null, null, true),
            new("b", ReceiverTransport.Tcp, "siem.example.com", 601, "severity > 5", ReceiverFraming.Lf, null, null, null, null, false),
            new("c", ReceiverTransport.Tls, "2001:db8::1", 6514, null, ReceiverFraming.OctetCounting, null, "siem.example.com", null, null, false),
            new("d", ReceiverTransport.Tls, "192.0.2.1", 6514, null, ReceiverFraming.Lf, null, null, null, null, false, true),
        ], all!);
        Assert.Equal(["udp://192.0.2.1:514", "tcp://siem.example.com:601", "tls://[2001:db8::1]:6514", "tls://192.0.2.1:6514"], all!.Select(r => r.To));
    }

    [Theory]
    [InlineData("{to: \"tcp://h:1\"}", "name is missing")]
    [InlineData("{name: Siem_1, to: \"tcp://h:1\"}", "name 'Siem_1': small letters, digits and dashes, at most 63")]
    [InlineData("{name: ../x, to: \"tcp://h:1\"}", "name '../x': small letters, digits and dashes, at most 63")]
    [InlineData("{name: a}", "to is missing")]
    [InlineData("{name: a, to: \"http://h:1\"}", "to 'http://h:1': expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, an IPv6 address in brackets")]
    [InlineData("{name: a, to: \"tcp://h\"}", "to 'tcp://h': expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, an IPv6 address in brackets")]
    [InlineData("{name: a, to: \"tcp://h:0\"}", "to 'tcp://h:0': expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, an IPv6 address in brackets")]
    [InlineData("{name: a, to: \"tcp://h:70000\"}", "to 'tcp://h:70000': expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, an IPv6 address in brackets")]
    [InlineData("{name: a, to: \"tcp://:514\"}", "to 'tcp://:514': expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, an IPv6 address in brackets")]
    [InlineData("{name: a, to: \"tcp://2001:db8::1:514\"}", "to 'tcp://2001:db8::1:514': expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, an IPv6 address in brackets")]
    [InlineData("{name: a, to: \"tcp://h:1\", whenn: x}", "unknown key \"whenn\": did you mean when?")]
    [InlineData("{name: a, to: \"tcp://h:1\", when: sourceipp = 1}", "when: AQL: unknown field 'sourceipp'")]
    [InlineData("{name: a, to: \"tcp://h:1\", framing: nul}", "framing 'nul': expected octet-counting or lf")]
    [InlineData("{name: a, to: \"udp://h:1\", framing: lf}", "framing belongs to tcp:// and tls://: a datagram is one message")]
    [InlineData("{name: a, to: \"tcp://h:1\", keep-sender: true}", "keep-sender: only a datagram can bear another's address; use udp://")]
    [InlineData("{name: a, to: \"udp://h:1\", keep-sender: yes}", "keep-sender 'yes': expected true or false")]
    [InlineData("{name: a, to: \"tcp://h:1\", internal: 1}", "internal '1': expected true or false")]
    [InlineData("{name: a, to: \"tcp://localhost:514\"}", "to 'tcp://localhost:514': that is syslog-tcp of this server, and every message would come back")]
    [InlineData("{name: a, to: \"tcp://h:1\", ca: /nowhere.pem}", "ca belongs to tls://, not to tcp://", "ca: Could not find file '/nowhere.pem'.")]
    [InlineData("{name: a, to: \"tls://h:1\", certificate: c.pem}", "certificate and key belong together: both are PEM files")]
    public void AFaultNamesItsLineAndWhatWouldBeRight(string receiver, params string[] expected)
    {
        Assert.Null(Parse($"receivers:\n  - {receiver}\n", out var faults));
        Assert.Equal(expected.Select(e => $"f.yml:2: {e}"), faults);
    }

    [Fact]
    public void FaultsOfAllReceiversAreToldAtOnce()
    {
        Assert.Null(Parse("receivers:\n  - {name: a, to: \"tcp://h:1\"}\n  - {name: a, to: \"tcp://h:2\"}\n  - {name: b}\nreceiver: x\n", out var faults));
        Assert.Equal(["f.yml:5: unknown key \"receiver\": did you mean receivers?", "f.yml:3: receiver a is there twice", "f.yml:4: to is missing"], faults);
        Assert.Null(Parse("receivers:\n" + string.Concat(Enumerable.Range(0, 17).Select(i => $"  - {{name: r{i}, to: \"tcp://h:1\"}}\n")), out faults));
        Assert.Equal(["f.yml:1: 17 receivers: at most 16 are served"], faults);
        Assert.Null(Parse("receivers: [", out faults));
        Assert.Single(faults);
        faults = [];
        Assert.Null(ReceiverFile.Read("/nowhere/f.yml", Condition, Own, faults));
        Assert.StartsWith("/nowhere/f.yml: ", Assert.Single(faults));
        Assert.Empty(Parse("receivers: []", out _)!);
    }
}
