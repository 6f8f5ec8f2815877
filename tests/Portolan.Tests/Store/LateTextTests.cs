using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store;
using Portolan.Store.Columns;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store;

/// <summary>What is learnt of a row after it was published shows in searches of the open block and stays when it is sealed; the row does not change.</summary>
public sealed class LateTextTests : IDisposable
{
    readonly Report _report = new();
    readonly EventStore _store;
    long _sequence;

    public LateTextTests() =>
        _store = new(new MemoryFiles(), "/data/store", new(), new PropertyCatalogue(), TimeProvider.System, [], _ => { }, late: _report);

    public void Dispose() => _store.Dispose();

    // A report that names who is behind every row of an even time.
    sealed class Report : ILateText
    {
        public string User = "";

        public IReadOnlyList<Field> Fields { get; } = [Model.Fields.SourceUser];
        public long Learnt { get; private set; }

        public void Say(string user)
        {
            User = user;
            Learnt++;
        }

        public bool TryFind(EventBatch batch, int row, Field field, out ReadOnlySpan<byte> utf8)
        {
            utf8 = System.Text.Encoding.UTF8.GetBytes(User);
            return User.Length > 0 && batch.Numbers(Model.Fields.StartTime)[row] % 2 == 0;
        }
    }

    void Publish(params (long Time, string? User)[] rows)
    {
        var batch = _store.Current();
        foreach (var (time, user) in rows)
        {
            int row = batch.Count++;
            batch.Sequence[row] = _sequence++;
            batch.Numbers(Fields.StartTime)[row] = time;
            if (user != null) batch.Texts(Fields.SourceUser)[row] = batch.Append(System.Text.Encoding.UTF8.GetBytes(user));
        }
        _store.Publish(new(0, _sequence));
    }

    static string[] Users(BlockSnapshot snapshot) =>
        [.. snapshot.Blocks.SelectMany(b => b.Texts(Fields.SourceUser) is { } c
            ? Enumerable.Range(0, b.Rows).Select(r => c.Codes[r] < 0 ? "-" : System.Text.Encoding.UTF8.GetString(c.Value(c.Codes[r])))
            : Enumerable.Repeat("-", b.Rows))];

    string[] Users()
    {
        using var snapshot = _store.Snapshot(Database.Events, long.MinValue, long.MaxValue);
        return Users(snapshot);
    }

    [Fact]
    public void It_shows_in_the_open_block_and_in_the_segment()
    {
        Publish((1, null), (2, null), (4, "bob"));
        Assert.Equal(["-", "-", "bob"], Users());
        using (var running = _store.Snapshot(Database.Events, long.MinValue, long.MaxValue))
        {
            _report.Say("alice");
            // A search that has begun keeps to what it began with; the next one knows.
            Assert.Equal(["-", "-", "bob"], Users(running));
            Assert.Equal(["-", "alice", "bob"], Users());
            Publish((6, null));
            Assert.Equal(["-", "alice", "bob", "alice"], Users());
            // Sealing while a search reads the batch.
            _store.Seal();
            _store.WaitSealed();
            Assert.Equal(["-", "-", "bob"], Users(running));
        }
        Assert.Equal(1, _store.SegmentTotals.Count);
        Assert.Equal(["-", "alice", "bob", "alice"], Users());
    }

    [Fact]
    public void It_shows_where_no_row_had_the_field_at_all_and_within_one_search_it_stays()
    {
        Publish((2, null));
        _report.Say("alice");
        using var first = _store.Snapshot(Database.Events, long.MinValue, long.MaxValue);
        Assert.Equal(["alice"], Users(first));
        _report.Say("carol");
        Assert.Equal(["alice"], Users(first));
        Assert.Equal(["carol"], Users());
    }
}
