using Microsoft.AspNetCore.Http;
using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Ariel;

/// <summary>How much searches may take together.</summary>
public sealed record SearchLimits
{
    /// <summary>Run at the same time; each uses every core it gets.</summary>
    public int Running { get; init; } = 4;

    /// <summary>Wait or run, of one owner and in all; one more is refused.</summary>
    public int Pending { get; init; } = 32;

    public int PendingInAll { get; init; } = 128;

    /// <summary>Kept after their end, of one owner and in all; the oldest that nobody saved goes first.</summary>
    public int Kept { get; init; } = 100;

    public int KeptInAll { get; init; } = 500;

    /// <summary>Bytes of rows on disk, of one search and in all.</summary>
    public long Bytes { get; init; } = 1L << 30;

    public long BytesInAll { get; init; } = 4L << 30;

    /// <summary>How full the disk may become, in percent: what arrives needs the rest.</summary>
    public int DiskPercent { get; init; } = 90;

    /// <summary>How long after its end a search is kept: 24 hours, a week when someone saved it.</summary>
    public static TimeSpan Life(bool saved) => saved ? TimeSpan.FromDays(7) : TimeSpan.FromHours(24);
}

/// <summary>
/// Searches that outlive the request that asked for them. They wait for their turn, which goes to the owner who has the fewest running; their rows are
/// kept in <c>DATA/run/searches</c> until they expire or are deleted. Those that have completed are there again when the next server begins.
/// </summary>
public sealed class SearchJobs : IAsyncDisposable
{
    // A search lies beside its rows.
    const string Told = ".json";

    readonly Func<Caller, ILocalApi> _apiFor;
    readonly string _folder;
    readonly TimeProvider _clock;
    readonly Action<string> _tell;
    readonly SearchLimits _limits;
    readonly ITimer _sweeper;
    readonly Lock _lock = new();
    readonly Dictionary<string, SearchJob> _jobs = new(StringComparer.Ordinal);
    readonly List<SearchJob> _waiting = [];
    readonly List<SearchJob> _running = [];
    bool _closed;

    /// <param name="apiFor">The data as one caller may see it.</param>
    /// <param name="folder">What an earlier process left in it counts on; anything else in it is removed.</param>
    /// <param name="tell">For bugs: one line to log.</param>
    public SearchJobs(Func<Caller, ILocalApi> apiFor, string folder, TimeProvider clock, Action<string> tell, SearchLimits? limits = null)
    {
        (_apiFor, _folder, _clock, _tell, _limits) = (apiFor, folder, clock, tell, limits ?? new());
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        TakeUp();
        Sweep();
        _sweeper = clock.CreateTimer(_ => Sweep(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    // What is not a whole search with its rows is of no use to anybody.
    void TakeUp()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in Directory.GetFiles(_folder, "*" + Told))
        {
            string rows = Path.ChangeExtension(path, null);
            if (StoredSearch.Read(path) is not { } stored || stored.Rows.Bytes != (File.Exists(rows) ? new FileInfo(rows).Length : 0)) continue;
            var job = new SearchJob(stored, new(rows, stored.Rows), _clock) { StoredAt = path };
            if (!_jobs.TryAdd(job.Id, job)) continue;
            known.Add(path);
            known.Add(rows);
        }
        foreach (string path in Directory.GetFileSystemEntries(_folder).Where(p => !known.Contains(p)))
        {
            if (Directory.Exists(path)) Directory.Delete(path, true);
            else File.Delete(path);
        }
    }

    /// <summary>Where the searches of a data directory lie.</summary>
    public static string FolderIn(string data) => Path.Combine(ControlSocket.Folder(data), "searches");

    /// <summary>
    /// Plans a search and puts it in the queue. What had arrived when it was asked for is in its answer, however long it waits. A name after INTO
    /// becomes its id.
    /// </summary>
    /// <exception cref="ApiException">The text is refused.</exception>
    /// <exception cref="HttpFault">409: the id is in use; 503: too many searches wait.</exception>
    public Task<SearchJob> StartAsync(Caller owner, string text, CancellationToken cancel) => StartAsync(owner, text, default, cancel);

    /// <param name="period">For a text without a time clause.</param>
    /// <inheritdoc cref="StartAsync(Caller, string, CancellationToken)"/>
    public async Task<SearchJob> StartAsync(Caller owner, string text, Period period, CancellationToken cancel)
    {
        var query = Parse(text);
        if (query.Database == null && Find(owner, query.Table) != null)
            throw new ApiException(FaultKind.Unanswerable, $"the result {query.Table} cannot be searched again", "a search reads events or flows", $"GET /api/ariel/searches/{query.Table}/results, or both in one query");
        string id = query.Into ?? Guid.NewGuid().ToString();
        lock (_lock) Admit(Owner(owner), id);
        var cancelling = new CancellationTokenSource();
        ResultSet? result = null;
        try
        {
            await using (cancel.Register(cancelling.Cancel)) result = await _apiFor(owner).SearchAsync(query.TextWithoutInto, period, cancelling.Token);
            string rows = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
            var job = new SearchJob(id, Owner(owner), text, result, new(rows), _clock, cancelling) { StoredAt = rows + Told };
            lock (_lock)
            {
                Admit(Owner(owner), id);
                _jobs.Add(id, job);
                _waiting.Add(job);
            }
            result = null;
            Next();
            Sweep();
            return job;
        }
        finally
        {
            if (result != null)
            {
                await result.DisposeAsync();
                cancelling.Dispose();
            }
        }
    }

    static AqlQuery Parse(string text)
    {
        try
        {
            return AqlQuery.Parse(text);
        }
        catch (AqlException e)
        {
            throw new ApiException(FaultKind.Syntax, e.Message, null, "docs/aql.md");
        }
    }

    void Admit(string owner, string id)
    {
        if (_jobs.ContainsKey(id)) throw new HttpFault(StatusCodes.Status409Conflict, 1004, $"the search id {id} is in use", null, "another name after INTO, or none");
        int his = _waiting.Count(j => j.Owner == owner) + _running.Count(j => j.Owner == owner);
        if (_closed || his >= _limits.Pending || _waiting.Count + _running.Count >= _limits.PendingInAll)
            throw new HttpFault(StatusCodes.Status503ServiceUnavailable, 1010, "too many searches wait for their turn", null, "again when some have ended, or cancel some") { RetryAfter = TimeSpan.FromSeconds(5) };
    }

    /// <summary>A search that the caller may see: his own; an administrator sees all. Null when there is none.</summary>
    public SearchJob? Find(Caller caller, string id)
    {
        lock (_lock) return _jobs.TryGetValue(id, out var job) && Sees(caller, job) ? job : null;
    }

    /// <summary>The searches that the caller may see, oldest first.</summary>
    public IReadOnlyList<SearchJob> Of(Caller caller)
    {
        lock (_lock) return [.. _jobs.Values.Where(j => Sees(caller, j)).OrderBy(j => j.Created)];
    }

    static bool Sees(Caller caller, SearchJob job) => job.Owner == Owner(caller) || caller.Role == Role.Admin;

    // Who may see other rows now than when he asked does not get those from before.
    static string Owner(Caller caller) => caller.Scope == null ? caller.Name : $"{caller.Name} {caller.Scope}";

    /// <summary>Stops it; the rows found so far stay.</summary>
    public void Cancel(SearchJob job) => Stop(job, forget: false);

    /// <summary>Stops it if need be, and forgets it with its rows.</summary>
    public void Remove(SearchJob job) => Stop(job, forget: true);

    /// <summary>Forgets what a name asked for when it is nobody's now, or its rows are not for it any more.</summary>
    /// <param name="now">Who bears the name; null: nobody.</param>
    public void Forget(string name, Caller? now)
    {
        List<SearchJob> gone;
        lock (_lock) gone = [.. _jobs.Values.Where(j => IsNoMore(j.Owner, name, now))];
        foreach (var job in gone) Remove(job);
    }

    /// <summary>The same where no server runs.</summary>
    /// <param name="folder"><see cref="FolderIn"/>; need not exist.</param>
    /// <exception cref="IOException">A file cannot be removed.</exception>
    public static void ForgetIn(string folder, string name, Caller? now)
    {
        if (!Directory.Exists(folder)) return;
        foreach (string path in Directory.GetFiles(folder, "*" + Told))
        {
            // What is no search the next server removes.
            if (StoredSearch.Read(path) is not { } stored || !IsNoMore(stored.Owner, name, now)) continue;
            File.Delete(path);
            File.Delete(Path.ChangeExtension(path, null));
        }
    }

    // No name holds a blank.
    static bool IsNoMore(string owner, string name, Caller? now) =>
        (owner == name || owner.StartsWith(name + " ", StringComparison.Ordinal)) && (now == null || owner != Owner(now));

    /// <summary>Whether it is kept for longer.</summary>
    public void Save(SearchJob job, bool saved)
    {
        job.Saved = saved;
        if (job.Status == SearchStatus.Completed) Store(job);
    }

    // Whoever asked for it has it without this: a disk that takes no more only costs what the next process would have had.
    void Store(SearchJob job)
    {
        try
        {
            lock (job.Storing)
            {
                job.Stored(job.Rows.Store()).Write(job.StoredAt);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Erase(job.StoredAt);
        }
    }

    void Erase(string path)
    {
        try
        {
            File.Delete(path);
            File.Delete(StoredSearch.Unfinished(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _tell($"searches: {e.Message}");
        }
    }

    void Drop(SearchJob job)
    {
        lock (job.Storing)
        {
            Erase(job.StoredAt);
            job.Rows.Dispose();
        }
    }

    void Stop(SearchJob job, bool forget)
    {
        bool waits, runs;
        lock (_lock)
        {
            if (forget && !_jobs.Remove(job.Id)) return;
            (waits, runs) = (_waiting.Remove(job), _running.Contains(job));
        }
        job.End(SearchStatus.Canceled);
        if (runs)
        {
            job.Cancelling.Cancel();
            return;
        }
        if (waits && job.TakeResult() is { } result) LetGo(result);
        if (forget) Drop(job);
    }

    void Next()
    {
        lock (_lock)
        {
            while (!_closed && _running.Count < _limits.Running && _waiting.Count > 0)
            {
                var job = _waiting.MinBy(j => _running.Count(r => r.Owner == j.Owner))!;
                _waiting.Remove(job);
                _running.Add(job);
                _ = Task.Run(() => RunAsync(job));
            }
        }
    }

    async Task RunAsync(SearchJob job)
    {
        var result = job.TakeResult()!;
        try
        {
            job.Begin();
            result.Preview = job.Show;
            await foreach (var row in result.Rows.WithCancellation(job.Cancelling.Token))
            {
                job.Rows.Add(row);
                if (job.RowCount % 4096 == 0) Measure(job);
            }
            job.Rows.Close();
            job.Complete(result.End);
            Store(job);
        }
        catch (OperationCanceledException)
        {
            job.End(SearchStatus.Canceled);
        }
        catch (ApiException e)
        {
            job.Fail(e);
        }
        catch (IOException e)
        {
            // Its words hold paths.
            _tell($"search {job.Id}: {e.Message}");
            job.Fail(new(FaultKind.Unanswerable, "the rows cannot be kept", "the server's disk refuses them; its log says more", "a LIMIT, or fewer columns"));
        }
        catch (Exception e)
        {
            _tell($"{LogSeverity.Error}search {job.Id}: {e}");
            job.Fail(new(FaultKind.Unavailable, "internal error", null, "the server's log says more"));
        }
        finally
        {
            LetGo(result);
            lock (_lock)
            {
                _running.Remove(job);
                if (!_jobs.ContainsValue(job)) Drop(job);
            }
            Next();
        }
    }

    // What an engine of this process lets go, it lets go at once.
    static void LetGo(ResultSet result) => result.DisposeAsync().AsTask().GetAwaiter().GetResult();

    void Measure(SearchJob job)
    {
        if (job.BytesOnDisk > _limits.Bytes)
            throw new ApiException(FaultKind.Unanswerable, "the result is too large to be kept", $"more than {_limits.Bytes >> 20} MiB after {job.RowCount} rows", "a LIMIT, or fewer columns");
        long all;
        lock (_lock) all = _jobs.Values.Sum(j => j.BytesOnDisk);
        if (all > _limits.BytesInAll && !Sweep())
            throw new ApiException(FaultKind.Unanswerable, "there is no room for more results", $"{_limits.BytesInAll >> 20} MiB are kept", "to delete searches that are done with");
        if (job.BytesOnDisk > 0 && new DriveInfo(_folder) is { TotalSize: > 0 } disk && disk.AvailableFreeSpace < disk.TotalSize / 100 * (100 - _limits.DiskPercent))
            throw new ApiException(FaultKind.Unanswerable, "there is no room for more results", $"the disk is filled to {_limits.DiskPercent} %", "to make room, or a LIMIT");
    }

    /// <summary>Forgets what has expired and what is too much; false when nothing was left to forget and it is still too much.</summary>
    bool Sweep()
    {
        var gone = new List<SearchJob>();
        bool fits;
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            gone.AddRange(_jobs.Values.Where(j => j.Ended is { } end && end + SearchLimits.Life(j.Saved) <= now));
            var kept = _jobs.Values.Where(j => !j.Running && !j.Saved).Except(gone).OrderBy(j => j.Ended).ToList();
            foreach (var his in kept.GroupBy(j => j.Owner)) gone.AddRange(his.Take(Math.Max(0, his.Count() - _limits.Kept)));
            kept.RemoveAll(gone.Contains);
            gone.AddRange(kept.Take(Math.Max(0, kept.Count - _limits.KeptInAll)));
            kept.RemoveAll(gone.Contains);
            long bytes = _jobs.Values.Sum(j => j.BytesOnDisk) - gone.Sum(j => j.BytesOnDisk);
            foreach (var job in kept.TakeWhile(_ => bytes > _limits.BytesInAll))
            {
                gone.Add(job);
                bytes -= job.BytesOnDisk;
            }
            fits = bytes <= _limits.BytesInAll;
        }
        foreach (var job in gone) Remove(job);
        return fits;
    }

    /// <summary>Stops every search and lets all rows go; of those that have completed the files stay.</summary>
    public async ValueTask DisposeAsync()
    {
        SearchJob[] all;
        lock (_lock)
        {
            _closed = true;
            all = [.. _jobs.Values];
        }
        await _sweeper.DisposeAsync();
        foreach (var job in all)
        {
            if (job.Status == SearchStatus.Completed && File.Exists(job.StoredAt)) job.Rows.Leave();
            else Remove(job);
        }
        // Blocks must not be read any more when the store closes.
        while (Busy()) await Task.Delay(10);

        bool Busy()
        {
            lock (_lock) return _running.Count > 0;
        }
    }
}
