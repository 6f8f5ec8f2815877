using System.Buffers.Binary;
using Portolan.Model;
using Portolan.Store.Columns;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Store.Segments;
using Portolan.Tests.Store.Files;
using Portolan.Tests.Store.Segments;

namespace Portolan.Fuzz;

/// <summary>
/// Files whose bytes are not ours any more: a clear error or a counted loss; no crash, no endless loop, no memory out of proportion. Each input is read as it
/// is, and again with right checksums, for those only show accidents.
/// </summary>
static class FileTargets
{
    const long MostAllocated = 256 << 20;

    public static Target Journal()
    {
        const uint salt = 0x5eed;
        var seeds = new List<byte[]>();
        foreach (int[] lengths in (int[][])[[0, 40, 300], [1000], [], [5, 5, 5, 5, 5, 5]])
        {
            var header = new byte[JournalFormat.FileHeaderSize];
            JournalFormat.WriteFileHeader(header, new(1, 1, salt, 1));
            var file = new List<byte>(header);
            for (int i = 0; i < lengths.Length; i++)
            {
                byte[] certificate = new byte[i % 2 * 20], record = new byte[JournalFormat.RecordHeaderSize + certificate.Length + lengths[i]];
                JournalFormat.WriteRecord(record, salt, i + 1, new(1_795_190_400_000_000 + i, 1, 0, Address.FromV4(0x0a000001), 514, 0), certificate, new byte[lengths[i]]);
                file.AddRange(record);
            }
            seeds.Add([.. file]);
        }
        var batch = new EventBatch(1 << 16);
        var records = new JournalRecord[64];
        return new("journal", seeds, input => Check(input) ?? Check(WithChecksums(input, salt)));

        string? Check(byte[] bytes)
        {
            string name = JournalFormat.FileName(1, 1);
            var files = new MemoryFiles { ["/data/journal/" + name] = bytes };
            long before = GC.GetAllocatedBytesForCurrentThread(), last = 0, kept = 0;
            using (var reader = JournalReader.OpenStopped(files, "/data/journal", default))
            {
                for (int rounds = 0; ; rounds++)
                {
                    batch.Clear();
                    int n = reader.Fill(batch, records);
                    if (n == 0) break;
                    if (rounds > bytes.Length) return "no end";
                    foreach (var r in records.AsSpan(0, n))
                    {
                        if (r.Sequence <= last) return $"record {r.Sequence} after {last}";
                        if (r.Start < 0 || r.Length < 0 || r.Start + r.Length > batch.Used) return $"a message at {r.Start}, {r.Length} bytes";
                        last = r.Sequence;
                        kept += r.Length;
                    }
                }
                if (kept + reader.DamagedBytes > bytes.Length) return $"{kept} bytes read and {reader.DamagedBytes} damaged of {bytes.Length}";
            }
            files["/data/journal/epoch"] = [];
            var open = new JournalOpen(files, new() { Directory = "/data/journal" });
            open.Run();
            return GC.GetAllocatedBytesForCurrentThread() - before is var used and > MostAllocated ? $"{used >> 20} MiB for {bytes.Length} bytes" : null;
        }
    }

    static byte[] WithChecksums(byte[] input, uint salt)
    {
        var bytes = (byte[])input.Clone();
        if (bytes.Length < JournalFormat.FileHeaderSize) return bytes;
        JournalFormat.WriteFileHeader(bytes, new(1, 1, salt, 1));
        for (int at = JournalFormat.FileHeaderSize; at <= bytes.Length - JournalFormat.RecordHeaderSize;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            if (length < JournalFormat.RecordHeaderSize || length > bytes.Length - at) break;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + 4), ~Crc32C.Update(salt, bytes.AsSpan(at + 8, length - 8)));
            at += length;
        }
        return bytes;
    }

    public static Target Segment()
    {
        var files = new MemoryFiles();
        var made = new RandomBatches(77);
        string name = new SegmentWriter(made.Catalogue).Write(files, "/data", RandomBatches.Key, new(1, 1, 2), made.All(made.Batch(24), made.Batch(9))).Name;
        byte[] good = files[$"/data/{name}"];
        int footerAt = (int)BinaryPrimitives.ReadUInt64LittleEndian(good.AsSpan(good.Length - Layout.TailBytes));
        var (info, names, blocks) = Layout.ReadFooter(good.AsSpan(footerAt, good.Length - Layout.TailBytes - footerAt), name, footerAt, good.Length);
        return new("segment", [good], input => Check(input) ?? Check(Content(input)) ?? Check(Footer(input)));

        // The input's sections behind a footer with their checksums.
        byte[] Content(byte[] input)
        {
            byte[] body = new byte[footerAt];
            input.AsSpan(0, Math.Min(input.Length, footerAt)).CopyTo(body);
            good.AsSpan(0, Layout.HeaderBytes).CopyTo(body);
            var right = blocks.Select(b => b with
            {
                Columns = [.. b.Columns.Select(c => c with { Data = Right(c.Data) })],
                RowSets = [.. b.RowSets.Select(s => s with { Data = Right(s.Data) })],
                Payload = Right(b.Payload),
            });
            var footer = new ByteWriter();
            Layout.WriteFooter(footer, info, names, [.. right]);
            return Sealed(body, footer.Written);

            Section Right(Section s) => s with { Crc = Crc32C.Compute(body.AsSpan((int)s.Offset, s.Length)) };
        }

        // The good sections before the input's footer.
        byte[] Footer(byte[] input) => input.Length <= footerAt ? input
            : Sealed(good[..footerAt], input.AsSpan(footerAt, Math.Max(0, Math.Min(input.Length - footerAt, good.Length - Layout.TailBytes - footerAt))));

        byte[] Sealed(byte[] body, ReadOnlySpan<byte> footer)
        {
            var tail = new ByteWriter();
            tail.UInt64((ulong)body.Length);
            tail.UInt32((uint)footer.Length);
            tail.UInt32(Crc32C.Compute(footer));
            tail.UInt32(Crc32C.Compute(tail.Written));
            tail.UInt32(Layout.TailMagic);
            return [.. body, .. footer, .. tail.Written];
        }

        string? Check(byte[] bytes)
        {
            files[$"/data/{name}"] = bytes;
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var reader = SegmentReader.Open(files, "/data", name);
                foreach (var block in reader.Blocks) Read(block);
                reader.Verify();
            }
            catch (SegmentCorruptException)
            {
            }
            return GC.GetAllocatedBytesForCurrentThread() - before is var used and > MostAllocated ? $"{used >> 20} MiB for {bytes.Length} bytes" : null;
        }
    }

    // As a search reads: every column by itself, for one that is damaged must not keep the others back.
    static void Read(IBlock block)
    {
        foreach (var field in Fields.All.Where(f => f.Origin == Origin.Stored))
        {
            if (field.Kind == FieldKind.Text) Try(() => block.MayHoldText(field, "user1"u8) && block.Texts(field) is { } t && t.Codes.Length > 0 && t.Codes[0] >= 0 && t.Value(t.Codes[0]).Length > 9);
            else if (field.Kind == FieldKind.Address) Try(() => block.MayHoldAddress(field, default, new(9)) && block.Addresses(field) is { } a && a[0].IsV6);
            else if (field.Kind != FieldKind.Bytes) Try(() => block.MayHoldNumber(field, 1, 9) && block.Numbers(field) is { } n && n.Values[0] > 0);
        }
        foreach (string name in block.Properties.ToArray()) Try(() => block.MayHoldProperty(name, "Rule 1"u8.ToArray()) && block.Property(name) != null);
        Try(() => block.PayloadsHolding(["sshd"u8.ToArray()]).Count > 0 && block.MayHoldToken("kernel"u8));
        int[] rows = [.. Enumerable.Range(0, block.Rows)];
        Try(() => { block.Payloads(rows, (_, _) => { }); return true; });
        Try(() => { block.PayloadsAsStored(rows, (_, _) => { }); return true; });

        static void Try(Func<bool> read)
        {
            try
            {
                read();
            }
            catch (SegmentCorruptException)
            {
            }
        }
    }
}
