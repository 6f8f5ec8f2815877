namespace Portolan.Web.Auth;

/// <summary>What a caller must be allowed to do. Every route names one.</summary>
public enum Permission
{
    /// <summary>Nothing: the route is for who has not signed in yet.</summary>
    Anyone,
    ReadEvents,
    WriteEvents,
    ReadUsers,
    ReadAssets,
    ReadContract,
    ReadHealth,
}

/// <summary>What a person or program is to us; each may all that the one before may.</summary>
public enum Role
{
    Viewer,
    Analyst,
    Admin,
}

/// <summary>Who asks.</summary>
public sealed record Caller(string Name, Role Role)
{
    public bool May(Permission permission) => permission switch
    {
        Permission.WriteEvents => Role >= Role.Admin,
        _ => true,
    };
}
