using Portolan.Model;
using Portolan.Store.Columns;
using Portolan.Store.Files;
using Portolan.Store.Segments;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Segments;

/// <summary>Damaged files: found out, or without effect; never another exception, a hang or memory without bound.</summary>
public sealed class SegmentDamageTests
{
    readonly MemoryFiles _files = new();
    readonly SegmentInfo _info;
    readonly string _path;
    readonly byte[] _good;
    readonly string _content;

    public SegmentDamageTests()
    {
        var source = new RandomBatches(77);
        _info = new SegmentWriter(source.Catalogue).Write(_files, "/data", RandomBatches.Key, new(1, 1, 2), source.All(source.Batch(200), source.Batch(20)));
        _path = $"/data/{_info.Name}";
        _good = _files[_path];
        _content = ReadAll() ?? throw new InvalidOperationException("the whole file is damaged");
    }

    /// <summary>Everything the file holds, digested; null when some of it was found to be damaged.</summary>
    string? ReadAll()
    {
        try
        {
            using var reader = SegmentReader.Open(_files, "/data", _info.Name);
            var digest = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
            foreach (var block in reader.Blocks)
            {
                foreach (var field in Fields.All.Where(f => f.Origin == Origin.Stored))
                {
                    if (field.Kind == FieldKind.Text) Text(block.Texts(field));
                    else if (field.Kind == FieldKind.Address && block.Addresses(field) is { } a)
                    {
                        for (int i = 0; i < block.Rows; i++) digest.AppendData(BitConverter.GetBytes(a[i].GetHashCode()));
                    }
                    else if (field.Kind is FieldKind.Number or FieldKind.Flag or FieldKind.Time or FieldKind.Mac && block.Numbers(field) is { } n)
                    {
                        foreach (long v in n.Values) digest.AppendData(BitConverter.GetBytes(v));
                    }
                }
                foreach (string name in block.Properties.Order()) Text(block.Property(name));
                block.Payloads([.. Enumerable.Range(0, block.Rows)], (_, payload) => digest.AppendData(payload));
                block.MayHoldToken("kernel"u8);
                block.PayloadsHolding(["sshd"u8.ToArray(), "user"u8.ToArray()]);
            }
            return reader.Verify().Count > 0 ? null : Convert.ToHexString(digest.GetHashAndReset());

            void Text(TextColumn? column)
            {
                if (column == null) return;
                foreach (int code in column.Codes)
                {
                    if (code >= 0) digest.AppendData(column.Value(code));
                }
            }
        }
        catch (SegmentCorruptException e)
        {
            Assert.StartsWith($"segment {_info.Name}", e.Message);
            return null;
        }
    }

    [Fact]
    public void A_changed_byte_anywhere_is_found()
    {
        var random = new Random(1);
        for (int i = 0; i < 120; i++)
        {
            byte[] bytes = [.. _good];
            int at = i < 40 ? bytes.Length - 1 - i : random.Next(bytes.Length);
            bytes[at] ^= (byte)(1 << random.Next(8));
            _files[_path] = bytes;
            Assert.True(ReadAll() == null, $"a change at {at} of {bytes.Length} was not found");
        }
    }

    [Fact]
    public void A_cut_file_is_found()
    {
        for (int length = 0; length < _good.Length; length += 1 + length / 5)
        {
            _files[_path] = _good[..length];
            Assert.Null(ReadAll());
        }
        _files[_path] = [.. _good, 0];
        Assert.Null(ReadAll());
    }

    /// <summary>A checksum only shows accidents: sections and footer changed with right checksums must not do more harm than wrong content.</summary>
    [Fact]
    public void Malformed_content_under_right_checksums_does_no_harm()
    {
        var random = new Random(2);
        int footerAt = (int)BitConverter.ToUInt64(_good, _good.Length - 24), footerLength = BitConverter.ToInt32(_good, _good.Length - 16);
        var (info, names, blocks) = Layout.ReadFooter(_good.AsSpan(footerAt, footerLength), _info.Name, footerAt, _good.Length);
        for (int round = 0; round < 150; round++)
        {
            byte[] body = _good[..footerAt];
            var block = blocks[0];
            int which = random.Next(block.Columns.Length + block.RowSets.Length + 1);
            if (which < block.Columns.Length)
            {
                var columns = block.Columns.ToArray();
                columns[which] = columns[which] with { Data = Harm(columns[which].Data, body) };
                block = block with { Columns = columns };
            }
            else if (which < block.Columns.Length + block.RowSets.Length)
            {
                var sets = block.RowSets.ToArray();
                ref var set = ref sets[which - block.Columns.Length];
                set = set with { Data = Harm(set.Data, body) };
                block = block with { RowSets = sets };
            }
            else block = block with { Payload = Harm(block.Payload, body) };
            var footer = new ByteWriter();
            Layout.WriteFooter(footer, info, names, [block]);
            Reseal(body, footer.Written.ToArray());
            ReadAll();
        }

        Section Harm(Section section, byte[] body)
        {
            var bytes = body.AsSpan((int)section.Offset, section.Length);
            // Mostly near the start, where modes, counts and widths stand.
            for (int n = random.Next(1, 4); n > 0; n--) bytes[random.Next(random.Next(2) == 0 ? Math.Min(8, bytes.Length) : bytes.Length)] = (byte)random.Next(256);
            int cut = random.Next(8) == 0 ? random.Next(1, section.Length + 1) : section.Length;
            return new(section.Offset, cut, Crc32C.Compute(bytes[..cut]));
        }
    }

    [Fact]
    public void A_malformed_footer_under_a_right_checksum_does_no_harm()
    {
        var random = new Random(3);
        int footerAt = (int)BitConverter.ToUInt64(_good, _good.Length - 24), footerLength = BitConverter.ToInt32(_good, _good.Length - 16);
        for (int round = 0; round < 150; round++)
        {
            byte[] footer = _good.AsSpan(footerAt, footerLength).ToArray();
            for (int n = random.Next(1, 4); n > 0; n--) footer[random.Next(footer.Length)] = (byte)random.Next(256);
            Reseal(_good[..footerAt], random.Next(10) == 0 ? footer[..random.Next(footer.Length)] : footer);
            ReadAll();
        }
    }

    void Reseal(byte[] body, byte[] footer)
    {
        var tail = new ByteWriter();
        tail.UInt64((ulong)body.Length);
        tail.UInt32((uint)footer.Length);
        tail.UInt32(Crc32C.Compute(footer));
        tail.UInt32(Crc32C.Compute(tail.Written));
        tail.UInt32(Layout.TailMagic);
        _files[_path] = [.. body, .. footer, .. tail.Written];
    }

    [Fact]
    public void The_good_file_verifies_and_its_parts_add_up()
    {
        using var reader = SegmentReader.Open(_files, "/data", _info.Name);
        Assert.Empty(reader.Verify());
        Assert.Equal(_good.Length, reader.Sizes().Values.Sum());
        Assert.NotEmpty(_content);
    }

    [Fact]
    public void A_failed_write_leaves_nothing_behind()
    {
        var source = new RandomBatches(78);
        var writer = new SegmentWriter(source.Catalogue);
        var files = new MemoryFiles { FailSync = true };
        var rows = source.All(source.Batch(100));
        Assert.Throws<IOException>(() => writer.Write(files, "/data", RandomBatches.Key, new(1, 1, 2), rows));
        Assert.Empty(files.List($"/data/{RandomBatches.Key.Folder}"));
        files.FailSync = false;
        var info = writer.Write(files, "/data", RandomBatches.Key, new(1, 1, 2), rows);
        Assert.Equal([info.Name.Split('/')[^1]], files.List($"/data/{RandomBatches.Key.Folder}"));
    }

    [Fact]
    public void A_name_says_what_the_footer_says()
    {
        Assert.True(SegmentInfo.TryParseName(_info.Name, out var named));
        Assert.Equal(_info with { Rows = 0, Bytes = 0 }, named);
        var old = SegmentInfo.NameOf(RandomBatches.Key with { Domain = -3, Database = Database.Flows }, new(2, 5, 9), -7, long.MaxValue);
        Assert.True(SegmentInfo.TryParseName(old, out var early));
        Assert.Equal((-7L, long.MaxValue, -3, 9L), (early.MinTime, early.MaxTime, early.Key.Domain, early.Range.Last));
        Assert.True(string.CompareOrdinal(old.Split('/')[^1], _info.Name.Split('/')[^1]) < 0);
        Assert.Equal(new DateOnly(1969, 12, 31), SegmentKey.DayOf(-1));
        foreach (string wrong in new[] { "", "x.seg", "events/0/0/2026-11-20/1-2-3-4-5.seg", "events/0/0/2026-11-20/0-0.tmp", _info.Name + "x" })
            Assert.False(SegmentInfo.TryParseName(wrong, out _));
    }
}
