using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Portolan.Engine;
using Portolan.Store.State;

namespace Portolan.Backup;

/// <summary>
/// Writes a data directory into one tar file while its server runs or not. The order makes the copy consistent: what was counted at arrival, then the
/// journal, then the cursor, then the segments, so that the cursor never names a segment that is missing, and what the journal lacks came after the copy.
/// The first entry says what it is, the last lists the digests of all others; a file without it is not whole.
/// </summary>
static class BackupWriter
{
    public const string Head = "portolan-backup", Manifest = "manifest.sha256";

    // Worthless to another process, or made anew by it.
    static readonly string[] Left = ["run", "lock", DataFormat.Restored, DataFormat.Restoring];

    /// <summary>Writes FILE, which is there only when it is whole, and can be read by its owner alone.</summary>
    /// <returns>How many files, and their bytes.</returns>
    public static (int Files, long Bytes) Write(string data, string path, CancellationToken cancel)
    {
        string draft = path + ".partial";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            (int, long) done;
            using (var file = new FileStream(draft, options))
            {
                done = new Run(data, file, cancel).All();
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path, overwrite: true);
            Disk.Settle(path);
            return done;
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    sealed class Run(string data, Stream to, CancellationToken cancel)
    {
        readonly StringBuilder _manifest = new();
        readonly TarWriter _tar = new(to, TarEntryFormat.Pax, leaveOpen: true);
        int _files;
        long _bytes;

        public (int, long) All()
        {
            string version = HealthOfServer.Version, now = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture);
            Put(Head, $"backup 1\nformat {DataFormat.Current}\nversion {version}\nmade {now}\n", listed: true);
            using (var journal = new Opened(data, Below("journal"))) journal.Read((name, file, length) => Put(name, file, length));
            PutFile("store/sealed");
            foreach (string name in Below("store").Where(n => n != "store/sealed")) PutFile(name);
            foreach (string name in Below("state"))
            {
                if (name.EndsWith(".db", StringComparison.Ordinal)) PutDatabase(name);
                else if (!name.EndsWith("-wal", StringComparison.Ordinal) && !name.EndsWith("-shm", StringComparison.Ordinal)) PutFile(name);
            }
            foreach (string name in Below("").Where(n => n.Split('/')[0] is var top && top is not ("journal" or "store" or "state") && !Left.Contains(top))) PutFile(name);
            Put(Manifest, _manifest.ToString(), listed: false);
            _tar.Dispose();
            return (_files, _bytes);
        }

        // Names relative to the data directory, in order; links are not followed and nothing but files is taken.
        IEnumerable<string> Below(string folder)
        {
            string root = Path.Combine(data, folder);
            if (!Directory.Exists(root)) return [];
            return Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device })
                .Select(f => Path.GetRelativePath(data, f)).Where(n => !n.EndsWith(".tmp", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        }

        void PutFile(string name)
        {
            try
            {
                using var file = File.OpenHandle(Path.Combine(data, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                Put(name, file, RandomAccess.GetLength(file));
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // Expired or replaced since it was listed: then it is not part of what the cursor names.
            }
        }

        void PutDatabase(string name)
        {
            string copy = Directory.CreateTempSubdirectory("portolan-backup-").FullName;
            try
            {
                string file = Path.Combine(copy, "copy.db");
                StateDatabase.CopyOf(Path.Combine(data, name), file);
                using var opened = File.OpenHandle(file);
                Put(name, opened, RandomAccess.GetLength(opened));
            }
            finally
            {
                Directory.Delete(copy, true);
            }
        }

        void Put(string name, Microsoft.Win32.SafeHandles.SafeFileHandle file, long length)
        {
            var mode = OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(file);
            Put(name, new FirstBytes(file, length), mode, listed: true);
        }

        void Put(string name, string text, bool listed) => Put(name, new FirstBytes(new MemoryStream(Encoding.UTF8.GetBytes(text))), UnixFileMode.UserRead | UnixFileMode.UserWrite, listed);

        void Put(string name, FirstBytes content, UnixFileMode mode, bool listed)
        {
            cancel.ThrowIfCancellationRequested();
            _tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = mode });
            if (listed) _manifest.Append(CultureInfo.InvariantCulture, $"{content.Digest()}  {name}\n");
            _files++;
            _bytes += content.Length;
        }
    }

    /// <summary>Files opened together, so that those deleted meanwhile can still be read; their lengths are those of one moment, small ones first.</summary>
    sealed class Opened : IDisposable
    {
        readonly List<(string Name, Microsoft.Win32.SafeHandles.SafeFileHandle File)> _files = [];

        public Opened(string data, IEnumerable<string> names)
        {
            // What counts records must not count more than the journal of the copy holds: it is read first, and it is replaced, never written to.
            foreach (string name in names.OrderBy(n => n.EndsWith(".journal", StringComparison.Ordinal)))
            {
                try
                {
                    _files.Add((name, File.OpenHandle(Path.Combine(data, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)));
                }
                catch (FileNotFoundException)
                {
                    // Sealed and deleted since it was listed.
                }
            }
        }

        public void Read(Action<string, Microsoft.Win32.SafeHandles.SafeFileHandle, long> take)
        {
            var lengths = _files.Select(f => RandomAccess.GetLength(f.File)).ToList();
            for (int i = 0; i < _files.Count; i++) take(_files[i].Name, _files[i].File, lengths[i]);
        }

        public void Dispose() => _files.ForEach(f => f.File.Dispose());
    }

    /// <summary>So many bytes from the begin of something that may grow, digested as they are read.</summary>
    sealed class FirstBytes : Stream
    {
        readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        readonly Microsoft.Win32.SafeHandles.SafeFileHandle? _file;
        readonly MemoryStream? _memory;
        long _position;

        public FirstBytes(Microsoft.Win32.SafeHandles.SafeFileHandle file, long length) => (_file, Length) = (file, length);

        public FirstBytes(MemoryStream memory) => (_memory, Length) = (memory, memory.Length);

        public string Digest() => Convert.ToHexStringLower(_hash.GetHashAndReset());

        public override int Read(Span<byte> buffer)
        {
            buffer = buffer[..(int)Math.Min(buffer.Length, Length - _position)];
            if (buffer.IsEmpty) return 0;
            int n = _memory?.Read(buffer) ?? RandomAccess.Read(_file!, buffer, _position);
            if (n == 0) throw new IOException("a file became shorter while it was copied");
            _hash.AppendData(buffer[..n]);
            _position += n;
            return n;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length { get; }

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
