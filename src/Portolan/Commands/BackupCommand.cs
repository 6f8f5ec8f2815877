using System.CommandLine;
using Portolan.Backup;
using Portolan.Configuration;

namespace Portolan.Commands;

/// <summary><c>portolan backup FILE</c> and <c>portolan restore FILE</c>.</summary>
static class BackupCommand
{
    public static Command Backup(Terminal terminal)
    {
        var command = new Verb("backup", "Writes all data into one file, while the server runs or not: journal, segments, state, certificates, content, secrets.",
            "portolan backup portolan-2026-11-21.tar",
            "portolan backup --data /var/lib/portolan /backup/portolan.tar");
        var (config, file) = (new ConfigOptions(), new Argument<string>("file") { Description = "Where to; a file of this name is replaced when the new one is whole.", HelpName = "FILE" });
        config.AddTo(command);
        command.Add(file);
        command.SetAction((result, cancel) => Task.Run(() =>
        {
            string data = config.Load(result).Get(Settings.Data), path = Path.GetFullPath(result.GetValue(file)!);
            if (!Directory.Exists(Path.Combine(data, "journal"))) throw new CommandFault($"nothing to back up in {data}", "it is no data directory", "--data DIR");
            if (path.StartsWith(Path.TrimEndingDirectorySeparator(data) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new CommandFault($"cannot back up to {path}", "it lies in the data directory itself", "a place on another disk");
            DataFormat.Check(data);
            var (files, bytes) = BackupWriter.Write(data, path, cancel);
            terminal.WriteLine($"{files} files, {bytes} bytes in {path}");
            return ExitCode.Done;
        }, cancel));
        return command;
    }

    public static Command Restore(Terminal terminal)
    {
        var command = new Verb("restore", "Makes a data directory of a backup. The directory must be empty, and belongs to who restores.",
            "portolan restore portolan-2026-11-21.tar --data restored",
            "portolan restore /backup/portolan.tar --data /var/lib/portolan");
        var (config, file) = (new ConfigOptions(), new Argument<string>("file") { Description = "What backup wrote; - is standard input.", HelpName = "FILE" });
        config.AddTo(command);
        command.Add(file);
        command.SetAction((result, cancel) => Task.Run(() =>
        {
            string data = config.Load(result).Get(Settings.Data), name = result.GetValue(file)!;
            if (name != "-" && !File.Exists(name)) throw new CommandFault($"cannot restore {name}", "no such file", null);
            using var from = name == "-" ? terminal.In : File.OpenRead(name);
            var (files, bytes) = BackupReader.Restore(from, name, data, cancel);
            terminal.WriteLine($"{files} files, {bytes} bytes in {data}");
            return ExitCode.Done;
        }, cancel));
        return command;
    }
}
