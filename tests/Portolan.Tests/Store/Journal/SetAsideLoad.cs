using System.Text;
using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Journal;

/// <summary>Records that were set aside and whose files the journal has dropped are in the quarantine, whatever happens.</summary>
sealed class SetAsideLoad : IPowerCutLoad
{
    const string Folder = "/data/journal";
    readonly HashSet<long> _aside = [];
    JournalPosition _known;

    public void Live(PowerCutFiles disk, Random random)
    {
        var there = JournalQuarantine.Ranges(disk, Folder);
        foreach (long sequence in _aside) Assert.True(there.Any(r => r.First <= sequence && sequence <= r.Last), $"{sequence} was set aside and is gone");
        foreach (var range in there) Assert.Equal(range.Last - range.First + 1, Records(disk, range));
        using var journal = JournalWriter.Open(disk, new()
        {
            Directory = Folder,
            FileBytes = 300,
            BufferBytes = 8192,
            CommitInterval = TimeSpan.Zero,
            Known = _known,
        });
        while (!disk.Cut.IsCancellationRequested)
        {
            long last;
            using (var append = journal.BeginAppend())
            {
                append.Add(new(1, 1, RecordFlags.None, Address.FromV4(1), 1, 0), Encoding.ASCII.GetBytes("message"));
                last = append.LastSequence;
            }
            if (!journal.WaitCommitted(last, Timeout.InfiniteTimeSpan, disk.Cut)) return;
            if (random.Next(4) != 0) continue;
            long from = Math.Max(1, last - random.Next(5));
            int n = JournalQuarantine.SetAside(disk, Folder, new(journal.Epoch, from), new(journal.Epoch, last + 1));
            for (long s = last - n + 1; s <= last; s++) _aside.Add(s);
            _known = new(journal.Epoch, last + 1);
        }
    }

    static long Records(PowerCutFiles disk, Portolan.Store.Segments.JournalRange range)
    {
        using var file = disk.OpenRead($"{Folder}/quarantine/{range.Epoch:d10}-{range.First:d19}-{range.Last:d19}.journal");
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        var parser = new JournalFileParser();
        long n = 0;
        for (int at = 0; parser.TryRead(bytes.AsSpan(at), out int consumed, out var record); at += consumed, n++) Assert.Equal(range.First + n, record.Sequence);
        return n;
    }
}

public class SetAsidePowerCutTests
{
    [Fact]
    public void What_was_set_aside_survives_a_power_cut_at_any_operation() => PowerCutRun.Many(PowerCutRun.Seeds / 3, () => new SetAsideLoad());

    [Theory]
    [InlineData("JournalQuarantine.SetAside/Sync")]
    [InlineData("JournalQuarantine.SetAside/SyncDirectory")]
    [InlineData("JournalQuarantine.Make/SyncDirectory")]
    public void Every_sync_is_needed(string leftOut)
    {
        var failure = Assert.Throws<PowerCutFailure>(() => PowerCutRun.Many(3000, () => new SetAsideLoad(), leftOut));
        TestContext.Current.TestOutputHelper?.WriteLine($"without {leftOut}: {failure.Message}");
    }
}
