using System.Buffers.Binary;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Portolan.Tests.Store.Journal;
using Xunit;

namespace Portolan.Tests.Store;

/// <summary>Ingest into journal and store, seal, drop, expire; a message is one hour of event time.</summary>
sealed class StoreLoad : JournalLoad
{
    /// <summary>In its first life the data directory has a journal and no store, as after the loss of one of the two.</summary>
    public bool StoreComesLater { get; init; }

    /// <summary>From life to life events are given other days, as when a time zone or a source's definition was changed.</summary>
    public bool TimesChange { get; init; }

    static readonly long Shift = TimeSpan.FromDays(1000).Ticks / 10;
    int _life;

    static readonly DateTimeOffset Begin = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    readonly HashSet<int> _mayBeGone = [], _gone = [];

    public override void Live(PowerCutFiles disk, Random random)
    {
        if (_life++ == 0 && StoreComesLater)
        {
            using var alone = Open(disk, default);
            while (!disk.Cut.IsCancellationRequested && Ingest(disk, alone, random))
            {
            }
            return;
        }
        var counter = new RowCounter();
        var clock = new MovingClock();
        using var store = new Ended(new EventStore(new PowerCutAsBug(disk), "/data/store",
            new() { KeepFor = TimeSpan.FromDays(3) }, new PropertyCatalogue(), clock, [counter], _ => { }), disk);
        Assert.Empty(store.Store.Damaged);
        using var journal = Open(disk, store.Store.Sealed);
        // What the checkpoint says was counted is what the cursor says is sealed: nothing twice, nothing not at all.
        Assert.Equal(Acknowledged.Count(a => a < store.Store.Sealed), counter.Rows);
        using var reader = journal.OpenReader(store.Store.Sealed);
        Fill(store.Store, reader, counter);
        CheckStore(store.Store);
        while (!disk.Cut.IsCancellationRequested)
        {
            if (!Ingest(disk, journal, random)) return;
            Fill(store.Store, reader, counter);
            if (random.Next(4) == 0)
            {
                store.Store.Seal();
                store.Store.WaitSealed();
                Drop(journal, store.Store.Sealed);
            }
            if (!TimesChange && random.Next(8) == 0) Expire(store.Store, clock);
        }
    }

    void Fill(EventStore store, JournalReader reader, RowCounter counter)
    {
        var records = new JournalRecord[256];
        while (true)
        {
            var batch = store.Current();
            int n = reader.Fill(batch, records.AsSpan(0, Math.Min(records.Length, EventBatch.Capacity - batch.Count)));
            if (n == 0 && reader.NeedsNewBatch) n = reader.Fill(batch = store.Next(), records);
            if (n == 0) return;
            foreach (var r in records.AsSpan(0, n))
            {
                int row = batch.Count++;
                batch.Payload[row] = r.Payload;
                batch.Sequence[row] = r.Sequence;
                batch.Index[row] = 0;
                batch.Numbers(Fields.StartTime)[row] = Time(Message(batch.Span(r.Payload))) + (TimesChange && _life % 2 == 0 ? Shift : 0);
                counter.Rows++;
            }
            store.Publish(reader.Position);
        }
    }

    static long Time(int message) => (Begin.AddHours(message) - DateTimeOffset.UnixEpoch).Ticks / 10;

    Dictionary<int, int> Visible(EventStore store)
    {
        var seen = new Dictionary<int, int>();
        using var snapshot = store.Snapshot(Database.Events, long.MinValue, long.MaxValue);
        foreach (var block in snapshot.Blocks)
        {
            var times = block.Numbers(Fields.StartTime)!.Values;
            block.Payloads([.. Enumerable.Range(0, block.Rows)], (row, payload) =>
            {
                int message = Message(payload);
                Assert.Equal(Payload(message), payload);
                Assert.True(times[row] == Time(message) || TimesChange && times[row] == Time(message) + Shift);
                seen[message] = seen.GetValueOrDefault(message) + 1;
            });
        }
        return seen;
    }

    void CheckStore(EventStore store)
    {
        var seen = Visible(store);
        foreach (var (message, times) in seen)
        {
            Assert.True(times == 1, $"message {message} is stored {times} times");
            Assert.False(_gone.Contains(message), $"message {message} had expired and is back");
        }
        var acknowledged = Acknowledged.Select(MessageAt).ToHashSet();
        Assert.Subset(acknowledged, seen.Keys.ToHashSet());
        foreach (int message in acknowledged)
            Assert.True(seen.ContainsKey(message) || _mayBeGone.Contains(message), $"message {message} was acknowledged and is not in the store");
    }

    void Expire(EventStore store, MovingClock clock)
    {
        clock.Now = Begin.AddHours(Newest);
        long oldest = Time(Newest - 72);
        foreach (int message in Acknowledged.Select(MessageAt).Where(m => Time(m) < oldest)) _mayBeGone.Add(message);
        var before = Visible(store);
        store.Expire();
        var after = Visible(store);
        _gone.UnionWith(before.Keys.Where(m => !after.ContainsKey(m)));
    }

    sealed class MovingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Begin;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>A stage's state: how many rows it was given.</summary>
    sealed class RowCounter : ICheckpoint
    {
        public long Rows;

        public string CheckpointName => "rows";

        public void Save(Stream to)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, Rows);
            to.Write(bytes);
        }

        public void Load(Stream from)
        {
            Span<byte> bytes = stackalloc byte[8];
            from.ReadExactly(bytes);
            Rows = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        }
    }

    /// <summary>Closing after the cut fails, as it must; before it, it must not.</summary>
    sealed class Ended(EventStore store, PowerCutFiles disk) : IDisposable
    {
        public EventStore Store => store;

        public void Dispose()
        {
            try
            {
                store.Dispose();
            }
            catch (IOException) when (disk.Cut.IsCancellationRequested)
            {
            }
        }
    }
}

public class StorePowerCutTests
{
    [Fact]
    public void What_was_acknowledged_is_stored_once_after_a_power_cut_at_any_operation() =>
        PowerCutRun.Many(PowerCutRun.Seeds / 3, () => new StoreLoad());

    [Theory]
    [InlineData("StoredSegments.Expire/SyncDirectory")]
    [InlineData("SegmentWriter.Write/Sync")]
    [InlineData("SegmentWriter.Write/SyncDirectory")]
    [InlineData("SegmentWriter.MakeFolder/SyncDirectory")]
    [InlineData("AtomicFile.Write/Sync")]
    [InlineData("AtomicFile.Write/SyncDirectory")]
    public void Every_sync_is_needed(string leftOut)
    {
        var failure = Assert.Throws<PowerCutFailure>(() => PowerCutRun.Many(3000, () => new StoreLoad(), leftOut));
        TestContext.Current.TestOutputHelper?.WriteLine($"without {leftOut}: {failure.Message}");
    }

    [Theory]
    [InlineData("EventStore.MakeDirectory/SyncDirectory")]
    public void Every_sync_is_needed_where_the_journal_is_older_than_the_store(string leftOut)
    {
        PowerCutRun.Many(PowerCutRun.Seeds / 10, () => new StoreLoad { StoreComesLater = true });
        Assert.Throws<PowerCutFailure>(() => PowerCutRun.Many(3000, () => new StoreLoad { StoreComesLater = true }, leftOut));
    }

    [Theory]
    [InlineData("SegmentFiles.Delete/SyncDirectory")]
    public void Every_sync_is_needed_where_events_come_to_lie_on_other_days(string leftOut)
    {
        PowerCutRun.Many(PowerCutRun.Seeds / 10, () => new StoreLoad { TimesChange = true });
        Assert.Throws<PowerCutFailure>(() => PowerCutRun.Many(3000, () => new StoreLoad { TimesChange = true }, leftOut));
    }
}
