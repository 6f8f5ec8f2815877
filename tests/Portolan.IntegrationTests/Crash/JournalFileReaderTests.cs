using System.Net;
using System.Text;
using Portolan.Model;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Xunit;

namespace Portolan.IntegrationTests.Crash;

/// <summary>The document, the product and the independent reader say the same about a journal.</summary>
public sealed class JournalFileReaderTests : IDisposable
{
    readonly string _data = Directory.CreateTempSubdirectory("portolan-journal-").FullName;

    string Folder => Path.Combine(_data, "journal");

    public void Dispose() => Directory.Delete(_data, recursive: true);

    JournalWriter Open() =>
        JournalWriter.Open(SystemFiles.Instance, new() { Directory = Folder, Host = 12, FileBytes = 20_000, CommitInterval = TimeSpan.Zero, DiskFullAt = 1 });

    static byte[] Message(int n) => Encoding.UTF8.GetBytes($"<13>message {n} " + new string('é', n % 97));

    void Write(int from, int to)
    {
        using var journal = Open();
        for (int n = from; n <= to; n++)
        {
            var sender = n % 2 == 0 ? IPAddress.Parse("192.0.2.7") : IPAddress.Parse("2001:db8::7");
            var header = new RecordHeader(5_000_000_000 + n, (ushort)(n % 3), (RecordFlags)(n % 8), Address.From(sender), (ushort)(40_000 + n), (uint)n * 1000);
            using (var append = journal.BeginAppend()) Assert.True(append.Add(header, Message(n), n % 5 == 0 ? [1, 2, 3, (byte)n] : []));
            if (n % 40 == 0) Assert.True(journal.WaitCommitted(n, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void EveryFieldIsReadAsItWasWritten()
    {
        Write(1, 700);
        var content = JournalFileReader.Read(Folder);
        Assert.Empty(content.Faults);
        Assert.Equal(0, content.TornBytes);
        Assert.True(Directory.GetFiles(Folder, "*.journal").Length > 2);
        Assert.Equal(Enumerable.Range(1, 700).Select(n => (long)n), content.Entries.Select(e => e.Sequence));
        foreach (var e in content.Entries)
        {
            int n = (int)e.Sequence;
            Assert.Equal((12, 1, 5_000_000_000 + n), (e.Host, e.Epoch, e.Time));
            Assert.Equal(IPAddress.Parse(n % 2 == 0 ? "192.0.2.7" : "2001:db8::7"), e.Sender);
            Assert.Equal((40_000 + n, n % 3, n % 8, (uint)n * 1000), (e.Port, e.Listener, e.Flags, e.Origin));
            Assert.Equal(n % 5 == 0 ? new byte[] { 1, 2, 3, (byte)n } : [], e.Certificate);
            Assert.Equal(Message(n), e.Message);
        }
    }

    [Fact]
    public void ATornTailIsNoFaultAndDamageIs()
    {
        Write(1, 50);
        string file = Directory.GetFiles(Folder, "*.journal").Order(StringComparer.Ordinal).Last();
        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..^1]);
        var torn = JournalFileReader.Read(Folder);
        Assert.Empty(torn.Faults);
        Assert.Equal((49, true), (torn.Entries.Count, torn.TornBytes > 0));

        whole[64 + 60] ^= 1;
        File.WriteAllBytes(file, whole);
        Assert.Contains("but one follows", Assert.Single(JournalFileReader.Read(Folder).Faults));
    }
}
