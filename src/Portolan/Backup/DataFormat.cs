using System.Globalization;

namespace Portolan.Backup;

/// <summary>
/// The form of a data directory as a whole, a number in <c>DATA/format</c>. A program refuses what a newer one wrote, and a directory that a restore did
/// not finish. A directory without the number is from before it and has form 1.
/// </summary>
static class DataFormat
{
    public const int Current = 1;

    /// <summary>There while a restore fills the directory.</summary>
    public const string Restoring = "restoring";

    /// <summary>There from the end of a restore until a server has begun a new epoch of the journal.</summary>
    public const string Restored = "restored";

    const string FileName = "format";

    /// <summary>Refuses what this program must not touch.</summary>
    /// <exception cref="CommandFault">A newer form, one that cannot be read, or half of a restore.</exception>
    public static void Check(string data)
    {
        if (File.Exists(Path.Combine(data, Restoring)))
            throw new CommandFault($"{data} holds half of a backup", "a restore into it did not finish", $"rm -r {data}, then portolan restore FILE --data {data} again");
        string path = Path.Combine(data, FileName);
        if (!File.Exists(path)) return;
        string text = File.ReadAllText(path).Trim();
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int form) || form < 1)
            throw new CommandFault($"{path} holds no number", $"it reads {(text.Length > 20 ? text[..20] : text)}", "the file from a backup");
        if (form > Current)
            throw new CommandFault($"{data} was written by a newer Portolan", $"its form is {form}, this program knows {Current}", "the newer program, or a backup of before its first start");
    }

    /// <summary>Writes the number where there is none. For a server that owns the directory.</summary>
    public static void Settle(string data)
    {
        Check(data);
        string path = Path.Combine(data, FileName);
        if (!File.Exists(path)) Write(path, string.Create(CultureInfo.InvariantCulture, $"{Current}\n"));
    }

    /// <summary>Writes a small file that is there whole or not at all; on return it is on the disk, and all that was written before.</summary>
    public static void Write(string path, string text)
    {
        File.WriteAllText(path + ".tmp", text);
        Disk.Settle(path + ".tmp");
        File.Move(path + ".tmp", path, overwrite: true);
        Disk.Settle(path);
    }
}
