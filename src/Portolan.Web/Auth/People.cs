using Microsoft.Data.Sqlite;
using Portolan.Store.State;

namespace Portolan.Web.Auth;

/// <summary>
/// Our own users and tokens: kept in the state database, looked up in memory, for every request asks. A change is on disk when it returns, and counts from
/// the next request on. Safe for several threads.
/// </summary>
public sealed partial class People : IDirectory
{
    const int MinPassword = 8, MaxPassword = 1024, MaxName = 64, MaxScope = 4096;
    readonly StateDatabase? _state;
    readonly TimeProvider _clock;
    readonly int _iterations;
    readonly string _nobody;
    readonly Lock _lock = new();
    readonly Dictionary<string, Person> _people = [];
    readonly Dictionary<string, Token> _tokens = [];
    readonly Dictionary<string, Token> _tokensByHash = [];

    // A password costs a core a good while on purpose; the others are for whoever is signed in already.
    readonly SemaphoreSlim _hashing = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <param name="state">Null: nobody, and nothing can be changed.</param>
    /// <param name="iterations">Of new password hashes; fewer only in tests.</param>
    public People(StateDatabase? state, TimeProvider clock, int iterations = PasswordHash.Iterations)
    {
        (_state, _clock, _iterations) = (state, clock, iterations);
        _nobody = PasswordHash.Of("", iterations);
        if (state == null) return;
        using var connection = state.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name, role, password, must_set_password, enabled, scope, created, signed_in FROM person";
        using (var row = command.ExecuteReader())
        {
            while (row.Read())
            {
                string name = row.GetString(0);
                _people[name] = new(name, Enum.Parse<Role>(row.GetString(1), true), row.GetInt64(4) != 0, row.GetInt64(3) != 0, Text(row, 5), row.GetInt64(6), Number(row, 7))
                {
                    Password = Text(row, 2),
                };
            }
        }
        command.CommandText = "SELECT name, hash, role, scope, created, created_by, expires, used FROM token";
        using (var row = command.ExecuteReader())
        {
            while (row.Read())
                Keep(new(row.GetString(0), Enum.Parse<Role>(row.GetString(2), true), Text(row, 3), row.GetInt64(4), row.GetString(5), row.GetInt64(6), Number(row, 7))
                {
                    Hash = row.GetString(1),
                });
        }

        static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
        static long? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
    }

    string IDirectory.Name => "portolan";

    /// <summary>Users, by name.</summary>
    public IReadOnlyList<Person> All
    {
        get
        {
            lock (_lock) return [.. _people.Values.OrderBy(p => p.Name, StringComparer.Ordinal)];
        }
    }

    public Person? Find(string name)
    {
        lock (_lock) return _people.GetValueOrDefault(name.ToLowerInvariant());
    }

    /// <summary>Who bears a name now; null when nobody does, or may not sign in.</summary>
    public Caller? Bearer(string name) => FindToken(name) is { } token ? new(token.Name, token.Role, CameBy.Token, token.Scope)
        : Find(name) is { Enabled: true } person ? person.As(CameBy.Session) : null;

    /// <summary>What is wrong with a scope; null when nothing is.</summary>
    public Func<string, string?>? CheckScope { get; set; }

    /// <summary>The person has another password, is disabled or gone: its sessions are to end.</summary>
    public event Action<string>? Barred;

    /// <summary>What a user or token may is other than before: what goes on in its name is to end and be asked for anew.</summary>
    public event Action<string>? Changed;

    /// <summary>Makes admin, who signs in with the first secret, where nobody could manage users.</summary>
    public void Begin()
    {
        lock (_lock)
            if (!_people.Values.Any(p => p.Role == Role.Admin) && !_people.ContainsKey(AdminSecret.Admin)) Save(new(AdminSecret.Admin, Role.Admin, true, true, null, Now, null), isNew: true);
    }

    public async ValueTask<Person?> ProveAsync(string name, string password, CancellationToken cancel)
    {
        var person = Find(name);
        // A longer one was never set, and hashing it would be work for nothing.
        if (password.Length > MaxPassword) password = "";
        string kept = person?.Password ?? _nobody;
        bool matches = await HashAsync(() => PasswordHash.Matches(kept, password), cancel);
        if (!matches || person is not { Enabled: true, Password: not null }) return null;
        if (PasswordHash.IsWeak(kept, _iterations))
        {
            string stronger = await HashAsync(() => PasswordHash.Of(password, _iterations), cancel);
            lock (_lock)
                if (_people.GetValueOrDefault(person.Name)?.Password == kept) Save(person = _people[person.Name] with { Password = stronger });
        }
        return person;
    }

    /// <exception cref="PeopleException">The name or password will not do, or the name is taken.</exception>
    public async Task<Person> AddAsync(string name, Role role, string? password, string? scope, bool mustSet, bool enabled, CancellationToken cancel)
    {
        name = Named(name);
        scope = Scoped(role, scope);
        var person = new Person(name, role, enabled, mustSet, scope, Now, null) { Password = await HashedAsync(name, password, cancel) };
        lock (_lock)
        {
            Free(name);
            Save(person, isNew: true);
        }
        return person;
    }

    /// <summary>Changes what is given; a null stays as it is. An empty scope means all rows.</summary>
    /// <exception cref="PeopleException">No such user, the password will not do, or nobody could manage users any more.</exception>
    public async Task<Person> SetAsync(string name, Role? role, string? password, string? scope, bool mustSet, bool? enabled, CancellationToken cancel)
    {
        name = name.ToLowerInvariant();
        string? hash = await HashedAsync(name, password, cancel);
        Person changed;
        lock (_lock)
        {
            var before = Existing(name);
            var after = before with
            {
                Role = role ?? before.Role,
                Enabled = enabled ?? before.Enabled,
                Scope = Scoped(role ?? before.Role, scope ?? before.Scope),
                Password = hash ?? before.Password,
                MustSetPassword = hash == null ? before.MustSetPassword : mustSet,
            };
            if (before is { Role: Role.Admin, Enabled: true } && after is not { Role: Role.Admin, Enabled: true }) KeepOneAdmin(before);
            Save(changed = after);
        }
        // Not within the lock: who hears it asks us again.
        if (hash != null || !changed.Enabled) Barred?.Invoke(name);
        Changed?.Invoke(name);
        return changed;
    }

    /// <exception cref="PeopleException">No such user, or the last who can manage users.</exception>
    public void Remove(string name)
    {
        Person person;
        lock (_lock)
        {
            person = Existing(name.ToLowerInvariant());
            if (person is { Role: Role.Admin, Enabled: true }) KeepOneAdmin(person);
            Execute("DELETE FROM person WHERE name = $name", ("$name", person.Name));
            _people.Remove(person.Name);
        }
        Barred?.Invoke(person.Name);
        Changed?.Invoke(person.Name);
    }

    internal void SignedIn(Person person)
    {
        lock (_lock)
            if (_people.TryGetValue(person.Name, out var now)) Save(now with { SignedIn = Now });
    }

    Person Existing(string name) => _people.TryGetValue(name, out var person) ? person
        : throw new PeopleException($"no user {name}", "nobody has this name", "portolan user list", isMissing: true);

    void KeepOneAdmin(Person leaving)
    {
        if (!_people.Values.Any(p => p is { Role: Role.Admin, Enabled: true } && p.Name != leaving.Name))
            throw new PeopleException($"{leaving.Name} stays an enabled admin", "nobody else could manage users", "another admin first");
    }

    void Free(string name)
    {
        if (_people.ContainsKey(name)) throw new PeopleException($"the name {name} is taken", "a user has it");
        if (_tokens.ContainsKey(name)) throw new PeopleException($"the name {name} is taken", "a token has it");
    }

    static string Named(string name)
    {
        bool fits = name.Length is > 0 and <= MaxName && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@');
        return fits ? name.ToLowerInvariant()
            : throw new PeopleException("this name will not do", $"a name has 1 to {MaxName} letters, digits and . _ - @, and begins with a letter or digit");
    }

    string? Scoped(Role role, string? scope)
    {
        if (string.IsNullOrWhiteSpace(scope)) return null;
        if (role == Role.Admin) throw new PeopleException("an admin has no scope", "who gives rights can give them to himself", "role analyst or viewer");
        if (scope.Length > MaxScope) throw new PeopleException("the scope is too long", $"more than {MaxScope} characters");
        return CheckScope?.Invoke(scope) is { } wrong ? throw new PeopleException("this scope will not do", wrong, "docs/aql.md") : scope;
    }

    async ValueTask<string?> HashedAsync(string name, string? password, CancellationToken cancel)
    {
        if (password == null) return null;
        if (password.Length is < MinPassword or > MaxPassword)
            throw new PeopleException("this password will not do", $"a password has {MinPassword} to {MaxPassword} characters", "a few words are long and easy to keep in mind");
        if (password.Equals(name, StringComparison.OrdinalIgnoreCase)) throw new PeopleException("this password will not do", "it is the name");
        return await HashAsync(() => PasswordHash.Of(password, _iterations), cancel);
    }

    async ValueTask<T> HashAsync<T>(Func<T> hash, CancellationToken cancel)
    {
        await _hashing.WaitAsync(cancel);
        try
        {
            return await Task.Run(hash, cancel);
        }
        finally
        {
            _hashing.Release();
        }
    }

    void Save(Person p, bool isNew = false)
    {
        Execute(isNew
            ? "INSERT INTO person (name, role, password, must_set_password, enabled, scope, created, signed_in) VALUES ($name, $role, $password, $must, $enabled, $scope, $created, $signed)"
            : "UPDATE person SET role = $role, password = $password, must_set_password = $must, enabled = $enabled, scope = $scope, created = $created, signed_in = $signed WHERE name = $name",
            ("$name", p.Name), ("$role", Word(p.Role)), ("$password", p.Password), ("$must", p.MustSetPassword ? 1L : 0L), ("$enabled", p.Enabled ? 1L : 0L),
            ("$scope", p.Scope), ("$created", p.Created), ("$signed", p.SignedIn));
        _people[p.Name] = p;
    }

    internal static string Word(Role role) => role.ToString().ToLowerInvariant();

    void Execute(string sql, params (string Name, object? Value)[] values)
    {
        if (_state == null) throw new PeopleException("users cannot be changed", "the data directory is only read");
        _state.Write(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
            command.ExecuteNonQuery();
        });
    }

    internal long Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
}
