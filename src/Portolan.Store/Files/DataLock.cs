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

    readonly SafeFileHandle _handle;
    readonly string? _place;

    DataLock(SafeFileHandle handle) => (_handle, _place) = (handle, Place(handle));

    // What the kernel calls the open file now: another path when a folder above it was moved, "… (deleted)" when it was removed or replaced.
    static string? Place(SafeFileHandle handle) => new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget;

    /// <summary>
    /// False when the directory was moved, removed or replaced since it was taken. What is written by path then lands in a directory that may be another
    /// process's, which the lock cannot keep out.
    /// </summary>
    public bool IsInPlace => Place(_handle) == _place;

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
        taken = new DataLock(handle);
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
}
