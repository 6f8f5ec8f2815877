using Portolan.Model;
using Portolan.Store;
using Portolan.Store.Files;
using Xunit;

namespace Portolan.Tests.Store;

/// <summary>Which segments go, by age and by size, live and imported ones.</summary>
public sealed class ExpiryTests : IDisposable
{
    static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    readonly string _folder = Directory.CreateTempSubdirectory("portolan-expiry-").FullName;
    readonly Clock _clock = new();
    long _sequence;

    sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Start;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    public void Dispose() => Directory.Delete(_folder, true);

    // A machine that runs the test may have a full disk of its own: 100 % never presses.
    EventStore Open(StoreOptions options) => new(SystemFiles.Instance, _folder, options with { DiskPercent = 100 }, new(), _clock, [], _ => { });

    // One sealed segment with rows of the given age.
    void Seal(EventStore store, TimeSpan age, int bucket = 0, int rows = 1)
    {
        var batch = store.Next();
        (batch.Host, batch.Epoch) = (1, 1);
        for (int i = 0; i < rows; i++)
        {
            int row = batch.Count++;
            batch.Sequence[row] = ++_sequence;
            batch.Payload[row] = batch.Append("payload"u8);
            batch.Numbers(Fields.StartTime)[row] = (_clock.Now - age - DateTimeOffset.UnixEpoch).Ticks / 10;
            batch.Numbers(Fields.RetentionBucket)[row] = bucket;
        }
        store.Publish(new(1, _sequence + 1));
        store.Seal();
        store.WaitSealed();
    }

    [Fact]
    public void LiveAndImportedRowsHaveAgesOfTheirOwn()
    {
        using var store = Open(new() { KeepFor = TimeSpan.FromDays(30), KeepImportFor = TimeSpan.FromDays(365) });
        Seal(store, TimeSpan.FromDays(31));
        Seal(store, TimeSpan.FromDays(29));
        Seal(store, TimeSpan.FromDays(366), StoreOptions.ImportBucket);
        Seal(store, TimeSpan.FromDays(364), StoreOptions.ImportBucket);
        Assert.Equal(2, store.Expire());
        Assert.Equal((2L, 2), (store.SegmentTotals.Rows, store.SegmentTotals.Count));
        Assert.Equal(0, store.Expire());
        _clock.Now += TimeSpan.FromDays(2);
        Assert.Equal(2, store.Expire());
        Assert.Empty(Directory.GetFiles(_folder, "*.seg", SearchOption.AllDirectories));
    }

    [Fact]
    public void WhatExpiredIsGoneAfterTheNextStart()
    {
        using (var store = Open(new()))
        {
            Seal(store, TimeSpan.FromDays(31));
            Seal(store, TimeSpan.FromDays(1));
            Assert.Equal(1, store.Expire());
        }
        using var again = Open(new());
        Assert.Equal((1L, 1), (again.SegmentTotals.Rows, again.SegmentTotals.Count));
        Assert.Equal(new(1, 3), again.Sealed);
    }

    [Fact]
    public void TheOldestGoUntilTheRestFitsItsSize()
    {
        long one;
        using (var store = Open(new()))
        {
            Seal(store, TimeSpan.FromHours(3), rows: 100);
            one = store.SegmentTotals.Bytes;
            Seal(store, TimeSpan.FromHours(1), rows: 100);
            Seal(store, TimeSpan.FromHours(2), rows: 100);
            Assert.Equal(0, store.Expire());
        }
        // Room for two, give or take what names and ranges differ by.
        using var small = Open(new() { MaxBytes = one * 2 + one / 2 });
        Assert.Equal(1, small.Expire());
        using var snapshot = small.Snapshot(Database.Events, long.MinValue, long.MaxValue);
        long oldest = snapshot.Blocks.Min(b => b.Time.Min);
        Assert.Equal((Start - TimeSpan.FromHours(2) - DateTimeOffset.UnixEpoch).Ticks / 10, oldest);
    }

    [Fact]
    public void ASearchKeepsWhatItReads()
    {
        using var store = Open(new());
        Seal(store, TimeSpan.FromDays(31), rows: 10);
        using (var snapshot = store.Snapshot(Database.Events, long.MinValue, long.MaxValue))
        {
            Assert.Equal(1, store.Expire());
            int seen = 0;
            foreach (var block in snapshot.Blocks) block.Payloads(Enumerable.Range(0, block.Rows).ToArray(), (_, payload) => seen += payload.Length);
            Assert.Equal(10 * "payload".Length, seen);
        }
        using var after = store.Snapshot(Database.Events, long.MinValue, long.MaxValue);
        Assert.Empty(after.Blocks);
    }
}
