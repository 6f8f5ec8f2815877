namespace Portolan.Web.Auth;

/// <summary>Who may sign in. Names are kept in lower case.</summary>
/// <param name="MustSetPassword">The password was given by another one and must be replaced at the next sign-in.</param>
/// <param name="Scope">An AQL condition that every row this person sees meets; null: all rows.</param>
/// <param name="Created">Microseconds since 1970 UTC, as all times here.</param>
public sealed record Person(string Name, Role Role, bool Enabled, bool MustSetPassword, string? Scope, long Created, long? SignedIn)
{
    /// <summary>Null: cannot sign in with a password.</summary>
    internal string? Password { get; init; }

    public Caller As(CameBy by) => new(Name, Role, by, Scope, MustSetPassword);
}

/// <summary>A program's own secret; only its hash is kept.</summary>
public sealed record Token(string Name, Role Role, string? Scope, long Created, string CreatedBy, long Expires, long? Used)
{
    internal string Hash { get; init; } = "";
}

/// <summary>A change of people that is refused; the words say why.</summary>
public sealed class PeopleException(string what, string why, string? tryThis = null, bool isMissing = false) : Exception($"{what}: {why}")
{
    public string What { get; } = what;

    public string Why { get; } = why;

    public string? Try { get; } = tryThis;

    /// <summary>It names nobody there is.</summary>
    public bool IsMissing { get; } = isMissing;
}
