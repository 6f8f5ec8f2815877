using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Portolan.Web.Api.Aql;
using Portolan.Web.Api.Ariel;
using Portolan.Web.Api.Dashboards;
using Portolan.Web.Api.Documentation;
using Portolan.Web.Api.Help;
using Portolan.Web.Api.Events;
using Portolan.Web.Api.Live;
using Portolan.Web.Api.Overview;
using Portolan.Web.Api.Saved;
using Portolan.Web.Api.Setup;
using Portolan.Web.Api.People;
using Portolan.Web.Api.Sources;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Web;

public delegate Task<ResultSet> RouteHandler(ILocalApi api, HttpRequest request, CancellationToken cancel);

/// <param name="Live">The answer has no end.</param>
public sealed record Route(string Method, string Path, Permission Permission, string Summary, RouteHandler Answer, bool Live = false)
{
    /// <summary>What a request says, for the API's documentation.</summary>
    public IReadOnlyList<HttpParameter> Parameters { get; init; } = [];

    /// <summary>How many of one caller may be answered over the web at the same time; 0: any number.</summary>
    public int AtOnce { get; init; }
}

/// <summary>
/// Every route there is. Those of the control socket answer newline-separated JSON (<see cref="ResultLines"/>); who can open the socket,
/// the owner of the data directory and root, has every permission.
/// </summary>
public static class Routes
{
    const int MaxText = 1 << 20;

    static readonly HttpParameter[] Searched =
    [
        new(HttpParameter.WholeBody, ParameterPlace.Body, "An AQL text.", true),
        new("from", ParameterPlace.Query, "The first microsecond since 1970 that is wanted, where the text has no time clause."),
        new("to", ParameterPlace.Query, "The first microsecond that is not wanted any more."),
    ];

    static readonly HttpParameter At = new("at", ParameterPlace.Query, "When, in microseconds since 1970; now when left out.");

    public static readonly IReadOnlyList<Route> Control =
    [
        new("POST", "/search", Permission.ReadEvents, "Runs an AQL text; rows come as they are found.",
            async (api, r, cancel) => await api.SearchAsync(await Text(r, cancel), Period(r), cancel)) { Parameters = Searched, AtOnce = 8 },
        new("POST", "/explain", Permission.ReadEvents, "How an AQL text would run; no row is read.",
            async (api, r, cancel) => await api.ExplainAsync(await Text(r, cancel), Period(r), cancel)) { Parameters = Searched },
        new("POST", "/tail", Permission.ReadEvents, "Events that arrive from now on and meet an AQL condition; has no end.",
            async (api, r, cancel) => await api.TailAsync(await Text(r, cancel) is { Length: > 0 } condition ? condition : null, cancel), Live: true)
        {
            Parameters = [new(HttpParameter.WholeBody, ParameterPlace.Body, "An AQL condition, as after WHERE; every event when empty.")],
            AtOnce = 32,
        },
        new("POST", "/import", Permission.WriteEvents, "Takes the lines of a file into the store with their own times.", Import)
        {
            Parameters =
            [
                new(HttpParameter.WholeBody, ParameterPlace.Body, "The file.", true), new("name", ParameterPlace.Query, "What it is called.", true),
                new("source", ParameterPlace.Query, "The source type that reads it; each line is judged alone when left out."),
            ],
        },
        new("GET", "/ledger", Permission.ReadHealth, "How much was received, stored, parsed and lost, per source and reason.",
            (api, r, cancel) => api.LedgerAsync(Time(r, "since"), cancel))
        {
            Parameters = [new("since", ParameterPlace.Query, "From when on, in microseconds since 1970; from the beginning when left out.")],
        },
        new("GET", "/sources", Permission.ReadHealth, "The log sources with type and counts.", (api, _, cancel) => api.SourcesAsync(cancel)),
        new("GET", "/status", Permission.ReadHealth, "How the server is.", (api, _, cancel) => api.StatusAsync(cancel)),
        new("GET", "/who", Permission.ReadUsers, "Who was at an address, or where a user was.",
            (api, r, cancel) => api.WhoAsync(Required(r, "subject"), Time(r, "at"), cancel))
        {
            Parameters = [new("subject", ParameterPlace.Query, "An address or a user.", true), At],
        },
        new("GET", "/what", Permission.ReadAssets, "What is at an address, or where a host is.",
            (api, r, cancel) => api.WhatAsync(Required(r, "subject"), Time(r, "at"), cancel))
        {
            Parameters = [new("subject", ParameterPlace.Query, "An address or a host name.", true), At],
        },
        new("GET", "/may", Permission.ReadContract, "Whether the declared contract lets one talk to the other.", May)
        {
            Parameters =
            [
                new("source", ParameterPlace.Query, "An address or a host seen.", true), new("destination", ParameterPlace.Query, "An address or a host seen.", true),
                new("port", ParameterPlace.Query, "The destination port.", true), new("protocol", ParameterPlace.Query, "IANA's number: 6 for TCP, 17 for UDP.", true),
            ],
        },
    ];

    /// <summary>Routes of the control socket beside those: users and tokens, as on the web.</summary>
    public static IReadOnlyList<HttpRoute> People => PeopleRoutes.All;

    /// <summary>Routes of the web server: our own API, which answers as the control socket does, and each area's.</summary>
    public static readonly IReadOnlyList<HttpRoute> Https =
    [
        .. SessionRoutes.All,
        .. People,
        .. Control.Select(LocalRoute.Of),
        .. AqlRoutes.All,
        .. ArielRoutes.All,
        .. OverviewRoutes.All,
        .. EventRoutes.All,
        .. LiveRoutes.Console,
        .. SavedSearchRoutes.All,
        .. DashboardRoutes.All,
        .. SetupRoutes.All,
        .. SourceRoutes.All,
        .. HelpRoutes.All,
        .. DocumentationRoutes.All,
    ];

    static Task<ResultSet> Import(ILocalApi api, HttpRequest request, CancellationToken cancel)
    {
        // A file is as long as it is, and comes as fast as a slow disk gives it.
        var features = request.HttpContext.Features;
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { } size) size.MaxRequestBodySize = null;
        if (features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        return api.ImportAsync(Required(request, "name"), request.Query["source"].FirstOrDefault(), request.Body, cancel);
    }

    static async Task<ResultSet> May(ILocalApi api, HttpRequest request, CancellationToken cancel)
    {
        var answer = await api.MayAsync(Required(request, "source"), Required(request, "destination"),
            Number(request, "port"), Number(request, "protocol"), cancel);
        return ResultSet.Of([new("verdict"), new("row")], [[answer.Verdict, answer.Row]]);
    }

    internal static async Task<string> Text(HttpRequest request, CancellationToken cancel)
    {
        var text = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int n; (n = await request.Body.ReadAsync(buffer, cancel)) > 0;)
        {
            if (text.Length + n > MaxText) throw new ApiException(FaultKind.Syntax, "the text is too long", $"more than {MaxText} bytes");
            text.Write(buffer, 0, n);
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    static string Required(HttpRequest request, string name) => request.Query[name].FirstOrDefault() is { Length: > 0 } value
        ? value
        : throw new ApiException(FaultKind.Unavailable, "a parameter is missing", name);

    static int Number(HttpRequest request, string name) =>
        int.TryParse(Required(request, name), NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n <= ushort.MaxValue
            ? n
            : throw new ApiException(FaultKind.Unavailable, "a parameter is wrong", $"{name} is a number from 0 to 65535");

    internal static Period Period(HttpRequest request) => new(Time(request, "from"), Time(request, "to"));

    static long? Time(HttpRequest request, string name)
    {
        if (request.Query[name].FirstOrDefault() is not { Length: > 0 } text) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long time)
            ? time
            : throw new ApiException(FaultKind.Unavailable, "a parameter is wrong", $"{name} is a time in microseconds since 1970");
    }
}
