using System.Text;
using Portolan.Collect.Forwarding;
using Portolan.Store;
using Portolan.Store.Aql;
using Portolan.Store.Journal;
using Xunit;

namespace Portolan.Tests.Collect.Forwarding;

public sealed class StoredMessagesTests : IDisposable
{
    readonly ForwardStore _store = new();
    readonly List<string> _told = [];

    public void Dispose() => _store.Dispose();

    (List<string> Messages, long NotSelected, long NotStored, int Stretches, JournalPosition Next) All(JournalPosition from, AqlCondition? when = null, long? leftOut = null)
    {
        var stored = new StoredMessages(_store.Store, _told.Add, leftOut);
        var found = new List<string>();
        var (notSelected, notStored, stretches) = (0L, 0L, 0);
        for (; stored.Read(from, _store.Visible, when); from = stored.Next, stretches++)
        {
            Assert.True(stored.Next > from);
            found.AddRange(stored.Messages.Select(m => Encoding.UTF8.GetString(stored.Bytes(m))));
            Assert.All(stored.Messages, m => Assert.Equal((ForwardStore.Sender, ForwardStore.Now), (m.Sender, m.Time)));
            (notSelected, notStored) = (notSelected + stored.NotSelected, notStored + stored.NotStored);
        }
        return (found, notSelected, notStored, stretches, from);
    }

    static IEnumerable<string> Numbers(long from, long to) => Enumerable.Range((int)from, (int)(to - from)).Select(n => $"<13>message {n}");

    [Theory]
    [InlineData(1)]
    [InlineData(777)]
    [InlineData(20_000)]
    public void OrderIsThatOfArrivalThroughSegmentsAndTheOpenBlock(long from)
    {
        _store.AddMany(1, 10_000);
        _store.Seal();
        _store.AddMany(10_001, 9_000);
        _store.Seal();
        _store.AddMany(19_001, 3_000);
        var (messages, notSelected, notStored, _, next) = All(new(1, from));
        Assert.Equal(Numbers(from, 22_001), messages);
        Assert.Equal((0, 0, new JournalPosition(1, 22_001)), (notSelected, notStored, next));
    }

    [Fact]
    public void WhatLiesInSeveralSegmentsComesTogetherInOrderAndImportsStay()
    {
        // Imported rows and rows of another day lie in segments of their own.
        for (long s = 1; s <= 300; s++)
            _store.Add(new(1, s), [$"<13>message {s}"], imported: s % 3 == 0, time: s % 3 == 0 ? 1_000_000 : null);
        _store.Seal();
        var (messages, notSelected, notStored, _, _) = All(new(1, 1));
        Assert.Equal(Numbers(1, 301).Where((_, i) => (i + 1) % 3 != 0), messages);
        Assert.Equal((100, 0), (notSelected, notStored));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AConditionLeavesOutAndADatagramOfSeveralMessagesStaysInOrder(bool seal)
    {
        for (long s = 1; s <= 100; s++) _store.Add(new(1, s), [$"<13>a{s}", $"<13>b{s} keep", $"<13>c{s} keep"]);
        if (seal) _store.Seal();
        var (messages, notSelected, notStored, _, _) = All(new(1, 1), _store.Condition("UTF8(payload) LIKE '%keep%'"));
        Assert.Equal(Enumerable.Range(1, 100).SelectMany(s => new[] { $"<13>b{s} keep", $"<13>c{s} keep" }), messages);
        Assert.Equal((100, 0), (notSelected, notStored));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatPortolanSaysItselfIsReadOnlyWhereItIsAskedFor(bool seal)
    {
        for (long s = 1; s <= 30; s++) _store.Add(new(1, s), [$"<13>message {s}"], type: s % 3 == 0 ? 9000 : 11);
        if (seal) _store.Seal();
        var (messages, notSelected, notStored, _, _) = All(new(1, 1), leftOut: 9000);
        Assert.Equal(Numbers(1, 31).Where((_, i) => (i + 1) % 3 != 0), messages);
        Assert.Equal((10, 0), (notSelected, notStored));
        (messages, notSelected, _, _, _) = All(new(1, 1), _store.Condition("UTF8(payload) LIKE '%0'"), leftOut: 9000);
        Assert.Equal("<13>message 10,<13>message 20 without 28", $"{string.Join(',', messages)} without {notSelected}");
        Assert.Equal(Numbers(1, 31), All(new(1, 1)).Messages);
    }

    [Fact]
    public void AStretchIsBoundedInBytes()
    {
        string filler = new('x', 60_000);
        _store.AddMany(1, 500, s => $"<13>message {s} {filler}");
        for (int again = 0; again < 2; again++)
        {
            var (messages, _, notStored, stretches, _) = All(new(1, 1));
            Assert.Equal(Numbers(1, 501), messages.Select(m => m[..m.LastIndexOf(' ')]));
            Assert.Equal(0, notStored);
            Assert.InRange(stretches, 4, 6); // 30 MB in stretches of 8 MiB
            _store.Seal();
        }
    }

    [Fact]
    public void RecordsThatAreNotThereAreCounted()
    {
        _store.AddMany(11, 10); // 1 to 10 were let go
        _store.Pass(new(1, 26)); // 21 to 25 were set aside
        _store.AddMany(26, 10);
        _store.Seal();
        _store.Pass(new(1, 41)); // and 36 to 40, at the end
        var (messages, _, notStored, _, next) = All(new(1, 1));
        Assert.Equal([.. Numbers(11, 21), .. Numbers(26, 36)], messages);
        Assert.Equal((20, new JournalPosition(1, 41)), (notStored, next));
    }

    [Fact]
    public void TheNextEpochFollowsTheLast()
    {
        _store.AddMany(1, 10);
        _store.Seal();
        for (long s = 1; s <= 5; s++) _store.Add(new(3, s), [$"<13>again {s}"]);
        var (messages, _, notStored, _, next) = All(new(1, 6));
        Assert.Equal([.. Numbers(6, 11), .. Enumerable.Range(1, 5).Select(s => $"<13>again {s}")], messages);
        Assert.Equal((0, new JournalPosition(3, 6)), (notStored, next));
    }

    [Fact]
    public void ADamagedSegmentIsToldAndItsMessagesCounted()
    {
        _store.AddMany(1, 100);
        _store.Seal();
        _store.AddMany(101, 100);
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_store.Folder, "store"), "*.seg", SearchOption.AllDirectories));
        using (var f = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            f.Position = 20; // behind the header: columns and payload; the footer, which is read already, stays
            f.Write(new byte[f.Length / 2]);
        }
        var (messages, _, notStored, _, next) = All(new(1, 1));
        Assert.Equal(Numbers(101, 201), messages);
        Assert.Equal((100, new JournalPosition(1, 201)), (notStored, next));
        Assert.Contains("not forwarded", Assert.Single(_told));
    }

    [Fact]
    public void WhenTheOldestWaitsIsTold()
    {
        _store.AddMany(5, 3);
        Assert.Equal(ForwardStore.Now, StoredMessages.TimeOf(_store.Store, new(1, 1), _store.Visible));
        Assert.Equal(0, StoredMessages.TimeOf(_store.Store, _store.Visible, _store.Visible));
    }
}
