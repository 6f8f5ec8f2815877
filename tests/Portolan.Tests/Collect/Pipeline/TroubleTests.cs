using System.Text;
using Portolan.Collect.Pipeline;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store;
using Portolan.Store.Aql;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Xunit;

namespace Portolan.Tests.Collect.Pipeline;

/// <summary>Records over which process after process ends are set aside, counted, told, and can be brought back; all others are stored once.</summary>
public sealed class TroubleTests : IDisposable
{
    const int Messages = 1000, Poison = 700;

    readonly string _folder = Directory.CreateTempSubdirectory("portolan-trouble-").FullName;
    readonly List<string> _told = [];

    string Journal => Path.Combine(_folder, "journal");

    public void Dispose() => Directory.Delete(_folder, true);

    /// <summary>A bug that a row's own run cannot catch.</summary>
    sealed class Bomb(string where) : IStage
    {
        public string Name => "bomb";
        public bool IsArmed { get; set; } = true;

        public bool Passed { get; private set; }

        public void Process(EventBatch batch, int from, int to)
        {
            for (int row = from; IsArmed && row < to; row++)
            {
                if (!batch.Span(batch.Payload[row]).EndsWith("poison"u8)) continue;
                Passed = true;
                if (where == "stage") throw new InvalidOperationException("boom");
            }
        }
    }

    sealed record Life(Exception? Failure, IReadOnlyList<LedgerRow> Ledger, object?[][] Rows);

    // One process: starts as the server does, waits until everything is understood or it fails, and ends.
    Life Live(string where, bool armed = true, Action<JournalWriter, Ledger>? more = null, bool kill = false)
    {
        var ledger = new Ledger();
        var count = new LedgerStage(ledger);
        using var store = new EventStore(SystemFiles.Instance, Path.Combine(_folder, "store"), new() { SealAfter = where == "seal" ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromHours(1) }, new PropertyCatalogue(),
            TimeProvider.System, [count], _ => { });
        using var journal = JournalWriter.Open(SystemFiles.Instance, new() { Directory = Journal, Known = store.Sealed });
        more?.Invoke(journal, ledger);
        var arrivals = new Arrivals(SystemFiles.Instance, Journal, ledger, journal);
        arrivals.Recover(store.Sealed);
        var trouble = new ReplayTrouble(SystemFiles.Instance, Journal, store.Sealed, new(journal.Epoch, journal.CommittedSequence + 1), _told.Add);
        if (kill) return new(null, [], []); // gone while it replays
        var bomb = new Bomb(where) { IsArmed = armed };
        if (where == "seal") store.Sealing += () =>
        {
            if (bomb.Passed) throw new InvalidOperationException("boom");
        };
        using var reader = journal.OpenReader(store.Sealed);
        // A bug in telling is one that the pipeline does not catch.
        using var pipeline = new Portolan.Collect.Pipeline.Pipeline(reader, journal, store, [bomb], count, ledger,
            _ => throw new InvalidOperationException("boom in telling"), JournalQuarantine.Ranges(SystemFiles.Instance, Journal), trouble);
        pipeline.Start();
        try
        {
            Assert.True(pipeline.WaitProcessed(journal.CommittedSequence, TimeSpan.FromMinutes(1), default));
            while (where == "seal" && store.Sealed <= new JournalPosition(journal.Epoch, journal.CommittedSequence))
            {
                if (pipeline.Failure is { } failure) return new(failure, [], []);
                Thread.Sleep(1);
            }
        }
        catch (InvalidOperationException e)
        {
            return new(pipeline.Failure ?? e, [], []);
        }
        using var found = new AqlEngine(store, new AqlContext()).Run("SELECT UTF8(payload), sequence FROM events ORDER BY sequence LIMIT 100000", new() { Time = (long.MinValue, long.MaxValue) });
        object?[][] rows = [.. found.Rows.Select(r => r.ToArray())];
        var (counts, waiting) = pipeline.Counts();
        arrivals.Save();
        return new(null, LedgerBalance.Of(counts, waiting), rows);
    }

    void Receive(JournalWriter journal, Ledger ledger)
    {
        for (int i = 1; i <= Messages; i++)
        {
            using var append = journal.BeginAppend();
            Assert.True(append.Add(new(1_795_262_400_000_000, (ushort)Endpoints.SyslogTcp.Number, 0, Address.FromV4(1), 1, 0), Encoding.ASCII.GetBytes(i == Poison ? "poison" : $"message {i}")));
        }
        Assert.True(journal.WaitCommitted(Messages, TimeSpan.FromMinutes(1)));
    }

    static long Of(Life life, string reason) => life.Ledger.Where(r => r.Source == "syslog-tcp" && r.Reason == reason).Sum(r => r.Count);

    [Fact]
    public void After_three_ends_the_records_are_set_aside_and_the_rest_is_stored()
    {
        Live("none", more: Receive, kill: true);
        File.Delete(Path.Combine(Journal, "trouble"));
        for (int end = 1; end <= ReplayTrouble.Most; end++)
        {
            Assert.IsType<InvalidOperationException>(Live("stage").Failure);
            Assert.Contains($"{end} of 3", _told[^1]);
        }
        var life = Live("stage");
        Assert.Null(life.Failure);
        Assert.Contains("SET ASIDE", _told[^1]);
        var range = Assert.Single(JournalQuarantine.Ranges(SystemFiles.Instance, Journal));
        // From the second start on the stretches are small: what is set aside is not much more than what is at fault.
        Assert.InRange(range.Last - range.First, 0, 3);
        Assert.InRange(Poison, range.First, range.Last);
        long aside = range.Last - range.First + 1;
        Assert.Equal(Enumerable.Range(1, Messages).Select(i => (double)i).Where(i => i < range.First || i > range.Last), life.Rows.Select(r => Convert.ToDouble(r[1])));
        Assert.Equal((Messages, Messages - aside, aside, 0), (Of(life, "received"), Of(life, "stored"), Of(life, "set-aside"), Of(life, "residual")));

        // Nothing changes with the next start, and a program without the bug brings them back.
        Assert.Equal(life.Rows.Length, Live("stage").Rows.Length);
        string file = Assert.Single(Directory.GetFiles(JournalQuarantine.Folder(Journal)));
        var back = Live("stage", armed: false, (journal, ledger) =>
        {
            using var bytes = File.OpenRead(file);
            new LineImport(journal, ledger, file, 0).Run(bytes, default).Wait();
            Assert.True(journal.WaitCommitted(Messages + aside, TimeSpan.FromMinutes(1)));
        });
        Assert.Equal(Messages, back.Rows.Length);
        Assert.Contains("poison", back.Rows.Select(r => r[0]));
        Assert.Equal(0, Of(back, "residual"));
    }

    // At the beginning of the journal, and behind the end of an epoch: nothing stands before them.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 1)]
    public void What_was_set_aside_is_passed_wherever_it_stands(int epoch, int first)
    {
        for (int e = 1; e <= 2; e++)
        {
            using var journal = JournalWriter.Open(SystemFiles.Instance, new() { Directory = Journal, NewEpoch = e == 2 });
            Receive(journal, new());
        }
        Assert.Equal(3, JournalQuarantine.SetAside(SystemFiles.Instance, Journal, new(epoch, first), new(epoch, first + 3)));
        var life = Live("none");
        Assert.Null(life.Failure);
        Assert.Equal(2 * Messages - 3, life.Rows.Length);
        Assert.Equal((2 * Messages, 3, 0), (Of(life, "received"), Of(life, "set-aside"), Of(life, "residual")));
        Assert.Equal(2 * Messages - 3, Live("none").Rows.Length);
    }

    [Fact]
    public void A_process_that_is_gone_without_a_word_counts_a_quarter_while_it_replays()
    {
        Live("none", more: Receive, kill: true);
        for (int i = 1; i < 4 * ReplayTrouble.Most; i++) Live("none", kill: true);
        Assert.Empty(JournalQuarantine.Ranges(SystemFiles.Instance, Journal));
        Live("none", kill: true);
        Assert.Single(JournalQuarantine.Ranges(SystemFiles.Instance, Journal));
    }

    // Of what cannot be sealed, not what is in the same segment.
    [Fact]
    public void What_cannot_be_sealed_is_set_aside()
    {
        Live("none", more: Receive, kill: true);
        File.Delete(Path.Combine(Journal, "trouble"));
        for (int end = 1; end <= ReplayTrouble.Most; end++) Assert.NotNull(Live("seal").Failure);
        var life = Live("seal");
        Assert.Null(life.Failure);
        var range = Assert.Single(JournalQuarantine.Ranges(SystemFiles.Instance, Journal));
        Assert.InRange(range.Last - range.First, 0, 35);
        Assert.InRange(Poison, range.First, range.Last);
        Assert.Equal(Messages - (range.Last - range.First + 1), life.Rows.Length);
    }

    [Fact]
    public void Ends_after_the_replay_set_nothing_aside()
    {
        Live("none", more: Receive, kill: true);
        Live("none", kill: true);
        Assert.Equal(Messages, Live("none", armed: false).Rows.Length);
        for (int i = 0; i < 5; i++) Assert.Null(Live("none").Failure);
        Assert.Empty(JournalQuarantine.Ranges(SystemFiles.Instance, Journal));
    }
}
