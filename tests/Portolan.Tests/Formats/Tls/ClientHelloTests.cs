using System.Buffers.Binary;
using Portolan.Formats.Tls;
using Xunit;

namespace Portolan.Tests.Formats.Tls;

/// <summary>What is read of a TLS client's first message, built field by field as RFC 5246 §7.4.1.2 and RFC 8446 §4.1.2 lay it out.</summary>
public class ClientHelloTests
{
    // Supported versions (RFC 8446 §4.2.1): 43, length, list length, versions. Server name (0) before it, as clients send it.
    const string Name = "0000 000e 000c 00 0009 6c6f63616c686f7374";

    public static TheoryData<string, ushort, string?, Greeting> Offers => new()
    {
        { "1.2 by its version, no extensions", 0x0303, null, Greeting.Tls12 },
        { "1.2, extensions without versions", 0x0303, Name, Greeting.Tls12 },
        { "1.0 alone", 0x0301, Name, Greeting.NotTls12 },
        { "1.3 and 1.2", 0x0303, $"{Name} 002b 0005 04 0304 0303", Greeting.Tls12 },
        { "1.3 alone", 0x0303, $"{Name} 002b 0003 02 0304", Greeting.NotTls12 },
        { "1.3 and a version that does not exist (RFC 8701)", 0x0303, $"002b 0005 04 7a7a 0304 {Name}", Greeting.NotTls12 },
        { "1.3, 1.2 and a version that does not exist", 0x0303, "002b 0007 06 0a0a 0304 0303", Greeting.Tls12 },
        { "a list longer than its extension", 0x0303, "002b 0003 04 0304", Greeting.Other },
        { "an extension longer than all", 0x0303, "002b 00ff 02 0304", Greeting.Other },
        { "half an extension", 0x0303, "00", Greeting.Other },
    };

    [Theory]
    [MemberData(nameof(Offers))]
    public void VersionsOffered(string which, ushort version, string? extensions, Greeting expected)
    {
        byte[] hello = Hello(version, extensions);
        Assert.True(expected == ClientHello.Look(hello), which);
        // What comes behind it is the next message's.
        Assert.Equal(expected, ClientHello.Look([.. hello, 1, 2, 3]));
        for (int n = 0; n < hello.Length; n++) Assert.Equal(Greeting.Incomplete, ClientHello.Look(hello.AsSpan(0, n)));
    }

    [Theory]
    [InlineData("<13>Nov 21 10:00:00 host app: plain text")]
    [InlineData("87 <13>counted")]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("\u0016\u0003\u0001\u0000\u0005\u0002\u0000\u0000\u0001\u0000")] // a server's hello
    [InlineData("\u0016\u0003\u0001\u0000\u0004\u0001\u0000\u0000\u00ff\u0000")] // longer than its record
    public void OtherThings(string text) => Assert.Equal(Greeting.Other, ClientHello.Look(System.Text.Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void EveryLengthThatLies()
    {
        byte[] hello = Hello(0x0303, $"{Name} 002b 0003 02 0304");
        for (int at = 0; at < hello.Length; at++)
            foreach (byte value in (byte[])[0, 1, 0x7f, 0xff])
            {
                byte[] changed = [.. hello];
                changed[at] = value;
                ClientHello.Look(changed);
            }
    }

    public static byte[] Hello(ushort version, string? extensions)
    {
        byte[] more = Convert.FromHexString((extensions ?? "").Replace(" ", ""));
        var body = new List<byte>();
        Add(body, version);
        body.AddRange(Enumerable.Range(0, 32).Select(i => (byte)i)); // random
        body.AddRange([2, 0xaa, 0xbb]); // session id
        body.AddRange([0, 4, 0xc0, 0x2b, 0x13, 0x01]); // cipher suites
        body.AddRange([1, 0]); // compression
        if (extensions != null)
        {
            Add(body, (ushort)more.Length);
            body.AddRange(more);
        }
        var record = new List<byte> { 22, 3, 1 };
        Add(record, (ushort)(body.Count + 4));
        record.AddRange([1, 0]);
        Add(record, (ushort)body.Count);
        return [.. record, .. body];
    }

    static void Add(List<byte> to, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        to.AddRange(bytes);
    }
}
