using System.Text;
using Portolan.Model;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Journal;

/// <summary>Files whose header the medium spoils: each stays, in the journal's folder or set aside, with all its bytes.</summary>
sealed class JournalQuarantineLoad : IPowerCutLoad
{
    const string Folder = "/data/journal";
    readonly Dictionary<string, byte[]> _spoilt = [];

    public void Live(PowerCutFiles disk, Random random)
    {
        foreach (var (name, bytes) in _spoilt)
        {
            string[] found = [.. new[] { $"{Folder}/{name}", $"{Folder}/quarantine/{name}" }.Where(disk.Exists)];
            Assert.True(found.Length > 0, $"{name} is gone");
            Assert.All(found, f => Assert.Equal(bytes, Bytes(disk, f)));
        }
        using var journal = JournalWriter.Open(disk, new()
        {
            Directory = Folder,
            FileBytes = JournalFormat.FileHeaderSize + 1,
            BufferBytes = 8192,
            CommitInterval = TimeSpan.Zero,
        });
        foreach (string name in _spoilt.Keys) Assert.True(disk.Exists($"{Folder}/quarantine/{name}"), $"{name} was not set aside");
        while (!disk.Cut.IsCancellationRequested)
        {
            long last;
            using (var append = journal.BeginAppend())
            {
                append.Add(new(1, 1, RecordFlags.None, Address.FromV4(1), 1, 0), Encoding.ASCII.GetBytes($"message {append.LastSequence + 1}"));
                last = append.LastSequence;
            }
            if (!journal.WaitCommitted(last, Timeout.InfiniteTimeSpan, disk.Cut)) return;
            if (random.Next(2) != 0) continue;
            // All but the newest are written and synced.
            string[] whole = [.. disk.List(Folder).Where(n => n.EndsWith(JournalFormat.Extension, StringComparison.Ordinal)).SkipLast(1).Where(n => !_spoilt.ContainsKey(n))];
            if (whole.Length == 0) continue;
            string one = whole[random.Next(whole.Length)];
            disk.Rot($"{Folder}/{one}", 3);
            _spoilt[one] = Bytes(disk, $"{Folder}/{one}");
        }
    }

    static byte[] Bytes(IFiles files, string path)
    {
        using var file = files.OpenRead(path);
        var bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.Read(0, bytes));
        return bytes;
    }
}

public class JournalQuarantinePowerCutTests
{
    [Fact]
    public void A_file_set_aside_survives_a_power_cut_at_any_operation() => PowerCutRun.Many(PowerCutRun.Seeds / 3, () => new JournalQuarantineLoad());

    [Theory]
    [InlineData("JournalQuarantine.Make/SyncDirectory")]
    [InlineData("JournalQuarantine.Settle/SyncDirectory")]
    [InlineData("JournalOpen.Quarantine/SyncDirectory")]
    public void Every_sync_is_needed(string leftOut)
    {
        var failure = Assert.Throws<PowerCutFailure>(() => PowerCutRun.Many(3000, () => new JournalQuarantineLoad(), leftOut));
        TestContext.Current.TestOutputHelper?.WriteLine($"without {leftOut}: {failure.Message}");
    }
}
