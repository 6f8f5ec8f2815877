using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Portolan.Web.Server;

namespace Portolan.Web.Auth;

/// <summary>
/// Finds out who asks. One kind of evidence decides, the strongest that a request brings: the header SEC or a bearer token, then name and password, then a
/// browser's cookie. Evidence that fails is not made good by another, and evidence given twice is none.
/// </summary>
/// <param name="others">Directories asked after our own users.</param>
public sealed class Authenticator(string data, People people, Sessions sessions, TimeProvider clock, params IReadOnlyList<IDirectory> others)
{
    const string Sec = "SEC", Csrf = "X-CSRF";
    const int MostProofs = 1000;

    // Programs send their password with every request; it is looked up by this instead of being hashed each time. Bound to a session, which ends when the
    // password changes, and kept in memory only.
    readonly ConcurrentDictionary<string, string> _proofs = [];
    readonly byte[] _proofKey = RandomNumberGenerator.GetBytes(32);
    readonly SignInLimit _limit = new(clock);
    bool _firstSecretUsed;

    // One for each caller that something goes on for; few, as callers are.
    readonly ConcurrentDictionary<string, CancellationTokenSource> _going = [];

    public People People => people;

    public Audit Audit { get; init; } = Audit.None;

    /// <summary>Makes the first secret where admin has no password yet, and removes it as soon as there is one.</summary>
    public Authenticator WithFirstSecret()
    {
        if (people.Find(AdminSecret.Admin) is { Password: null }) AdminSecret.Ensure(data);
        else AdminSecret.Void(data);
        people.Barred += name =>
        {
            if (name == AdminSecret.Admin) AdminSecret.Void(data);
        };
        people.Changed += name =>
        {
            if (_going.TryRemove(name, out var going)) going.Cancel();
        };
        return this;
    }

    /// <summary>The caller that the request proves to be; null when it proves nobody.</summary>
    /// <exception cref="HttpFault">429 after too many wrong passwords, 403 for a change by cookie without its header.</exception>
    public async ValueTask<Caller?> CallerAsync(HttpContext context, CancellationToken cancel)
    {
        var headers = context.Request.Headers;
        if (Given(headers[Sec]))
        {
            if (One(headers[Sec]) is not { } sec || OfSecret(sec, context) is not { } caller) return null;
            // Ansible's module looks for it in every answer.
            GiveSec(context, sec);
            return caller;
        }
        if (Given(headers.Authorization))
        {
            if (One(headers.Authorization) is not { } authorization) return null;
            if (TryScheme(authorization, "Bearer ", out string token)) return OfSecret(token, context);
            return TryBasic(authorization, out string name, out string password) ? await OfPasswordAsync(context, name, password, cancel) : null;
        }
        if (SessionCookie.Read(context.Request) is not { } secret || sessions.Find(secret, isProgram: false, out var ends) is not { } person) return null;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method)
            && !(One(headers[Csrf]) is { } csrf && Secret.Same(csrf, CsrfOf(secret))))
            throw new HttpFault(StatusCodes.Status403Forbidden, 1009, "not from the console", $"the header {Csrf} of this session is missing or wrong", "GET /api/portolan/session tells it");
        return person.As(CameBy.Session) with { Ends = ends };
    }

    /// <summary>Ends when the caller may do other things than now, or nothing: what goes on for long, such as a live stream, ends with it.</summary>
    public CancellationToken MayGoOn(Caller caller)
    {
        var going = _going.GetOrAdd(caller.Name, _ => new()).Token;
        // A change between finding out who asks and this has cancelled what was there before.
        return IsStill(caller) ? going : new(canceled: true);
    }

    bool IsStill(Caller caller) => caller.By == CameBy.Token
        ? people.FindToken(caller.Name) is { } token && (token.Role, token.Scope) == (caller.Role, caller.Scope)
        : people.Find(caller.Name) is { Enabled: true } person && (person.Role, person.Scope) == (caller.Role, caller.Scope);

    /// <summary>Called every minute: sessions end when their time is over, whoever still reads by them.</summary>
    public void Tend() => sessions.Sweep();

    /// <summary>How long the caller's token is good; null when it has none.</summary>
    public TimeSpan? Left(Caller caller) => caller.Until - clock.GetUtcNow();

    static bool Given(StringValues values) => !StringValues.IsNullOrEmpty(values);

    static string? One(StringValues values) => values.Count == 1 ? values[0] : null;

    Caller? OfSecret(string secret, HttpContext context)
    {
        if (people.ProveToken(secret, out bool isFirst) is { } token)
        {
            if (isFirst) Audit.Say("token-used", token.Name, context.Connection.RemoteIpAddress);
            return new(token.Name, token.Role, CameBy.Token, token.Scope) { Until = DateTimeOffset.UnixEpoch.AddTicks(token.Expires * 10) };
        }
        return sessions.Find(secret, isProgram: true, out var ends) is { } person ? person.As(CameBy.Password) with { Ends = ends } : null;
    }

    async ValueTask<Caller?> OfPasswordAsync(HttpContext context, string name, string password, CancellationToken cancel)
    {
        var address = context.Connection.RemoteIpAddress;
        Refuse(name, address);
        string proof = Convert.ToHexStringLower(HMACSHA256.HashData(_proofKey, Encoding.UTF8.GetBytes($"{name}\0{password}")));
        if (Proven(proof, out var sec, out var ends) is not { } person)
        {
            using var turn = await TurnAsync(address, cancel);
            // A program asks for much at once: what waited here was proven meanwhile.
            if (Proven(proof, out sec, out ends) is { } known)
            {
                GiveSec(context, sec);
                return known.As(CameBy.Password) with { Ends = ends };
            }
            // A program may use the first secret as it is; it is a person that must replace it.
            if (IsFirstSecret(name, password))
            {
                if (!Interlocked.Exchange(ref _firstSecretUsed, true)) Audit.Say("sign-in", AdminSecret.Admin, address, ("by", "first secret"));
                return new(AdminSecret.Admin, Role.Admin, CameBy.Password);
            }
            if (await ProveInTurnAsync(name, password, address, cancel) is not { } proven) return null;
            person = proven;
            Audit.Say("sign-in", person.Name, address, ("by", "password"));
            sec = sessions.Open(person, isProgram: true);
            if (_proofs.Count >= MostProofs) _proofs.Clear();
            _proofs[proof] = sec;
            sessions.Find(sec, isProgram: true, out ends);
        }
        GiveSec(context, sec);
        return person.As(CameBy.Password) with { Ends = ends };
    }

    Person? Proven(string proof, out string sec, out CancellationToken ends)
    {
        ends = default;
        return _proofs.TryGetValue(proof, out sec!) ? sessions.Find(sec, isProgram: true, out ends) : null;
    }

    // Passwords from one address are tried one after the other: each finds what became of those before it, and none slips past the limit.
    async ValueTask<IDisposable> TurnAsync(IPAddress? address, CancellationToken cancel) =>
        await _limit.TurnAsync(address, cancel)
        ?? throw new HttpFault(StatusCodes.Status429TooManyRequests, 1009, "too many sign-ins at once", null, "the same again") { RetryAfter = TimeSpan.FromSeconds(5) };

    // QRadar's clients take it from the first cookie and send it as header; as a cookie it is nothing to us, so no other site can use it.
    static void GiveSec(HttpContext context, string sec) =>
        context.Response.Headers.SetCookie = StringValues.Concat($"{Sec}={sec}; Path=/; Secure; HttpOnly; SameSite=Strict", context.Response.Headers.SetCookie);

    /// <summary>The person with this name and password; null when there is none.</summary>
    /// <exception cref="HttpFault">429 after too many wrong passwords.</exception>
    internal async ValueTask<Person?> ProveAsync(string name, string password, IPAddress? address, CancellationToken cancel)
    {
        using var turn = await TurnAsync(address, cancel);
        return await ProveInTurnAsync(name, password, address, cancel);
    }

    async ValueTask<Person?> ProveInTurnAsync(string name, string password, IPAddress? address, CancellationToken cancel)
    {
        name = name.ToLowerInvariant();
        Refuse(name, address);
        foreach (var directory in (IReadOnlyList<IDirectory>)[people, .. others])
        {
            if (await directory.ProveAsync(name, password, cancel) is not { } person) continue;
            _limit.Succeeded(name, address);
            return person;
        }
        _limit.Failed(name, address);
        Audit.Say("sign-in-failed", name, address);
        return null;
    }

    void Refuse(string name, IPAddress? address)
    {
        if (_limit.Allows(name.ToLowerInvariant(), address, out var wait)) return;
        throw new HttpFault(StatusCodes.Status429TooManyRequests, 1009, "too many failed sign-ins", $"the next may be tried in {Math.Ceiling(wait.TotalSeconds)} seconds") { RetryAfter = wait };
    }

    /// <summary>The person that signs in with name and password; null when they are wrong. <see cref="Open"/> then begins its session.</summary>
    /// <exception cref="HttpFault">429 after too many wrong passwords.</exception>
    internal async ValueTask<Person?> SignInAsync(HttpContext context, string name, string password, CancellationToken cancel)
    {
        var address = context.Connection.RemoteIpAddress;
        Refuse(name, address);
        Person? person;
        if (IsFirstSecret(name, password))
            person = await people.SetAsync(AdminSecret.Admin, null, password, null, mustSet: true, null, cancel);
        else person = await ProveAsync(name, password, address, cancel);
        if (person == null) return null;
        people.SignedIn(person);
        Audit.Say("sign-in", person.Name, address, ("by", "session"));
        return person;
    }

    /// <summary>Begins a browser's session; the one it may have had is over.</summary>
    internal string Open(HttpContext context, Person person)
    {
        End(context.Request);
        string secret = sessions.Open(person, isProgram: false);
        SessionCookie.Write(context, secret);
        return secret;
    }

    /// <summary>Ends the session that the request came by; a token stays what it is.</summary>
    internal void End(HttpRequest request)
    {
        if (SessionCookie.Read(request) is { } cookie) sessions.End(cookie);
        if (One(request.Headers[Sec]) is { } sec) sessions.End(sec);
    }

    /// <summary>Ends every session of the caller, those of programs too; tokens stay what they are.</summary>
    internal void EndAll(Caller caller) => sessions.EndAll(caller.Name);

    /// <summary>What changes by this session's cookie must carry as header X-CSRF: no other site can know it.</summary>
    internal static string CsrfOf(string secret) => Secret.Derive(secret, "csrf");

    bool IsFirstSecret(string name, string password) => name.Equals(AdminSecret.Admin, StringComparison.OrdinalIgnoreCase)
        && people.Find(AdminSecret.Admin) is { Enabled: true, Password: null } && AdminSecret.Matches(data, password);

    static bool TryScheme(string header, string scheme, out string rest)
    {
        rest = header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : "";
        return rest.Length > 0;
    }

    // RFC 7617: base64 of name, colon, password, in UTF-8.
    static bool TryBasic(string header, out string name, out string password)
    {
        (name, password) = ("", "");
        if (!TryScheme(header, "Basic ", out string given)) return false;
        var bytes = new byte[given.Length];
        if (!Convert.TryFromBase64String(given, bytes, out int length)) return false;
        string text = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = text.IndexOf(':');
        if (colon < 0) return false;
        (name, password) = (text[..colon], text[(colon + 1)..]);
        return true;
    }
}
