using System.Buffers;
using System.Buffers.Binary;
using Portolan.Store.Columns;
using Portolan.Store.Files;

namespace Portolan.Store.Segments;

/// <summary>
/// An open segment. Opening reads the footer only; columns are decoded when asked for and every byte read is checked. The file stays open until disposed,
/// so it can be read after it was deleted. Safe for several readers at once.
/// </summary>
public sealed class SegmentReader : IDisposable
{
    readonly IFile _file;

    SegmentReader(IFile file, SegmentInfo info, string[] names, BlockEntry[] blocks, long sections)
    {
        _file = file;
        Info = info;
        Sections = sections;
        var list = new SegmentBlock[blocks.Length];
        for (int i = 0; i < list.Length; i++) list[i] = new(this, blocks[i], names, i);
        Blocks = list;
    }

    public SegmentInfo Info { get; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<IBlock> Blocks { get; }

    /// <summary>Where the sections end and the footer begins.</summary>
    internal long Sections { get; }

    /// <summary>Opens <paramref name="root"/>/<paramref name="name"/>; a file that is not a whole segment is a <see cref="SegmentCorruptException"/>.</summary>
    public static SegmentReader Open(IFiles files, string root, string name)
    {
        var file = files.OpenRead($"{root}/{name}");
        try
        {
            return Open(file, name);
        }
        catch (MalformedException e)
        {
            file.Dispose();
            throw new SegmentCorruptException(name, "footer", e.Message);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    static SegmentReader Open(IFile file, string name)
    {
        long length = file.Length;
        if (length < Layout.HeaderBytes + Layout.TailBytes) throw new MalformedException("the file is cut short");
        Span<byte> header = stackalloc byte[Layout.HeaderBytes], tail = stackalloc byte[Layout.TailBytes];
        Fill(file, 0, header);
        if (!header.StartsWith(Layout.Magic)) throw new MalformedException("not a segment");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version != Layout.Version) throw new MalformedException($"format version {version}, this program reads {Layout.Version}");
        if (header[12..].ContainsAnyExcept((byte)0)) throw new MalformedException("header");
        Fill(file, length - tail.Length, tail);
        ulong at = BinaryPrimitives.ReadUInt64LittleEndian(tail);
        uint footerLength = BinaryPrimitives.ReadUInt32LittleEndian(tail[8..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(tail[20..]) != Layout.TailMagic
            || Crc32C.Compute(tail[..16]) != BinaryPrimitives.ReadUInt32LittleEndian(tail[16..])) throw new MalformedException("the end is missing or damaged");
        if (footerLength > Layout.MostFooter || at + footerLength + (ulong)tail.Length != (ulong)length) throw new MalformedException("the footer lies outside");
        var footer = new byte[footerLength];
        Fill(file, (long)at, footer);
        if (Crc32C.Compute(footer) != BinaryPrimitives.ReadUInt32LittleEndian(tail[12..])) throw new MalformedException("checksum");
        var (info, names, blocks) = Layout.ReadFooter(footer, name, (long)at, length);
        return new(file, info, names, blocks, (long)at);
    }

    /// <summary>
    /// Bytes by what they are for: fields by name, <c>property NAME</c>, <c>payload</c>, <c>payload filter</c>, <c>filter NAME</c>, <c>rows with a value</c>,
    /// <c>footer</c>. They add up to the file.
    /// </summary>
    public IReadOnlyDictionary<string, long> Sizes()
    {
        var sizes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var block in Blocks) ((SegmentBlock)block).AddSizes(Add);
        Add("footer", Info.Bytes - sizes.Values.Sum());
        return sizes;

        void Add(string what, long bytes) => sizes[what] = sizes.GetValueOrDefault(what) + bytes;
    }

    /// <summary>Reads and checks everything in the file; what is damaged, one entry a section, none when all is well.</summary>
    public IReadOnlyList<SegmentCorruptException> Verify()
    {
        var faults = new List<SegmentCorruptException>();
        foreach (var block in Blocks) ((SegmentBlock)block).Verify(faults);
        return faults;
    }

    static void Fill(IFile file, long at, Span<byte> to)
    {
        if (file.Read(at, to) != to.Length) throw new MalformedException("the file is cut short");
    }

    internal byte[] Read(Section section)
    {
        var bytes = new byte[section.Length];
        Read(section.Offset, bytes, section.Crc);
        return bytes;
    }

    internal void Read(long at, Span<byte> to, uint crc)
    {
        Fill(_file, at, to);
        if (Crc32C.Compute(to) != crc) throw new MalformedException("checksum");
    }

    internal void Verify(Filter filter)
    {
        for (int block = 0; block < filter.Blocks; block += SplitBlockFilter.PageBlocks) MayHold(filter, SplitBlockFilter.HashOf(block, filter.Blocks));
    }

    /// <summary>Asks a filter for a hash, reading one page of it.</summary>
    internal bool MayHold(Filter filter, ulong hash)
    {
        var (offset, length) = SplitBlockFilter.Page(hash, filter.Blocks);
        byte[] page = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var bytes = page.AsSpan(0, length);
            Fill(_file, filter.Offset + offset, bytes);
            if (Crc32C.Compute(bytes[..^4]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..])) throw new MalformedException("checksum of a filter");
            return SplitBlockFilter.MayHold(bytes, hash, filter.Blocks);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(page);
        }
    }

    public void Dispose() => _file.Dispose();
}
