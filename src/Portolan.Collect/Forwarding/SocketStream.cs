using System.Net.Sockets;

namespace Portolan.Collect.Forwarding;

/// <summary>
/// A TCP socket as a stream that counts what was written and never waits for long without a word: while the receiver takes nothing,
/// <paramref name="waiting"/> is called several times a second and may throw to end the wait.
/// </summary>
sealed class SocketStream(Socket socket, Action waiting) : Stream
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public long Written { get; private set; }

    /// <summary>A write met a reset: what the other side had not read by then, it will not read.</summary>
    public bool WasReset { get; private set; }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int n = socket.Send(bytes, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                waiting();
                socket.Poll(Look, SelectMode.SelectWrite);
                continue;
            }
            if (error != SocketError.Success) throw Failed(error);
            Written += n;
            bytes = bytes[n..];
        }
    }

    IOException Failed(SocketError error)
    {
        WasReset |= error == SocketError.ConnectionReset;
        var e = new SocketException((int)error);
        return new(e.Message, e);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel = default)
    {
        while (bytes.Length > 0)
        {
            int n = await socket.SendAsync(bytes, SocketFlags.None, cancel);
            Written += n;
            bytes = bytes[n..];
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default) => socket.ReceiveAsync(buffer, SocketFlags.None, cancel);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancel) => WriteAsync(buffer.AsMemory(offset, count), cancel).AsTask();
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancel) => ReadAsync(buffer.AsMemory(offset, count), cancel).AsTask();
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancel) => Task.CompletedTask;
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
