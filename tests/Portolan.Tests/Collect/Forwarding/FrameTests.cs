using System.Text;
using Portolan.Collect.Forwarding;
using Xunit;

namespace Portolan.Tests.Collect.Forwarding;

public class FrameTests
{
    [Theory]
    // RFC 6587, 3.4.1 and 3.4.2
    [InlineData("<13>a", ReceiverFraming.OctetCounting, "5 <13>a")]
    [InlineData("<13>a\nb\n", ReceiverFraming.OctetCounting, "8 <13>a\nb\n")]
    [InlineData("<13>a", ReceiverFraming.Lf, "<13>a\n")]
    [InlineData("<13>a\n", ReceiverFraming.Lf, "<13>a\n")]
    [InlineData("<13>a\nb\r\n\nc", ReceiverFraming.Lf, "<13>a#012b\r#012#012c\n")]
    public void AMessageIsFramed(string message, ReceiverFraming framing, string expected)
    {
        byte[] from = Encoding.UTF8.GetBytes(message), to = new byte[from.Length + 3 * message.Count(c => c == '\n') + 12];
        int n = StreamConnection.Frame(from, framing, to);
        Assert.Equal(expected, Encoding.UTF8.GetString(to, 0, n));
    }
}
