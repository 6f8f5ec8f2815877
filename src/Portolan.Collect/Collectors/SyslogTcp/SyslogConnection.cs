using System.Net.Sockets;
using System.Security.Authentication;
using Portolan.Formats.Syslog;
using Portolan.Model;
using Portolan.Store.Journal;

namespace Portolan.Collect.Collectors.SyslogTcp;

/// <summary>One sender's stream, plain or TLS: bytes are framed where they were received and copied once, into the journal.</summary>
/// <param name="socket">What <paramref name="stream"/> reads from.</param>
/// <param name="certificate">Fingerprint of the sender's certificate, to stand in each record; or empty.</param>
sealed class SyslogConnection(
    Stream stream, Socket socket, Address sender, ushort port, byte[] certificate, Endpoint endpoint, SyslogLimits limits, Reception to)
{
    // A frame is judged when it is complete, so the buffer holds the longest one, its count, and what one read adds.
    readonly byte[] _buffer = new byte[limits.MaxMessage + (64 << 10)];
    readonly StreamFramer _framer = new(limits.MaxMessage);
    readonly Ledger.Counter _received = to.Ledger.Cell(endpoint.Id, LedgerReasons.Received, LedgerPart.Arrival);
    Frame? _refused;
    int _used;
    long _frameBegan;

    static readonly TimeSpan LastReads = TimeSpan.FromSeconds(3), Moment = TimeSpan.FromMilliseconds(250);

    public async Task Run(CancellationToken stop)
    {
        // One source for all waits of the connection: a receive that is called off, not abandoned, lets the socket close in order instead of by a reset.
        using var wait = new CancellationTokenSource(Timeout.InfiniteTimeSpan, to.Clock);
        using var stopping = stop.UnsafeRegister(static w => ((CancellationTokenSource)w!).Cancel(), wait);
        DateTimeOffset? deadline = null;
        while (true)
        {
            int n;
            try
            {
                n = await Receive(wait);
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                if (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset }) to.Ledger.Count(endpoint.Id, LedgerReasons.ConnectionReset, 1, LedgerPart.Arrival);
                n = 0;
            }
            catch (OperationCanceledException)
            {
                // Silent for too long, or we stop: what the kernel has taken from the sender is kept, also a half message, for it will not be sent again.
                if (deadline == null && !stop.IsCancellationRequested) to.Ledger.Count(endpoint.Id, LedgerReasons.IdleClosed, 1, LedgerPart.Arrival);
                n = to.Clock.GetUtcNow() < (deadline ??= to.Clock.GetUtcNow() + LastReads) ? await AtHand() : 0;
            }
            _used += n;
            if (!await Drain(ended: n == 0, stop) || n == 0) return;
        }
    }

    /// <summary>Reads what has arrived already; 0 when that is nothing.</summary>
    async ValueTask<int> AtHand()
    {
        // A TLS stream may hold messages that no socket has any more; and what the socket has may be the beginning of a record that never ends.
        using var patience = new CancellationTokenSource(socket.Available > 0 ? Moment : TimeSpan.Zero);
        try
        {
            return await stream.ReadAsync(_buffer.AsMemory(_used), patience.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
        {
            return 0;
        }
    }

    // A connection may rest for hours between messages, but not within one.
    async ValueTask<int> Receive(CancellationTokenSource wait)
    {
        var pending = stream.ReadAsync(_buffer.AsMemory(_used), wait.Token);
        if (pending.IsCompletedSuccessfully) return pending.Result;
        var longest = limits.IdleTimeout;
        if (_used > 0)
        {
            var left = limits.MessageTimeout - to.Clock.GetElapsedTime(_frameBegan);
            longest = left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
        }
        wait.CancelAfter(longest);
        int n = await pending;
        wait.CancelAfter(Timeout.InfiniteTimeSpan);
        return n;
    }

    /// <summary>False when the rest had to be given up.</summary>
    async ValueTask<bool> Drain(bool ended, CancellationToken stop)
    {
        int at = 0;
        while (!Append(ref at, ended))
        {
            // Bytes taken from the sender must reach the journal. Only a stop ends the wait, some seconds later: the disk may stay full for days.
            if (await Room(stop)) continue;
            GiveUp(at);
            return false;
        }
        int rest = _used - at;
        if (at > 0)
        {
            _buffer.AsSpan(at, rest).CopyTo(_buffer);
            if (rest > 0) _frameBegan = to.Clock.GetTimestamp();
        }
        else if (rest > 0 && _frameBegan == 0) _frameBegan = to.Clock.GetTimestamp();
        if (rest == 0) _frameBegan = 0;
        _used = rest;
        return true;
    }

    void GiveUp(int at)
    {
        int lost = 1;
        for (; _framer.TryRead(_buffer.AsSpan(at, _used - at), true, out int consumed, out int _, out int _, out var _); at += consumed) lost++;
        using (to.Journal.BeginAppend())
        {
            _received.Value += lost;
            to.Ledger.Count(endpoint.Id, LedgerReasons.JournalFull, lost, LedgerPart.Arrival);
        }
        to.Tell($"{LogSeverity.Error}{endpoint.Id}: stopped while the journal took nothing: the last {lost} messages of {sender} are lost");
    }

    async ValueTask<bool> Room(CancellationToken stop)
    {
        try
        {
            return await to.Journal.RoomAsync(stop);
        }
        catch (OperationCanceledException)
        {
            using var patience = new CancellationTokenSource(LastReads, to.Clock);
            try
            {
                return await to.Journal.RoomAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }

    // False when the journal has no room for the next frame, which then waits in _refused: the framer is past it.
    bool Append(ref int at, bool ended)
    {
        if (_used == at && !ended) return true;
        long now = to.Now();
        using var append = to.Journal.BeginAppend();
        while (true)
        {
            if (_refused is not { } frame)
            {
                bool found = _framer.TryRead(_buffer.AsSpan(at, _used - at), ended, out int consumed, out int start, out int length, out var flags);
                frame = new(at + start, length, flags);
                at += consumed;
                if (!found) return true;
            }
            var header = new RecordHeader(now, (ushort)endpoint.Number, Flags(frame.Flags), sender, port, 0);
            _refused = append.Add(header, _buffer.AsSpan(frame.Start, frame.Length), certificate) ? null : frame;
            if (_refused != null) return false;
            _received.Value++; // under the journal's lock, as everything that was received
        }
    }

    RecordFlags Flags(FrameFlags frame)
    {
        var flags = RecordFlags.None;
        if ((frame & FrameFlags.Truncated) != 0)
        {
            flags |= RecordFlags.Truncated;
            to.Ledger.Count(endpoint.Id, LedgerReasons.Truncated, 1, LedgerPart.Arrival);
        }
        if ((frame & FrameFlags.HalfFrame) != 0)
        {
            flags |= RecordFlags.HalfFrame;
            to.Ledger.Count(endpoint.Id, LedgerReasons.HalfFrame, 1, LedgerPart.Arrival);
        }
        return flags;
    }

    readonly record struct Frame(int Start, int Length, FrameFlags Flags);
}
