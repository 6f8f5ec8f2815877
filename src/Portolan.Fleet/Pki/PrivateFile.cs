namespace Portolan.Fleet.Pki;

/// <summary>Files that only their owner may read, replaced as a whole.</summary>
static class PrivateFile
{
    const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void MakeFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        // Also of one that was there: unpacked from a backup, it may be open to others.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, Own | UnixFileMode.UserExecute);
    }

    public static void Write(string path, string text)
    {
        string beside = path + ".tmp";
        File.Delete(beside);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Own;
        using (var file = new FileStream(beside, options))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
    }
}
