using System.Runtime.CompilerServices;
using System.Text;
using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Identity.Mappings;

/// <summary>
/// Who was at which address when, learnt from logins and kept in memory: for each (domain, address) the newest mapping and a bounded history. One thread
/// learns, any thread asks. Saved as a checkpoint with the journal position it stands at.
/// </summary>
public sealed class UserMappings(TimeSpan timeToLive) : IUserLookup, ICheckpoint
{
    /// <summary>Earlier mappings kept for an address; the oldest go first.</summary>
    public const int MostEarlier = 64;

    const int Version = 2;
    readonly object _lock = new();
    readonly AddressTable<Entry> _entries = new();
    readonly List<List<Mapping>> _earlier = [[]];
    readonly Names _users = new(), _sources = new();
    readonly long _timeToLive = timeToLive.Ticks / 10;
    long _asked = long.MinValue, _late;

    struct Mapping
    {
        public long Since, Until;
        public int User, Source;
    }

    // Without references, so that the garbage collector has nothing to follow in a table of hundreds of thousands.
    struct Entry
    {
        public Mapping Now;

        /// <summary>Place in <see cref="_earlier"/>; 0 is none.</summary>
        public int Earlier;
    }

    // Names as small numbers: a mapping costs two of them, however long the names.
    sealed class Names
    {
        readonly List<byte[]> _utf8 = [];
        readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
        readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

        public Names() => _bySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();

        public int Id(ReadOnlySpan<byte> utf8)
        {
            Span<char> chars = utf8.Length <= 256 ? stackalloc char[256] : new char[utf8.Length];
            var name = chars[..Encoding.UTF8.GetChars(utf8, chars)];
            if (_bySpan.TryGetValue(name, out int id)) return id;
            id = _utf8.Count;
            _utf8.Add(utf8.ToArray());
            _ids[name.ToString()] = id;
            return id;
        }

        public byte[] Utf8(int id) => _utf8[id];

        public void Save(CheckpointWriter w)
        {
            w.Write(_utf8.Count);
            foreach (byte[] name in _utf8) w.Write(name);
        }

        /// <summary>By a saved name's number, its number here.</summary>
        public int[] Load(BinaryReader r)
        {
            int[] ids = new int[r.ReadInt32()];
            for (int i = 0; i < ids.Length; i++) ids[i] = Id(Encoding.UTF8.GetBytes(r.ReadString()));
            return ids;
        }

        /// <summary>The numbers of a name however its letters are written.</summary>
        public HashSet<int> AllOf(string name) =>
            [.. _ids.Where(i => string.Equals(i.Key, name, StringComparison.OrdinalIgnoreCase)).Select(i => i.Value)];

        public string Text(int id) => Encoding.UTF8.GetString(_utf8[id]);
    }

    /// <summary>Addresses that have a mapping, past or present.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    /// <summary>To be told up to which time rows have been looked up: a mapping that begins before it comes late for some of them.</summary>
    public void Asked(long time)
    {
        lock (_lock) _asked = Math.Max(_asked, time);
    }

    /// <summary>How many mappings came late.</summary>
    public long Late
    {
        get
        {
            lock (_lock) return _late;
        }
    }

    /// <summary>A login: from <paramref name="time"/> on the user is at the address, until the time to live has passed without another sign.</summary>
    public void Start(int domain, Address address, ReadOnlySpan<byte> user, ReadOnlySpan<byte> source, long time)
    {
        if (address.IsAbsent || user.IsEmpty) return;
        lock (_lock)
        {
            if (time <= _asked) _late++;
            ref var e = ref _entries.Add(domain, address, out bool isNew);
            var next = new Mapping { Since = time, Until = time + _timeToLive };
            if (!isNew && time <= e.Now.Until && time >= e.Now.Since && _users.Utf8(e.Now.User).AsSpan().SequenceEqual(user))
            {
                e.Now.Until = Math.Max(e.Now.Until, next.Until);
                return;
            }
            (next.User, next.Source) = (_users.Id(user), _sources.Id(source));
            if (isNew) e.Now = next;
            else if (time < e.Now.Since)
            {
                // A late report of something older: it cannot end what came after it.
                next.Until = Math.Min(next.Until, e.Now.Since);
                Remember(ref e, next);
            }
            else if (e.Now.User == next.User && time <= e.Now.Until) e.Now.Until = Math.Max(e.Now.Until, next.Until);
            else
            {
                var ended = e.Now;
                ended.Until = Math.Min(ended.Until, time);
                Remember(ref e, ended);
                e.Now = next;
            }
        }
    }

    void Remember(ref Entry e, Mapping m)
    {
        if (e.Earlier == 0)
        {
            e.Earlier = _earlier.Count;
            _earlier.Add(new(1));
        }
        var earlier = _earlier[e.Earlier];
        int at = earlier.Count;
        while (at > 0 && earlier[at - 1].Since > m.Since) at--;
        earlier.Insert(at, m);
        if (earlier.Count > MostEarlier) earlier.RemoveAt(0);
    }

    /// <summary>A logout: if that user is mapped to the address, the mapping ends.</summary>
    public void Stop(int domain, Address address, ReadOnlySpan<byte> user, long time)
    {
        lock (_lock)
        {
            ref var e = ref _entries.Find(domain, address);
            if (Unsafe.IsNullRef(ref e)) return;
            if (e.Now.Until > time && e.Now.Since <= time && _users.Utf8(e.Now.User).AsSpan().SequenceEqual(user)) e.Now.Until = time;
        }
    }

    public bool TryAt(int domain, Address address, long time, out UserAt user)
    {
        lock (_lock)
        {
            if (Find(domain, address, time, out var m))
            {
                user = new(_users.Text(m.User), m.Since, m.Until, _sources.Text(m.Source));
                return true;
            }
        }
        user = default;
        return false;
    }

    /// <summary>
    /// The same without a string and without the lock, for the thread that learns: the user's name in UTF-8, never changed, and a number that stands for
    /// it; −1 for nobody.
    /// </summary>
    public int UserAt(int domain, Address address, long time, out byte[] utf8)
    {
        bool found = Find(domain, address, time, out var m);
        utf8 = found ? _users.Utf8(m.User) : [];
        return found ? m.User : -1;
    }

    /// <summary>The same for any thread.</summary>
    public bool TryNameAt(int domain, Address address, long time, out byte[] utf8)
    {
        lock (_lock) return UserAt(domain, address, time, out utf8) >= 0;
    }

    bool Find(int domain, Address address, long time, out Mapping found)
    {
        found = default;
        ref var e = ref _entries.Find(domain, address);
        if (Unsafe.IsNullRef(ref e)) return false;
        found = e.Now;
        if (found.Since <= time) return time < found.Until;
        var earlier = _earlier[e.Earlier];
        for (int i = earlier.Count - 1; i >= 0; i--)
        {
            found = earlier[i];
            if (found.Since <= time) return time < found.Until;
        }
        return false;
    }

    /// <summary>Where a user was, newest first.</summary>
    public IReadOnlyList<(int Domain, Address Address, UserAt At)> Of(string user)
    {
        lock (_lock)
        {
            var found = new List<(int, Address, UserAt)>();
            var wanted = _users.AllOf(user);
            foreach (var row in _entries)
                foreach (var m in _earlier[row.Value.Earlier].Append(row.Value.Now))
                    if (wanted.Contains(m.User))
                        found.Add((row.Domain, row.Address, new(_users.Text(m.User), m.Since, m.Until, _sources.Text(m.Source))));
            return [.. found.OrderByDescending(f => f.Item3.Since)];
        }
    }

    /// <summary>All mappings of an address, newest first.</summary>
    public IReadOnlyList<UserAt> History(int domain, Address address)
    {
        lock (_lock)
        {
            ref var e = ref _entries.Find(domain, address);
            if (Unsafe.IsNullRef(ref e)) return [];
            return [.. _earlier[e.Earlier].Append(e.Now).Reverse().Select(m => new UserAt(_users.Text(m.User), m.Since, m.Until, _sources.Text(m.Source)))];
        }
    }

    public string CheckpointName => "user-mappings";

    public void Save(Stream to)
    {
        using var w = new CheckpointWriter(to);
        lock (_lock)
        {
            w.Write(Version);
            _users.Save(w);
            _sources.Save(w);
            w.Write(_entries.Count);
            foreach (var row in _entries)
            {
                w.Write(row.Domain);
                w.Write(row.Address);
                var earlier = _earlier[row.Value.Earlier];
                w.Write(earlier.Count + 1);
                foreach (var m in earlier) Write(w, m);
                Write(w, row.Value.Now);
            }
        }
    }

    static void Write(CheckpointWriter w, in Mapping m)
    {
        w.Write(m.Since);
        w.Write(m.Until);
        w.Write(m.User);
        w.Write(m.Source);
    }

    public void Load(Stream from)
    {
        using var r = new BinaryReader(from, Encoding.UTF8, leaveOpen: true);
        lock (_lock)
        {
            if (r.ReadInt32() != Version) return;
            int[] users = _users.Load(r), sources = _sources.Load(r);
            for (int n = r.ReadInt32(); n > 0; n--)
            {
                int domain = r.ReadInt32();
                var address = new Address(new UInt128(r.ReadUInt64(), r.ReadUInt64()));
                var mappings = new List<Mapping>();
                for (int k = r.ReadInt32(); k > 0; k--)
                    mappings.Add(new()
                    {
                        Since = r.ReadInt64(),
                        Until = r.ReadInt64(),
                        User = users[r.ReadInt32()],
                        Source = sources[r.ReadInt32()],
                    });
                if (address.IsAbsent) continue;
                ref var e = ref _entries.Add(domain, address, out _);
                e.Now = mappings[^1];
                mappings.RemoveAt(mappings.Count - 1);
                if (mappings.Count == 0) continue;
                e.Earlier = _earlier.Count;
                _earlier.Add(mappings);
            }
        }
    }
}
