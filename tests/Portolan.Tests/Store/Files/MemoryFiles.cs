using Portolan.Store.Files;

namespace Portolan.Tests.Store.Files;

/// <summary>A file system in memory that can be told to refuse.</summary>
sealed class MemoryFiles : IFiles
{
    readonly Dictionary<string, byte[]> _files = [];
    readonly object _gate = new();

    /// <summary>Bytes the disk still takes.</summary>
    public long Free { get; set; } = 1L << 40;

    public long Total { get; set; } = 1L << 40;

    public bool FailSync { get; set; }

    public int Syncs { get; private set; }

    /// <summary>What a failed sync leaves behind: the tail that was not durable is replaced by zeros, as a page lost by the disk reads.</summary>
    public bool LoseUnsynced { get; set; }

    public byte[] this[string path]
    {
        get
        {
            lock (_gate) return _files[path];
        }
        set
        {
            lock (_gate) _files[path] = value;
        }
    }

    public MemoryFiles Copy()
    {
        var copy = new MemoryFiles();
        lock (_gate) foreach (var (k, v) in _files) copy._files[k] = (byte[])v.Clone();
        return copy;
    }

    public void CreateDirectory(string path)
    {
    }

    public bool Exists(string path)
    {
        lock (_gate) return _files.ContainsKey(path);
    }

    public IReadOnlyList<string> List(string directory)
    {
        lock (_gate)
            return [.. _files.Keys.Where(k => Path.GetDirectoryName(k) == directory).Select(k => Path.GetFileName(k)!).Order(StringComparer.Ordinal)];
    }

    public IReadOnlyList<string> Folders(string directory)
    {
        lock (_gate)
            return [.. _files.Keys.Where(k => k.StartsWith(directory + "/", StringComparison.Ordinal)).Select(k => k[(directory.Length + 1)..])
                .Where(k => k.Contains('/')).Select(k => k[..k.IndexOf('/')]).Distinct().Order(StringComparer.Ordinal)];
    }

    public IFile Create(string path)
    {
        lock (_gate)
            if (!_files.TryAdd(path, [])) throw new IOException($"{path} exists");
        return new OpenFile(this, path);
    }

    public IFile OpenRead(string path) => OpenWrite(path);

    public IFile OpenWrite(string path)
    {
        lock (_gate)
            if (!_files.ContainsKey(path)) throw new FileNotFoundException(path);
        return new OpenFile(this, path);
    }

    public void Move(string from, string to)
    {
        lock (_gate)
        {
            _files[to] = _files[from];
            _files.Remove(from);
        }
    }

    public void Delete(string path)
    {
        lock (_gate)
            if (_files.Remove(path, out var bytes)) Free += bytes.Length;
    }

    public void SyncDirectory(string path, string file = "", string member = "")
    {
    }

    public (long Free, long Total) Space(string path) => (Free, Total);

    sealed class OpenFile(MemoryFiles files, string path) : IFile
    {
        int _synced = files[path].Length;

        public long Length => files[path].Length;

        public int Read(long position, Span<byte> buffer)
        {
            var bytes = files[path];
            int n = (int)Math.Clamp(bytes.Length - position, 0, buffer.Length);
            bytes.AsSpan((int)Math.Min(position, bytes.Length), n).CopyTo(buffer);
            return n;
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            lock (files._gate)
            {
                var old = files._files[path];
                int end = (int)position + bytes.Length, grow = Math.Max(0, end - old.Length);
                if (grow > files.Free)
                {
                    Put((int)position, bytes[..(int)Math.Max(0, bytes.Length - grow + files.Free)]); // a full disk takes what fits
                    throw new IOException("No space left on device", 28);
                }
                Put((int)position, bytes);
            }
        }

        void Put(int position, ReadOnlySpan<byte> bytes)
        {
            var old = files._files[path];
            var now = new byte[Math.Max(old.Length, position + bytes.Length)];
            old.CopyTo(now, 0);
            bytes.CopyTo(now.AsSpan(position));
            files._files[path] = now;
            files.Free -= now.Length - old.Length;
        }

        public void SetLength(long length)
        {
            lock (files._gate)
            {
                var bytes = files._files[path];
                files.Free += bytes.Length - length;
                Array.Resize(ref bytes, (int)length);
                files._files[path] = bytes;
            }
        }

        public void Sync(string file = "", string member = "")
        {
            if (files.FailSync)
            {
                if (files.LoseUnsynced) files[path].AsSpan(_synced).Clear();
                throw new IOException("Input/output error", 5);
            }
            files.Syncs++;
            _synced = files[path].Length;
        }

        public void Dispose()
        {
        }
    }
}
