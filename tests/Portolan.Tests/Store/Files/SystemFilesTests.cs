using System.Diagnostics;
using Portolan.Store.Files;
using Xunit;

namespace Portolan.Tests.Store.Files;

public sealed class SystemFilesTests : IDisposable
{
    readonly string _directory = Directory.CreateTempSubdirectory("portolan-files-").FullName;

    string At(string name) => Path.Combine(_directory, name);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Files_are_written_read_moved_listed_and_deleted()
    {
        var files = SystemFiles.Instance;
        Assert.Empty(files.List(At("absent")));
        using (var file = files.Create(At("b")))
        {
            file.Write(3, "xyz"u8);
            file.Sync();
            Assert.Equal(6, file.Length);
            var bytes = new byte[10];
            Assert.Equal(6, file.Read(0, bytes));
            Assert.Equal("\0\0\0xyz"u8, bytes.AsSpan(0, 6));
            Assert.Equal(0, file.Read(100, bytes));
            file.SetLength(4);
            Assert.Equal(4, file.Read(0, bytes));
        }
        files.Create(At("a")).Dispose();
        files.SyncDirectory(_directory);
        Assert.Equal(["a", "b"], files.List(_directory));
        files.Move(At("b"), At("a"));
        Assert.Equal(["a"], files.List(_directory));
        using (var file = files.OpenRead(At("a"))) Assert.Equal(4, file.Length);
        files.Delete(At("a"));
        files.Delete(At("a"));
        Assert.False(files.Exists(At("a")));
        var (free, total) = files.Space(_directory);
        Assert.InRange(free, 1, total);
    }

    [Fact]
    public void What_the_system_refuses_comes_as_IOException()
    {
        var files = SystemFiles.Instance;
        Assert.ThrowsAny<IOException>(() => files.OpenRead(At("absent")));
        Assert.ThrowsAny<IOException>(() => files.OpenWrite(At("absent")));
        Assert.ThrowsAny<IOException>(() => files.SyncDirectory(At("absent")));
        files.Create(At("x")).Dispose();
        Assert.ThrowsAny<IOException>(() => files.Create(At("x")));
    }

    [Fact]
    public void An_atomic_file_is_read_whole_missing_or_known_to_be_damaged()
    {
        var files = new MemoryFiles();
        Assert.Equal(AtomicFileState.Missing, AtomicFile.Read(files, "/d/cursor", out _));
        AtomicFile.Write(files, "/d/cursor", "first"u8);
        AtomicFile.Write(files, "/d/cursor", "second one"u8);
        Assert.Equal(AtomicFileState.Read, AtomicFile.Read(files, "/d/cursor", out var content));
        Assert.Equal("second one"u8, content);
        Assert.Equal(["cursor"], files.List("/d"));

        var good = files["/d/cursor"];
        for (int length = 0; length < good.Length; length++)
        {
            files["/d/cursor"] = good[..length];
            Assert.Equal(AtomicFileState.Damaged, AtomicFile.Read(files, "/d/cursor", out _));
        }
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            var bad = (byte[])good.Clone();
            bad[bit / 8] ^= (byte)(1 << bit % 8);
            files["/d/cursor"] = bad;
            Assert.Equal(AtomicFileState.Damaged, AtomicFile.Read(files, "/d/cursor", out _));
        }
    }

    [Fact]
    public void A_data_directory_has_one_owner_at_a_time()
    {
        using (DataLock.Take(At("data")))
        {
            Assert.False(DataLock.TryTake(At("data"), out _, out int owner));
            Assert.Equal(Environment.ProcessId, owner);
            var refused = Assert.Throws<IOException>(() => DataLock.Take(At("data")));
            Assert.Contains($"process {Environment.ProcessId}", refused.Message);
        }
        using (DataLock.Take(At("data")))
        {
        }
    }

    [Fact]
    public void The_lock_of_a_killed_process_does_not_block()
    {
        // util-linux' flock holds the same kind of lock; the file still names a process id afterwards.
        Directory.CreateDirectory(At("data"));
        File.WriteAllText(At("data/lock"), "99999999\n");
        using var holder = Process.Start(new ProcessStartInfo("flock", [At("data/lock"), "-c", "echo held; exec sleep 60"]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("held", holder.StandardOutput.ReadLine());
            Assert.False(DataLock.TryTake(At("data"), out _, out int owner));
            Assert.Equal(99999999, owner);
        }
        finally
        {
            holder.Kill(entireProcessTree: true);
            holder.WaitForExit();
        }
        DataLock? taken = null;
        Assert.True(SpinWait.SpinUntil(() => DataLock.TryTake(At("data"), out taken, out _), TimeSpan.FromSeconds(5)));
        taken!.Dispose();
    }
}
