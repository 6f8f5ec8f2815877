using System.Formats.Tar;
using System.Text;
using Portolan.Backup;
using Portolan.Collect.LogSources;
using Portolan.Store.State;
using Xunit;

namespace Portolan.Tests.Backup;

public sealed class BackupTests : IDisposable
{
    readonly string _top = Directory.CreateTempSubdirectory("portolan-backup-test-").FullName;

    string At(string name) => Path.Combine(_top, name);

    public void Dispose() => Directory.Delete(_top, true);

    static readonly (string Name, string Text)[] Plain =
    [
        ("admin-secret", "s"), ("content/sources/own.yml", "id: own\n"), ("format", "1\n"), ("journal/0000000001-00000000000000000001.journal", "records"),
        ("journal/epoch", "e"), ("pki/authority.key", "k"), ("store/events/0/default/2026-11-21/a.seg", "rows"), ("store/sealed", "cursor"),
    ];

    string Data()
    {
        string data = At("data");
        foreach (var (name, text) in Plain.Append(("run/control", "x")).Append(("lock", "1\n")).Append(("store/sealed.tmp", "half")))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(data, name))!);
            File.WriteAllText(Path.Combine(data, name), text);
        }
        return data;
    }

    string Backup(string data)
    {
        BackupWriter.Write(data, At("b.tar"), default);
        return At("b.tar");
    }

    CommandFault Refused(byte[] backup)
    {
        string to = At("to");
        var fault = Assert.Throws<CommandFault>(() => BackupReader.Restore(new MemoryStream(backup), "b.tar", to, default));
        Assert.Empty(Directory.EnumerateFileSystemEntries(to));
        return fault;
    }

    [Fact]
    public void WhatIsBackedUpComesBackAndNothingElse()
    {
        string data = Data();
        using (var state = StateDatabase.Open(Path.Combine(data, "state/portolan.db"), typeof(LogSourceRegistry).Assembly))
        {
            // Open, its newest row only in the write-ahead log.
            state.Write(c =>
            {
                using var command = c.CreateCommand();
                command.CommandText = "CREATE TABLE t (x); INSERT INTO t VALUES (42)";
                command.ExecuteNonQuery();
            });
            Backup(data);
        }
        using var from = File.OpenRead(At("b.tar"));
        BackupReader.Restore(from, "b.tar", At("to"), default);
        var found = Directory.EnumerateFiles(At("to"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(At("to"), f)).Order(StringComparer.Ordinal);
        Assert.Equal([.. Plain.Select(p => p.Name).Append("restored").Append("state/portolan.db").Order(StringComparer.Ordinal)], found);
        foreach (var (name, text) in Plain) Assert.Equal(text, File.ReadAllText(Path.Combine(At("to"), name)));
        using var again = StateDatabase.Open(Path.Combine(At("to"), "state/portolan.db"), typeof(LogSourceRegistry).Assembly);
        using var read = again.Connect();
        using var ask = read.CreateCommand();
        ask.CommandText = "SELECT x FROM t";
        Assert.Equal(42L, ask.ExecuteScalar());
    }

    [Fact]
    public void EveryCutAndEveryChangedByteIsNoticed()
    {
        byte[] whole = File.ReadAllBytes(Backup(Data()));
        var random = new Random(1);
        for (int i = 0; i < 60; i++)
        {
            Refused(whole[..random.Next(whole.Length - 1024)]);
        }
        // A changed byte of a header or of content; padding and what a header says beside names and lengths are nobody's loss.
        foreach (string text in (string[])["records", "rows", "cursor", "store/sealed", "admin-secret"])
        {
            byte[] changed = [.. whole];
            changed[whole.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) + 2] ^= 1;
            Refused(changed);
        }
        Refused(new byte[10240]);
        Refused("hello"u8.ToArray());
    }

    static byte[] Tar(params (string Name, string Text, TarEntryType Type)[] entries)
    {
        var to = new MemoryStream();
        using (var tar = new TarWriter(to, leaveOpen: true))
        {
            foreach (var (name, text, type) in entries)
            {
                var entry = new PaxTarEntry(type, name);
                if (type == TarEntryType.RegularFile) entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
                else entry.LinkName = text;
                tar.WriteEntry(entry);
            }
        }
        return to.ToArray();
    }

    const string Head = "backup 1\nformat 1\nversion 0.1.0\n";

    [Theory]
    [InlineData("../outside", "x", TarEntryType.RegularFile)]
    [InlineData("/etc/outside", "x", TarEntryType.RegularFile)]
    [InlineData("a/../../outside", "x", TarEntryType.RegularFile)]
    [InlineData("a//b", "x", TarEntryType.RegularFile)]
    [InlineData("link", "/etc/passwd", TarEntryType.SymbolicLink)]
    [InlineData("link", "/etc/passwd", TarEntryType.HardLink)]
    [InlineData("restored", "x", TarEntryType.RegularFile)]
    public void NothingLeavesTheDirectory(string name, string text, TarEntryType type)
    {
        Assert.Contains("no place in a backup", Refused(Tar((BackupWriter.Head, Head, TarEntryType.RegularFile), (name, text, type))).Message);
        Assert.False(File.Exists(At("outside")));
    }

    [Fact]
    public void WhatTheListDoesNotNameOrNamesInVainIsRefused()
    {
        var head = (BackupWriter.Head, Head, TarEntryType.RegularFile);
        Refused(Tar(head, ("a", "x", TarEntryType.RegularFile), (BackupWriter.Manifest, "", TarEntryType.RegularFile)));
        Refused(Tar(head, (BackupWriter.Manifest, new string('0', 64) + "  a\n", TarEntryType.RegularFile)));
        Refused(Tar(head, ("a", "x", TarEntryType.RegularFile), ("a", "y", TarEntryType.RegularFile)));
    }

    [Fact]
    public void OfANewerProgramNothingIsTaken()
    {
        Assert.Contains("newer", Refused(Tar((BackupWriter.Head, "backup 1\nformat 2\nversion 9.0.0\n", TarEntryType.RegularFile))).Message);
        string data = At("new");
        Directory.CreateDirectory(data);
        File.WriteAllText(Path.Combine(data, "format"), "2\n");
        Assert.Contains("newer", Assert.Throws<CommandFault>(() => DataFormat.Settle(data)).Message);
        Assert.Equal("2\n", File.ReadAllText(Path.Combine(data, "format")));
    }

    [Fact]
    public void ADirectoryWithSomethingInItIsNotTouched()
    {
        byte[] whole = File.ReadAllBytes(Backup(Data()));
        Directory.CreateDirectory(At("full"));
        File.WriteAllText(At("full/mine"), "x");
        Assert.Contains("not empty", Assert.Throws<CommandFault>(() => BackupReader.Restore(new MemoryStream(whole), "b", At("full"), default)).Message);
        Assert.Equal(["mine"], Directory.EnumerateFileSystemEntries(At("full")).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void HalfOfARestoreIsNoDataDirectory()
    {
        Directory.CreateDirectory(At("half"));
        File.WriteAllText(At("half/restoring"), "");
        Assert.Contains("half of a backup", Assert.Throws<CommandFault>(() => DataFormat.Settle(At("half"))).Message);
    }

    [Fact]
    public void ADirectoryOfBeforeTheNumberGetsIt()
    {
        Directory.CreateDirectory(At("old"));
        DataFormat.Settle(At("old"));
        DataFormat.Settle(At("old"));
        Assert.Equal("1\n", File.ReadAllText(At("old/format")));
    }

    [Fact]
    public void MigrationsChangeADatabaseOnlyAfterACopy()
    {
        string path = At("m.db");
        var project = typeof(LogSourceRegistry).Assembly;
        // As an older program left it: something has run, ours has not.
        using (var old = StateDatabase.Open(path))
        {
            old.Write(c =>
            {
                using var command = c.CreateCommand();
                command.CommandText = "INSERT INTO migration VALUES ('Portolan.Old', 1, '0001_old', 'x'); CREATE TABLE kept (x); INSERT INTO kept VALUES (7)";
                command.ExecuteNonQuery();
            });
        }
        for (int i = 0; i < 2; i++)
        {
            using (StateDatabase.Open(path, project))
            {
            }
            Assert.Equal(["m.db.before-1"], Directory.EnumerateFiles(_top, "m.db.before-*").Select(f => Path.GetFileName(f)));
        }
        using var before = StateDatabase.Open(path + ".before-1");
        using var read = before.Connect();
        using var ask = read.CreateCommand();
        ask.CommandText = "SELECT x FROM kept WHERE NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'log_source')";
        Assert.Equal(7L, ask.ExecuteScalar());
        // A new database has nothing to lose.
        using (StateDatabase.Open(At("n.db"), project)) Assert.Empty(Directory.EnumerateFiles(_top, "n.db.before-*"));
    }
}
