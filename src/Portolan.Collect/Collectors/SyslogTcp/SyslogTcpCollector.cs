using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Portolan.Collect.Collectors.SyslogTls;
using Portolan.Model;

namespace Portolan.Collect.Collectors.SyslogTcp;

/// <summary>
/// Syslog over TCP (RFC 6587), octet counting and LF framing, decided for each frame. A connection whose bytes the journal cannot take is not read until
/// it can: the sender waits and nothing is lost. With a TLS entrance the same over TLS (RFC 5425, and LF framing, which many senders keep there).
/// </summary>
public sealed class SyslogTcpCollector : ICollector
{
    readonly Reception _to;
    volatile ListenOn _where;
    volatile SyslogLimits _limits;
    readonly Socket _listener;
    readonly CancellationTokenSource _stop = new();
    readonly TlsEntrance? _tls;
    readonly ConcurrentDictionary<Socket, Task> _connections = new();
    Task _accepting = Task.CompletedTask;

    /// <exception cref="PortException">The port cannot be had.</exception>
    public SyslogTcpCollector(Endpoint endpoint, ListenOn where, SyslogLimits limits, Reception to)
        : this(endpoint, where, limits, to, null)
    {
    }

    internal SyslogTcpCollector(Endpoint endpoint, ListenOn where, SyslogLimits limits, Reception to, TlsEntrance? tls)
    {
        (Endpoint, _where, _limits, _to, _tls) = (endpoint, where, limits, to, tls);
        _listener = Listening.Bind(endpoint.Id, where, SocketType.Stream);
        _listener.Listen(512);
        Bound = (IPEndPoint)_listener.LocalEndPoint!;
    }

    public Endpoint Endpoint { get; }
    public IPEndPoint Bound { get; }
    public string Note => _tls is { Waiting: > 0 and var n } ? $"{_connections.Count} connections, {n} of them in the TLS handshake" : $"{_connections.Count} connections";
    public int Connections => _connections.Count;

    public void Start() => _accepting = Task.Run(Accept);

    async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, or the peer has gone: neither ends the listener.
                _to.Tell($"{Endpoint.Id}: a connection was not accepted: {e.Message}");
                await Task.Delay(100);
                continue;
            }
            var peer = (IPEndPoint)socket.RemoteEndPoint!;
            var sender = Address.From(peer.Address);
            if (!_where.Allows(sender)) Refuse(socket, LedgerReasons.ConnectionNotAllowed);
            else if (!_to.Connections.TryEnter(_limits.MaxConnections)) Refuse(socket, LedgerReasons.TooManyConnections);
            else
            {
                var done = new TaskCompletionSource();
                _connections[socket] = done.Task;
                _ = Task.Run(() => Serve(socket, sender, (ushort)peer.Port, done));
            }
        }
    }

    async Task Serve(Socket socket, Address sender, ushort port, TaskCompletionSource done)
    {
        try
        {
            using var _ = socket;
            var limits = _limits;
            if (_tls == null)
            {
                await using var plain = new NetworkStream(socket, ownsSocket: true);
                await Read(plain, []);
            }
            else if (await _tls.Open(socket, sender, limits.HandshakeTimeout, _stop.Token) is { } secure)
            {
                await using var __ = secure.Stream;
                await Read(secure.Stream, secure.Peer);
                await Farewell(secure.Stream);
            }

            async Task Read(Stream stream, byte[] certificate) =>
                await new SyslogConnection(stream, socket, sender, port, certificate, Endpoint, limits, _to).Run(_stop.Token);
        }
        catch (Exception e)
        {
            _to.Tell($"{LogSeverity.Error}{Endpoint.Id}: connection from {sender} ended by a fault of ours: {e}");
        }
        finally
        {
            _to.Connections.Leave();
            _connections.TryRemove(socket, out _);
            done.SetResult();
        }
    }

    // So that the sender can tell that the end was meant.
    static async Task Farewell(SslStream stream)
    {
        try
        {
            await stream.ShutdownAsync().WaitAsync(TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is IOException or TimeoutException or System.Security.Authentication.AuthenticationException)
        {
            // It has gone already.
        }
    }

    void Refuse(Socket socket, string reason)
    {
        _to.Ledger.Count(Endpoint.Id, reason, 1, LedgerPart.Arrival);
        socket.Dispose();
    }

    public void Change(IReadOnlyList<Cidr> allow, SyslogLimits limits)
    {
        _where = _where with { Allow = allow };
        _limits = limits;
    }

    public void Stop()
    {
        if (_stop.IsCancellationRequested) return;
        _stop.Cancel();
        _listener.Dispose();
        _accepting.Wait();
        Task.WaitAll([.. _connections.Values]);
    }

    public void Dispose()
    {
        Stop();
        _stop.Dispose();
    }
}
