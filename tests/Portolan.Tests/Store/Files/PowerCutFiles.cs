using Portolan.Store.Files;

namespace Portolan.Tests.Store.Files;

/// <summary>The current is gone: nothing reaches the disk any more.</summary>
sealed class PowerCut() : IOException("power cut");

/// <summary>
/// The same file system for parts that take an <see cref="IOException"/> for a disk to be asked again: for them the cut is an exception they do not know.
/// </summary>
sealed class PowerCutAsBug(PowerCutFiles files) : IFiles
{
    public void CreateDirectory(string path) => Do(() => files.CreateDirectory(path));

    public bool Exists(string path) => Do(() => files.Exists(path));

    public IReadOnlyList<string> List(string directory) => Do(() => files.List(directory));

    public IReadOnlyList<string> Folders(string directory) => Do(() => files.Folders(directory));

    public IFile Create(string path) => new OpenFile(Do(() => files.Create(path)));

    public IFile OpenRead(string path) => new OpenFile(Do(() => files.OpenRead(path)));

    public IFile OpenWrite(string path) => new OpenFile(Do(() => files.OpenWrite(path)));

    public void Move(string from, string to) => Do(() => files.Move(from, to));

    public void Delete(string path) => Do(() => files.Delete(path));

    public void SyncDirectory(string path, string file = "", string member = "") => Do(() => files.SyncDirectory(path, file, member));

    public (long Free, long Total) Space(string path) => files.Space(path);

    static void Do(Action action) => Do(() =>
    {
        action();
        return 0;
    });

    static T Do<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (PowerCut e)
        {
            throw new PowerGone(e);
        }
    }

    sealed class OpenFile(IFile file) : IFile
    {
        public long Length => Do(() => file.Length);

        public int Read(long position, Span<byte> buffer)
        {
            try
            {
                return file.Read(position, buffer);
            }
            catch (PowerCut e)
            {
                throw new PowerGone(e);
            }
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            Do(() => file.Write(position, copy));
        }

        public void SetLength(long length) => Do(() => file.SetLength(length));

        public void Sync(string by = "", string member = "") => Do(() => file.Sync(by, member));

        public void Dispose() => file.Dispose();
    }
}

sealed class PowerGone(PowerCut e) : Exception("power cut", e);

/// <summary>
/// A file system in memory that forgets. Only what was synced is sure to be there after a power cut: of the rest, each 512-byte sector, the length and each
/// directory entry is kept, lost or (a sector) torn, by itself, as the seed says. The cut comes at a numbered operation.
/// </summary>
sealed class PowerCutFiles : IFiles, IDisposable
{
    const int Sector = 512;

    readonly object _gate = new();
    readonly Random _random;
    readonly Folder _root;
    readonly CancellationTokenSource _cut = new();
    bool _isCut;

    public PowerCutFiles(int seed)
        : this(new Folder(), seed)
    {
    }

    PowerCutFiles(Folder root, int seed) => (_root, _random) = (root, new Random(seed));

    /// <summary>Changes and syncs so far.</summary>
    public int Operations { get; private set; }

    /// <summary>The operation that is the last.</summary>
    public int CutAt { get; set; } = int.MaxValue;

    /// <summary>Cancelled by the cut, for those who wait for something that will not come.</summary>
    public CancellationToken Cut => _cut.Token;

    /// <summary>"Method/Sync" or "Method/SyncDirectory": a call from this method does nothing, as if it were not in the code.</summary>
    public string? LeftOut { get; init; }

    /// <summary>Of a hundred syncs of a file, how many fail: the kernel then forgets that what it could not write was to be written.</summary>
    public int FailingSyncs { get; set; }

    public (long Free, long Total) Space(string path) => (1L << 40, 1L << 40);

    /// <summary>What is there when the current is back.</summary>
    public PowerCutFiles Reboot(int seed)
    {
        lock (_gate)
        {
            _isCut = true;
            return new(Survivor(_root), seed) { LeftOut = LeftOut };
        }
    }

    /// <summary>What is there when only the process was killed: all of it, but what was not synced is still not sure.</summary>
    public PowerCutFiles Restart(int seed)
    {
        lock (_gate)
        {
            _isCut = true;
            return new(_root, seed) { LeftOut = LeftOut };
        }
    }

    public void CreateDirectory(string path) => Change(() =>
    {
        if (TryFind(path, out _)) return;
        var parent = FolderOf(path);
        parent.Do(new Entry(Path.GetFileName(path), new Folder(), null));
    });

    public bool Exists(string path) => Look(() => TryFind(path, out var node) && node is Content);

    public IReadOnlyList<string> List(string directory) => Look<IReadOnlyList<string>>(() =>
        TryFind(directory, out var node) && node is Folder f
            ? [.. f.Now.Where(e => e.Value is Content).Select(e => e.Key).Order(StringComparer.Ordinal)] : []);

    public IReadOnlyList<string> Folders(string directory) => Look<IReadOnlyList<string>>(() =>
        TryFind(directory, out var node) && node is Folder f
            ? [.. f.Now.Where(e => e.Value is Folder).Select(e => e.Key).Order(StringComparer.Ordinal)] : []);

    public IFile Create(string path)
    {
        var content = new Content();
        Change(() =>
        {
            if (TryFind(path, out _)) throw new IOException($"{path} exists");
            FolderOf(path).Do(new Entry(Path.GetFileName(path), content, null));
        });
        return new OpenFile(this, content);
    }

    public IFile OpenRead(string path) => OpenWrite(path);

    public IFile OpenWrite(string path) => new OpenFile(this, Look(() => FileAt(path)));

    public void Move(string from, string to) => Change(() =>
    {
        var content = FileAt(from);
        Folder source = FolderOf(from), target = FolderOf(to);
        if (source == target) source.Do(new Entry(Path.GetFileName(to), content, Path.GetFileName(from)));
        else
        {
            var rename = new Rename();
            source.Do(new Entry(Path.GetFileName(from), null, null, rename));
            target.Do(new Entry(Path.GetFileName(to), content, null, rename));
        }
    });

    public void Delete(string path) => Change(() =>
    {
        if (TryFind(path, out var node) && node is Content) FolderOf(path).Do(new Entry(Path.GetFileName(path), null, null));
    });

    public void SyncDirectory(string path, string file = "", string member = "") => Change(() =>
    {
        if (!TryFind(path, out var node) || node is not Folder folder) throw new DirectoryNotFoundException(path);
        if (IsLeftOut("SyncDirectory", file, member)) return;
        folder.Durable = new(folder.Now);
        foreach (var change in folder.Pending)
            if (change.Both is { } rename) rename.IsHalfDurable = true;
        folder.Pending.Clear();
    });

    /// <summary>The medium changes a byte by itself.</summary>
    public void Rot(string path, int position)
    {
        lock (_gate)
        {
            var content = FileAt(path);
            content.Now[position] ^= 0x55;
            content.Durable[position] ^= 0x55;
        }
    }

    public void Dispose() => _cut.Dispose();

    T Look<T>(Func<T> look)
    {
        lock (_gate)
        {
            if (_isCut) throw new PowerCut();
            return look();
        }
    }

    // The operation of the cut is begun and not done: a write may be there to be lost, a sync has not happened.
    void Change(Action change, bool isWrite = false)
    {
        bool cutNow;
        lock (_gate)
        {
            if (_isCut) throw new PowerCut();
            _isCut = cutNow = ++Operations >= CutAt;
            if (!cutNow || isWrite && _random.Next(2) == 0) change();
        }
        if (!cutNow) return;
        _cut.Cancel();
        throw new PowerCut();
    }

    // The class is the file's name up to its first dot (JournalWriter.Commit.cs is a part of JournalWriter).
    bool IsLeftOut(string operation, string file, string member) =>
        LeftOut != null && LeftOut == $"{Path.GetFileName(file).Split('.')[0]}.{member}/{operation}";

    Content FileAt(string path) => TryFind(path, out var node) && node is Content c ? c : throw new FileNotFoundException(path);

    Folder FolderOf(string path) =>
        TryFind(Path.GetDirectoryName(path)!, out var node) && node is Folder f ? f : throw new DirectoryNotFoundException(path);

    bool TryFind(string path, out object? node)
    {
        node = _root;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (node is not Folder f || !f.Now.TryGetValue(name, out node)) return false;
        }
        return true;
    }

    Folder Survivor(Folder folder)
    {
        var entries = new Dictionary<string, object>(folder.Durable);
        int habit = _random.Next(4); // of the changes not synced: none, all, or each as it falls
        foreach (var change in folder.Pending)
        {
            bool kept = habit == 1 || habit > 1 && _random.Next(2) == 0;
            if (change.Both is { IsHalfDurable: false } rename) kept = rename.Kept ??= kept;
            if (kept) change.Apply(entries);
        }
        var survivor = new Folder();
        foreach (var (name, node) in entries) survivor.Durable[name] = node is Folder f ? Survivor(f) : Survivor((Content)node);
        survivor.Now = new(survivor.Durable);
        return survivor;
    }

    Content Survivor(Content content)
    {
        var survivor = new Content();
        // The length may be the old one, the new one, or between; bytes within it that never came are zeros, as after delayed allocation.
        int length = _random.Next(4) switch
        {
            0 => content.DurableLength,
            1 => Math.Min(content.DurableLength, content.Length) + _random.Next(Math.Abs(content.DurableLength - content.Length) + 1),
            _ => content.Length,
        };
        var bytes = new byte[length];
        content.Durable.AsSpan(0, Math.Min(length, content.DurableLength)).CopyTo(bytes);
        int habit = _random.Next(5);
        foreach (int sector in content.Dirty.Order())
        {
            int from = sector * Sector, until = Math.Min(Math.Min(from + Sector, content.Length), length);
            if (habit == 0 || from >= until) continue;
            int fate = habit == 1 ? 0 : _random.Next(habit == 2 ? 10 : 3);
            if (fate == 1) continue; // lost
            if (fate == 2) until = from + _random.Next(until - from); // torn
            content.Now.AsSpan(from, until - from).CopyTo(bytes.AsSpan(from));
        }
        survivor.Now = bytes;
        survivor.Length = survivor.DurableLength = length;
        survivor.Durable = (byte[])bytes.Clone();
        return survivor;
    }

    /// <summary>A name set to a node, or removed (null); with <paramref name="From"/>, a rename, which happens as a whole or not at all.</summary>
    /// <param name="Both">For a rename between two directories: the two halves.</param>
    sealed record Entry(string Name, object? Node, string? From, Rename? Both = null)
    {
        public void Apply(Dictionary<string, object> entries)
        {
            if (From != null && entries.TryGetValue(From, out var old) && old == Node) entries.Remove(From);
            if (Node == null) entries.Remove(Name);
            else entries[Name] = Node;
        }
    }

    /// <summary>A rename between directories is one step of the file system's own journal, until one of the directories is synced by itself.</summary>
    sealed class Rename
    {
        public bool? Kept;
        public bool IsHalfDurable;
    }

    sealed class Folder
    {
        public Dictionary<string, object> Now = [], Durable = [];
        public readonly List<Entry> Pending = [];

        public void Do(Entry entry)
        {
            entry.Apply(Now);
            Pending.Add(entry);
        }
    }

    sealed class Content
    {
        public byte[] Now = [], Durable = [];
        public int Length, DurableLength;
        public readonly HashSet<int> Dirty = [];

        public void Write(int position, ReadOnlySpan<byte> bytes)
        {
            int end = position + bytes.Length;
            Grow(ref Now, end);
            bytes.CopyTo(Now.AsSpan(position));
            for (int s = position / Sector; s * Sector < end; s++) Dirty.Add(s);
            Length = Math.Max(Length, end);
        }

        public void SetLength(int length)
        {
            Grow(ref Now, length);
            if (length < Length)
            {
                Now.AsSpan(length, Length - length).Clear();
                for (int s = length / Sector; s * Sector < Length; s++) Dirty.Add(s);
            }
            Length = length;
        }

        public void Sync()
        {
            Grow(ref Durable, Length);
            foreach (int s in Dirty)
            {
                int from = s * Sector, n = Math.Min(Sector, Now.Length - from);
                if (n <= 0) continue;
                Grow(ref Durable, from + n);
                Now.AsSpan(from, n).CopyTo(Durable.AsSpan(from));
            }
            Dirty.Clear();
            DurableLength = Length;
        }

        public void Forget() => Dirty.Clear();

        static void Grow(ref byte[] bytes, int length)
        {
            if (length > bytes.Length) Array.Resize(ref bytes, Math.Max(length, bytes.Length * 2));
        }
    }

    sealed class OpenFile(PowerCutFiles files, Content content) : IFile
    {
        public long Length => files.Look(() => content.Length);

        public int Read(long position, Span<byte> buffer)
        {
            lock (files._gate)
            {
                if (files._isCut) throw new PowerCut();
                int n = (int)Math.Clamp(content.Length - position, 0, buffer.Length);
                if (n > 0) content.Now.AsSpan((int)position, n).CopyTo(buffer);
                return n;
            }
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            files.Change(() => content.Write((int)position, copy), isWrite: true);
        }

        public void SetLength(long length) => files.Change(() => content.SetLength((int)length), isWrite: true);

        public void Sync(string file = "", string member = "") => files.Change(() =>
        {
            if (files.IsLeftOut("Sync", file, member)) return;
            if (files.FailingSyncs > 0 && files._random.Next(100) < files.FailingSyncs)
            {
                content.Forget();
                throw new IOException("Input/output error", 5);
            }
            content.Sync();
        });

        public void Dispose()
        {
        }
    }
}
