using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Microsoft.Data.Sqlite;
using Portolan.Model;
using Portolan.Store.State;

namespace Portolan.Collect.LogSources;

/// <summary>
/// Log sources and their ids. A header host that differs from the sender is believed only from a declared relay; loopback, imports and our
/// own events count as relays. An import's host is the live source of that name, so that a device's history and what it says from now on are
/// one source, whichever came first. A sender makes at most <see cref="MostPerSender"/> sources, then its events go to one named <c>overflow</c>
/// and are counted. The pipeline's thread finds and adds; <see cref="Flush"/> makes new ids durable and must return before a row that uses
/// them is sealed.
/// </summary>
public sealed class LogSourceRegistry
{
    public const int MostPerSender = 1000;
    public const string OverflowHost = "overflow";
    static readonly byte[] OverflowName = Encoding.UTF8.GetBytes(OverflowHost);

    readonly record struct Key(int Listener, Address Sender, byte[] Host);

    readonly ref struct KeyBytes(int listener, Address sender, ReadOnlySpan<byte> host)
    {
        public readonly int Listener = listener;
        public readonly Address Sender = sender;
        public readonly ReadOnlySpan<byte> Host = host;
    }

    readonly Dictionary<Key, LogSource> _sources = new(new KeyComparer());
    readonly Dictionary<Key, LogSource>.AlternateLookup<KeyBytes> _lookup;
    readonly Dictionary<(int, Address), int> _perSender = [];

    // The first live source of each believed host name.
    readonly Dictionary<string, LogSource> _liveByHost = new(StringComparer.Ordinal);
    readonly Dictionary<(int, Address), (LogSource Source, Ledger.Counter Counted)> _overflow = [];
    readonly StateDatabase? _state;
    readonly Ledger _ledger;
    readonly Cidr[] _relays;
    LogSource[] _byId = new LogSource[64];
    int _last;

    /// <param name="state">Where ids live; null keeps them in memory only.</param>
    /// <param name="type">Finds a source type by id, for what the sources were last recognised as.</param>
    public LogSourceRegistry(Ledger ledger, IEnumerable<Cidr>? relays = null, StateDatabase? state = null,
        Func<string, SourceType?>? type = null)
    {
        (_ledger, _relays, _state) = (ledger, [.. relays ?? []], state);
        _lookup = _sources.GetAlternateLookup<KeyBytes>();
        if (state != null) Load(state, type);
    }

    public int Count => Volatile.Read(ref _last);

    /// <summary>Any thread; null for an unknown id.</summary>
    public LogSource? ById(long id)
    {
        var byId = Volatile.Read(ref _byId);
        return id > 0 && id <= Count && id < byId.Length ? byId[id] : null;
    }

    public IEnumerable<LogSource> All => Enumerable.Range(1, Count).Select(i => ById(i)!);

    /// <summary>Whether a header's host is believed from here.</summary>
    public bool IsRelay(int listener, Address sender)
    {
        if (listener is Endpoints.ImportListener or Endpoints.OwnListener || IsLoopback(sender)) return true;
        foreach (var relay in _relays)
        {
            if (relay.Contains(sender)) return true;
        }
        return false;
    }

    /// <summary>The source of a message, made at first sight.</summary>
    /// <param name="host">The header's host as it stands there; may be empty.</param>
    /// <param name="time">Receipt, microseconds UTC.</param>
    public LogSource Find(int listener, Address sender, ReadOnlySpan<byte> host, long time)
    {
        // An over-long or undecodable host is no host: it may not become a key.
        if (host.Length > 255 || !IsRelay(listener, sender) || !Utf8.IsValid(host)) host = default;
        return _lookup.TryGetValue(new(listener, sender, host), out var source) ? source : Add(listener, sender, host, time);
    }

    LogSource Add(int listener, Address sender, ReadOnlySpan<byte> host, long time)
    {
        if (Known(listener, sender, host) is { } known) return known;
        int count = _perSender.GetValueOrDefault((listener, sender));
        if (count < MostPerSender)
        {
            _perSender[(listener, sender)] = count + 1;
            return Keep(new(_last + 1, listener, sender, Encoding.UTF8.GetString(host), time) { IsNew = true });
        }
        if (!_overflow.TryGetValue((listener, sender), out var overflow))
        {
            var source = _sources.GetValueOrDefault(new(listener, sender, OverflowName))
                ?? Keep(new(_last + 1, listener, sender, OverflowHost, time) { IsNew = true });
            overflow = _overflow[(listener, sender)] = (source, _ledger.Cell(sender.ToString(), LedgerReasons.Overflow));
        }
        Interlocked.Increment(ref overflow.Counted.Value);
        return overflow.Source;
    }

    // The same device by another entrance: an import of what is live, or the first live message of what was imported.
    LogSource? Known(int listener, Address sender, ReadOnlySpan<byte> host)
    {
        if (host.IsEmpty || listener == Endpoints.OwnListener) return null;
        string name = Encoding.UTF8.GetString(host);
        LogSource? source;
        if (listener == Endpoints.ImportListener)
        {
            if (!_liveByHost.TryGetValue(name, out source)) return null;
        }
        else
        {
            if (_liveByHost.ContainsKey(name) || !_lookup.TryGetValue(new(Endpoints.ImportListener, default, host), out source)) return null;
            source.HeardAt(listener, sender);
            _liveByHost[name] = source;
            _perSender[(listener, sender)] = _perSender.GetValueOrDefault((listener, sender)) + 1;
        }
        _sources[new(listener, sender, host.ToArray())] = source;
        return source;
    }

    LogSource Keep(LogSource source)
    {
        _sources[new(source.Listener, source.Sender, Encoding.UTF8.GetBytes(source.Host))] = source;
        if (source.Host.Length > 0 && source.Listener is not (Endpoints.ImportListener or Endpoints.OwnListener)) _liveByHost.TryAdd(source.Host, source);
        if (source.Id >= _byId.Length)
        {
            var grown = new LogSource[Math.Max(_byId.Length * 2, source.Id + 1)];
            _byId.CopyTo(grown, 0);
            Volatile.Write(ref _byId, grown);
        }
        _byId[source.Id] = source;
        Volatile.Write(ref _last, Math.Max(_last, source.Id));
        return source;
    }

    /// <summary>Writes new and changed sources in one durable transaction; cheap when nothing is new. The pipeline's thread.</summary>
    public void Flush()
    {
        if (_state == null) return;
        var dirty = _sources.Values.Where(s => s.IsNew || s.IsChanged).ToList();
        if (dirty.Count == 0) return;
        _state.Write(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = """
                INSERT INTO log_source (id, listener, sender, host, type, skew, first_seen) VALUES ($id, $listener, $sender, $host, $type, $skew, $seen)
                ON CONFLICT (id) DO UPDATE SET listener = excluded.listener, sender = excluded.sender, type = excluded.type, skew = excluded.skew,
                    first_seen = excluded.first_seen
                """;
            string[] names = ["$id", "$listener", "$sender", "$host", "$type", "$skew", "$seen"];
            var parameters = names.Select(n => command.Parameters.Add(new SqliteParameter(n, null))).ToArray();
            foreach (var s in dirty)
            {
                object?[] values = [s.Id, s.Listener, s.Sender.ToString(), s.Host, s.Type?.Id, s.Skew, s.FirstSeen];
                for (int i = 0; i < values.Length; i++) parameters[i].Value = values[i] ?? DBNull.Value;
                command.ExecuteNonQuery();
            }
        });
        foreach (var s in dirty) s.IsNew = s.IsChanged = false;
    }

    void Load(StateDatabase state, Func<string, SourceType?>? type)
    {
        using var connection = state.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, listener, sender, host, type, skew, first_seen FROM log_source ORDER BY id";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (!Address.TryParse(reader.GetString(2), out var sender))
                throw new StateException($"log_source {reader.GetInt32(0)}: no address");
            var source = new LogSource(reader.GetInt32(0), reader.GetInt32(1), sender, reader.GetString(3), reader.GetInt64(6));
            source.Restore(reader.IsDBNull(4) ? null : type?.Invoke(reader.GetString(4)), reader.IsDBNull(5) ? null : reader.GetInt64(5));
            var key = (source.Listener, sender);
            _perSender[key] = _perSender.GetValueOrDefault(key) + 1;
            Keep(source);
        }
    }

    static bool IsLoopback(Address a) => a.Value == 1 || a.V4 >> 24 == 127;

    sealed class KeyComparer : IEqualityComparer<Key>, IAlternateEqualityComparer<KeyBytes, Key>
    {
        // Senders choose the hosts, so the hash is keyed anew in every process.
        readonly ulong _seed = (ulong)Random.Shared.NextInt64() | 1;

        public bool Equals(Key a, Key b) => Equals(new KeyBytes(a.Listener, a.Sender, a.Host), b);
        public int GetHashCode([DisallowNull] Key key) => GetHashCode(new KeyBytes(key.Listener, key.Sender, key.Host));
        public bool Equals(KeyBytes a, Key b) => a.Listener == b.Listener && a.Sender == b.Sender && a.Host.SequenceEqual(b.Host);
        public Key Create(KeyBytes key) => new(key.Listener, key.Sender, key.Host.ToArray());

        public int GetHashCode(KeyBytes key)
        {
            ulong hash = _seed ^ (ulong)key.Sender.Value ^ BitOperations.RotateLeft((ulong)(key.Sender.Value >> 64), 17)
                ^ (uint)key.Listener;
            var host = key.Host;
            for (; host.Length >= 8; host = host[8..]) hash = Mix(hash ^ MemoryMarshal.Read<ulong>(host));
            ulong rest = (uint)key.Host.Length;
            foreach (byte b in host) rest = rest << 8 | b;
            hash = Mix(hash ^ rest);
            return (int)(hash ^ hash >> 32);
        }

        ulong Mix(ulong value)
        {
            ulong high = Math.BigMul(value, _seed, out ulong low);
            return high ^ low;
        }
    }
}
