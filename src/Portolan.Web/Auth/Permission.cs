namespace Portolan.Web.Auth;

/// <summary>What a caller must be allowed to do. Every route names one.</summary>
public enum Permission
{
    /// <summary>Nothing: the route is for who has not signed in yet, and does not know who asks.</summary>
    Anyone,

    /// <summary>Having signed in; also before the first password is set.</summary>
    OwnSession,
    ReadEvents,
    WriteEvents,
    ReadUsers,
    ReadAssets,
    ReadContract,
    ReadHealth,

    /// <summary>Showing others what one keeps: saved searches, dashboards.</summary>
    Share,

    /// <summary>Having devices send here: what to paste, with this host's addresses and ports.</summary>
    AddSources,

    /// <summary>Users, roles and tokens.</summary>
    ManagePeople,
}

/// <summary>What a person or program is to us; each may all that the one before may.</summary>
public enum Role
{
    Viewer,
    Analyst,
    Admin,
}

/// <summary>How a caller proved who it is.</summary>
public enum CameBy
{
    /// <summary>A browser's cookie.</summary>
    Session,

    /// <summary>Name and password with the request (RFC 7617), or the SEC that such a request was given.</summary>
    Password,
    Token,

    /// <summary>The control socket: the owner of the data directory, or root.</summary>
    Socket,
}

/// <summary>Who asks. No user bears the name of a token, so the name alone says whose something is.</summary>
/// <param name="Scope">An AQL condition that every row this caller sees meets; null: all rows.</param>
/// <param name="MustSetPassword">Signed in with a password that another one gave, and may only replace it.</param>
public sealed record Caller(string Name, Role Role, CameBy By = CameBy.Session, string? Scope = null, bool MustSetPassword = false)
{
    /// <summary>When a token expires; null when it is none.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>When the session that it came by does.</summary>
    public CancellationToken Ends { get; init; }

    /// <summary>The server itself, which looks for everyone.</summary>
    public static Caller Server { get; } = new("portolan", Role.Admin, CameBy.Socket);

    public bool May(Permission permission) => permission switch
    {
        Permission.Anyone or Permission.OwnSession => true,
        _ when MustSetPassword => false,
        // What shows more than rows cannot be limited to some of them.
        not Permission.ReadEvents when Scope != null => false,
        Permission.WriteEvents or Permission.ManagePeople => Role >= Role.Admin,
        Permission.Share or Permission.AddSources => Role >= Role.Analyst,
        _ => true,
    };
}
