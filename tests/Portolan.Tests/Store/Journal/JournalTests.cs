using System.Text;
using Portolan.Model;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Journal;

/// <summary>What the tests of the journal write and how they read it back.</summary>
static class JournalSample
{
    public const string Directory = "/data/journal";

    public static JournalOptions Options(long fileBytes = 1 << 20) => new()
    {
        Directory = Directory,
        Host = 7,
        FileBytes = fileBytes,
        BufferBytes = 1 << 16,
        CommitInterval = TimeSpan.Zero,
        RetryInterval = TimeSpan.FromMilliseconds(5),
    };

    public static RecordHeader Header(long n) =>
        new(1_000_000 + n, (ushort)(n % 5), (RecordFlags)(n % 8), Address.FromV4((uint)(0x0a000000 + n)), (ushort)(n * 31), (uint)(n * 7));

    public static byte[] Payload(long n) => Encoding.UTF8.GetBytes($"<13>message {n} {new string('x', (int)(n * 37 % 211))}");

    public static byte[] Certificate(long n) => n % 3 == 0 ? Encoding.ASCII.GetBytes($"sha256:{n:d32}") : [];

    /// <summary>Appends the records from..to, each one's content following from its sequence, and waits until they are durable.</summary>
    public static void Append(JournalWriter journal, long from, long to)
    {
        using (var append = journal.BeginAppend())
            for (long n = from; n <= to; n++)
            {
                Assert.True(append.Add(Header(n), Payload(n), Certificate(n)));
                Assert.Equal(n, append.LastSequence);
            }
        Assert.True(journal.WaitCommitted(to, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    /// <summary>Reads all there is from the reader's position, checks every byte against what <see cref="Append"/> wrote, and returns the positions.</summary>
    public static List<JournalPosition> ReadAll(JournalReader reader, int maxRecords = 100, int maxBytes = 4096)
    {
        var seen = new List<JournalPosition>();
        var records = new JournalRecord[maxRecords];
        var batch = new EventBatch(64);
        while (true)
        {
            int n = reader.Fill(batch, records, maxBytes);
            if (n == 0 && !reader.NeedsNewBatch) return seen;
            foreach (var r in records.AsSpan(0, n))
            {
                Assert.Equal(Header(r.Sequence), r.Header);
                Assert.Equal(Payload(r.Sequence), batch.Span(r.Payload).ToArray());
                Assert.Equal(Certificate(r.Sequence), batch.Span(r.Certificate).ToArray());
                seen.Add(new(batch.Epoch, r.Sequence));
            }
            if (reader.NeedsNewBatch || batch.Used > 20_000) batch.Clear();
        }
    }

    public static List<JournalPosition> Positions(int epoch, long from, long to) => [.. LongRange(from, to).Select(n => new JournalPosition(epoch, n))];

    static IEnumerable<long> LongRange(long from, long to)
    {
        for (long n = from; n <= to; n++) yield return n;
    }
}

public class JournalTests
{
    [Fact]
    public void What_is_appended_is_read_back_in_order_live_and_after_reopening()
    {
        var files = new MemoryFiles();
        using (var journal = JournalWriter.Open(files, JournalSample.Options()))
        {
            using var reader = journal.OpenReader(default);
            Assert.Empty(JournalSample.ReadAll(reader));
            JournalSample.Append(journal, 1, 10);
            Assert.Equal(JournalSample.Positions(1, 1, 10), JournalSample.ReadAll(reader));
            JournalSample.Append(journal, 11, 300);
            Assert.Equal(JournalSample.Positions(1, 11, 300), JournalSample.ReadAll(reader));
            Assert.Equal(new JournalPosition(1, 301), reader.Position);
        }
        using (var journal = JournalWriter.Open(files, JournalSample.Options()))
        {
            Assert.Equal("", journal.Recovery.EpochReason);
            Assert.Equal(300, journal.CommittedSequence);
            JournalSample.Append(journal, 301, 310);
            using var reader = journal.OpenReader(default);
            Assert.Equal(JournalSample.Positions(1, 1, 310), JournalSample.ReadAll(reader));
            Assert.Equal(0, reader.DamagedBytes + reader.MissingRecords);
        }
    }

    [Fact]
    public void A_reader_starts_at_every_position_across_files()
    {
        var files = new MemoryFiles();
        using var journal = JournalWriter.Open(files, JournalSample.Options(fileBytes: 2000));
        for (long n = 1; n <= 120; n += 4) JournalSample.Append(journal, n, n + 3);
        Assert.True(files.List(JournalSample.Directory).Count(n => n.EndsWith(".journal", StringComparison.Ordinal)) > 5);
        for (long from = 1; from <= 121; from++)
            foreach (var (records, bytes) in new[] { (1, 10), (3, 700), (1000, 1 << 20) })
            {
                using var reader = journal.OpenReader(new(1, from));
                Assert.Equal(JournalSample.Positions(1, from, 120), JournalSample.ReadAll(reader, records, bytes));
                Assert.Equal(0, reader.DamagedBytes + reader.MissingRecords);
            }
    }
}
