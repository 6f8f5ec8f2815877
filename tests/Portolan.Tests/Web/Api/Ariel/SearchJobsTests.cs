using System.Runtime.CompilerServices;
using Portolan.Tests.Web.Control;
using Portolan.Web.Api.Ariel;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;
using Xunit;

namespace Portolan.Tests.Web.Api.Ariel;

public sealed class SearchJobsTests : IAsyncDisposable
{
    static readonly Caller Ann = new("ann", Role.Analyst), Bob = new("bob", Role.Viewer), Root = new("root", Role.Admin);

    readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    readonly SemaphoreSlim _go = new(0);
    readonly List<string> _began = [];
    readonly SettableClock _clock = new();
    readonly List<string> _told = [];
    SearchJobs? _jobs;

    public async ValueTask DisposeAsync()
    {
        if (_jobs != null) await _jobs.DisposeAsync();
        // Each file belongs to a search that a later server finds.
        Assert.Equal(0, Directory.GetFiles(_folder).Length % 2);
        Directory.Delete(_folder, true);
        Assert.Empty(_told);
        _go.Dispose();
    }

    // Every search says that it began and gives one row when it is let go; those of "many" give many at once.
    SearchJobs Jobs(SearchLimits? limits = null)
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "left-over"), "of an earlier process");
        File.WriteAllText(Path.Combine(_folder, "torn.json"), "{\"version\":1,\"id\":");
        var api = new GivenApi { Search = aql => new([new("aql")], aql.Contains("many") ? Many(aql) : Rows(aql)) };
        return _jobs = new(_ => api, _folder, _clock, _told.Add, limits);
    }

    async IAsyncEnumerable<object?[]> Rows(string aql, [EnumeratorCancellation] CancellationToken stop = default)
    {
        lock (_began) _began.Add(aql);
        await _go.WaitAsync(stop);
        yield return [aql];
    }

    static async IAsyncEnumerable<object?[]> Many(string aql)
    {
        await Task.CompletedTask;
        for (int n = 0; n < 20_000; n++) yield return [aql];
    }

    static string Aql(string field) => $"SELECT {field} FROM events";

    async Task<SearchJob> Ended(SearchJob job)
    {
        await job.Ending.WaitAsync(TimeSpan.FromSeconds(30));
        return job;
    }

    [Fact]
    public async Task What_a_name_asked_for_goes_with_it_or_with_what_it_may_see()
    {
        var jobs = Jobs();
        var scoped = Ann with { Scope = "domainid = 2" };
        var (anns, narrow, bobs) = (await jobs.StartAsync(Ann, Aql("a"), default), await jobs.StartAsync(scoped, Aql("b"), default), await jobs.StartAsync(Bob, Aql("c"), default));
        await Began(3);
        jobs.Forget("ann", scoped);
        Assert.Null(jobs.Find(Root, anns.Id));
        Assert.Equal(SearchStatus.Canceled, (await Ended(anns)).Status);
        Assert.NotNull(jobs.Find(scoped, narrow.Id));
        jobs.Forget("an", null);
        Assert.NotNull(jobs.Find(scoped, narrow.Id));
        jobs.Forget("ann", null);
        Assert.Null(jobs.Find(Root, narrow.Id));
        Assert.False((await Ended(narrow)).Running);
        Assert.NotNull(jobs.Find(Bob, bobs.Id));
        Assert.True(bobs.Running);
    }

    // A search has ended a moment before its files are written.
    async Task Idle(SearchJobs jobs)
    {
        for (int i = 0; i < 3000 && jobs.Of(Root).Any(j => !File.Exists(j.StoredAt)); i++) await Task.Delay(10);
    }

    async Task Began(int count)
    {
        for (int i = 0; i < 3000; i++)
        {
            lock (_began) if (_began.Count >= count) return;
            await Task.Delay(10);
        }
        Assert.Fail("searches did not begin");
    }

    [Fact]
    public async Task Another_persons_search_is_not_there_but_for_an_administrator()
    {
        var jobs = Jobs();
        var job = await jobs.StartAsync(Ann, Aql("qid"), default);
        Assert.Same(job, jobs.Find(Ann, job.Id));
        Assert.Null(jobs.Find(Bob, job.Id));
        Assert.Same(job, jobs.Find(Root, job.Id));
        Assert.Equal((1, 0, 1), (jobs.Of(Ann).Count, jobs.Of(Bob).Count, jobs.Of(Root).Count));
    }

    [Fact]
    public async Task The_turn_goes_to_the_owner_with_the_fewest_running()
    {
        var jobs = Jobs(new() { Running = 2 });
        foreach (string f in new[] { "a1", "a2", "a3", "a4" }) await jobs.StartAsync(Ann, Aql(f), default);
        var last = await jobs.StartAsync(Bob, Aql("b1"), default);
        await Began(2);
        Assert.Equal(SearchStatus.Wait, last.Status);
        _go.Release();
        await Began(3);
        Assert.Equal(Aql("b1"), _began[2]);
        _go.Release(10);
        await Ended(last);
    }

    [Fact]
    public async Task Too_many_that_wait_are_refused_of_one_and_of_all()
    {
        var jobs = Jobs(new() { Running = 1, Pending = 3, PendingInAll = 4 });
        for (int i = 0; i < 3; i++) await jobs.StartAsync(Ann, Aql("qid"), default);
        Assert.Equal(503, (await Assert.ThrowsAsync<HttpFault>(() => jobs.StartAsync(Ann, Aql("qid"), default))).Status);
        await jobs.StartAsync(Bob, Aql("qid"), default);
        Assert.Equal(503, (await Assert.ThrowsAsync<HttpFault>(() => jobs.StartAsync(Root, Aql("qid"), default))).Status);
        jobs.Cancel(jobs.Of(Bob)[0]);
        await jobs.StartAsync(Root, Aql("qid"), default);
    }

    [Fact]
    public async Task A_search_that_waits_can_be_cancelled_and_forgotten()
    {
        var jobs = Jobs(new() { Running = 1 });
        var first = await jobs.StartAsync(Ann, Aql("a"), default);
        var second = await jobs.StartAsync(Ann, Aql("b"), default);
        var third = await jobs.StartAsync(Ann, Aql("c"), default);
        jobs.Remove(second);
        Assert.Equal(SearchStatus.Canceled, (await Ended(second)).Status);
        _go.Release(2);
        await Ended(first);
        await Ended(third);
        Assert.Equal([Aql("a"), Aql("c")], _began);
    }

    [Fact]
    public async Task Searches_expire_a_day_after_their_end_and_saved_ones_after_a_week()
    {
        var jobs = Jobs();
        _go.Release(10);
        var plain = await Ended(await jobs.StartAsync(Ann, Aql("a"), default));
        var saved = await Ended(await jobs.StartAsync(Ann, Aql("b"), default));
        saved.Saved = true;
        foreach (var (hours, left) in new[] { (23, 2), (2, 1), (24 * 6, 0) })
        {
            _clock.Advance(TimeSpan.FromHours(hours));
            Assert.Equal(left, jobs.Of(Root).Count);
        }
        Assert.Equal((1L, 100), (1L, plain.Progress));
    }

    [Fact]
    public async Task The_oldest_that_nobody_saved_makes_room()
    {
        var jobs = Jobs(new() { Kept = 2 });
        _go.Release(10);
        var saved = await Ended(await jobs.StartAsync(Ann, Aql("x0 AS a"), default));
        saved.Saved = true;
        var old = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            old.Add((await Ended(await jobs.StartAsync(Ann, Aql("qid"), default))).Id);
        }
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([saved.Id, old[2], old[3]], jobs.Of(Ann).Select(j => j.Id));
    }

    [Fact]
    public async Task A_result_beyond_its_room_ends_with_an_error_and_leaves_no_file()
    {
        var jobs = Jobs(new() { Bytes = 300_000 });
        var job = await Ended(await jobs.StartAsync(Ann, Aql("many"), default));
        Assert.Equal(SearchStatus.Error, job.Status);
        Assert.Contains("too large", job.Fault!.Message);
        Assert.Single(Directory.GetFiles(_folder));
        jobs.Remove(job);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Older_results_make_room_on_disk()
    {
        var jobs = Jobs(new() { BytesInAll = 1_000_000, DiskPercent = 100 });
        var ids = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            ids.Add((await Ended(await jobs.StartAsync(Ann, Aql("many"), default))).Id);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([ids[2]], jobs.Of(Ann).Select(j => j.Id));
        await Idle(jobs);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public async Task A_name_after_INTO_is_the_id_and_not_part_of_what_is_run()
    {
        var jobs = Jobs();
        _go.Release();
        var job = await Ended(await jobs.StartAsync(Ann, "SELECT qid FROM events INTO s16 WHERE qid IN (SELECT qid FROM events) PARAMETERS snapshotsize=2", default));
        Assert.Equal("s16", job.Id);
        Assert.Equal(["SELECT qid FROM events          WHERE qid IN (SELECT qid FROM events) PARAMETERS snapshotsize=2"], _began);
        Assert.Equal((409, "the search id s16 is in use"), await Assert.ThrowsAsync<HttpFault>(() => jobs.StartAsync(Bob, "SELECT qid FROM events INTO s16", default)) is var e ? (e.Status, e.What) : default);
    }

    [Fact]
    public async Task A_completed_search_is_there_for_the_next_server_and_its_owner()
    {
        var jobs = Jobs();
        _go.Release(10);
        var small = await Ended(await jobs.StartAsync(Ann, Aql("qid"), default));
        var large = await Ended(await jobs.StartAsync(Ann with { Scope = "severity > 3" }, Aql("many") + " INTO report", default));
        var none = await Ended(await jobs.StartAsync(Bob, Aql("nothing"), default));
        await Idle(jobs);
        jobs.Save(large, true);
        await jobs.DisposeAsync();

        var later = Jobs();
        Assert.Empty(Directory.GetFiles(_folder, "left*"));
        Assert.Empty(Directory.GetFiles(_folder, "torn*"));
        Assert.Equal([small.Id], later.Of(Ann).Select(j => j.Id));
        Assert.Equal([none.Id], later.Of(Bob).Select(j => j.Id));
        var found = later.Find(Ann with { Scope = "severity > 3" }, "report")!;
        Assert.Equal((large.Query, 20_000L, SearchStatus.Completed, 100, true, large.Created, large.Ended), (found.Query, found.RowCount, found.Status, found.Progress, found.Saved, found.Created, found.Ended));
        Assert.Equal(["aql"], found.Columns.Select(c => c.Name));
        foreach (long from in new[] { 0L, 64, 19_990 })
            Assert.All(found.Rows.Read(from, from + 10), row => Assert.Contains("many", System.Text.Encoding.UTF8.GetString(row.Span)));
        Assert.Equal(409, (await Assert.ThrowsAsync<HttpFault>(() => later.StartAsync(Bob, Aql("qid") + " INTO report", default))).Status);
        later.Remove(found);
        Assert.Null(later.Find(Root, "report"));
        _clock.Advance(TimeSpan.FromHours(25));
        Assert.Empty(later.Of(Root));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task A_result_that_was_read_and_saved_after_a_restart_outlives_the_next()
    {
        var jobs = Jobs();
        var job = await Ended(await jobs.StartAsync(Ann, Aql("many"), default));
        await Idle(jobs);
        await jobs.DisposeAsync();
        jobs = Jobs();
        Assert.Equal(20_000, jobs.Find(Ann, job.Id)!.Rows.Read(0, 20_000).Count());
        jobs.Save(jobs.Find(Ann, job.Id)!, true);
        await jobs.DisposeAsync();
        var found = Jobs().Find(Ann, job.Id)!;
        Assert.True(found.Saved);
        Assert.Equal(20_000, found.Rows.Read(0, 20_000).Count());
    }

    [Theory]
    [InlineData("shorter")]
    [InlineData("gone")]
    [InlineData("other")]
    public async Task Rows_that_are_not_what_was_stored_are_not_given(string how)
    {
        var jobs = Jobs();
        var job = await Ended(await jobs.StartAsync(Ann, Aql("many"), default));
        await Idle(jobs);
        await jobs.DisposeAsync();
        string rows = Directory.GetFiles(_folder).Single(f => !f.EndsWith(".json"));
        byte[] bytes = File.ReadAllBytes(rows);
        if (how == "gone") File.Delete(rows);
        else if (how == "shorter") File.WriteAllBytes(rows, bytes[..^10]);
        else
        {
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(rows, bytes);
        }
        var later = Jobs();
        if (how != "other") Assert.Null(later.Find(Ann, job.Id));
        else Assert.Throws<InvalidDataException>(() => later.Find(Ann, job.Id)!.Rows.Open());
        foreach (var left in later.Of(Ann)) later.Remove(left);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task What_has_expired_while_no_server_ran_is_removed()
    {
        var jobs = Jobs();
        _go.Release(10);
        await Ended(await jobs.StartAsync(Ann, Aql("qid"), default));
        await Idle(jobs);
        await jobs.DisposeAsync();
        _clock.Advance(TimeSpan.FromHours(25));
        Assert.Empty(Jobs().Of(Root));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task A_result_cannot_be_searched_again_and_its_owner_is_told_so()
    {
        var jobs = Jobs();
        _go.Release();
        await Ended(await jobs.StartAsync(Ann, Aql("qid") + " INTO s16", default));
        var refused = await Assert.ThrowsAsync<ApiException>(() => jobs.StartAsync(Ann, "SELECT qid FROM s16", default));
        Assert.Equal("the result s16 cannot be searched again", refused.What);
    }

    [Fact]
    public async Task Searches_under_way_end_with_the_server()
    {
        var jobs = Jobs(new() { Running = 1 });
        var running = await jobs.StartAsync(Ann, Aql("a"), default);
        var waiting = await jobs.StartAsync(Ann, Aql("b"), default);
        await Began(1);
        await jobs.DisposeAsync();
        _jobs = null;
        Assert.Equal((SearchStatus.Canceled, SearchStatus.Canceled), (running.Status, waiting.Status));
    }

    /// <summary>A clock that stands until it is moved; its timers fire when it is.</summary>
    sealed class SettableClock : TimeProvider
    {
        readonly List<(TimerCallback Fire, object? State)> _timers = [];
        DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add((callback, state));
            return new NoTimer();
        }

        public void Advance(TimeSpan by)
        {
            _now += by;
            foreach (var (fire, state) in _timers) fire(state);
        }

        sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
