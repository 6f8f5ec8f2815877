using System.Security.Cryptography;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Senders;

/// <summary>What was sent over TCP is what is stored, byte for byte, each once, in the order of its connection.</summary>
public class ExactBytesTests
{
    static bool Full => Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1";

    [Fact]
    public async Task RandomBytesComeBackUnchangedAndInOrder()
    {
        int perConnection = Full ? 2000 : 200;
        const int connections = 50;
        await using var product = await new PortolanProcess().Start();
        var sent = new Dictionary<string, (int Connection, int Number)>();
        var sending = new List<Task>();
        for (int c = 0; c < connections; c++)
        {
            var framing = c % 2 == 0 ? Framing.OctetCounting : Framing.Lines;
            var messages = Enumerable.Range(0, perConnection).Select(i => Message(c, i, framing)).ToList();
            for (int i = 0; i < messages.Count; i++) sent.Add(Hash(messages[i]), (c, i));
            sending.Add(SyslogSender.Send(product.Tcp, messages, framing, seed: c));
        }
        await Task.WhenAll(sending);
        var rows = await product.Search("SELECT eventid, payload FROM events ORDER BY eventid LIMIT 1000000 LAST 1 HOURS");
        var stored = rows.Select(r => Hash(r.GetProperty("payload").GetBytesFromBase64())).ToList();
        Assert.Equal(sent.Keys.Order(), stored.Order());
        foreach (var connection in stored.Select(h => sent[h]).GroupBy(s => s.Connection))
            Assert.Equal(Enumerable.Range(0, perConnection), connection.Select(s => s.Number));
    }

    static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));

    // Numbered, then 1 to 8,192 random bytes: NUL, invalid UTF-8, and LF where the framing can carry it.
    static byte[] Message(int connection, int number, Framing framing)
    {
        var random = new Random(connection * 1_000_003 + number);
        byte[] head = Encoding.ASCII.GetBytes($"<13>{connection}.{number} ");
        byte[] m = new byte[head.Length + random.Next(1, 8193)];
        random.NextBytes(m);
        head.CopyTo(m, 0);
        if (framing == Framing.Lines)
        {
            m.AsSpan().Replace((byte)'\n', (byte)' ');
            // A CR or NUL before the LF is a line end to many senders; here it would be ambiguous.
            if (m[^1] is (byte)'\r' or 0) m[^1] = (byte)'x';
        }
        return m;
    }
}
