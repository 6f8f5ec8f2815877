using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Journal;

/// <summary>What a journal is after its files were cut, damaged or lost.</summary>
public class JournalRecoveryTests
{
    static MemoryFiles Written(int batches, int each, long fileBytes = 1 << 20)
    {
        var files = new MemoryFiles();
        using var journal = JournalWriter.Open(files, JournalSample.Options(fileBytes));
        for (int b = 0; b < batches; b++) JournalSample.Append(journal, b * each + 1, (b + 1) * each);
        return files;
    }

    static string[] Paths(MemoryFiles files) =>
        [.. files.List(JournalSample.Directory).Where(n => n.EndsWith(".journal", StringComparison.Ordinal)).Select(n => $"{JournalSample.Directory}/{n}")];

    static List<JournalPosition> Read(MemoryFiles files, out long damagedBytes, out long missing)
    {
        using var reader = JournalReader.OpenStopped(files, JournalSample.Directory, default);
        var seen = JournalSample.ReadAll(reader);
        (damagedBytes, missing) = (reader.DamagedBytes, reader.MissingRecords);
        return seen;
    }

    static long SizeOf(long n) => 52 + JournalSample.Payload(n).Length + JournalSample.Certificate(n).Length;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tail_torn_at_any_byte_is_cut_and_told_and_the_journal_goes_on(bool zeros)
    {
        var whole = Written(1, 6);
        string path = Assert.Single(Paths(whole));
        var bytes = whole[path];
        for (int length = 64; length < bytes.Length; length++)
        {
            long kept = 0, end = 64;
            while (kept < 6 && end + SizeOf(kept + 1) <= length) end += SizeOf(++kept);
            var files = whole.Copy();
            var torn = bytes[..length];
            if (zeros)
            {
                torn = new byte[bytes.Length]; // the length reached the disk, the bytes behind did not
                bytes.AsSpan(0, length).CopyTo(torn);
                // A record whose last bytes are zeros anyway would survive; none of the sample is.
            }
            files[path] = torn;
            Assert.Equal(JournalSample.Positions(1, 1, kept), Read(files, out long damaged, out _));
            Assert.Equal(0, damaged);
            using (var journal = JournalWriter.Open(files, JournalSample.Options()))
            {
                Assert.Equal(torn.Length - end, journal.Recovery.CutBytes);
                Assert.Equal(kept, journal.Recovery.Records);
                Assert.Equal((0, ""), (journal.Recovery.DamagedStretches, journal.Recovery.EpochReason));
                Assert.Equal(kept, journal.CommittedSequence);
                JournalSample.Append(journal, kept + 1, 8);
            }
            Assert.Equal(JournalSample.Positions(1, 1, 8), Read(files, out _, out _));
        }
    }

    [Fact]
    public void Damage_within_a_file_is_passed_over_counted_and_what_follows_is_kept()
    {
        var whole = Written(4, 5, fileBytes: 1500);
        var paths = Paths(whole);
        Assert.True(paths.Length > 1);
        long first = 1;
        foreach (string path in paths)
        {
            var bytes = whole[path];
            int at = 64;
            for (long n = first; at < bytes.Length; n++)
            {
                int size = (int)SizeOf(n);
                bool lastInFile = at + size == bytes.Length, lastOfAll = lastInFile && path == paths[^1];
                for (int i = 0; i < size; i++)
                {
                    if (i % 5 != 0 && i > 12) continue;
                    var files = whole.Copy();
                    files[path][at + i] ^= 0x40;
                    var expected = JournalSample.Positions(1, 1, 20);
                    expected.RemoveAt((int)n - 1);
                    Assert.Equal(expected, Read(files, out long damaged, out long missing));
                    Assert.Equal(lastOfAll ? (0, 0) : (size, 1), (damaged, missing));

                    using var journal = JournalWriter.Open(files, JournalSample.Options());
                    Assert.Equal(lastOfAll ? 19 : 20, journal.CommittedSequence);
                    Assert.Equal(lastOfAll ? size : 0, journal.Recovery.CutBytes);
                    Assert.Equal(path == paths[^1] && !lastInFile ? size : 0, journal.Recovery.DamagedBytes);
                    using var reader = journal.OpenReader(default);
                    Assert.Equal(expected, JournalSample.ReadAll(reader));
                    Assert.Equal(lastOfAll ? (0, 0) : (size, 1), (reader.DamagedBytes, reader.MissingRecords));
                }
                at += size;
                first = n + 1;
            }
        }
    }

    [Fact]
    public void Damage_met_while_live_does_not_stop_what_is_appended_after_it()
    {
        var files = new MemoryFiles();
        using var journal = JournalWriter.Open(files, JournalSample.Options());
        using var reader = journal.OpenReader(default);
        JournalSample.Append(journal, 1, 5);
        string path = Assert.Single(Paths(files));
        files[path][^3] ^= 1;
        Assert.Equal(JournalSample.Positions(1, 1, 4), JournalSample.ReadAll(reader));
        Assert.Equal((SizeOf(5), 1), (reader.DamagedBytes, reader.MissingRecords));
        Assert.Equal(new JournalPosition(1, 6), reader.Position);
        JournalSample.Append(journal, 6, 9);
        Assert.Equal(JournalSample.Positions(1, 6, 9), JournalSample.ReadAll(reader));
        Assert.Equal((SizeOf(5), 1), (reader.DamagedBytes, reader.MissingRecords));
    }

    [Fact]
    public void A_message_that_is_a_records_image_is_never_taken_for_one()
    {
        var files = new MemoryFiles();
        using (var journal = JournalWriter.Open(files, JournalSample.Options())) JournalSample.Append(journal, 1, 3);
        string path = Assert.Single(Paths(files));
        // The worst a sender could know: every byte of a valid record of this very host, but of another epoch, hence another salt.
        var image = files[path].AsSpan(64).ToArray();
        var other = new MemoryFiles();
        using (var journal = JournalWriter.Open(other, JournalSample.Options()))
        {
            using (var append = journal.BeginAppend())
            {
                Assert.True(append.Add(default, image));
                Assert.True(append.Add(default, "second"u8));
            }
            Assert.True(journal.WaitCommitted(2, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        }
        path = Assert.Single(Paths(other));
        other[path][64 + 20] ^= 1;
        using var reader = JournalReader.OpenStopped(other, JournalSample.Directory, default);
        var batch = new EventBatch();
        var records = new JournalRecord[10];
        Assert.Equal(1, reader.Fill(batch, records));
        Assert.Equal("second"u8, batch.Span(records[0].Payload));
    }

    [Fact]
    public void A_file_without_a_readable_header_is_set_aside_and_the_epoch_rises()
    {
        var files = Written(4, 5, fileBytes: 1500);
        string broken = Paths(files)[^1];
        files[broken][9] ^= 1;
        using var journal = JournalWriter.Open(files, JournalSample.Options());
        Assert.Equal([Path.GetFileName(broken)], journal.Recovery.Quarantined);
        Assert.Contains("header", journal.Recovery.EpochReason);
        Assert.Equal([Path.GetFileName(broken)], files.List(JournalSample.Directory + "/quarantine"));
        Assert.Equal((2, 0), (journal.Epoch, journal.CommittedSequence));
    }

    [Fact]
    public void A_file_that_a_power_cut_left_without_records_is_made_anew()
    {
        var files = Written(2, 5);
        files[$"{JournalSample.Directory}/{1:d10}-{11:d19}.journal"] = new byte[20];
        using (var journal = JournalWriter.Open(files, JournalSample.Options()))
        {
            Assert.Equal(("", 10), (journal.Recovery.EpochReason, journal.CommittedSequence));
            JournalSample.Append(journal, 11, 12);
        }
        Assert.Equal(JournalSample.Positions(1, 1, 12), Read(files, out _, out _));
    }

    [Fact]
    public void The_epoch_rises_when_records_that_were_seen_are_gone_and_only_then()
    {
        static (int Epoch, long Next) Reopen(MemoryFiles files, Func<JournalOptions, JournalOptions>? change = null)
        {
            var options = JournalSample.Options();
            using var journal = JournalWriter.Open(files, change == null ? options : change(options));
            Assert.Equal(journal.Epoch == 1 || journal.CommittedSequence > 0, journal.Recovery.EpochReason == "");
            return (journal.Epoch, journal.CommittedSequence + 1);
        }

        var written = Written(1, 10);
        string path = Assert.Single(Paths(written)), epoch = JournalSample.Directory + "/epoch";
        Assert.Equal((1, 11), Reopen(written.Copy()));
        Assert.Equal((1, 11), Reopen(written.Copy(), o => o with { Known = new(1, 11) }));
        Assert.Equal((2, 1), Reopen(written.Copy(), o => o with { Known = new(1, 12) }));
        Assert.Equal((6, 1), Reopen(written.Copy(), o => o with { Known = new(5, 3) }));
        Assert.Equal((2, 1), Reopen(written.Copy(), o => o with { NewEpoch = true }));
        Assert.Equal((2, 1), Reopen(written.Copy(), o => o with { Host = 8 }));
        var lost = written.Copy();
        lost.Delete(path);
        Assert.Equal((2, 1), Reopen(lost));
        var noEpoch = written.Copy();
        noEpoch.Delete(epoch);
        Assert.Equal((2, 1), Reopen(noEpoch));
        var bad = written.Copy();
        bad[epoch][^1] ^= 1;
        Assert.Equal((2, 1), Reopen(bad));
        lost.Delete(epoch);
        Assert.Equal((4, 1), Reopen(lost, o => o with { Known = new(3, 9) }));
    }

    [Fact]
    public void Records_of_an_older_epoch_are_replayed_before_those_of_the_newer_and_never_in_one_batch()
    {
        var files = Written(2, 5);
        using var journal = JournalWriter.Open(files, JournalSample.Options() with { NewEpoch = true });
        Assert.Equal(2, journal.Epoch);
        JournalSample.Append(journal, 1, 3);
        using var reader = journal.OpenReader(default);
        Assert.Equal([.. JournalSample.Positions(1, 1, 10), .. JournalSample.Positions(2, 1, 3)], JournalSample.ReadAll(reader));
        reader.Seek(new(1, 11));
        Assert.Equal(JournalSample.Positions(2, 1, 3), JournalSample.ReadAll(reader));

        reader.Seek(new(1, 9));
        var batch = new EventBatch();
        var records = new JournalRecord[100];
        Assert.Equal(2, reader.Fill(batch, records));
        Assert.Equal(0, reader.Fill(batch, records));
        Assert.True(reader.NeedsNewBatch);
        batch.Clear();
        Assert.Equal(2, reader.Fill(batch, records, upTo: new(2, 2)));
        Assert.Equal((7, 2), (batch.Host, batch.Epoch));
        Assert.Equal(0, reader.Fill(batch, records, upTo: new(2, 2)));
        Assert.Equal(new JournalPosition(2, 3), reader.Position);
    }
}
