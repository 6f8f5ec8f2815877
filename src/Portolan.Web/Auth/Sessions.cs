using Portolan.Store.State;

namespace Portolan.Web.Auth;

/// <summary>How long a sign-in holds.</summary>
/// <param name="Idle">Without any request.</param>
/// <param name="Life">In all.</param>
public sealed record SessionLimits(TimeSpan Idle, TimeSpan Life);

/// <summary>
/// Sign-ins of people. Each has a random secret, which only its holder keeps; they survive a restart. Who a session belongs to is looked up with every
/// request, so a role lowered or a person barred counts at once. Safe for several threads.
/// </summary>
public sealed class Sessions
{
    // A person with more has forgotten some of them; the one longest unused ends.
    const int MostOfOne = 50;

    // Seen is written down so often that a restart forgets at most this.
    static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    sealed record Session(string Hash, string Person, bool IsProgram, long Created, long Seen)
    {
        public long Saved { get; init; } = Seen;

        // Ends with the session: what its holder still reads, such as a live stream, ends with it.
        public CancellationTokenSource Ends { get; } = new();
    }

    readonly StateDatabase _state;
    readonly People _people;
    readonly SessionLimits _limits;
    readonly Dictionary<string, Session> _sessions = [];
    readonly Lock _lock = new();

    public Sessions(StateDatabase state, People people, SessionLimits limits)
    {
        (_state, _people, _limits) = (state, people, limits);
        using var connection = state.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT hash, person, program, created, seen FROM session";
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var session = new Session(row.GetString(0), row.GetString(1), row.GetInt64(2) != 0, row.GetInt64(3), row.GetInt64(4));
            _sessions[session.Hash] = session;
        }
        people.Barred += name => EndAll(name);
    }

    /// <summary>Begins a session; the secret is for its holder alone. Always a new one: nobody can have put it there before.</summary>
    /// <param name="isProgram">Good as SEC header, not as cookie.</param>
    internal string Open(Person person, bool isProgram)
    {
        string secret = Secret.New();
        long now = _people.Now;
        var session = new Session(Secret.Hash(secret), person.Name, isProgram, now, now);
        lock (_lock)
        {
            End(_sessions.Values.Where(s => HasExpired(s, now))
                .Concat(_sessions.Values.Where(s => s.Person == person.Name).OrderByDescending(s => s.Seen).Skip(MostOfOne - 1)));
            Execute("INSERT INTO session (hash, person, program, created, seen) VALUES ($hash, $person, $program, $now, $now)",
                ("$hash", session.Hash), ("$person", session.Person), ("$program", isProgram ? 1L : 0L), ("$now", now));
            _sessions[session.Hash] = session;
        }
        return secret;
    }

    /// <summary>Whose session this is; null when it is none, has expired, or its person may not sign in.</summary>
    /// <param name="ends">When the session does.</param>
    internal Person? Find(string secret, bool isProgram, out CancellationToken ends)
    {
        ends = default;
        if (secret.Length != Secret.Length) return null;
        string hash = Secret.Hash(secret);
        long now = _people.Now;
        lock (_lock)
        {
            if (!_sessions.TryGetValue(hash, out var session) || session.IsProgram != isProgram) return null;
            if (HasExpired(session, now))
            {
                End([session]);
                return null;
            }
            if (_people.Find(session.Person) is not { Enabled: true } person) return null;
            ends = session.Ends.Token;
            bool save = now - session.Saved >= SeenEvery.Ticks / 10;
            _sessions[hash] = session with { Seen = now, Saved = save ? now : session.Saved };
            if (save) Try("UPDATE session SET seen = $now WHERE hash = $hash", ("$now", now), ("$hash", hash));
            return person;
        }
    }

    internal void End(string secret)
    {
        lock (_lock)
            if (_sessions.TryGetValue(Secret.Hash(secret), out var session)) End([session]);
    }

    /// <summary>Ends what a person has open.</summary>
    public void EndAll(string person)
    {
        lock (_lock) End(_sessions.Values.Where(s => s.Person == person));
    }

    /// <summary>Ends what has expired although nobody asked with it; called every minute.</summary>
    public void Sweep()
    {
        long now = _people.Now;
        lock (_lock) End(_sessions.Values.Where(s => HasExpired(s, now)));
    }

    bool HasExpired(Session s, long now) => now - s.Seen >= _limits.Idle.Ticks / 10 || now - s.Created >= _limits.Life.Ticks / 10;

    // What cannot be struck off the disk now has at least ended here.
    void End(IEnumerable<Session> ended)
    {
        foreach (var session in ended.ToList())
        {
            _sessions.Remove(session.Hash);
            // Not here: whoever hears it may ask us something.
            _ = session.Ends.CancelAsync();
            Try("DELETE FROM session WHERE hash = $hash", ("$hash", session.Hash));
        }
    }

    void Try(string sql, params (string, object)[] values)
    {
        try
        {
            Execute(sql, values);
        }
        catch (IOException)
        {
        }
    }

    void Execute(string sql, params (string Name, object Value)[] values) => _state.Write(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    });
}
