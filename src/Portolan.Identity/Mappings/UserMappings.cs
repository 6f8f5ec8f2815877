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

    const int Version = 1;
    readonly object _lock = new();
    readonly Dictionary<(int Domain, Address Address), Entry> _entries = [];
    readonly Names _users = new(), _sources = new();
    readonly long _timeToLive = timeToLive.Ticks / 10;

    struct Mapping
    {
        public long Since, Until;
        public int User, Source;
    }

    sealed class Entry
    {
        public Mapping Now;
        public List<Mapping>? Earlier;
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

    /// <summary>A login: from <paramref name="time"/> on the user is at the address, until the time to live has passed without another sign.</summary>
    public void Start(int domain, Address address, ReadOnlySpan<byte> user, ReadOnlySpan<byte> source, long time)
    {
        if (address.IsAbsent || user.IsEmpty) return;
        lock (_lock)
        {
            var next = new Mapping { Since = time, Until = time + _timeToLive, User = _users.Id(user), Source = _sources.Id(source) };
            if (!_entries.TryGetValue((domain, address), out var e))
            {
                _entries[(domain, address)] = new() { Now = next };
                return;
            }
            ref var now = ref e.Now;
            if (now.User == next.User && time <= now.Until && time >= now.Since)
            {
                now.Until = Math.Max(now.Until, next.Until);
                return;
            }
            if (time < now.Since)
            {
                // A late report of something older: it cannot end what came after it.
                next.Until = Math.Min(next.Until, now.Since);
                Remember(e, next);
                return;
            }
            var ended = now;
            ended.Until = Math.Min(ended.Until, time);
            Remember(e, ended);
            now = next;
        }
    }

    static void Remember(Entry e, Mapping m)
    {
        e.Earlier ??= new(1);
        int at = e.Earlier.Count;
        while (at > 0 && e.Earlier[at - 1].Since > m.Since) at--;
        e.Earlier.Insert(at, m);
        if (e.Earlier.Count > MostEarlier) e.Earlier.RemoveAt(0);
    }

    /// <summary>A logout: if that user is mapped to the address, the mapping ends.</summary>
    public void Stop(int domain, Address address, ReadOnlySpan<byte> user, long time)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue((domain, address), out var e)) return;
            if (e.Now.Until > time && e.Now.Since <= time && _users.Utf8(e.Now.User).AsSpan().SequenceEqual(user)) e.Now.Until = time;
        }
    }

    public bool TryAt(int domain, Address address, long time, out UserAt user)
    {
        lock (_lock)
        {
            if (Find(domain, address, time) is { } m)
            {
                user = new(_users.Text(m.User), m.Since, m.Until, _sources.Text(m.Source));
                return true;
            }
        }
        user = default;
        return false;
    }

    /// <summary>The same without a string, for the hot path: the user's name in UTF-8, never changed, and a number that stands for it; −1 for nobody.</summary>
    public int UserAt(int domain, Address address, long time, out byte[] utf8)
    {
        lock (_lock)
        {
            if (Find(domain, address, time) is { } m)
            {
                utf8 = _users.Utf8(m.User);
                return m.User;
            }
        }
        utf8 = [];
        return -1;
    }

    Mapping? Find(int domain, Address address, long time)
    {
        if (!_entries.TryGetValue((domain, address), out var e)) return null;
        if (e.Now.Since <= time) return time < e.Now.Until ? e.Now : null;
        for (int i = (e.Earlier?.Count ?? 0) - 1; i >= 0; i--)
        {
            var m = e.Earlier![i];
            if (m.Since <= time) return time < m.Until ? m : null;
        }
        return null;
    }

    /// <summary>Where a user was, newest first.</summary>
    public IReadOnlyList<(int Domain, Address Address, UserAt At)> Of(string user)
    {
        lock (_lock)
        {
            var found = new List<(int, Address, UserAt)>();
            foreach (var (key, e) in _entries)
                foreach (var m in (e.Earlier ?? []).Append(e.Now))
                    if (string.Equals(_users.Text(m.User), user, StringComparison.OrdinalIgnoreCase))
                        found.Add((key.Domain, key.Address, new(_users.Text(m.User), m.Since, m.Until, _sources.Text(m.Source))));
            return [.. found.OrderByDescending(f => f.Item3.Since)];
        }
    }

    /// <summary>All mappings of an address, newest first.</summary>
    public IReadOnlyList<UserAt> History(int domain, Address address)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue((domain, address), out var e)) return [];
            return [.. (e.Earlier ?? []).Append(e.Now).Reverse().Select(m => new UserAt(_users.Text(m.User), m.Since, m.Until, _sources.Text(m.Source)))];
        }
    }

    public string CheckpointName => "user-mappings";

    public void Save(Stream to)
    {
        using var w = new BinaryWriter(to, Encoding.UTF8, leaveOpen: true);
        lock (_lock)
        {
            w.Write(Version);
            w.Write(_entries.Count);
            foreach (var (key, e) in _entries)
            {
                w.Write(key.Domain);
                w.Write((ulong)(key.Address.Value >> 64));
                w.Write((ulong)key.Address.Value);
                w.Write((e.Earlier?.Count ?? 0) + 1);
                for (int i = 0; i < e.Earlier?.Count; i++) Write(w, e.Earlier[i]);
                Write(w, e.Now);
            }
        }
    }

    // As BinaryWriter writes a string, without making one: every seal saves every mapping.
    void Write(BinaryWriter w, in Mapping m)
    {
        w.Write(m.Since);
        w.Write(m.Until);
        Write(w, _users.Utf8(m.User));
        Write(w, _sources.Utf8(m.Source));
    }

    static void Write(BinaryWriter w, byte[] utf8)
    {
        w.Write7BitEncodedInt(utf8.Length);
        w.Write(utf8);
    }

    public void Load(Stream from)
    {
        using var r = new BinaryReader(from, Encoding.UTF8, leaveOpen: true);
        lock (_lock)
        {
            if (r.ReadInt32() != Version) return;
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
                        User = _users.Id(Encoding.UTF8.GetBytes(r.ReadString())),
                        Source = _sources.Id(Encoding.UTF8.GetBytes(r.ReadString())),
                    });
                var e = new Entry { Now = mappings[^1] };
                mappings.RemoveAt(mappings.Count - 1);
                if (mappings.Count > 0) e.Earlier = mappings;
                _entries[(domain, address)] = e;
            }
        }
    }
}
