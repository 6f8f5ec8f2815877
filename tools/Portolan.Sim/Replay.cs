using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Portolan.Sim;

/// <summary>Sends the lines of a file as they are, fast enough that the receiver is what is measured.</summary>
sealed unsafe partial class Replay
{
    const int Chunk = 256 << 10, Batch = 64;

    readonly byte[] _bytes;
    readonly IPEndPoint _to;

    // Where each line begins, and at the end where the one after the last would.
    readonly List<int> _starts = [0];

    public Replay(byte[] bytes, IPEndPoint to)
    {
        (_bytes, _to) = (bytes, to);
        for (int at = 0; at < bytes.Length;)
        {
            int n = bytes.AsSpan(at).IndexOf((byte)'\n');
            at = n < 0 ? bytes.Length : at + n + 1;
            _starts.Add(at);
        }
    }

    int Lines => _starts.Count - 1;

    /// <summary>Over TCP, LF after each line. Returns how many lines were sent.</summary>
    public long Stream(double rate, double seconds)
    {
        using var socket = new Socket(_to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 4 << 20 };
        socket.Connect(_to);
        var watch = Stopwatch.StartNew();
        long sent = 0;
        while (seconds > 0 ? watch.Elapsed.TotalSeconds < seconds : sent < Lines)
        {
            int line = (int)(sent % Lines), end = Lines;
            if (rate > 0)
            {
                long due = (long)(watch.Elapsed.TotalSeconds * rate) - sent;
                if (due <= 0)
                {
                    Thread.Sleep(1);
                    continue;
                }
                end = (int)Math.Min(Lines, line + due);
            }
            int from = _starts[line], to = Math.Min(_starts[end], from + Chunk);
            if (to < _starts[end])
            {
                end = _starts.BinarySearch(to);
                if (end < 0) end = ~end;
                to = _starts[end];
            }
            for (int at = from; at < to;) at += socket.Send(_bytes.AsSpan(at, to - at));
            sent += end - line;
        }
        socket.Shutdown(SocketShutdown.Send);
        return sent;
    }

    /// <summary>Over UDP, a datagram each, in ticks of a millisecond, with sendmmsg(2). Returns how many were sent.</summary>
    public long Datagrams(double rate, double seconds)
    {
        using var socket = new Socket(_to.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { SendBufferSize = 4 << 20 };
        socket.Connect(_to);
        int fd = (int)socket.Handle;
        var vectors = stackalloc IoVector[Batch];
        var messages = stackalloc MessageHeader[Batch];
        for (int i = 0; i < Batch; i++) messages[i] = new() { Vectors = vectors + i, VectorCount = 1 };
        var watch = Stopwatch.StartNew();
        long goal = seconds <= 0 ? Lines : rate > 0 ? (long)(rate * seconds) : long.MaxValue, sent = 0;
        fixed (byte* bytes = _bytes)
        {
            while (sent < goal && (rate > 0 || seconds <= 0 || watch.Elapsed.TotalSeconds < seconds))
            {
                long due = rate > 0 ? Math.Min(goal, (long)(watch.Elapsed.TotalSeconds * rate)) : Math.Min(goal, sent + 1024);
                while (sent < due)
                {
                    int n = (int)Math.Min(Batch, due - sent);
                    for (int i = 0; i < n; i++)
                    {
                        int line = (int)((sent + i) % Lines), end = _starts[line + 1];
                        if (end > 0 && _bytes[end - 1] == '\n') end--;
                        vectors[i] = new() { Base = bytes + _starts[line], Length = (nuint)(end - _starts[line]) };
                    }
                    for (int done = 0; done < n;)
                    {
                        int k = sendmmsg(fd, messages + done, (uint)(n - done), 0);
                        // Interrupted, or the kernel has no buffer just now: again. A receiver that is gone shows in its count.
                        if (k > 0) done += k;
                    }
                    sent += n;
                }
                if (rate > 0) Thread.Sleep(1);
            }
        }
        return sent;
    }

    struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    // struct mmsghdr on 64-bit Linux.
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    struct MessageHeader
    {
        [FieldOffset(16)] public IoVector* Vectors;
        [FieldOffset(24)] public nuint VectorCount;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sendmmsg(int fd, MessageHeader* messages, uint count, int flags);
}
