using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Portolan.Model;

namespace Portolan.Collect.Collectors.SyslogTcp;

/// <summary>
/// Syslog over TCP (RFC 6587), octet counting and LF framing, decided for each frame. A connection whose bytes the journal cannot take is not read until
/// it can: the sender waits and nothing is lost.
/// </summary>
public sealed class SyslogTcpCollector : ICollector
{
    readonly Reception _to;
    volatile ListenOn _where;
    volatile SyslogLimits _limits;
    readonly Socket _listener;
    readonly CancellationTokenSource _stop = new();
    readonly ConcurrentDictionary<SyslogConnection, Task> _connections = new();
    Task _accepting = Task.CompletedTask;

    /// <exception cref="PortException">The port cannot be had.</exception>
    public SyslogTcpCollector(Endpoint endpoint, ListenOn where, SyslogLimits limits, Reception to)
    {
        (Endpoint, _where, _limits, _to) = (endpoint, where, limits, to);
        _listener = Listening.Bind(endpoint.Id, where, SocketType.Stream);
        _listener.Listen(512);
        Bound = (IPEndPoint)_listener.LocalEndPoint!;
    }

    public Endpoint Endpoint { get; }
    public IPEndPoint Bound { get; }
    public string Note => $"{_connections.Count} connections";

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
            else if (_connections.Count >= _limits.MaxConnections) Refuse(socket, LedgerReasons.TooManyConnections);
            else
            {
                var connection = new SyslogConnection(socket, sender, (ushort)peer.Port, Endpoint, _limits, _to);
                var done = new TaskCompletionSource();
                _connections[connection] = done.Task;
                _ = Task.Run(() => Serve(connection, done));
            }
        }
    }

    async Task Serve(SyslogConnection connection, TaskCompletionSource done)
    {
        try
        {
            await connection.Run(_stop.Token);
        }
        catch (Exception e)
        {
            _to.Tell($"{Endpoint.Id}: connection from {connection.Sender} ended by a fault of ours: {e}");
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            done.SetResult();
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
