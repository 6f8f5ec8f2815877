using System.Buffers.Binary;
using System.Text;
using Portolan.Model.Joints;
using Portolan.Store.Files;
using Portolan.Store.Journal;

namespace Portolan.Store;

/// <summary>
/// The cursor file <c>sealed</c>: every journal record below it is in a segment, and everything in a segment at or above it was not finished and is
/// written again. It is replaced in one step after the segments it covers are durable; that step is what makes them count. The stages' state at that
/// position lies in the same file, so that no crash can part the two.
/// <para>Layout inside <see cref="AtomicFile"/>, little-endian: 4 bytes epoch, 8 bytes sequence, then for each state 4 bytes length and its UTF-8 name,
/// 4 bytes length and its bytes.</para>
/// </summary>
/// <param name="Next">The next record that no segment holds.</param>
sealed record SealedPosition(JournalPosition Next, IReadOnlyList<(string Name, byte[] State)> Checkpoints)
{
    const string FileName = "sealed";

    /// <summary>Null when there is no readable cursor file.</summary>
    public static SealedPosition? Read(IFiles files, string directory)
    {
        if (AtomicFile.Read(files, Path.Combine(directory, FileName), out byte[] content) != AtomicFileState.Read || content.Length < 12) return null;
        var next = new JournalPosition(BinaryPrimitives.ReadInt32LittleEndian(content), BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(4)));
        var checkpoints = new List<(string, byte[])>();
        var rest = content.AsSpan(12);
        while (rest.Length > 0)
        {
            if (!TryTake(ref rest, out var name) || !TryTake(ref rest, out var state)) return null;
            checkpoints.Add((Encoding.UTF8.GetString(name), state.ToArray()));
        }
        return new(next, checkpoints);
    }

    static bool TryTake(ref Span<byte> rest, out Span<byte> bytes)
    {
        bytes = default;
        if (rest.Length < 4) return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length < 0 || length > rest.Length - 4) return false;
        bytes = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        return true;
    }

    /// <summary>
    /// Puts the file's content into a stream, which is emptied first and may be used again: with many users and hosts it is tens of megabytes at every seal.
    /// </summary>
    public static void Fill(MemoryStream content, JournalPosition next, IReadOnlyList<ICheckpoint> checkpoints)
    {
        content.SetLength(0);
        Span<byte> position = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(position, next.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(position[4..], next.Sequence);
        content.Write(position);
        foreach (var c in checkpoints)
        {
            Put(content, to => to.Write(Encoding.UTF8.GetBytes(c.CheckpointName)));
            Put(content, c.Save);
        }
    }

    /// <summary>Replaces the file by what <see cref="Fill"/> made.</summary>
    public static void Write(IFiles files, string directory, MemoryStream content) =>
        AtomicFile.Write(files, Path.Combine(directory, FileName), content.GetBuffer().AsSpan(0, (int)content.Length));

    static void Put(MemoryStream to, Action<Stream> write)
    {
        long at = to.Position;
        to.Write(stackalloc byte[4]);
        write(to);
        BinaryPrimitives.WriteInt32LittleEndian(to.GetBuffer().AsSpan((int)at), checked((int)(to.Length - at - 4)));
    }
}
