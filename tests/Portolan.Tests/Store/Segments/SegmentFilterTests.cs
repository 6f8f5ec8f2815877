using System.Text;
using Portolan.Model;
using Portolan.Store.Columns;
using Portolan.Store.Segments;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Segments;

/// <summary>What a block says it cannot hold is asked of every value that it does hold.</summary>
public sealed class SegmentFilterTests
{
    static IEnumerable<(IBlock Block, EventBatch Batch)> Blocks(int seed, int rows)
    {
        var source = new RandomBatches(seed);
        var batch = source.Batch(rows);
        var files = new MemoryFiles();
        var info = new SegmentWriter(source.Catalogue).Write(files, "/data", RandomBatches.Key, new(1, 1, 2), source.All(batch));
        yield return (SegmentReader.Open(files, "/data", info.Name).Blocks.Single(), batch);
        yield return (new BatchBlock(batch, source.Catalogue), batch);
    }

    [Theory]
    [InlineData(1, 600)]
    [InlineData(2, 600)]
    [InlineData(3, 600)]
    [InlineData(4, 40)]
    public void No_value_that_is_there_is_denied(int seed, int rows)
    {
        foreach (var (block, batch) in Blocks(seed, rows))
        {
            foreach (var field in Fields.All.Where(f => f.Origin == Origin.Stored && f.Kind != FieldKind.Bytes))
            {
                if (field.Kind == FieldKind.Text)
                {
                    if (block.Texts(field) is not { } texts) continue;
                    for (int i = 0; i < texts.DictionarySize; i++) Assert.True(block.MayHoldText(field, texts.Value(i)), field.Name);
                }
                else if (field.Kind == FieldKind.Address)
                {
                    if (!batch.Has(field)) continue;
                    foreach (var a in batch.Addresses(field).Take(rows).Distinct())
                    {
                        Assert.True(block.MayHoldAddress(field, a, a), field.Name);
                        Assert.True(block.MayHoldAddress(field, default, a) && block.MayHoldAddress(field, a, new(UInt128.MaxValue)), field.Name);
                        Assert.True(block.MayHoldAddress(field, new(a.Value - (UInt128)(a.Value > 3 ? 3 : 0)), a), field.Name);
                    }
                }
                else
                {
                    foreach (long n in block.Numbers(field)?.Values.Distinct() ?? [0L])
                    {
                        Assert.True(block.MayHoldNumber(field, n, n) && block.MayHoldNumber(field, long.MinValue, n)
                            && block.MayHoldNumber(field, n, long.MaxValue), field.Name);
                    }
                }
            }
        }
    }

    /// <summary>Tokens by the plain definition: longest runs of ASCII letters, digits and bytes above 127, ASCII lower case.</summary>
    static IEnumerable<byte[]> TokensOf(byte[] text)
    {
        var token = new List<byte>();
        foreach (byte b in text.Append((byte)' '))
        {
            if (b > 127 || char.IsAsciiLetterOrDigit((char)b)) token.Add(char.IsAsciiLetterUpper((char)b) ? (byte)(b + 32) : b);
            else if (token.Count > 0)
            {
                yield return [.. token];
                token.Clear();
            }
        }
    }

    [Theory]
    [InlineData(11, 1000)]
    [InlineData(12, 100)]
    public void No_token_that_is_there_is_denied(int seed, int rows)
    {
        foreach (var (block, batch) in Blocks(seed, rows))
        {
            for (int row = 0; row < rows; row++)
            {
                var tokens = TokensOf(batch.Span(batch.Payload[row]).ToArray()).ToArray();
                foreach (byte[] token in tokens) Assert.True(block.MayHoldToken(token), $"row {row}: {Encoding.Latin1.GetString(token)}");
                if (row % 100 != 0) continue;
                Assert.Contains(block.PayloadsHolding(tokens), run => run.Start <= row && row < run.End);
                foreach (byte[] token in tokens) Assert.Contains(block.PayloadsHolding([token]), run => run.Start <= row && row < run.End);
            }
        }
    }

    [Fact]
    public void Runs_of_rows_are_ascending_and_apart()
    {
        var source = new RandomBatches(13);
        var batches = Enumerable.Range(0, 2).Select(_ => source.Batch(8192)).ToArray();
        var files = new MemoryFiles();
        var info = new SegmentWriter(source.Catalogue).Write(files, "/data", RandomBatches.Key, new(1, 1, 2), source.All(batches));
        using var reader = SegmentReader.Open(files, "/data", info.Name);
        var block = Assert.Single(reader.Blocks);
        foreach (string token in new[] { "kernel", "sshd", "u17", "8191" })
        {
            var runs = block.PayloadsHolding([Encoding.ASCII.GetBytes(token)]);
            int before = -1;
            foreach (var (start, end) in runs)
            {
                Assert.True(start > before && end > start && end <= block.Rows);
                before = end;
            }
        }
    }

    [Fact]
    public void Filters_deny_nearly_all_that_is_not_there()
    {
        var random = new Random(5);
        var hashes = Enumerable.Range(0, 20_000).Select(i => Hash.Of(Encoding.ASCII.GetBytes($"token{i}"))).ToArray();
        int blocks = SplitBlockFilter.Blocks(hashes.Length);
        var words = Array.Empty<uint>();
        var bytes = new ByteWriter();
        SplitBlockFilter.Write(hashes, blocks, ref words, bytes);
        Assert.Equal(SplitBlockFilter.StoredBytes(blocks), bytes.Length);
        Assert.All(hashes, h => Assert.True(Ask(h)));
        int wrong = Enumerable.Range(0, 10_000).Count(_ => Ask(Hash.Of(Encoding.ASCII.GetBytes($"{random.NextInt64():x}"))));
        // 8 bits of 256 at 25.6 keys a block: about 1 in 100 (Parquet's BloomFilter.md gives 1 % at 10.5 bits a key).
        Assert.InRange(wrong, 0, 250);

        bool Ask(ulong hash)
        {
            var (offset, length) = SplitBlockFilter.Page(hash, blocks);
            return SplitBlockFilter.MayHold(bytes.Written.Slice((int)offset, length), hash, blocks);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(3_000)]
    [InlineData(20_000)]
    [InlineData(60_000)]
    public void A_filter_of_tokens_has_the_size_of_what_is_in_it(int tokens)
    {
        var filter = new TokenFilter();
        var bytes = new ByteWriter();
        for (int again = 0; again < 2; again++)
        {
            // Each token twice, in two cases: once counts.
            filter.Clear();
            for (int i = 0; i < tokens; i++) Assert.Equal(1, filter.Add(Encoding.ASCII.GetBytes($"Token{i}:a=TOKEN{i}\n")));
            bytes.Clear();
            int blocks = filter.Write(bytes);
            Assert.Equal(SplitBlockFilter.StoredBytes(blocks), bytes.Length);
            Assert.InRange(blocks, tokens * 10 * 0.85 / 256, 2 + tokens * 10 * 1.2 / 256);
            for (int i = 0; i < tokens; i++) Assert.True(Ask($"token{i}"));
            int wrong = Enumerable.Range(0, 10_000).Count(i => Ask($"other{i}"));
            Assert.InRange(wrong, 0, 250);

            bool Ask(string token)
            {
                ulong hash = Hash.Of(Encoding.ASCII.GetBytes(token));
                var (offset, length) = SplitBlockFilter.Page(hash, blocks);
                return SplitBlockFilter.MayHold(bytes.Written.Slice((int)offset, length), hash, blocks);
            }
        }
    }

    [Fact]
    public void Both_forms_of_the_hash_agree_and_stay_as_they_are()
    {
        var random = new Random(6);
        var bytes = new byte[200];
        random.NextBytes(bytes);
        for (int length = 0; length < 100; length++)
        {
            Assert.Equal(Hash.Of(bytes.AsSpan(7, length)), Hash.OfPadded(ref bytes[7], length));
            // The definition of docs/segment-format.md, word by word.
            ulong h = (ulong)length * 0x9E3779B97F4A7C15;
            for (int at = 0; at < Math.Max(1, length); at += 16)
            {
                ulong low = 0, high = 0;
                for (int i = 0; i < 8 && at + i < length; i++) low |= (ulong)bytes[7 + at + i] << (8 * i);
                for (int i = 0; i < 8 && at + 8 + i < length; i++) high |= (ulong)bytes[7 + at + 8 + i] << (8 * i);
                h = Fold(h ^ low, 0xD6E8FEB86659FD93 ^ high);
            }
            Assert.Equal(h, Hash.Of(bytes.AsSpan(7, length)));
        }

        static ulong Fold(ulong a, ulong b)
        {
            var product = (UInt128)a * b;
            return (ulong)(product >> 64) ^ (ulong)product;
        }
    }
}
