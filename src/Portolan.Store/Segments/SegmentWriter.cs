using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Files;

namespace Portolan.Store.Segments;

/// <summary>
/// Writes segments: docs/segment-format.md. Not for several threads at once; keep it, its tables and buffers are used again.
/// </summary>
public sealed class SegmentWriter
{
    /// <summary>Raw bytes after which a block ends before its 65,536 rows are full.</summary>
    const long BlockBytes = 256 << 20;

    readonly PropertyCatalogue _catalogue;
    readonly SegmentOutput _output = new();
    readonly BlockWriter _blocks;
    readonly ByteWriter _footer = new();
    readonly List<string> _names = [];
    readonly int[] _numberOf = new int[PropertyCatalogue.Most];
    readonly List<SegmentRows> _part = [];

    public SegmentWriter(PropertyCatalogue catalogue)
    {
        _catalogue = catalogue;
        _blocks = new(_output);
    }

    /// <summary>
    /// Writes the rows, in journal order and at least one, to a segment below <paramref name="root"/> that lasts through a power cut when this returns. A
    /// segment of the same name is replaced. Rows must be below their batch's Published and all of the key.
    /// </summary>
    /// <param name="late">Asked for what rows lack; null when nothing was learnt of them.</param>
    public SegmentInfo Write(IFiles files, string root, SegmentKey key, JournalRange range, IReadOnlyList<SegmentRows> rows, ILateText? late = null)
    {
        string folder = MakeFolder(files, root, key.Folder);
        string draft = $"{folder}/{range.Epoch}-{range.First}-{range.Last}.tmp";
        if (files.Exists(draft)) files.Delete(draft);
        SegmentInfo info;
        try
        {
            using var file = files.Create(draft);
            info = Write(file, key, range, rows, late);
            file.Sync();
        }
        catch
        {
            TryDelete(files, draft);
            throw;
        }
        files.Move(draft, $"{root}/{info.Name}");
        files.SyncDirectory(folder);
        return info;
    }

    static void TryDelete(IFiles files, string path)
    {
        try
        {
            if (files.Exists(path)) files.Delete(path);
        }
        catch (IOException)
        {
            // The disk that failed the write may fail this too; the first error is the one to tell, and a left .tmp is removed at the next start.
        }
    }

    // Not inlined: the power-cut test leaves out single syncs by the method that asks for them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static string MakeFolder(IFiles files, string root, string folder)
    {
        string path = root;
        files.CreateDirectory(root);
        foreach (string part in folder.Split('/'))
        {
            string below = $"{path}/{part}";
            files.CreateDirectory(below);
            files.SyncDirectory(path);
            path = below;
        }
        return path;
    }

    SegmentInfo Write(IFile file, SegmentKey key, JournalRange range, IReadOnlyList<SegmentRows> rows, ILateText? late)
    {
        _names.Clear();
        Array.Clear(_numberOf);
        _output.Begin(file);
        Span<byte> header = stackalloc byte[Layout.HeaderBytes];
        header.Clear();
        Layout.Magic.CopyTo(header);
        header[8] = (byte)Layout.Version;
        _output.Raw(header);

        var blocks = new List<BlockEntry>();
        int part = 0, at = 0;
        while (TakeBlock(rows, ref part, ref at)) blocks.Add(_blocks.Write(CollectionsMarshal.AsSpan(_part), NumberOf, late));
        if (blocks.Count == 0) throw new ArgumentException("a segment has at least one row", nameof(rows));
        long min = blocks.Min(b => b.MinTime), max = blocks.Max(b => b.MaxTime), count = blocks.Sum(b => (long)b.Rows);
        string name = SegmentInfo.NameOf(key, range, min, max);
        var info = new SegmentInfo(name, key, range, count, 0, min, max);

        _footer.Clear();
        Layout.WriteFooter(_footer, info, _names, blocks);
        var footer = _output.Append(_footer.Written);
        _footer.Clear();
        _footer.UInt64((ulong)footer.Offset);
        _footer.UInt32((uint)footer.Length);
        _footer.UInt32(footer.Crc);
        _footer.UInt32(Crc32C.Compute(_footer.Written));
        _footer.UInt32(Layout.TailMagic);
        _output.Raw(_footer.Written);
        _output.Flush();
        return info with { Bytes = _output.Position };
    }

    /// <summary>Fills <c>_part</c> with the next block's rows; false when none are left.</summary>
    bool TakeBlock(IReadOnlyList<SegmentRows> rows, ref int part, ref int at)
    {
        _part.Clear();
        int room = Layout.BlockRows;
        long bytes = 0;
        for (; part < rows.Count && room > 0 && bytes < BlockBytes; part++, at = 0)
        {
            var from = rows[part];
            int n = Math.Min(room, from.Count - at);
            for (int i = 0; i < n; i++)
            {
                bytes += from.Batch.Payload[from[at + i]].Length;
                if (bytes >= BlockBytes) n = i + 1;
            }
            if (n > 0) _part.Add(from.Part(at, n));
            room -= n;
            at += n;
            if (at < from.Count) return true;
        }
        return _part.Count > 0;
    }

    int NumberOf(int property)
    {
        if (_numberOf[property] == 0)
        {
            _names.Add(_catalogue.Name(property));
            _numberOf[property] = _names.Count;
        }
        return _numberOf[property] - 1;
    }
}
