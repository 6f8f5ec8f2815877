using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Portolan.Backup;

/// <summary>
/// Makes a data directory of a backup. Every name is checked before it is used and every digest before the directory counts; what is not whole leaves
/// nothing behind. A marker stands in the directory until all is durable, so that who is killed meanwhile leaves no directory that looks whole.
/// </summary>
static class BackupReader
{
    const int MaxText = 256 << 20;

    /// <exception cref="CommandFault">No backup, a damaged one, one of a newer program, or a directory with something in it.</exception>
    public static (int Files, long Bytes) Restore(Stream from, string name, string data, CancellationToken cancel)
    {
        if (Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any())
        {
            DataFormat.Check(data);
            throw new CommandFault($"{data} is not empty", "a restore overwrites nothing", "--data OTHER, or move it away first");
        }
        Directory.CreateDirectory(data);
        DataFormat.Write(Path.Combine(data, DataFormat.Restoring), "a restore is filling this directory\n");
        try
        {
            var done = Read(from, name, data, cancel);
            string restored = Path.Combine(data, DataFormat.Restored);
            DataFormat.Write(restored, "the next server begins a new epoch\n");
            File.Delete(Path.Combine(data, DataFormat.Restoring));
            Disk.Settle(restored);
            return done;
        }
        catch (Exception e)
        {
            foreach (string folder in Directory.EnumerateDirectories(data)) Directory.Delete(folder, true);
            // The marker last: until then the directory must not look like one that was never restored into.
            foreach (string file in Directory.EnumerateFiles(data).OrderBy(f => Path.GetFileName(f) == DataFormat.Restoring)) File.Delete(file);
            if (e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException) throw Damaged(name, "it is cut off or damaged: " + e.Message);
            throw;
        }
    }

    static (int, long) Read(Stream from, string name, string data, CancellationToken cancel)
    {
        var digests = new Dictionary<string, string>(StringComparer.Ordinal);
        string? manifest = null;
        long bytes = 0;
        using var tar = new TarReader(from, leaveOpen: true);
        while (tar.GetNextEntry() is { } entry)
        {
            cancel.ThrowIfCancellationRequested();
            if (manifest != null) throw Damaged(name, "something stands behind the list of digests");
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !IsPlain(entry.Name)) throw Damaged(name, $"{entry.Name} has no place in a backup");
            var content = entry.DataStream ?? Stream.Null;
            if (digests.Count == 0)
            {
                if (entry.Name != BackupWriter.Head) throw Damaged(name, "it is no backup of Portolan");
                string head = Text(content, name);
                digests[entry.Name] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(head)));
                Judge(head, name);
                continue;
            }
            if (entry.Name == BackupWriter.Manifest)
            {
                manifest = Text(content, name);
                continue;
            }
            if (entry.Name is DataFormat.Restoring or DataFormat.Restored || !digests.TryAdd(entry.Name, "")) throw Damaged(name, $"{entry.Name} has no place in a backup");
            string path = Path.Combine(data, entry.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = (entry.Mode | UnixFileMode.UserRead | UnixFileMode.UserWrite) & (UnixFileMode)0x1ff;
            using var file = new FileStream(path, options);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[1 << 16];
            for (int n; (n = content.Read(buffer)) > 0;)
            {
                cancel.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, n);
                file.Write(buffer, 0, n);
                bytes += n;
            }
            digests[entry.Name] = Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        if (manifest == null) throw Damaged(name, "it is cut off: the list of digests is missing");
        var listed = manifest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split("  ", 2)).ToList();
        if (listed.Any(l => l.Length != 2)) throw Damaged(name, "the list of digests cannot be read");
        foreach (var line in listed)
            if (!digests.Remove(line[1], out string? digest) || digest != line[0]) throw Damaged(name, $"{line[1]} is not as it was written");
        if (digests.Count > 0) throw Damaged(name, $"{digests.Keys.First()} is not in the list of digests");
        return (listed.Count, bytes);
    }

    // Relative, and of names that stay below the directory.
    static bool IsPlain(string name) =>
        name.Length is > 0 and < 4096 && !name.Contains('\0') && !name.Contains('\\') && name.Split('/').All(part => part is not ("" or "." or ".."));

    static string Text(Stream content, string name)
    {
        if (content.Length > MaxText) throw Damaged(name, "the list of digests is too long");
        using var reader = new StreamReader(content, leaveOpen: true);
        return reader.ReadToEnd();
    }

    static void Judge(string head, string name)
    {
        var words = head.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', 2)).Where(w => w.Length == 2).ToDictionary(w => w[0], w => w[1]);
        int Number(string key) => words.TryGetValue(key, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0;
        if (Number("backup") == 0 || Number("format") == 0) throw Damaged(name, "it is no backup of Portolan");
        if (Number("backup") > 1 || Number("format") > DataFormat.Current)
            throw new CommandFault($"{name} is of a newer Portolan", $"version {words.GetValueOrDefault("version")}, form {Number("format")}; this program knows {DataFormat.Current}", "the newer program");
    }

    static CommandFault Damaged(string name, string why) => new($"cannot restore {name}", why, "another backup; nothing was restored", ExitCode.No);
}
