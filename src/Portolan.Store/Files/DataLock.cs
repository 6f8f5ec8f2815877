using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Portolan.Store.Files;

/// <summary>
/// One process owns a data directory. The kernel holds the lock (flock on DATA/lock), so that it ends with the process however that ends; the file's
/// content, the owner's process id, is for people and stays behind.
/// </summary>
public sealed partial class DataLock : IDisposable
{
    const int ReadWriteCreate = 2 | 0x40 | 0x80000; // O_RDWR | O_CREAT | O_CLOEXEC
    const int OwnerMayWriteAllRead = 0x1a4; // 0644
    const int Exclusive = 2, NonBlocking = 4;
    const int WorkingDirectory = -100, EmptyPath = 0x1000; // AT_FDCWD, AT_EMPTY_PATH
    const uint Inode = 0x100; // STATX_INO
    const int NotFound = 2, NotADirectory = 20; // ENOENT, ENOTDIR

    readonly SafeFileHandle _handle;
    readonly string _path;

    DataLock(SafeFileHandle handle, string path) => (_handle, _path) = (handle, Path.GetFullPath(path));

    /// <summary>
    /// False when the directory's path leads to another directory than when it was taken, or to none: it was moved, removed, replaced or mounted over, or a
    /// link to it was changed. What is written by path then lands in a directory that may be another process's, which the lock cannot keep out. True also
    /// when nobody can say, as while a file server does not answer.
    /// </summary>
    public bool IsInPlace
    {
        get
        {
            try
            {
                if (NativeStat(WorkingDirectory, _path, 0, Inode, out var there) != 0) return Marshal.GetLastPInvokeError() is not (NotFound or NotADirectory);
                return NativeStat(_handle, "", EmptyPath, Inode, out var held) != 0 || there.Identity == held.Identity;
            }
            catch (EntryPointNotFoundException)
            {
                return true; // glibc before 2.28
            }
        }
    }

    /// <summary>Takes the directory, made if absent. When another process owns it, <paramref name="owner"/> is its process id, 0 if unknown.</summary>
    public static bool TryTake(string directory, out DataLock? taken, out int owner)
    {
        Directory.CreateDirectory(directory);
        taken = null;
        owner = 0;
        // Opened by hand because File.OpenHandle takes a lock of its own, and then could not read who holds it.
        string path = Path.Combine(directory, "lock");
        var handle = new SafeFileHandle(NativeOpen(path, ReadWriteCreate, OwnerMayWriteAllRead), ownsHandle: true);
        if (handle.IsInvalid) throw new IOException($"cannot open {path}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
        if (NativeLock(handle, Exclusive | NonBlocking) != 0)
        {
            Span<byte> text = stackalloc byte[16];
            int n = RandomAccess.Read(handle, text, 0);
            _ = int.TryParse(text[..n].TrimEnd((byte)'\n'), NumberStyles.None, CultureInfo.InvariantCulture, out owner);
            handle.Dispose();
            return false;
        }
        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"), 0);
        taken = new DataLock(handle, path);
        return true;
    }

    /// <summary>As <see cref="TryTake"/>, with an <see cref="IOException"/> for people.</summary>
    public static DataLock Take(string directory)
    {
        if (TryTake(directory, out var taken, out int owner)) return taken!;
        string who = owner == 0 ? "another process" : $"process {owner}";
        throw new IOException($"{directory} is in use by {who}: stop it, or choose another directory with --data");
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpen(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int NativeLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeStat(int directory, string path, int flags, uint mask, out Status status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeStat(SafeFileHandle file, string path, int flags, uint mask, out Status status);

    /// <summary>struct statx, statx(2): the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    struct Status
    {
        [FieldOffset(32)]
        ulong _inode;

        [FieldOffset(136)]
        uint _major;

        [FieldOffset(140)]
        uint _minor;

        public readonly (uint, uint, ulong) Identity => (_major, _minor, _inode);
    }
}
