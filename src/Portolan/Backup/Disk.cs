using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Portolan.Backup;

/// <summary>A barrier for many files at once, which have no order among themselves: everything written before is on the disk when it returns.</summary>
static partial class Disk
{
    /// <param name="path">A file on the disk that is meant.</param>
    /// <exception cref="IOException">The disk did not take everything.</exception>
    public static void Settle(string path)
    {
        using var file = File.OpenHandle(path);
        if (NativeSettle(file) != 0) throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int NativeSettle(SafeFileHandle file);
}
