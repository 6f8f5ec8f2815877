using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Portolan.Store.Files;

/// <summary>The file system of the machine (POSIX).</summary>
public sealed partial class SystemFiles : IFiles
{
    public static readonly SystemFiles Instance = new();

    const int ReadOnly = 0x80000; // O_RDONLY | O_CLOEXEC
    const int Interrupted = 4; // EINTR

    public void CreateDirectory(string path) => Guard(path, static p => { Directory.CreateDirectory(p); return 0; });

    public bool Exists(string path) => File.Exists(path);

    public IReadOnlyList<string> List(string directory) => Guard(directory, static d =>
    {
        if (!Directory.Exists(d)) return [];
        var names = Directory.EnumerateFiles(d).Select(p => Path.GetFileName(p)!).ToArray();
        Array.Sort(names, StringComparer.Ordinal);
        return (IReadOnlyList<string>)names;
    });

    public IReadOnlyList<string> Folders(string directory) => Guard(directory, static d =>
    {
        if (!Directory.Exists(d)) return [];
        var names = Directory.EnumerateDirectories(d).Select(p => Path.GetFileName(p)!).ToArray();
        Array.Sort(names, StringComparer.Ordinal);
        return (IReadOnlyList<string>)names;
    });

    public IFile Create(string path) => Open(path, FileMode.CreateNew, FileAccess.ReadWrite);

    public IFile OpenRead(string path) => Open(path, FileMode.Open, FileAccess.Read);

    public IFile OpenWrite(string path) => Open(path, FileMode.Open, FileAccess.ReadWrite);

    public void Move(string from, string to) => Guard((from, to), static p => { File.Move(p.from, p.to, overwrite: true); return 0; });

    public void Delete(string path) => Guard(path, static p => { File.Delete(p); return 0; });

    public void SyncDirectory(string path, string file = "", string member = "")
    {
        int fd = NativeOpen(path, ReadOnly);
        if (fd < 0) throw Failed("open", path);
        try
        {
            int result;
            do result = NativeSync(fd);
            while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            if (result < 0) throw Failed("sync", path);
        }
        finally
        {
            _ = NativeClose(fd);
        }
    }

    public (long Free, long Total) Space(string path) => Guard(path, static p =>
    {
        var drive = new DriveInfo(p);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    });

    static OpenFile Open(string path, FileMode mode, FileAccess access) =>
        Guard((path, mode, access), static a =>
            new OpenFile(a.path, File.OpenHandle(a.path, a.mode, a.access, FileShare.ReadWrite | FileShare.Delete)));

    // Missing rights are, to those who use files, one more reason why the disk refuses.
    static T Guard<TArg, T>(TArg arg, Func<TArg, T> action)
    {
        try
        {
            return action(arg);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    static IOException Failed(string what, string path)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"cannot {what} {path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    sealed class OpenFile(string path, SafeFileHandle handle) : IFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(long position, Span<byte> buffer)
        {
            int done = 0;
            while (done < buffer.Length)
            {
                int n = RandomAccess.Read(handle, buffer[done..], position + done);
                if (n == 0) break;
                done += n;
            }
            return done;
        }

        public void Write(long position, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, position);

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Sync(string file = "", string member = "")
        {
            int result;
            do result = NativeDataSync(handle);
            while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            if (result < 0) throw Failed("sync", path);
        }

        public void Dispose() => handle.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpen(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int NativeClose(int fd);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int NativeSync(int fd);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int NativeDataSync(SafeFileHandle file);
}
