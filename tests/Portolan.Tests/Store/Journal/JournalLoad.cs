using System.Buffers.Binary;
using Portolan.Model;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Journal;

/// <summary>Ingest into the journal, with a cursor beside it, and the memory of all that was acknowledged.</summary>
class JournalLoad : IPowerCutLoad
{
    const string CursorPath = "/data/cursor";

    // What was ever appended under a position: after a cut, a sequence that was not durable is given again to another message.
    readonly Dictionary<JournalPosition, List<int>> _appended = [];
    readonly SortedSet<JournalPosition> _acknowledged = [];
    readonly HashSet<JournalPosition> _dropped = [];
    int _message, _cursor, _cursorAttempt;

    public virtual void Live(PowerCutFiles disk, Random random)
    {
        disk.SyncDirectory("/data"); // as AtomicFile asks of those who read a file and go on from there
        CheckCursor(disk);
        using var journal = Open(disk, default);
        disk.FailingSyncs = random.Next(3) == 0 ? 30 : 0;
        while (!disk.Cut.IsCancellationRequested)
        {
            if (!Ingest(disk, journal, random)) return;
            if (random.Next(6) == 0) WriteCursor(disk);
            if (random.Next(10) == 0) Drop(journal, new(journal.Epoch, Math.Max(1, journal.CommittedSequence + 1 - random.Next(30))));
        }
    }

    /// <summary>Everything acknowledged so far, or seen after a cut.</summary>
    protected IReadOnlyCollection<JournalPosition> Acknowledged => _acknowledged;

    /// <summary>The message that an acknowledged position holds.</summary>
    protected int MessageAt(JournalPosition at) => _appended[at][^1];

    /// <summary>The number of the newest message.</summary>
    protected int Newest => _message;

    protected JournalWriter Open(PowerCutFiles disk, JournalPosition known)
    {
        var journal = JournalWriter.Open(disk, Options with { Known = known });
        try
        {
            Assert.Empty(journal.Recovery.Quarantined);
            if (_acknowledged.Count > 0) Assert.Equal("", journal.Recovery.EpochReason);
            CheckAndAcknowledge(journal);
            Assert.True(_acknowledged.Count == 0 || _acknowledged.Max <= new JournalPosition(journal.Epoch, journal.CommittedSequence));
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    static JournalOptions Options => new()
    {
        Directory = "/data/journal",
        Host = 3,
        FileBytes = 3000,
        BufferBytes = 8192,
        CommitInterval = TimeSpan.Zero,
        RetryInterval = TimeSpan.FromMilliseconds(1),
    };

    /// <summary>Appends a few messages and waits until they may be acknowledged; false when the cut came first.</summary>
    protected bool Ingest(PowerCutFiles disk, JournalWriter journal, Random random)
    {
        var first = new JournalPosition(journal.Epoch, journal.CommittedSequence + 1);
        long last;
        using (var append = journal.BeginAppend())
        {
            int n = 1 + random.Next(6);
            for (int i = 0; i < n; i++)
            {
                int message = ++_message;
                var at = new JournalPosition(journal.Epoch, append.LastSequence + 1);
                if (!append.Add(Header(message), Payload(message), Certificate(message))) break; // the cut has come
                if (!_appended.TryGetValue(at, out var messages)) _appended[at] = messages = [];
                messages.Add(message);
            }
            last = append.LastSequence;
        }
        if (!journal.WaitCommitted(last, Timeout.InfiniteTimeSpan, disk.Cut)) return false;
        for (long s = first.Sequence; s <= last; s++) _acknowledged.Add(new(journal.Epoch, s));
        return true;
    }

    /// <summary>All that was acknowledged is there, once, in order, with its bytes; what else is there is whole. All of it counts as seen from now on.</summary>
    void CheckAndAcknowledge(JournalWriter journal)
    {
        using var reader = journal.OpenReader(default);
        var batch = new EventBatch(4096);
        var records = new JournalRecord[64];
        var seen = new SortedSet<JournalPosition>();
        while (true)
        {
            int n = reader.Fill(batch, records);
            if (n == 0 && !reader.NeedsNewBatch) break;
            foreach (var r in records.AsSpan(0, n))
            {
                var at = new JournalPosition(batch.Epoch, r.Sequence);
                Assert.Equal(3, batch.Host);
                Assert.True(seen.Count == 0 || seen.Max < at, $"{at} after {seen.Max}");
                seen.Add(at);
                int message = Message(batch.Span(r.Payload));
                Assert.Contains(message, _appended[at]);
                if (_acknowledged.Contains(at)) Assert.Equal(_appended[at][^1], message);
                Assert.Equal(Header(message), r.Header);
                Assert.Equal(Payload(message), batch.Span(r.Payload));
                Assert.Equal(Certificate(message), batch.Span(r.Certificate));
                _appended[at] = [message]; // it was seen, and is never another
            }
            if (reader.NeedsNewBatch || batch.Used > 4000) batch.Clear();
        }
        foreach (var at in _acknowledged) Assert.True(seen.Contains(at) || _dropped.Contains(at), $"{at} was acknowledged and is gone");
        Assert.True(seen.Count == 0 || seen.Max == new JournalPosition(journal.Epoch, journal.CommittedSequence) || journal.CommittedSequence == 0);
        _acknowledged.UnionWith(seen);
    }

    // Files dropped may come back after a cut; nobody needs them then.
    protected void Drop(JournalWriter journal, JournalPosition before)
    {
        foreach (var at in _acknowledged.Where(a => a < before)) _dropped.Add(at);
        journal.DropBefore(before);
    }

    void WriteCursor(PowerCutFiles disk)
    {
        _cursorAttempt++;
        Span<byte> content = stackalloc byte[700]; // more than a sector
        content.Fill((byte)_cursorAttempt);
        BinaryPrimitives.WriteInt32LittleEndian(content, _cursorAttempt);
        try
        {
            AtomicFile.Write(disk, CursorPath, content);
        }
        catch (IOException e) when (e is not PowerCut)
        {
            return;
        }
        _cursor = _cursorAttempt;
    }

    void CheckCursor(PowerCutFiles disk)
    {
        var state = AtomicFile.Read(disk, CursorPath, out var content);
        if (state == AtomicFileState.Missing) Assert.Equal(0, _cursor);
        else
        {
            Assert.Equal(AtomicFileState.Read, state);
            int cursor = BinaryPrimitives.ReadInt32LittleEndian(content);
            Assert.InRange(cursor, _cursor, _cursorAttempt);
            Assert.True(content.AsSpan(4).IndexOfAnyExcept((byte)cursor) < 0);
            _cursor = _cursorAttempt = cursor;
        }
    }

    static RecordHeader Header(int n) =>
        new(1_700_000_000_000_000 + n, (ushort)(n % 7), (RecordFlags)(n % 8), Address.FromV4((uint)(0x0a000000 + n)), (ushort)n, (uint)(n * 3));

    protected static byte[] Payload(int n)
    {
        var bytes = new byte[4 + (n % 17 == 0 ? 1800 : n * 7 % 190)];
        bytes.AsSpan().Fill((byte)(n * 11 | 1));
        BinaryPrimitives.WriteInt32LittleEndian(bytes, n);
        return bytes;
    }

    protected static int Message(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadInt32LittleEndian(payload);

    static byte[] Certificate(int n) => n % 4 == 0 ? BitConverter.GetBytes((long)n * n) : [];
}

public class JournalPowerCutTests
{
    [Fact]
    public void What_was_acknowledged_survives_a_power_cut_at_any_operation() => PowerCutRun.Many(PowerCutRun.Seeds, () => new JournalLoad());

    // That the test would notice: leaving out any one of the syncs that a promise rests on loses something within these seeds.
    [Theory]
    [InlineData("JournalWriter.Commit/Sync")]
    [InlineData("JournalWriter.Rotate/Sync")]
    [InlineData("JournalWriter.Rotate/SyncDirectory")]
    [InlineData("JournalOpen.Run/Sync")]
    [InlineData("JournalOpen.Run/SyncDirectory")]
    [InlineData("JournalOpen.MakeDirectory/SyncDirectory")]
    [InlineData("AtomicFile.Write/Sync")]
    [InlineData("AtomicFile.Write/SyncDirectory")]
    public void Every_sync_is_needed(string leftOut)
    {
        var failure = Assert.Throws<PowerCutFailure>(() => PowerCutRun.Many(3000, () => new JournalLoad(), leftOut));
        TestContext.Current.TestOutputHelper?.WriteLine($"without {leftOut}: {failure.Message}");
    }
}
