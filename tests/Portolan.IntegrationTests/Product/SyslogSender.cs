using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Portolan.IntegrationTests.Product;

enum Framing
{
    Lines,
    OctetCounting,
}

/// <summary>Sends messages over one TCP connection, framed by RFC 6587, in writes of odd sizes so that frames are cut everywhere.</summary>
static class SyslogSender
{
    public static async Task Send(IPEndPoint to, IEnumerable<byte[]> messages, Framing framing, int seed)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(to);
        var random = new Random(seed);
        var buffer = new MemoryStream();
        foreach (byte[] m in messages)
        {
            if (framing == Framing.OctetCounting) buffer.Write(Encoding.ASCII.GetBytes($"{m.Length} "));
            buffer.Write(m);
            if (framing == Framing.Lines) buffer.WriteByte((byte)'\n');
            if (buffer.Length > random.Next(1, 40_000)) await Flush(socket, buffer, random);
        }
        await Flush(socket, buffer, random);
        socket.Shutdown(SocketShutdown.Send);
        // The peer closes when it has read all.
        await socket.ReceiveAsync(new byte[1]);
    }

    static async Task Flush(Socket socket, MemoryStream buffer, Random random)
    {
        var rest = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        while (rest.Length > 0)
        {
            int n = Math.Min(rest.Length, random.Next(1, 60_000));
            int sent = await socket.SendAsync(rest[..n]);
            rest = rest[sent..];
        }
        buffer.SetLength(0);
    }
}
