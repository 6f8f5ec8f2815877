using System.Net;
using Portolan.Web.Control;

namespace Portolan.Web.Auth;

/// <summary>What an admin asks and changes of users and tokens, from the console, the command line or a program. A refusal is a <see cref="PeopleException"/>.</summary>
public interface IPeopleApi : IAsyncDisposable
{
    Task<ResultSet> UsersAsync(CancellationToken cancel);

    Task<ResultSet> AddUserAsync(UserChange user, CancellationToken cancel);

    Task<ResultSet> SetUserAsync(UserChange user, CancellationToken cancel);

    Task<ResultSet> RemoveUserAsync(string name, CancellationToken cancel);

    Task<ResultSet> TokensAsync(CancellationToken cancel);

    /// <summary>One row, whose column <c>token</c> is the secret.</summary>
    Task<ResultSet> CreateTokenAsync(NewToken token, CancellationToken cancel);

    Task<ResultSet> RevokeTokenAsync(string name, CancellationToken cancel);
}

/// <summary>A new user, or what changes of one: what is null stays, or is the usual (viewer, all rows, enabled).</summary>
/// <param name="Scope">Empty: all rows.</param>
/// <param name="MustSetPassword">Must replace the password given here at the next sign-in; false when null.</param>
public sealed record UserChange(string Name, Role? Role = null, string? Password = null, string? Scope = null, bool? Enabled = null, bool? MustSetPassword = null);

/// <param name="Life">Null: <see cref="People.TokenLife"/>.</param>
public sealed record NewToken(string Name, Role Role, TimeSpan? Life = null, string? Scope = null);

/// <summary>The same, asked of the people themselves.</summary>
/// <param name="by">Who asks, and <paramref name="from"/> where.</param>
/// <param name="release">What to let go at the end.</param>
public sealed class PeopleApi(People people, string by, Audit audit, IPAddress? from = null, Action? release = null) : IPeopleApi
{
    static readonly ResultColumn[] UserColumns =
    [
        new("name"), new("role"), new("enabled"), new("scope"), new("mustsetpassword"), new("created", ColumnKind.Time), new("signedin", ColumnKind.Time),
    ];

    static readonly ResultColumn[] TokenColumns =
    [
        new("name"), new("role"), new("scope"), new("created", ColumnKind.Time), new("createdby"), new("expires", ColumnKind.Time), new("used", ColumnKind.Time),
    ];

    public Task<ResultSet> UsersAsync(CancellationToken cancel) => Task.FromResult(ResultSet.Of(UserColumns, [.. people.All.Select(Row)]));

    public async Task<ResultSet> AddUserAsync(UserChange user, CancellationToken cancel)
    {
        var added = await people.AddAsync(user.Name, user.Role ?? Role.Viewer, user.Password, user.Scope, user.MustSetPassword ?? false, user.Enabled ?? true, cancel);
        Say("user-added", added.Name, What(added));
        return ResultSet.Of(UserColumns, [Row(added)]);
    }

    public async Task<ResultSet> SetUserAsync(UserChange user, CancellationToken cancel)
    {
        var changed = await people.SetAsync(user.Name, user.Role, user.Password, user.Scope, user.MustSetPassword ?? false, user.Enabled, cancel);
        if (user.Role != null || user.Scope != null || user.Enabled != null) Say("user-changed", changed.Name, What(changed));
        if (user.Password != null) Say("password-changed", changed.Name, null);
        return ResultSet.Of(UserColumns, [Row(changed)]);
    }

    public Task<ResultSet> RemoveUserAsync(string name, CancellationToken cancel)
    {
        people.Remove(name);
        Say("user-removed", name, null);
        return Task.FromResult(ResultSet.Of([new("removed")], [[name]]));
    }

    static string What(Person p) => $"{People.Word(p.Role)}, {(p.Enabled ? "enabled" : "disabled")}{(p.Scope == null ? "" : $", only rows where {p.Scope}")}";

    void Say(string what, string whom, string? how) => audit.Say(what, by, from, ("object", whom), ("detail", how));

    public Task<ResultSet> TokensAsync(CancellationToken cancel) => Task.FromResult(ResultSet.Of(TokenColumns, [.. people.Tokens.Select(Row)]));

    public Task<ResultSet> CreateTokenAsync(NewToken token, CancellationToken cancel)
    {
        var (made, secret) = people.CreateToken(token.Name, token.Role, token.Scope, token.Life, by);
        Say("token-created", made.Name, $"{People.Word(made.Role)}{(made.Scope == null ? "" : $", only rows where {made.Scope}")}");
        return Task.FromResult(ResultSet.Of([.. TokenColumns, new("token")], [[.. Row(made), secret]]));
    }

    public Task<ResultSet> RevokeTokenAsync(string name, CancellationToken cancel)
    {
        people.RevokeToken(name);
        Say("token-revoked", name, null);
        return Task.FromResult(ResultSet.Of([new("revoked")], [[name]]));
    }

    static object?[] Row(Person p) => [p.Name, People.Word(p.Role), p.Enabled, p.Scope, p.MustSetPassword, p.Created / 1000, p.SignedIn / 1000];

    static object?[] Row(Token t) => [t.Name, People.Word(t.Role), t.Scope, t.Created / 1000, t.CreatedBy, t.Expires / 1000, t.Used / 1000];

    public ValueTask DisposeAsync()
    {
        release?.Invoke();
        return default;
    }
}
