using Microsoft.AspNetCore.Http;
using Portolan.Web.Api.Ariel;
using Portolan.Web.Auth;
using Portolan.Web.Control;

namespace Portolan.Web.Server;

public delegate Task HttpAnswer(HttpCall call);

/// <summary>A route of the web server.</summary>
/// <param name="Pattern">As ASP.NET Core writes it: <c>/api/ariel/searches/{id}</c>.</param>
/// <param name="Permission">Checked before <paramref name="Answer"/> is called.</param>
/// <param name="Summary">One sentence for the API's documentation.</param>
public sealed record HttpRoute(string Method, string Pattern, Permission Permission, HttpAnswer Answer, string Summary)
{
    /// <summary>What a request may say besides its path, for the API's documentation.</summary>
    public IReadOnlyList<HttpParameter> Parameters { get; init; } = [];

    /// <summary>The content types it can answer with.</summary>
    public IReadOnlyList<string> ContentTypes { get; init; } = ["application/json"];

    /// <summary>How many of one caller may be answered at the same time; 0: any number.</summary>
    public int AtOnce { get; init; }

    /// <summary>How many more of one caller may wait until it is their turn; what is over is refused.</summary>
    public int Waiting { get; init; }

    /// <summary>The status of an answer that is no refusal.</summary>
    public int Success { get; init; } = 200;

    /// <summary>Only here to say that what was here is not any more.</summary>
    public bool Removed { get; init; }

    /// <summary>A route that QRadar has, or had: it knows versions.</summary>
    public bool IsQradars => Pattern.StartsWith("/api/", StringComparison.Ordinal) && !Pattern.StartsWith("/api/portolan/", StringComparison.Ordinal);
}

public enum ParameterPlace
{
    Path,
    Query,
    Header,
    Body,
}

/// <param name="In">Where the documentation puts it.</param>
/// <param name="Doc">One sentence.</param>
public sealed record HttpParameter(string Name, ParameterPlace In, string Doc, bool Required = false)
{
    /// <summary>The name of what is not a field of the body but all of it.</summary>
    public const string WholeBody = "body";
}

/// <summary>What the routes answer from.</summary>
/// <param name="ApiFor">The data as one caller may see it.</param>
/// <param name="ConsoleFolder">The built console; need not exist.</param>
/// <param name="Tell">One line to the server's log.</param>
public sealed record WebParts(Func<Caller, ILocalApi> ApiFor, Authenticator Authenticator, string ConsoleFolder, TimeProvider Clock, Action<string> Tell)
{
    public required SearchJobs Searches { get; init; }

    /// <summary>The own authority's certificate, PEM; null when another vouches for the server.</summary>
    public Func<string?>? Authority { get; init; }

    /// <summary>Whether browsers are told never to come without TLS: their people could not get past a certificate that only some of them trust.</summary>
    public Func<bool> OnlyOverTls { get; init; } = () => false;

    /// <summary>Null where no server runs behind the routes.</summary>
    public Api.EngineView? Engine { get; init; }

    /// <summary>From now on, what a name asked for and kept goes when it is nobody's any more; what it may not see any more goes at once.</summary>
    public void FollowPeople() => Authenticator.People.Changed += name =>
    {
        var now = Authenticator.People.Bearer(name);
        Searches.Forget(name, now);
        if (now != null || Authenticator.People.Find(name) != null) return;
        try
        {
            Engine?.SavedSearches.Forget(name);
            Engine?.Dashboards.Forget(name);
        }
        catch (IOException e)
        {
            Tell($"web: what {name} kept could not be removed: {e.Message}");
        }
    };
}

/// <summary>One request, by one who may make it.</summary>
/// <param name="Caller">Null only on routes for anyone.</param>
/// <param name="Cancel">The reader has gone, or the server stops.</param>
public sealed record HttpCall(HttpContext Context, Caller? Caller, WebParts Web, CancellationToken Cancel)
{
    public HttpRequest Request => Context.Request;

    public HttpResponse Response => Context.Response;

    /// <summary>The data as this caller may see it, also when the call is over: a search in the background keeps it.</summary>
    public ILocalApi Api => Web.ApiFor(Caller ?? throw new InvalidOperationException("a route for anyone shows no data"));
}
