using System.Runtime.CompilerServices;

namespace Portolan.Store.Files;

/// <summary>
/// Every touch of the disk by journal, segments, cursors and checkpoints goes through here, so that a test can put a file system below that forgets or
/// reorders whatever was not synced. Paths are full. Errors of the system come as <see cref="IOException"/>.
/// </summary>
public interface IFiles
{
    void CreateDirectory(string path);

    bool Exists(string path);

    /// <summary>Names (not paths) of the files in a directory, in ordinal order; empty when the directory does not exist.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Names of the directories in a directory, in ordinal order; empty when the directory does not exist.</summary>
    IReadOnlyList<string> Folders(string directory);

    /// <summary>A new empty file, which must not exist.</summary>
    IFile Create(string path);

    IFile OpenRead(string path);

    IFile OpenWrite(string path);

    /// <summary>Replaces the target if it exists. Lasts through a power cut only after <see cref="SyncDirectory"/>.</summary>
    void Move(string from, string to);

    void Delete(string path);

    /// <summary>
    /// Makes creations, renames and deletions in the directory last through a power cut. The compiler fills in who asks: so a test can leave out the sync of
    /// one place in the code and show that something is lost.
    /// </summary>
    void SyncDirectory(string path, [CallerFilePath] string file = "", [CallerMemberName] string member = "");

    /// <summary>Bytes of the file system that holds the path: free for us, and in all.</summary>
    (long Free, long Total) Space(string path);
}

/// <summary>An open file, addressed by position.</summary>
public interface IFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads until the buffer is full or the file ends; the number of bytes read.</summary>
    int Read(long position, Span<byte> buffer);

    void Write(long position, ReadOnlySpan<byte> bytes);

    void SetLength(long length);

    /// <summary>Makes all that was written last through a power cut (fdatasync). Who asks: as of <see cref="IFiles.SyncDirectory"/>.</summary>
    void Sync([CallerFilePath] string file = "", [CallerMemberName] string member = "");
}
