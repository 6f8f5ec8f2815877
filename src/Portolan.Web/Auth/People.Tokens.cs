namespace Portolan.Web.Auth;

public sealed partial class People
{
    /// <summary>How long a token lives when nothing is said, and at most.</summary>
    public static readonly TimeSpan TokenLife = TimeSpan.FromDays(90), LongestTokenLife = TimeSpan.FromDays(3650);

    // A use is written down as often as people look.
    const long UsedEvery = 60_000_000;

    public IReadOnlyList<Token> Tokens
    {
        get
        {
            lock (_lock) return [.. _tokens.Values.OrderBy(t => t.Name, StringComparer.Ordinal)];
        }
    }

    public Token? FindToken(string name)
    {
        lock (_lock) return _tokens.GetValueOrDefault(name.ToLowerInvariant());
    }

    /// <summary>Makes a token; its secret is given here once and never again.</summary>
    /// <exception cref="PeopleException">The name is taken or will not do, or the life is none.</exception>
    public (Token Token, string Secret) CreateToken(string name, Role role, string? scope, TimeSpan? life, string by)
    {
        name = Named(name);
        var lives = life ?? TokenLife;
        if (lives <= TimeSpan.Zero || lives > LongestTokenLife)
            throw new PeopleException("this expiry will not do", $"a token lives up to {LongestTokenLife.TotalDays} days", "90d");
        string secret = Secret.New();
        var token = new Token(name, role, Scoped(role, scope), Now, by, Now + lives.Ticks / 10, null) { Hash = Secret.Hash(secret) };
        lock (_lock)
        {
            Free(name);
            Execute("INSERT INTO token (name, hash, role, scope, created, created_by, expires) VALUES ($name, $hash, $role, $scope, $created, $by, $expires)",
                ("$name", name), ("$hash", token.Hash), ("$role", Word(role)), ("$scope", token.Scope), ("$created", token.Created), ("$by", by), ("$expires", token.Expires));
            Keep(token);
        }
        return (token, secret);
    }

    /// <exception cref="PeopleException">No such token.</exception>
    public void RevokeToken(string name)
    {
        lock (_lock)
        {
            if (!_tokens.TryGetValue(name.ToLowerInvariant(), out var token))
                throw new PeopleException($"no token {name}", "none has this name", "portolan token list", isMissing: true);
            Execute("DELETE FROM token WHERE name = $name", ("$name", token.Name));
            _tokens.Remove(token.Name);
            _tokensByHash.Remove(token.Hash);
        }
        Changed?.Invoke(name.ToLowerInvariant());
    }

    /// <summary>The token with this secret, if it has not expired.</summary>
    /// <param name="isFirst">It was never used before.</param>
    internal Token? ProveToken(string secret, out bool isFirst)
    {
        isFirst = false;
        if (secret.Length != Secret.Length) return null;
        string hash = Secret.Hash(secret);
        lock (_lock)
        {
            long now = Now;
            if (!_tokensByHash.TryGetValue(hash, out var token) || token.Expires <= now) return null;
            isFirst = token.Used == null;
            if (token.Used is { } used && now - used < UsedEvery) return token;
            try
            {
                Execute("UPDATE token SET used = $used WHERE name = $name", ("$used", now), ("$name", token.Name));
            }
            catch (IOException)
            {
                // That it was used is worth knowing, not worth refusing a search on a full disk.
            }
            Keep(token = token with { Used = now });
            return token;
        }
    }

    void Keep(Token token) => _tokens[token.Name] = _tokensByHash[token.Hash] = token;
}
