using System.Buffers.Binary;

namespace Portolan.Store.Files;

public enum AtomicFileState
{
    Read,
    Missing,

    /// <summary>It is there, but its length or checksum is wrong: the disk lost or changed it.</summary>
    Damaged,
}

/// <summary>
/// A small file that is replaced as a whole: after a power cut it holds the old content or the new, never a mixture. For cursors and checkpoints.
/// Layout, little-endian: 4 bytes "PTA1", 4 bytes CRC32C of what follows, 8 bytes content length, content.
/// </summary>
public static class AtomicFile
{
    const uint Magic = 0x31415450; // "PTA1"
    const int HeaderSize = 16;

    /// <summary>Writes the file so that it lasts. The directory must exist.</summary>
    public static void Write(IFiles files, string path, ReadOnlySpan<byte> content)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], ~Crc32C.Update(Crc32C.Update(uint.MaxValue, header[8..]), content));

        var beside = path + ".tmp";
        if (files.Exists(beside)) files.Delete(beside);
        using (var file = files.Create(beside))
        {
            file.Write(0, header);
            file.Write(HeaderSize, content);
            file.Sync();
        }
        files.Move(beside, path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>
    /// Reads it back. After a kill the newest content may be there and not yet sure to stay: who goes on from it (drops what lies before a cursor) calls
    /// <see cref="IFiles.SyncDirectory"/> first, once, at start.
    /// </summary>
    public static AtomicFileState Read(IFiles files, string path, out byte[] content)
    {
        content = [];
        if (!files.Exists(path)) return AtomicFileState.Missing;
        using var file = files.OpenRead(path);
        if (file.Length is < HeaderSize or > int.MaxValue) return AtomicFileState.Damaged;
        var bytes = new byte[file.Length];
        if (file.Read(0, bytes) != bytes.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)) != bytes.Length - HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) != Crc32C.Compute(bytes.AsSpan(8))) return AtomicFileState.Damaged;
        content = bytes[HeaderSize..];
        return AtomicFileState.Read;
    }
}
