using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portolan.Model;

namespace Portolan.Collect.Forwarding;

/// <summary>
/// Syslog over TCP (RFC 6587) or TLS (RFC 5425). Neither acknowledges a message, so the kernel is asked which bytes the receiver's kernel has (SIOCOUTQ,
/// tcp(7)). What that one has, a program that dies may not have read: then a reset comes instead of an orderly end, and the last bytes, as many as
/// the receiver ever had room for, count as unread.
/// </summary>
sealed partial class StreamConnection : Connection
{
    const int Enough = 32 << 10;
    const int SolTcp = 6, TcpInfo = 11, TcpInfoBytes = 256;
    const byte TcpClosed = 7; // TCP_CLOSE, the first byte of tcp_info

    /// <summary>struct tcp_info, linux/tcp.h: tcpi_snd_wnd, the receiver's window in bytes; since Linux 5.4.</summary>
    const int WindowAt = 228;

    /// <summary>TIOCOUTQ, which is SIOCOUTQ: bytes not acknowledged, sent or not.</summary>
    const nuint OutQueue = 0x5411;

    static readonly TimeSpan Closing = TimeSpan.FromSeconds(1);

    /// <summary>Room of a receiver that nobody told us of.</summary>
    const long LeastRoom = 128 << 10, UnknownRoom = 8 << 20;

    readonly Socket _socket;
    readonly SocketStream _bytes;
    readonly Stream _stream;
    readonly ReceiverFraming _framing;
    readonly byte[] _tcpInfo = new byte[TcpInfoBytes];
    readonly Task<bool> _end; // true: an orderly end
    byte[] _buffer = new byte[Enough * 2];
    int _used;
    long _room = LeastRoom;

    StreamConnection(Socket socket, SocketStream bytes, Stream stream, ReceiverFraming framing)
    {
        (_socket, _bytes, _stream, _framing) = (socket, bytes, stream, framing);
        Peer = $"{socket.RemoteEndPoint}";
        _end = Task.Run(Watch);
    }

    /// <param name="waiting">Called several times a second while the receiver takes nothing; may throw.</param>
    /// <exception cref="IOException">It cannot be had, or its certificate is not believed.</exception>
    public static StreamConnection Connect(Receiver receiver, TimeSpan patience, Action waiting, CancellationToken stop)
    {
        Exception? last = null;
        foreach (var address in Resolve(receiver, patience, stop))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(patience);
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.NoDelay = true; // messages are gathered here already
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 6);
                socket.ConnectAsync(new IPEndPoint(address, receiver.Port), limit.Token).AsTask().GetAwaiter().GetResult();
                socket.Blocking = false;
                var bytes = new SocketStream(socket, waiting);
                var stream = receiver.Transport == ReceiverTransport.Tls ? Secure(receiver, bytes, limit.Token) : (Stream)bytes;
                return new(socket, bytes, stream, receiver.Framing);
            }
            catch (Exception e) when (e is SocketException or IOException or AuthenticationException or CryptographicException or OperationCanceledException)
            {
                socket.Dispose();
                stop.ThrowIfCancellationRequested();
                last = e is OperationCanceledException ? new IOException($"{address}: no answer within {patience.TotalSeconds:0} s")
                    : new IOException($"{address}: {(e.InnerException is { } inner and not SocketException ? $"{e.Message} {inner.Message}" : e.Message)}", e);
            }
        }
        throw last!;
    }

    static SslStream Secure(Receiver receiver, Stream bytes, CancellationToken limit)
    {
        X509Certificate2Collection? authorities = null;
        if (receiver.Ca != null)
        {
            authorities = [];
            authorities.ImportFromPemFile(receiver.Ca);
        }
        SslStreamCertificateContext? own = null;
        if (receiver.Certificate != null)
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(receiver.Certificate);
            own = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(receiver.Certificate, receiver.Key), chain, offline: true);
        }
        string? why = null;
        var tls = new SslStream(bytes);
        try
        {
            tls.AuthenticateAsClientAsync(new()
            {
                TargetHost = receiver.ServerName ?? receiver.Host,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateContext = own,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                CertificateChainPolicy = authorities == null ? null : Trust(authorities),
                RemoteCertificateValidationCallback = (_, _, chain, errors) =>
                {
                    why = Distrust(receiver, chain, errors);
                    return why == null;
                },
            }, limit).GetAwaiter().GetResult();
            return tls;
        }
        catch (Exception e)
        {
            tls.Dispose();
            if (e is AuthenticationException && why != null) throw new IOException(why);
            throw;
        }
    }

    static X509ChainPolicy Trust(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    static string? Distrust(Receiver receiver, X509Chain? chain, SslPolicyErrors errors) => errors switch
    {
        SslPolicyErrors.None => null,
        _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) => "the receiver shows no certificate",
        _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) =>
            $"the receiver's certificate is not for {receiver.ServerName ?? receiver.Host}; try: server-name, the name it bears",
        _ => $"the receiver's certificate is not believed: {string.Join(", ", chain?.ChainStatus.Select(s => s.StatusInformation.Trim()).Distinct() ?? [])}; try: ca, a PEM file of its authority",
    };

    // Receivers say nothing; what is waited for is the end. In TLS also messages of the protocol itself come this way.
    async Task<bool> Watch()
    {
        var buffer = new byte[1024];
        try
        {
            while (await _stream.ReadAsync(buffer) > 0)
            {
            }
            _isLeft = true;
            // TLS has a good-bye of its own, which a program also says that leaves bytes unread. How the connection below it ends is what counts.
            while (_stream != _bytes && await _bytes.ReadAsync(buffer) > 0)
            {
            }
            return true;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            _why = e is IOException { InnerException: { } inner } ? inner.Message : e.Message;
            return false;
        }
    }

    volatile string? _why;
    volatile bool _isLeft; // the other side will send nothing more

    public override string Peer { get; }
    public override long Written => _bytes.Written;
    public override bool IsFull => _used >= Enough;

    public override void Add(ReadOnlySpan<byte> message, Address sender)
    {
        // An LF may become four bytes.
        int most = (_framing == ReceiverFraming.Lf ? message.Length + 3 * message.Count((byte)'\n') : message.Length) + 12;
        if (_used + most > _buffer.Length) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _used + most));
        _used += Frame(message, _framing, _buffer.AsSpan(_used));
    }

    /// <summary>Writes a message with its frame; the length. Room: the message, three bytes more for each LF in it, and twelve.</summary>
    public static int Frame(ReadOnlySpan<byte> message, ReceiverFraming framing, Span<byte> to)
    {
        int at = 0;
        if (framing == ReceiverFraming.OctetCounting)
        {
            Utf8Formatter.TryFormat(message.Length, to, out at);
            to[at++] = (byte)' ';
            message.CopyTo(to[at..]);
            return at + message.Length;
        }
        message = message.TrimEnd((byte)'\n');
        for (int lf; (lf = message.IndexOf((byte)'\n')) >= 0; message = message[(lf + 1)..])
        {
            message[..lf].CopyTo(to[at..]);
            "#012"u8.CopyTo(to[(at + lf)..]);
            at += lf + 4;
        }
        message.CopyTo(to[at..]);
        to[at + message.Length] = (byte)'\n';
        return at + message.Length + 1;
    }

    public override void Flush()
    {
        if (_used == 0) return;
        _stream.Write(_buffer.AsSpan(0, _used));
        _used = 0;
        if (_buffer.Length > 1 << 20) _buffer = new byte[Enough * 2];
    }

    public override (long, long) Delivered()
    {
        int left = 0;
        if (ioctl(_socket.SafeHandle, OutQueue, ref left) != 0) left = (int)Math.Min(Written, int.MaxValue);
        int known = 0;
        try
        {
            known = _socket.GetRawSocketOption(SolTcp, TcpInfo, _tcpInfo);
        }
        catch (SocketException)
        {
            // The connection has just broken; what was known of it stays.
        }
        _room = known >= WindowAt + 4 ? Math.Max(_room, BinaryPrimitives.ReadUInt32LittleEndian(_tcpInfo.AsSpan(WindowAt)))
            : known > 0 ? UnknownRoom : _room;
        // The window may have grown while nobody read, at most to the same again.
        return (Math.Max(0, Written - left), 2 * _room);
    }

    public override void ThrowIfEnded()
    {
        if (_isLeft) throw new IOException("the receiver closed it");
        if (_end.IsCompleted) throw new IOException(_why);
    }

    /// <summary>
    /// A program that closes with bytes unread makes its kernel send a reset (RFC 1122, 4.2.2.13), after an orderly end if it had asked for one before. So we
    /// end our side too and see whether that is acknowledged. What was still under way brings a reset as well: then nobody knows.
    /// </summary>
    public override bool HasReadAll()
    {
        if (_bytes.WasReset || !_isLeft) return false;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            for (long begin = Stopwatch.GetTimestamp(); ; Thread.Sleep(1))
            {
                bool isClosed = _socket.GetRawSocketOption(SolTcp, TcpInfo, _tcpInfo) > 0 && _tcpInfo[0] == TcpClosed;
                if (_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is not 0) return false;
                if (isClosed) return _end.Wait(Closing) && _end.Result;
                if (Stopwatch.GetElapsedTime(begin) > Closing) return false;
            }
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public override bool Finish(TimeSpan patience)
    {
        try
        {
            if (_stream is SslStream tls) tls.ShutdownAsync().Wait(patience);
            _socket.Shutdown(SocketShutdown.Send);
            return _end.Wait(patience) && _end.Result && Delivered() is var (acknowledged, _) && acknowledged >= Written;
        }
        catch (Exception e) when (e is SocketException or IOException or AggregateException)
        {
            return false;
        }
    }

    public override void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeHandle fd, nuint request, ref int argument);
}
