using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Journal;

/// <summary>Many appenders, a full buffer, a full or failing disk, the size limit.</summary>
public class JournalRoomTests
{
    static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static List<JournalPosition> Read(JournalWriter journal, JournalPosition from = default)
    {
        using var reader = journal.OpenReader(from);
        var seen = JournalSample.ReadAll(reader);
        Assert.Equal(0, reader.DamagedBytes + reader.MissingRecords);
        return seen;
    }

    // Appends one record whose content follows from its sequence; the sequence, or 0 when refused.
    static long TryAppend(JournalWriter journal)
    {
        using var append = journal.BeginAppend();
        long n = append.LastSequence + 1;
        return append.Add(JournalSample.Header(n), JournalSample.Payload(n), JournalSample.Certificate(n)) ? n : 0;
    }

    static bool Until(Func<bool> condition) => SpinWait.SpinUntil(condition, Long);

    [Fact]
    public void Many_threads_append_and_every_record_is_there_once_in_order()
    {
        const int threads = 6, each = 3000;
        var files = new MemoryFiles();
        using var journal = JournalWriter.Open(files, JournalSample.Options(fileBytes: 100_000));
        using var reader = journal.OpenReader(default);
        var appenders = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < each;)
            {
                bool ok = true;
                using (var append = journal.BeginAppend())
                    for (int k = 0; k < 64 && i < each && ok; k++)
                    {
                        long n = append.LastSequence + 1;
                        if (ok = append.Add(JournalSample.Header(n), JournalSample.Payload(n), JournalSample.Certificate(n))) i++;
                    }
                if (!ok) Assert.True(journal.WaitForRoom(Long, CancellationToken.None));
            }
        })).ToArray();
        foreach (var t in appenders) t.Start();
        var seen = new List<JournalPosition>();
        while (seen.Count < threads * each)
        {
            Assert.True(journal.WaitCommitted(reader.Position.Sequence, Long, Cancel));
            var more = JournalSample.ReadAll(reader);
            Assert.True(more.Count == 0 || more[^1].Sequence <= journal.CommittedSequence);
            seen.AddRange(more);
        }
        foreach (var t in appenders) t.Join();
        Assert.Equal(JournalSample.Positions(1, 1, threads * each), seen);
        Assert.Equal(seen, Read(journal));
    }

    [Fact]
    public async Task Waiters_are_told_when_durable_and_when_it_closed_without()
    {
        var files = new MemoryFiles();
        var journal = JournalWriter.Open(files, JournalSample.Options());
        var third = journal.CommittedAsync(3, Cancel);
        var never = journal.CommittedAsync(100, Cancel);
        Assert.False(journal.WaitCommitted(1, TimeSpan.FromMilliseconds(5), Cancel));
        JournalSample.Append(journal, 1, 3);
        Assert.True(await third);
        Assert.True(await journal.CommittedAsync(2, Cancel));
        using var cancelled = new CancellationTokenSource(5);
        Assert.False(journal.WaitCommitted(100, Timeout.InfiniteTimeSpan, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await journal.CommittedAsync(100, cancelled.Token));
        journal.Dispose();
        Assert.False(await never);
        Assert.False(journal.WaitCommitted(100, Long, Cancel));
        Assert.Equal(JournalState.Closed, journal.Health.State);
        Assert.Equal(0, TryAppend(journal));
    }

    [Fact]
    public void A_full_disk_refuses_loses_nothing_and_goes_on_by_itself()
    {
        var files = new MemoryFiles();
        using var journal = JournalWriter.Open(files, JournalSample.Options(fileBytes: 3000) with { DiskFullAt = 2, MaxShare = 2 });
        JournalSample.Append(journal, 1, 50);
        long last = 50;
        for (int round = 0; round < 4; round++)
        {
            files.Free = 100 + 333 * round;
            while (TryAppend(journal) is > 0 and var n) last = n;
            Assert.True(Until(() => journal.Health.State == JournalState.NoRoom));
            Assert.Contains("full", journal.Health.Message);
            Assert.NotEqual("", journal.Health.Remedy);
            Assert.True(journal.CommittedSequence < last);
            files.Free = 1 << 30;
            Assert.True(journal.WaitForRoom(Long, Cancel));
            Assert.True(journal.WaitCommitted(last, Long, Cancel));
            Assert.Equal(JournalState.Writing, journal.Health.State);
            last = TryAppend(journal);
            Assert.True(journal.WaitCommitted(last, Long, Cancel));
            Assert.Equal(JournalSample.Positions(1, 1, last), Read(journal));
        }
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(100)]
    public void After_a_failed_sync_the_records_are_written_again(long fileBytes)
    {
        var files = new MemoryFiles { LoseUnsynced = true };
        using (var journal = JournalWriter.Open(files, JournalSample.Options(fileBytes)))
        {
            JournalSample.Append(journal, 1, 5);
            for (int round = 0; round < 3; round++)
            {
                files.FailSync = true;
                long last = TryAppend(journal);
                Assert.True(Until(() => journal.Health.State == JournalState.Failing));
                Assert.Equal(0, TryAppend(journal));
                Assert.Equal(last - 1, journal.CommittedSequence);
                files.FailSync = false;
                Assert.True(journal.WaitCommitted(last, Long, Cancel));
                JournalSample.Append(journal, last + 1, last + 4);
                Assert.Equal(JournalSample.Positions(1, 1, last + 4), Read(journal));
            }
        }
        using var reopened = JournalWriter.Open(files, JournalSample.Options());
        Assert.Equal(20, reopened.CommittedSequence);
        Assert.Equal(JournalSample.Positions(1, 1, 20), Read(reopened));
    }

    [Fact]
    public void Closing_on_a_failing_disk_ends_and_says_what_is_durable()
    {
        var files = new MemoryFiles();
        var journal = JournalWriter.Open(files, JournalSample.Options());
        JournalSample.Append(journal, 1, 5);
        files.FailSync = true;
        TryAppend(journal);
        journal.Dispose();
        Assert.Equal(5, journal.CommittedSequence);
    }

    [Fact]
    public void A_full_buffer_refuses_until_the_disk_has_taken_it()
    {
        var files = new MemoryFiles();
        using var journal = JournalWriter.Open(files, JournalSample.Options() with { BufferBytes = 16_000 });
        var payload = new byte[1000];
        int accepted = 0;
        using (var append = journal.BeginAppend())
            while (append.Add(default, payload)) accepted++;
        Assert.Equal(16_000 / 1052, accepted);
        Assert.Equal(1, journal.BufferFullCount);
        Assert.True(journal.WaitForRoom(Long, Cancel));
        Assert.True(journal.WaitCommitted(accepted, Long, Cancel));
        using (var append = journal.BeginAppend()) Assert.True(append.Add(default, new byte[journal.MaxPayload], new byte[1024]));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            using var append = journal.BeginAppend();
            append.Add(default, new byte[journal.MaxPayload + 2000]);
        });
        Assert.True(journal.WaitCommitted(accepted + 1, Long, Cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task At_its_limit_the_journal_refuses_until_files_are_dropped(bool share)
    {
        var files = new MemoryFiles { Total = 1_000_000, Free = 900_000 };
        var options = JournalSample.Options(fileBytes: 10_000) with { BufferBytes = 10_000 };
        using var journal = JournalWriter.Open(files, share ? options : options with { MaxShare = 1, MaxBytes = 200_000 });
        long last = 0;
        while (true)
        {
            long n = TryAppend(journal);
            if (n > 0) last = n;
            else if (journal.Health.State == JournalState.NoRoom) break;
            else Assert.True(journal.WaitForRoom(Long, Cancel));
        }
        Assert.Contains("limit", journal.Health.Message);
        Assert.True(journal.WaitCommitted(last, Long, Cancel));
        Assert.InRange(journal.BytesOnDisk, 100_000, 200_000);
        var room = journal.RoomAsync(Cancel);
        await Task.Delay(30, Cancel);
        Assert.False(room.IsCompleted);
        int before = files.List(JournalSample.Directory).Count, dropped = journal.DropBefore(new(1, last - 20));
        Assert.True(dropped > 1);
        Assert.Equal(before - dropped, files.List(JournalSample.Directory).Count);
        Assert.True(await room);
        Assert.InRange(Read(journal)[0].Sequence, 2, last - 20);
        Assert.Equal(JournalSample.Positions(1, last - 20, last), Read(journal, new(1, last - 20)));
        Assert.Equal(last + 1, TryAppend(journal));
    }

    [Fact]
    public void A_disk_used_up_by_others_refuses_and_goes_on_when_they_make_room()
    {
        var files = new MemoryFiles { Total = 10_000_000, Free = 400_000 };
        using var journal = JournalWriter.Open(files, JournalSample.Options());
        Assert.Equal(JournalState.NoRoom, journal.Health.State);
        Assert.Equal(0, TryAppend(journal));
        files.Free = 5_000_000;
        Assert.True(journal.WaitForRoom(Long, Cancel));
        Assert.Equal(1, TryAppend(journal));
    }

    [Fact]
    public void Dropping_never_takes_a_file_that_holds_a_record_still_needed()
    {
        var files = new MemoryFiles();
        using var journal = JournalWriter.Open(files, JournalSample.Options(fileBytes: 500));
        for (long n = 1; n <= 40; n += 2) JournalSample.Append(journal, n, n + 1);
        for (long needed = 1; needed <= 41; needed++)
        {
            journal.DropBefore(new(1, needed));
            Assert.Equal(JournalSample.Positions(1, needed, 40), Read(journal, new(1, needed)));
        }
        Assert.Single(files.List(JournalSample.Directory), n => n.EndsWith(".journal", StringComparison.Ordinal));
        using var late = journal.OpenReader(new(1, 1));
        var kept = JournalSample.ReadAll(late);
        Assert.Equal(kept[0].Sequence - 1, late.MissingRecords);
    }

    [Fact]
    public void Reading_and_appending_allocate_nothing_per_record()
    {
        var files = new MemoryFiles();
        using var journal = JournalWriter.Open(files, JournalSample.Options() with { BufferBytes = 1 << 20 });
        var payload = new byte[300];
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (var append = journal.BeginAppend())
            for (int i = 0; i < 2000; i++) append.Add(default, payload);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2000);
        Assert.True(journal.WaitCommitted(2000, Long, Cancel));
        using var reader = journal.OpenReader(default);
        var batch = new EventBatch(1 << 21);
        var records = new JournalRecord[3000];
        before = GC.GetAllocatedBytesForCurrentThread();
        int n = 0;
        while (n < 2000) n += reader.Fill(batch, records.AsSpan(n), 100_000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }
}
