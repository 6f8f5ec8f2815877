using System.Buffers.Binary;
using Portolan.Store.Files;
using Portolan.Store.Journal;

namespace Portolan.Store;

/// <summary>
/// The cursor file <c>sealed</c>: every journal record below it is in a segment, and everything in a segment at or above it was not finished and is
/// written again. It is replaced in one step after the segments it covers are durable; that step is what makes them count.
/// </summary>
static class SealedPosition
{
    const string Name = "sealed";

    /// <summary>The position, or null when there is no readable cursor file.</summary>
    public static JournalPosition? Read(IFiles files, string directory)
    {
        if (AtomicFile.Read(files, Path.Combine(directory, Name), out byte[] bytes) != AtomicFileState.Read || bytes.Length != 12) return null;
        return new(BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(4)));
    }

    public static void Write(IFiles files, string directory, JournalPosition position)
    {
        Span<byte> bytes = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, position.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[4..], position.Sequence);
        AtomicFile.Write(files, Path.Combine(directory, Name), bytes);
    }
}
