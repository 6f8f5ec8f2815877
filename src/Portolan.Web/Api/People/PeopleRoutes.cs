using Microsoft.AspNetCore.Http;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Web.Api.People;

/// <summary>Users and tokens, for admins: the same on the web and on the control socket. Answers are lines (<see cref="ResultLines"/>).</summary>
static class PeopleRoutes
{
    const string Users = "/api/portolan/users", Tokens = "/api/portolan/tokens";

    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", Users, Permission.ManagePeople, call => AnswerAsync(call, api => api.UsersAsync(call.Cancel)), "The users."),
        new("POST", Users, Permission.ManagePeople, call => ChangeUserAsync(call, null), "Adds a user: name, role, password, scope, enabled, mustSetPassword."),
        new("POST", Users + "/{name}", Permission.ManagePeople, call => ChangeUserAsync(call, Name(call)), "Changes what is given of a user: role, password, scope, enabled."),
        new("DELETE", Users + "/{name}", Permission.ManagePeople, call => AnswerAsync(call, api => api.RemoveUserAsync(Name(call), call.Cancel)), "Removes a user."),
        new("GET", Tokens, Permission.ManagePeople, call => AnswerAsync(call, api => api.TokensAsync(call.Cancel)), "The tokens, without their secrets."),
        new("POST", Tokens, Permission.ManagePeople, CreateTokenAsync, "Makes a token: name, role, days, scope. The answer holds its secret, this once."),
        new("DELETE", Tokens + "/{name}", Permission.ManagePeople, call => AnswerAsync(call, api => api.RevokeTokenAsync(Name(call), call.Cancel)), "Revokes a token."),
    ];

    sealed record User(string? Name, string? Role, string? Password, string? Scope, bool? Enabled, bool? MustSetPassword);

    sealed record NewToken(string? Name, string? Role, double? Days, string? Scope);

    static string Name(HttpCall call) => (string)call.Request.RouteValues["name"]!;

    static async Task ChangeUserAsync(HttpCall call, string? existing)
    {
        var given = await SessionRoutes.Body<User>(call);
        var change = new UserChange(existing ?? given.Name ?? "", RoleOf(given.Role), given.Password, given.Scope, given.Enabled, given.MustSetPassword);
        await AnswerAsync(call, api => existing == null ? api.AddUserAsync(change, call.Cancel) : api.SetUserAsync(change, call.Cancel));
    }

    static async Task CreateTokenAsync(HttpCall call)
    {
        var given = await SessionRoutes.Body<NewToken>(call);
        if (RoleOf(given.Role) is not { } role) throw new HttpFault(StatusCodes.Status400BadRequest, 1005, "a role is needed", "admin, analyst or viewer");
        TimeSpan? life = given.Days is { } days ? days is > 0 and < 1e6 ? TimeSpan.FromDays(days) : TimeSpan.Zero : null;
        await AnswerAsync(call, api => api.CreateTokenAsync(new(given.Name ?? "", role, life, given.Scope), call.Cancel));
    }

    static Role? RoleOf(string? word) => word == null ? null
        : !char.IsAsciiDigit(word.FirstOrDefault()) && Enum.TryParse<Role>(word, true, out var role) && Enum.IsDefined(role) ? role
        : throw new HttpFault(StatusCodes.Status400BadRequest, 1005, "no such role", "admin, analyst or viewer");

    static async Task AnswerAsync(HttpCall call, Func<IPeopleApi, Task<ResultSet>> ask)
    {
        try
        {
            await using var api = new PeopleApi(call.Web.Authenticator.People, call.Caller!.Name, call.Web.Authenticator.Audit, call.Context.Connection.RemoteIpAddress);
            await using var result = await ask(api);
            call.Response.ContentType = "application/x-ndjson";
            call.Response.Headers.CacheControl = "no-store";
            await ResultLines.WriteAsync(call.Response.BodyWriter, result, CancellationToken.None);
        }
        catch (PeopleException e)
        {
            throw Refusal(e);
        }
    }

    internal static HttpFault Refusal(PeopleException e) => e.IsMissing
        ? new(StatusCodes.Status404NotFound, 1002, e.What, e.Why, e.Try)
        : new(StatusCodes.Status422UnprocessableEntity, 1005, e.What, e.Why, e.Try);
}
