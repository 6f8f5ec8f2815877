using System.Globalization;
using Portolan.Model;
using Portolan.Store;
using Portolan.Store.Aql;
using Portolan.Store.Files;
using Portolan.Store.Journal;

namespace Portolan.Collect.Forwarding;

/// <summary>What forwarders share.</summary>
/// <param name="Folder">Where cursors lie.</param>
/// <param name="Visible">The first record whose rows may not be in the store yet; null while what a former run left is replayed.</param>
/// <param name="Begin">Where a receiver begins that was never there before: what arrives from now on.</param>
/// <param name="OwnType">The log source type of what Portolan says itself, which a receiver gets only when it asks.</param>
public sealed record ForwardWork(EventStore Store, IFiles Files, string Folder, Ledger Ledger, TimeProvider Clock, Func<JournalPosition?> Visible,
    Func<JournalPosition> Begin, Action<string> Tell, long? OwnType = null);

delegate Connection ConnectTo(Receiver receiver, TimeSpan patience, Action waiting, CancellationToken stop);

/// <summary>
/// Sends one receiver its messages: a thread of its own that reads behind its cursor from the store, so that neither a slow nor an absent receiver holds up
/// anything or takes memory. At least once: the cursor moves past what the receiver has for certain, see <see cref="SendWindow"/>.
/// </summary>
sealed class Forwarder : IDisposable
{
    static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100), SaveEvery = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromSeconds(5),
        GoodBye = TimeSpan.FromSeconds(2), Sound = TimeSpan.FromSeconds(1), Lasting = TimeSpan.FromMinutes(1),
        FirstPause = TimeSpan.FromMilliseconds(500), LongestPause = TimeSpan.FromSeconds(15);

    readonly ForwardWork _work;
    readonly AqlCondition? _when;
    readonly ConnectTo _connect;
    readonly StoredMessages _stored;
    readonly SendWindow _window;
    readonly CancellationTokenSource _finish = new(), _stop = new();
    readonly Thread _thread;
    readonly Ledger.Counter _forwarded, _repeated, _notSelected, _notStored, _empty, _senderNotKept, _attempts;
    readonly Lock _shown = new();
    JournalPosition _has; // the receiver's system has the records before it; under _shown
    volatile string _state = "not connected yet";
    (JournalPosition Safe, JournalPosition Counted) _saved;
    long _savedAt, _connectedAt, _failingSince;
    bool _isUp, _isFailing;
    int _failures;

    /// <param name="connect">Null: over the network.</param>
    public Forwarder(ForwardWork work, Receiver receiver, AqlCondition? when, ConnectTo? connect = null)
    {
        (_work, Receiver, _when, _connect) = (work, receiver, when, connect ?? Connect);
        _stored = new(work.Store, Tell, receiver.Internal ? null : work.OwnType);
        (_forwarded, _repeated, _attempts) = (Cell(LedgerReasons.Forwarded), Cell(LedgerReasons.Repeated), Cell(LedgerReasons.FailedAttempts));
        (_notSelected, _notStored) = (Cell(LedgerReasons.NotSelected), Cell(LedgerReasons.NotStored));
        (_empty, _senderNotKept) = (Cell(LedgerReasons.Empty), Cell(LedgerReasons.SenderNotKept));
        var state = ForwardCursor.Read(work.Files, work.Folder, receiver.Name, out var cursor);
        if (state == AtomicFileState.Damaged)
            Tell(LogSeverity.Error, $"its cursor {Path.Combine(work.Folder, receiver.Name)} is damaged: it begins with what arrives from now on; try: portolan search finds what it may lack");
        if (state == AtomicFileState.Read)
        {
            cursor.CountInto(work.Ledger, receiver.LedgerSource);
            _window = new(cursor.Safe, cursor.Counted);
            _saved = (cursor.Safe, cursor.Counted);
        }
        else
        {
            _window = new(work.Begin(), default);
            Save(now: true); // from now on it is known, also if nothing ever arrives there
        }
        _has = _window.Counted;
        _thread = new(Run) { Name = "forward " + receiver.Name, IsBackground = true };
    }

    Ledger.Counter Cell(string reason) => _work.Ledger.Cell(Receiver.LedgerSource, reason, LedgerPart.Receiver);

    Connection Connect(Receiver receiver, TimeSpan patience, Action waiting, CancellationToken stop) => receiver.Transport == ReceiverTransport.Udp
        ? new DatagramConnection(receiver, patience, _work.Clock, stop)
        : StreamConnection.Connect(receiver, patience, waiting, stop);

    public Receiver Receiver { get; }

    /// <summary>How it stands, for people.</summary>
    public string State => $"{Receiver.To}, {_state}";

    void Tell(string severity, string line) => _work.Tell($"{severity}forward {Receiver.Name}: {line}");

    void Tell(string line) => Tell("", line);

    public void Start()
    {
        if (Receiver.KeepSender && !DatagramConnection.MayKeepSender())
            Tell("keep-sender needs the right to send raw packets, which this process does not have: messages go out with this host's address; "
                + "try: AmbientCapabilities=CAP_NET_RAW in the unit, or setcap cap_net_raw+ep on the program");
        _thread.Start();
    }

    /// <summary>How many records the receiver's system does not have yet, and how long the oldest of them has waited.</summary>
    public (long Records, TimeSpan Lag) Waiting
    {
        get
        {
            JournalPosition has;
            lock (_shown) has = _has;
            if (_work.Visible() is not { } visible || has >= visible) return default;
            long records = visible.Sequence - (visible.Epoch == has.Epoch ? Math.Max(1, has.Sequence) : 1);
            long since = StoredMessages.TimeOf(_work.Store, has, visible), now = (_work.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
            return (records, since > 0 && since < now ? TimeSpan.FromMicroseconds(now - since) : TimeSpan.Zero);
        }
    }

    void Run()
    {
        ThreadShare.Sealing();
        while (!_finish.IsCancellationRequested)
        {
            Connection? connection = null;
            string? why = null;
            bool cutShort = false;
            try
            {
                // Not on this thread, which gives way to all others: on a busy machine its share would not do for a TLS handshake in the time that there is.
                connection = Task.Run(() => _connect(Receiver, Patience, () => Look(connection), _stop.Token)).GetAwaiter().GetResult();
                _connectedAt = _work.Clock.GetTimestamp();
                _window.Connected();
                Serve(connection);
            }
            catch (OperationCanceledException)
            {
                cutShort = true;
            }
            catch (IOException e)
            {
                why = e.Message;
            }
            catch (Exception e)
            {
                why = $"a fault of ours: {e}";
            }
            try
            {
                if (connection != null) End(connection, orderly: why == null && !cutShort, broke: why != null);
                Save(now: true);
            }
            catch (Exception e)
            {
                // Nothing that goes wrong here may end the process: reception has no part in it.
                _window.Broke(readAll: false);
                why ??= $"a fault of ours: {e}";
            }
            if (why != null) Failed(why);
        }
    }

    // Reading goes as fast as the receiver takes it; what is not sent yet stays in the store.
    void Serve(Connection to)
    {
        while (true)
        {
            _stop.Token.ThrowIfCancellationRequested();
            // What goes out again ends where counting goes on.
            bool again = _window.Read < _window.Counted;
            var visible = _work.Visible() ?? _window.Read;
            if (again && _window.Counted < visible) visible = _window.Counted;
            bool found = _stored.Read(_window.Read, visible, _when);
            if (found) Send(to, again);
            Look(to);
            if (found && (again || _stored.Next < visible)) continue;
            to.ThrowIfEnded();
            if (_finish.IsCancellationRequested) return;
            _finish.Token.WaitHandle.WaitOne(Idle);
        }
    }

    void Send(Connection to, bool again)
    {
        Passed passed = default;
        var messages = _stored.Messages;
        long notKept = to.SenderNotKept;
        for (int i = 0; i < messages.Count; i++)
        {
            var m = messages[i];
            var bytes = _stored.Bytes(m);
            if (bytes.IsEmpty)
            {
                if (!again) passed += new Passed(0, 0, 0, Empty: 1, 0);
                continue;
            }
            to.Add(bytes, m.Sender);
            if (!again) passed += new Passed(1, 0, 0, 0, 0);
            if (new JournalPosition(_stored.Next.Epoch, m.Sequence) < _window.SentUpTo) Interlocked.Increment(ref _repeated.Value);
            // A record's messages are passed together.
            if (!to.IsFull) continue;
            to.Flush();
            if (i + 1 == messages.Count || messages[i + 1].Sequence == m.Sequence) continue;
            passed += new Passed(0, 0, 0, 0, to.SenderNotKept - notKept);
            notKept = to.SenderNotKept;
            _window.Sent(to.Written, new(_stored.Next.Epoch, messages[i + 1].Sequence), passed);
            passed = default;
            Look(to);
        }
        to.Flush();
        passed += new Passed(0, again ? 0 : _stored.NotSelected, again ? 0 : _stored.NotStored, 0, to.SenderNotKept - notKept);
        _window.Sent(to.Written, _stored.Next, passed);
    }

    /// <summary>Sees how far the receiver is, keeps it, and ends a wait when we stop.</summary>
    void Look(Connection? at)
    {
        _stop.Token.ThrowIfCancellationRequested();
        if (at == null) return;
        Account(at);
        if (!_isUp && _work.Clock.GetElapsedTime(_connectedAt) >= Sound) Up(at);
        Save(now: false);
    }

    void Account(Connection at)
    {
        var (acknowledged, unread) = at.Delivered();
        var passed = _window.Acknowledged(acknowledged, unread);
        lock (_shown) _has = _window.Counted;
        if (passed == default) return;
        Interlocked.Add(ref _forwarded.Value, passed.Messages);
        Interlocked.Add(ref _notSelected.Value, passed.NotSelected);
        Interlocked.Add(ref _notStored.Value, passed.NotStored);
        Interlocked.Add(ref _empty.Value, passed.Empty);
        Interlocked.Add(ref _senderNotKept.Value, passed.SenderNotKept);
        if (passed.NotStored > 0) Tell(LogSeverity.Error, $"{passed.NotStored} records had waited longer than the store keeps them, or were damaged: they are lost to it");
    }

    void Up(Connection at)
    {
        _isUp = true;
        _state = $"connected to {at.Peer} since {Now()}";
        if (_isFailing) Tell(LogSeverity.Notice, $"{Receiver.To}: connected to {at.Peer} again after {_work.Clock.GetElapsedTime(_failingSince).TotalSeconds:0} s; {Waiting.Records} records wait");
        else Tell(LogSeverity.Info, $"{Receiver.To}: connected to {at.Peer}");
        _isFailing = false;
    }

    void End(Connection connection, bool orderly, bool broke)
    {
        using var _ = connection;
        bool readAll = false;
        try
        {
            readAll = orderly && connection.Finish(GoodBye) || broke && connection.HasReadAll();
            Account(connection);
        }
        catch (IOException)
        {
            // It says once more that it is broken.
        }
        _window.Broke(readAll);
        if (_work.Clock.GetElapsedTime(_connectedAt) >= Lasting) _failures = 0;
    }

    void Failed(string why)
    {
        _isUp = false;
        if (_stop.IsCancellationRequested) return;
        Interlocked.Increment(ref _attempts.Value);
        _failures = Math.Min(_failures + 1, 10);
        if (!_isFailing)
        {
            _failingSince = _work.Clock.GetTimestamp();
            Tell($"{Receiver.To}: {why}; messages wait in the store, and it is tried again at most every {LongestPause.TotalSeconds:0} s");
            _state = $"failing since {Now()}: {why}";
        }
        else _state = $"{_state.Split(": ")[0]}: {why}";
        _isFailing = true;
        // Not all at once when a receiver of many comes back.
        double pause = Math.Min(FirstPause.TotalSeconds * Math.Pow(2, _failures - 1), LongestPause.TotalSeconds) * (0.75 + 0.5 * Random.Shared.NextDouble());
        _finish.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(pause));
    }

    string Now() => _work.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    void Save(bool now)
    {
        var position = (_window.Safe, _window.Counted);
        if (position == _saved || !now && _work.Clock.GetElapsedTime(_savedAt) < SaveEvery) return;
        _savedAt = _work.Clock.GetTimestamp();
        var counts = new[] { LedgerReasons.Forwarded, LedgerReasons.Repeated, LedgerReasons.NotSelected, LedgerReasons.NotStored, LedgerReasons.Empty,
            LedgerReasons.SenderNotKept, LedgerReasons.FailedAttempts };
        try
        {
            new ForwardCursor(_window.Safe, _window.Counted, [.. counts.Select(r => (r, Interlocked.Read(ref Cell(r).Value)))])
                .Write(_work.Files, _work.Folder, Receiver.Name);
            _saved = position;
        }
        catch (IOException)
        {
            // A full disk is told by the journal; a cursor that is old sends more than once, and is written a second later.
        }
    }

    /// <summary>Sends what can still be seen, says good-bye and ends, if the receiver lets it.</summary>
    public void Finish() => _finish.Cancel();

    /// <summary>Waits so long for the end that <see cref="Finish"/> asked for, and then stops.</summary>
    public void Join(TimeSpan patience)
    {
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted) || _thread.Join(patience)) return;
        _stop.Cancel();
        _thread.Join();
    }

    public void Dispose()
    {
        Finish();
        Join(TimeSpan.Zero);
        _finish.Dispose();
        _stop.Dispose();
    }
}
