using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.People;

/// <summary>Signing in and out, and one's own password.</summary>
static class SessionRoutes
{
    const string Path = "/api/portolan/session";

    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("POST", Path, Permission.Anyone, SignInAsync, "Signs in with name and password: a cookie, and the value that changes carry as header X-CSRF."),
        new("GET", Path, Permission.OwnSession, call => TellAsync(call, call.Caller!, SessionCookie.Read(call.Request)), "Who I am."),
        new("DELETE", Path, Permission.OwnSession, SignOutAsync, "Signs out.")
        {
            Parameters = [new("everywhere", ParameterPlace.Query, "true ends every other session of the same user too.")],
        },
        new("POST", "/api/portolan/password", Permission.OwnSession, SetPasswordAsync, "Replaces one's own password; every session of it ends but this, which begins anew."),
        new("GET", "/api/portolan/authority", Permission.Anyone, AuthorityAsync, "The certificate of the own authority that vouches for this server, PEM."),
        new("POST", "/api/auth/logout", Permission.OwnSession, SignOutAsync, "Signs out, as QRadar's clients do.") { Success = 204 },
        new("POST", "/auth/logout", Permission.OwnSession, SignOutAsync, "The same, as Ansible's QRadar module does.") { Success = 204 },
    ];

    sealed record SignIn(string? Name, string? Password);

    sealed record NewPassword(string? Current, string? Password);

    static async Task SignInAsync(HttpCall call)
    {
        var given = await Body<SignIn>(call);
        if (given is not { Name: { } name, Password: { } password }) throw Bad("name and password are needed");
        var auth = call.Web.Authenticator;
        var person = await auth.SignInAsync(call.Context, name, password, call.Cancel)
            ?? throw new HttpFault(StatusCodes.Status401Unauthorized, 18, "not signed in", "name or password is wrong");
        await TellAsync(call, person.As(CameBy.Session), auth.Open(call.Context, person));
    }

    static async Task SetPasswordAsync(HttpCall call)
    {
        var given = await Body<NewPassword>(call);
        if (given.Password is not { } password) throw Bad("password is needed");
        var auth = call.Web.Authenticator;
        if (call.Caller is not { By: CameBy.Session } caller) throw new HttpFault(StatusCodes.Status403Forbidden, 1009, "a program has no password", "only a signed-in person may set its own");
        // Who signed in a moment ago with a password that must be replaced need not say it again.
        var address = call.Context.Connection.RemoteIpAddress;
        if (!caller.MustSetPassword && await auth.ProveAsync(caller.Name, given.Current ?? "", address, call.Cancel) == null)
            throw new HttpFault(StatusCodes.Status422UnprocessableEntity, 1005, "the password stays as it was", "the current one is wrong");
        if (given.Current == password) throw new HttpFault(StatusCodes.Status422UnprocessableEntity, 1005, "the password stays as it was", "the new one is the same");
        try
        {
            var person = await auth.People.SetAsync(caller.Name, null, password, null, mustSet: false, null, call.Cancel);
            auth.Audit.Say("password-changed", caller.Name, address, ("object", caller.Name));
            await TellAsync(call, person.As(CameBy.Session), auth.Open(call.Context, person));
        }
        catch (PeopleException e)
        {
            throw PeopleRoutes.Refusal(e);
        }
    }

    // Public: what it is worth a person finds out by its fingerprint.
    static async Task AuthorityAsync(HttpCall call)
    {
        string pem = call.Web.Authority?.Invoke() ?? throw new HttpFault(StatusCodes.Status404NotFound, 1002, "there is no own authority", "the server's certificate comes from elsewhere");
        call.Response.ContentType = "application/x-pem-file";
        await call.Response.WriteAsync(pem + "\n", call.Cancel);
    }

    static Task SignOutAsync(HttpCall call)
    {
        call.Web.Authenticator.End(call.Request);
        // A token is no session, and its name is nobody's.
        if (call.Request.Query["everywhere"] == "true" && call.Caller!.By != CameBy.Token) call.Web.Authenticator.EndAll(call.Caller);
        call.Web.Authenticator.Audit.Say("sign-out", call.Caller!.Name, call.Context.Connection.RemoteIpAddress);
        if (call.Caller!.By == CameBy.Session) SessionCookie.Clear(call.Context);
        call.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    static async Task TellAsync(HttpCall call, Caller caller, string? secret)
    {
        call.Response.ContentType = "application/json";
        call.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(call.Response.BodyWriter.AsStream());
        json.WriteStartObject();
        json.WriteString("name", caller.Name);
        json.WriteString("role", Auth.People.Word(caller.Role));
        json.WriteString("csrf", caller.By == CameBy.Session && secret != null ? Authenticator.CsrfOf(secret) : null);
        json.WriteBoolean("mustSetPassword", caller.MustSetPassword);
        json.WriteString("scope", caller.Scope);
        json.WriteEndObject();
    }

    /// <summary>A small JSON body. A form of another site cannot have this content type, so it cannot sign anyone in.</summary>
    internal static async Task<T> Body<T>(HttpCall call)
    {
        if (!call.Request.HasJsonContentType()) throw new HttpFault(StatusCodes.Status415UnsupportedMediaType, 1005, "the body is not taken", "it is not application/json");
        if (call.Context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = 64 << 10;
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(call.Request.Body, JsonOptions, call.Cancel) ?? throw Bad("null");
        }
        catch (JsonException e)
        {
            throw Bad(ConsoleJson.Why(e));
        }
    }

    static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 8,
    };

    static HttpFault Bad(string why) => new(StatusCodes.Status400BadRequest, 1005, "the body is not what it should be", why);
}
