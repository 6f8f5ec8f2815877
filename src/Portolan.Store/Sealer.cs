using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Store.Segments;

namespace Portolan.Store;

/// <summary>Batches to be sealed together.</summary>
/// <param name="End">The journal position behind their last row.</param>
/// <param name="Cursor">What the cursor file becomes: that position, and the stages' state at it.</param>
/// <param name="Learnt"><see cref="ILateText.Learnt"/> before their first row was processed.</param>
sealed record SealJob(IReadOnlyList<EventBatch> Batches, JournalPosition End, MemoryStream Cursor, long Learnt);

/// <summary>
/// Writes segments on a thread of its own, one job at a time, and then moves the cursor. What <paramref name="done"/> does with them, it does under the
/// store's lock <paramref name="gate"/>, together with the end of the job.
/// </summary>
/// <param name="late">Asked for what rows lack, if anything was learnt since their first.</param>
/// <param name="begin">Called before segments are written.</param>
/// <param name="full">Called when the disk refuses: it may make room.</param>
/// <param name="after">Called when all is done, without the lock.</param>
sealed class Sealer(IFiles files, string directory, SegmentWriter writer, ILateText? late, object gate, Action begin,
    Action<SealJob, List<SegmentReader>> done, Action<SealJob> after, Action full, Action<string> tell)
{
    readonly Queue<SealJob> _jobs = [];
    Thread? _thread;
    bool _closing, _lastTry;
    Exception? _failure;

    public void Start()
    {
        _thread = new Thread(Run) { Name = "seal", IsBackground = true };
        _thread.Start();
    }

    public bool HasFailed => Volatile.Read(ref _failure) != null;

    public void ThrowIfFailed()
    {
        if (_failure != null) throw new IOException($"the store cannot seal: {_failure.Message}", _failure);
    }

    /// <summary>Waits until nothing is being sealed. Under the lock, which is given up meanwhile.</summary>
    public void WaitIdle()
    {
        while (_jobs.Count > 0 && _failure == null) Monitor.Wait(gate);
        ThrowIfFailed();
    }

    /// <summary>Takes a job. Under the lock.</summary>
    public void Take(SealJob job)
    {
        _jobs.Enqueue(job);
        Monitor.PulseAll(gate);
    }

    void Run()
    {
        ThreadShare.Sealing();
        while (true)
        {
            SealJob job;
            lock (gate)
            {
                while (_jobs.Count == 0 && !_closing) Monitor.Wait(gate);
                if (_jobs.Count == 0) return;
                job = _jobs.Peek();
            }
            try
            {
                SealWithRetry(job);
            }
            catch (Exception e)
            {
                lock (gate)
                {
                    _failure = e;
                    Monitor.PulseAll(gate);
                }
                return;
            }
            after(job);
        }
    }

    // A full disk is not the end: the journal keeps what arrives until there is room again (or it is full itself and says so).
    void SealWithRetry(SealJob job)
    {
        for (bool told = false; ; told = true)
        {
            try
            {
                Seal(job);
                if (told) tell($"{LogSeverity.Notice}store: sealing goes on");
                return;
            }
            catch (IOException e) when (!Volatile.Read(ref _lastTry))
            {
                if (!told) tell($"{LogSeverity.Error}store: cannot write a segment: {e.Message}; try: free space under {directory}. Nothing is lost, sealing is tried again every second");
                full();
                Thread.Sleep(1000);
            }
        }
    }

    void Seal(SealJob job)
    {
        begin();
        var ask = late?.Learnt != job.Learnt ? late : null;
        var made = new List<SegmentReader>();
        try
        {
            foreach (var (key, range, rows) in SealKeys.Split(job.Batches))
                made.Add(SegmentReader.Open(files, directory, writer.Write(files, directory, key, range, rows, ask).Name));
            SealedPosition.Write(files, directory, job.Cursor);
        }
        catch
        {
            made.ForEach(s => s.Dispose());
            throw;
        }
        lock (gate)
        {
            done(job, made);
            _jobs.Dequeue();
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>A disk that refuses is not waited for from now on: what is not sealed is made again from the journal.</summary>
    public void LastTry() => Volatile.Write(ref _lastTry, true);

    /// <summary>Ends the thread when all jobs are done.</summary>
    public void Close()
    {
        lock (gate)
        {
            _closing = true;
            Monitor.PulseAll(gate);
        }
        _thread?.Join();
    }
}
