using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Portolan.Model;
using Portolan.Store.Journal;

namespace Portolan.Collect.Collectors.SyslogUdp;

/// <summary>
/// Syslog over UDP (RFC 5426), one datagram a journal record, on one dedicated blocking thread: asynchronous receiving costs five to eight times the CPU
/// on Linux (dotnet/runtime#72153). What the kernel drops because the buffer is full is asked of the socket and put into the ledger.
/// </summary>
public sealed class SyslogUdpCollector : ICollector
{
    /// <summary>Datagrams a millisecond from which on they are a stream.</summary>
    const int Stream = 8;

    readonly Reception _to;
    volatile ListenOn _where;
    volatile SyslogLimits _limits;
    readonly DatagramSocket _socket;
    readonly Thread _thread;
    readonly Ledger.Counter _received, _kernelDrops, _full, _notAllowed, _truncated;
    uint _drops;
    volatile bool _stopping;

    /// <exception cref="PortException">The port cannot be had.</exception>
    public SyslogUdpCollector(Endpoint endpoint, ListenOn where, SyslogLimits limits, Reception to)
    {
        (Endpoint, _where, _limits, _to) = (endpoint, where, limits, to);
        var socket = Listening.Bind(endpoint.Id, where, SocketType.Dgram);
        Bound = (IPEndPoint)socket.LocalEndPoint!;
        _socket = new DatagramSocket(socket);
        int given = _socket.AskForBuffer(limits.ReceiveBuffer);
        Note = given >= limits.ReceiveBuffer
            ? $"receive buffer {given >> 10} KiB"
            : $"receive buffer {given >> 10} KiB, asked for {limits.ReceiveBuffer >> 10} KiB; try: sysctl -w net.core.rmem_max={limits.ReceiveBuffer}";
        _received = Cell(LedgerReasons.Received);
        _kernelDrops = Cell(LedgerReasons.KernelDrop);
        _full = Cell(LedgerReasons.JournalFull);
        _notAllowed = Cell(LedgerReasons.NotAllowed);
        _truncated = Cell(LedgerReasons.Truncated);
        _thread = new Thread(Run) { Name = endpoint.Id, IsBackground = true };
    }

    public Endpoint Endpoint { get; }
    public IPEndPoint Bound { get; }
    public string Note { get; }

    Ledger.Counter Cell(string reason) => _to.Ledger.Cell(Endpoint.Id, reason, LedgerPart.Arrival);

    public void Start() => _thread.Start();

    public void CountKernelDrops()
    {
        // Who holds the journal may change what was received: a snapshot of the ledger holds it too.
        using var append = _to.Journal.BeginAppend();
        if (_isClosed) return;
        uint now = _socket.KernelDrops();
        // The kernel's counter wraps at 2^32: the difference in unsigned arithmetic does not mind.
        _received.Value += now - _drops;
        _kernelDrops.Value += now - _drops;
        _drops = now;
    }

    bool _isClosed;

    void Run()
    {
        ThreadShare.Receiving();
        bool telling = false;
        int sinceRest = 0;
        long rested = Stopwatch.GetTimestamp();
        while (true)
        {
            int n = _socket.Receive();
            if (n < 0)
            {
                if (!_stopping) _to.Tell($"{LogSeverity.Error}{Endpoint.Id}: the socket is broken, nothing is received there any more; try: restart");
                return;
            }
            // A socket that was shut down gives what is queued and from then on empty datagrams without end.
            if (_stopping && (n == 0 || _socket.Datagram(0).IsEmpty)) return;
            int refused = Store(n);
            // In a stream a wake-up for every few datagrams costs more than they do; the kernel keeps what a millisecond brings.
            sinceRest += n;
            if (n < DatagramSocket.Batch)
            {
                if (sinceRest > 1 + Stopwatch.GetElapsedTime(rested).TotalMilliseconds * Stream) Thread.Sleep(1);
                (sinceRest, rested) = (0, Stopwatch.GetTimestamp());
            }
            if (refused > 0 != telling)
            {
                telling = refused > 0;
                _to.Tell(telling
                    ? $"{LogSeverity.Error}{Endpoint.Id}: datagrams are being dropped and counted: {_to.Journal.Health.Message}; try: {_to.Journal.Health.Remedy}"
                    : $"{LogSeverity.Notice}{Endpoint.Id}: datagrams are accepted again");
            }
        }
    }

    /// <summary>Puts the datagrams into the journal; how many it did not take.</summary>
    int Store(int n)
    {
        int refused = 0, waitedFor = -1;
        for (int at = 0; (at = Store(at, n)) < n;)
        {
            // A disk that is slow for a moment: meanwhile the kernel keeps what arrives. A disk that is full or broken is not waited for.
            if (refused == 0 && waitedFor != at && _to.Journal.Health.State == JournalState.Writing && _to.Journal.WaitForRoom(Patience))
            {
                waitedFor = at;
                continue;
            }
            refused++;
            at++;
        }
        if (refused == 0) return 0;
        using var append = _to.Journal.BeginAppend();
        _received.Value += refused;
        _full.Value += refused;
        return refused;
    }

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The same from one on; the first that was not taken.</summary>
    int Store(int from, int n)
    {
        long now = _to.Now();
        using var append = _to.Journal.BeginAppend();
        for (int i = from; i < n; i++)
        {
            var sender = _socket.Sender(i, out ushort port);
            if (!_where.Allows(sender))
            {
                _notAllowed.Value++;
                continue;
            }
            var bytes = _socket.Datagram(i);
            var flags = RecordFlags.None;
            if (bytes.Length > _limits.MaxMessage || _socket.Truncated(i))
            {
                bytes = bytes[..Math.Min(bytes.Length, _limits.MaxMessage)];
                flags = RecordFlags.Truncated;
            }
            if (!append.Add(new(now, (ushort)Endpoint.Number, flags, sender, port, 0), bytes))
            {
                _received.Value += i - from;
                return i;
            }
            if (flags != RecordFlags.None) _truncated.Value++;
        }
        _received.Value += n - from;
        return n;
    }

    public void Change(IReadOnlyList<Cidr> allow, SyslogLimits limits)
    {
        _where = _where with { Allow = allow };
        _limits = limits;
    }

    public void Stop()
    {
        _stopping = true;
        _socket.Shutdown();
        if (_thread.IsAlive) _thread.Join();
    }

    public void Dispose()
    {
        Stop();
        CountKernelDrops();
        using (_to.Journal.BeginAppend()) _isClosed = true;
        _socket.Dispose();
    }
}
