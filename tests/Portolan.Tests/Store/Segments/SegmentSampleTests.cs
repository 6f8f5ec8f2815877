using System.Text;
using Portolan.Model;
using Portolan.Store.Columns;
using Portolan.Store.Segments;
using Portolan.Tests.Collect;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Segments;

/// <summary>A segment written when format version 1 was made stays readable. It is never written anew.</summary>
public sealed class SegmentSampleTests
{
    const int Rows = 300;
    const string Name = "events/0/0/2026-11-20/800660a9ecde6001-800660a9ed71140a-1-1000-1299.seg";

    static EventBatch Batch(PropertyCatalogue catalogue)
    {
        catalogue.TryAdd("domain", out int domain);
        catalogue.TryAdd("Session", out int session);
        var b = new EventBatch { Host = 7, Epoch = 1, Count = Rows };
        for (int i = 0; i < Rows; i++)
        {
            b.Sequence[i] = 1000 + i;
            b.Index[i] = i % 40 == 0 ? 1 : 0;
            b.Status[i] = (ParseStatus)(i % 4);
            b.Numbers(Fields.StartTime)[i] = 1_795_132_800_000_001 + i * 32_155L;
            b.Numbers(Fields.DeviceTime)[i] = 1_795_132_800_000_000 + i / 32 * 1_000_000L;
            b.Numbers(Fields.Qid)[i] = 5_000_000 + i % 7 * 1000;
            b.Numbers(Fields.Severity)[i] = i % 7 % 3;
            b.Numbers(Fields.SourcePort)[i] = i % 3 == 0 ? 0 : 1024 + i * 7919 % 60000;
            b.Numbers(Fields.Duration)[i] = i == 17 ? long.MinValue : i == 18 ? long.MaxValue : 0;
            b.Numbers(Fields.HasIdentity)[i] = i % 7 == 1 ? 1 : 0;
            b.Addresses(Fields.SourceIp)[i] = i % 5 == 0 ? new(((UInt128)0x20010db8 << 96) + (UInt128)(i % 9)) : Address.FromV4(0x0a000000 + (uint)i * 31);
            b.Addresses(Fields.DestinationIp)[i] = i % 2 == 0 ? default : Address.FromV4(0xc0a80000 + (uint)i % 11);
            b.Texts(Fields.HostName)[i] = b.Constant($"host{i % 7}");
            b.Texts(Fields.UserName)[i] = i % 10 == 0 ? default : b.Append(Encoding.UTF8.GetBytes(i % 10 == 1 ? "" : $"user{i * i % 83}"));
            b.Texts(Fields.ProcessId)[i] = b.Append(Encoding.UTF8.GetBytes($"{i * 7919 % 32768}"));
            if (i % 6 == 0) b.AddProperty(i, domain, b.Constant("CORP"));
            if (i % 6 == 0) b.AddProperty(i, session, b.Append(Encoding.UTF8.GetBytes($"{i * 2654435761u:x8}")));
            b.Payload[i] = i == 50 ? default : b.Append(Encoding.UTF8.GetBytes(i == 60 ? "two\nlines" : $"<14>host{i % 7} grüße from row {i}"));
        }
        b.Published = Rows;
        return b;
    }

    static readonly string File = Path.Combine(Repository.Root, "tests/Portolan.Tests/Store/Segments/version-1.seg");

    [Fact]
    public void The_committed_segment_of_version_1_reads_as_it_was_written()
    {
        var files = new MemoryFiles { ["/old/" + Name] = System.IO.File.ReadAllBytes(File) };
        using var reader = SegmentReader.Open(files, "/old", Name);
        Assert.Empty(reader.Verify());
        Assert.Equal(new SegmentKey(Database.Events, 0, 0, new(2026, 11, 20)), reader.Info.Key);
        Assert.Equal((new JournalRange(1, 1000, 1299), 300L), (reader.Info.Range, reader.Info.Rows));
        var catalogue = new PropertyCatalogue();
        var batch = Batch(catalogue);
        var rows = Enumerable.Range(0, Rows).Select(i => (batch, i)).ToArray();
        SegmentTests.AssertSame(rows, Assert.Single(reader.Blocks), catalogue);
        var block = reader.Blocks[0];
        Assert.True(block.MayHoldToken("host3"u8) && !block.MayHoldToken("neverthere"u8));
        Assert.Equal("Session", block.Properties.Order().First(p => p.Equals("session", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void What_is_written_now_has_the_same_name()
    {
        var catalogue = new PropertyCatalogue();
        var batch = Batch(catalogue);
        var files = new MemoryFiles();
        var info = new SegmentWriter(catalogue).Write(files, "/new", new(Database.Events, 0, 0, new(2026, 11, 20)), new(1, 1000, 1299), [new(batch, 0, Rows)]);
        Assert.Equal(Name, info.Name);
    }
}
