using Portolan.Formats.Syslog;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store;
using Portolan.Store.Journal;
using Portolan.Store.Segments;

namespace Portolan.Collect.Pipeline;

/// <summary>
/// Takes durable records from the journal, makes rows of them, passes them through the stages and gives them to the store: one thread, in journal order.
/// It reads files, live and at replay alike, so that a burst is a longer journal and a crash is a replay.
/// </summary>
public sealed class Pipeline : IDisposable
{
    // Small enough to show a row within a second at any rate, large enough that a call per stretch costs nothing.
    const int StretchRecords = 2048, StretchBytes = 2 << 20;
    // A datagram of 64 KiB could hold 16,000 tiny messages; its rows must fit into one batch. What is past this number stays together in the last row.
    const int MostParts = 1024;
    static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(200);

    readonly JournalReader _reader;
    readonly ReplayTrouble? _trouble;
    readonly IReadOnlyList<JournalRange> _setAside;
    readonly JournalWriter? _journal;
    readonly EventStore _store;
    readonly IReadOnlyList<IStage> _stages;
    readonly LedgerStage _count;
    readonly Ledger _ledger;
    readonly Action<string> _tell;
    readonly JournalRecord[] _records = new JournalRecord[StretchRecords];
    readonly RecordHeader[] _headers = new RecordHeader[EventBatch.Capacity];
    readonly Slice[] _parts = new Slice[MostParts];
    readonly CancellationTokenSource _stop = new();
    readonly object _progress = new(), _counting = new();
    Thread? _thread;
    long _processed = -1;

    /// <param name="reader">Stands at the store's sealed position.</param>
    /// <param name="count">Comes after the stages, for every row, whatever became of it there.</param>
    /// <param name="journal">The live journal; null when a stopped server's directory is read.</param>
    /// <param name="setAside">Records in the journal's quarantine: they are counted and passed over.</param>
    /// <param name="trouble">What earlier processes ended over; null: nobody keeps it.</param>
    public Pipeline(JournalReader reader, JournalWriter? journal, EventStore store, IReadOnlyList<IStage> stages, LedgerStage count,
        Ledger ledger, Action<string> tell, IReadOnlyList<JournalRange>? setAside = null, ReplayTrouble? trouble = null)
    {
        (_reader, _journal, _store, _stages, _count, _ledger, _tell) = (reader, journal, store, stages, count, ledger, tell);
        (_setAside, _trouble) = (setAside ?? [], trouble);
    }

    /// <summary>The last sequence of the journal's epoch whose rows, and all before them, searches can see; −1 while what a former run left is replayed.</summary>
    public long Processed => Volatile.Read(ref _processed);

    /// <summary>
    /// Reads the ledger at one moment: no record is received meanwhile, and none is between counted and <see cref="Processed"/>.
    /// </summary>
    /// <returns>Its rows, and how many records of the journal they do not count yet.</returns>
    public (IReadOnlyList<LedgerRow> Rows, long Waiting) Counts()
    {
        if (_journal == null) return (_ledger.Snapshot(), 0);
        using var append = _journal.BeginAppend();
        lock (_counting) return (_ledger.Snapshot(), append.LastSequence - Math.Max(0, Processed));
    }

    /// <summary>What ended the pipeline before its time; null while it runs.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Raised on the pipeline's thread when it fails: the process cannot go on.</summary>
    public event Action<Exception>? Failed;

    public void Start()
    {
        _thread = new Thread(Run) { Name = "pipeline", IsBackground = true };
        _thread.Start();
    }

    void Run()
    {
        ThreadShare.Processing();
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                // What is durable is asked before looking: a record that comes in between ends the wait at once.
                long committed = _journal!.CommittedSequence;
                if (!Step())
                {
                    _trouble?.Through();
                    Reached(committed);
                    _journal.WaitCommitted(committed + 1, Idle, _stop.Token);
                }
                _store.Tick();
            }
        }
        catch (Exception e)
        {
            lock (_progress)
            {
                Failure = e;
                Monitor.PulseAll(_progress);
            }
            // What the disk refuses is no fault of the records.
            if ((e is IOException ? e.InnerException : e) is { } bug and not IOException)
                _trouble?.Failed(_store.HasFailed && _store.Sealed < _stretch ? _store.Sealed : _stretch, _reader.Position);
            else _trouble?.Through();
            Failed?.Invoke(e);
        }
    }

    /// <summary>Runs until everything that the journal held at open is in the store, without a thread: for a stopped server's directory.</summary>
    public void RunToEnd()
    {
        while (Step())
        {
        }
    }

    /// <summary>Blocks until rows up to a journal sequence are visible. False when cancelled or out of time; throws when the pipeline has failed.</summary>
    public bool WaitProcessed(long sequence, TimeSpan patience, CancellationToken cancel)
    {
        long begin = Environment.TickCount64;
        using var _ = cancel.UnsafeRegister(p =>
        {
            lock (p!) Monitor.PulseAll(p);
        }, _progress);
        lock (_progress)
        {
            while (Processed < sequence)
            {
                if (Failure != null) throw new InvalidOperationException("the pipeline has stopped: " + Failure.Message, Failure);
                long left = (long)patience.TotalMilliseconds - (Environment.TickCount64 - begin);
                if (cancel.IsCancellationRequested || left <= 0) return false;
                Monitor.Wait(_progress, (int)left);
            }
            return true;
        }
    }

    JournalPosition _stretch; // where the stretch in work begins

    bool Step()
    {
        _stretch = _reader.Position;
        var batch = _store.Current();
        int from = batch.Count, most = StretchRecords;
        JournalRange? aside = NextSetAside(_stretch);
        JournalPosition? upTo = aside is { } next ? new(next.Epoch, next.First - 1) : null;
        bool careful = _trouble?.IsCareful(_stretch, ref most) == true;
        int n = _reader.Fill(batch, _records.AsSpan(0, Math.Min(most, EventBatch.Capacity - from)), StretchBytes, upTo);
        if (n == 0 && _reader.NeedsNewBatch)
        {
            batch = _store.Next();
            from = 0;
            n = _reader.Fill(batch, _records.AsSpan(0, most), StretchBytes, upTo);
        }
        if (n == 0) return aside is { } here && PassSetAside(here);
        Take(batch, from, n);
        // Here an earlier process ended, maybe while it sealed: small stretches to the end of the way show which records it is.
        if (careful)
        {
            _store.Seal();
            _store.WaitSealed();
        }
        return true;
    }

    JournalRange? NextSetAside(JournalPosition at)
    {
        foreach (var range in _setAside)
            if (new JournalPosition(range.Epoch, range.Last) >= at) return range;
        return null;
    }

    /// <summary>Counts records that were set aside, before which none is left, and goes past them.</summary>
    bool PassSetAside(JournalRange range)
    {
        var aside = new EventBatch();
        int n = _reader.Fill(aside, _records, StretchBytes, new(range.Epoch, range.Last));
        if (n == 0) return false;
        lock (_counting)
        {
            foreach (ref readonly var r in _records.AsSpan(0, n))
                _ledger.Count(Endpoints.Entrance(r.Header.Listener), LedgerReasons.SetAside, 1, LedgerPart.Entrance);
            _store.Publish(_reader.Position);
            if (_reader.Position.Epoch == _journal?.Epoch) Reached(_reader.Position.Sequence - 1);
        }
        return true;
    }

    void Take(EventBatch batch, int from, int n)
    {
        for (int i = 0; i < n; i++)
        {
            ref readonly var r = ref _records[i];
            int parts = Split(batch, r);
            if (batch.Count + parts > EventBatch.Capacity)
            {
                // A record's rows stay together; what of this stretch has no room is read again into a new batch.
                Finish(batch, from, new(batch.Epoch, r.Sequence));
                _reader.Seek(new(batch.Epoch, r.Sequence));
                _store.Next();
                return;
            }
            AddRows(batch, r, parts);
        }
        Finish(batch, from, _reader.Position);
    }

    // A datagram may hold several messages; everything else was framed before it was journaled.
    int Split(EventBatch batch, in JournalRecord r)
    {
        _parts[0] = new(r.Start, r.Length);
        if (r.Header.Listener != Endpoints.SyslogUdp.Number && r.Header.Listener != Endpoints.SyslogOwnUdp.Number) return 1;
        var datagram = batch.Bytes.AsSpan(r.Start, r.Length);
        var splitter = new DatagramSplitter(datagram);
        int n = 0;
        while (splitter.TryNext(out int start, out int length))
        {
            if (n == MostParts - 1) length = datagram.Length - start;
            _parts[n++] = new(r.Start + start, length);
            if (n == MostParts) break;
        }
        // Nothing but line ends: it was received, so it is a row.
        return Math.Max(n, 1);
    }

    void AddRows(EventBatch batch, in JournalRecord r, int parts)
    {
        for (int i = 0; i < parts; i++)
        {
            int row = batch.Count++;
            batch.Payload[row] = _parts[i];
            batch.Sequence[row] = r.Sequence;
            batch.Index[row] = i;
            _headers[row] = r.Header;
        }
    }

    void Finish(EventBatch batch, int from, JournalPosition next)
    {
        int to = batch.Count;
        if (to > from) Process(batch, from, to);
        lock (_counting)
        {
            if (to > from) _count.Process(batch, from, to);
            _store.Publish(next);
            if (next.Epoch == _journal?.Epoch) Reached(next.Sequence - 1);
        }
    }

    void Reached(long sequence)
    {
        lock (_progress)
        {
            Volatile.Write(ref _processed, sequence);
            Monitor.PulseAll(_progress);
        }
    }

    void Process(EventBatch batch, int from, int to)
    {
        try
        {
            Seed(batch, from, to);
            foreach (var stage in _stages) stage.Process(batch, from, to);
        }
        catch (Exception)
        {
            // A bug of ours in one row must not cost the others: all are cleared and run again one by one.
            batch.ClearRowsFrom(from);
            OneByOne(batch, from, to);
        }
    }

    void OneByOne(EventBatch batch, int from, int to)
    {
        for (int row = from; row < to; row++)
        {
            string at = "";
            batch.Count = row + 1;
            try
            {
                Seed(batch, row, row + 1);
                foreach (var stage in _stages)
                {
                    at = stage.Name;
                    stage.Process(batch, row, row + 1);
                }
            }
            catch (Exception e)
            {
                batch.ClearRowsFrom(row);
                Seed(batch, row, row + 1);
                batch.Status[row] = ParseStatus.Failed;
                _ledger.Count("pipeline", "failed-in-" + at);
                // Not of our own events: one that throws would make the next.
                string severity = batch.Listener[row] == Endpoints.OwnListener ? LogSeverity.Info : LogSeverity.Error;
                _tell($"{severity}pipeline: stage {at} threw on event {batch.Id(row)}, which is stored raw: {e.GetType().Name}: {e.Message}");
            }
        }
        batch.Count = to;
    }

    // What is known before any stage has looked at the bytes.
    void Seed(EventBatch batch, int from, int to)
    {
        long[] time = batch.Numbers(Fields.StartTime);
        var sender = batch.Addresses(Fields.SendingIp);
        for (int row = from; row < to; row++)
        {
            ref readonly var h = ref _headers[row];
            time[row] = h.Time;
            sender[row] = h.Sender;
            batch.Listener[row] = h.Listener;
            batch.Origin[row] = h.Origin;
            batch.Status[row] = ParseStatus.Unparsed;
            if ((h.Flags & (RecordFlags.Truncated | RecordFlags.HalfFrame)) != 0) batch.Numbers(Fields.IsTruncated)[row] = 1;
            if ((h.Flags & RecordFlags.OwnTime) != 0) batch.Numbers(Fields.RetentionBucket)[row] = ImportBucket;
        }
    }

    /// <summary>The retention bucket of imported and simulated records, whose starttime is their own device time.</summary>
    public const int ImportBucket = StoreOptions.ImportBucket;

    public void Dispose()
    {
        _stop.Cancel();
        _thread?.Join();
        _stop.Dispose();
    }
}
