using System.Globalization;
using Portolan.Model;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Entities;

/// <summary>What the page of an address, user or host begins with: who and what it is, and the searches that the rest of the page shows.</summary>
static class EntityRoutes
{
    const int MostAddresses = 50;

    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api/portolan/entities/{kind}/{value}", Permission.ReadAssets, OneAsync,
            "Who and what an address, user or host is at a time, its networks, and the searches for its timeline, peers, logins and violations.")
        {
            Parameters =
            [
                new("kind", ParameterPlace.Path, "address, user or host.", true),
                new("value", ParameterPlace.Path, "Which one.", true),
                new("at", ParameterPlace.Query, "The time meant, in microseconds since 1970; now when left out."),
            ],
        },
    ];

    static async Task OneAsync(HttpCall call)
    {
        string kind = (string)call.Request.RouteValues["kind"]!, value = (string)call.Request.RouteValues["value"]!;
        long? at = long.TryParse(call.Request.Query["at"], NumberStyles.None, CultureInfo.InvariantCulture, out long time) ? time : null;
        var api = call.Api;
        var (addresses, where, from, to) = kind switch
        {
            "address" => Address.TryParse(value, out var address) ? OfAddress(address) : throw new HttpFault(404, 1002, $"{value} is no address"),
            "user" => OfUser(value),
            "host" => await OfHost(call, value, at),
            _ => throw new HttpFault(404, 1002, $"there are no entities of kind {kind}", "address, user and host"),
        };
        var who = kind == "host"
            ? await Join(addresses.Select(a => api.WhoAsync(a.ToString(), at, call.Cancel)), call.Cancel)
            : await Join([api.WhoAsync(kind == "address" ? addresses[0].ToString() : value, at, call.Cancel)], call.Cancel);
        // A user is where the user signed in.
        if (kind == "user") addresses = [.. who.Rows.Select(r => Address.TryParse(r[0] as string ?? "", out var a) ? a : default).Where(a => !a.IsAbsent).Distinct().Take(MostAddresses)];
        var what = kind == "host" ? await Join([api.WhatAsync(value, at, call.Cancel)], call.Cancel) : await Join(addresses.Select(a => api.WhatAsync(a.ToString(), at, call.Cancel)), call.Cancel);
        var networks = call.Engine().Context.Networks;
        await ConsoleJson.WriteAsync(call, new
        {
            kind,
            value,
            at = at / 1000,
            who,
            what,
            networks = addresses.Select(a => networks.Name(networks.At(0, a))).OfType<string>().Distinct(),
            condition = where,
            searches = new
            {
                timeline = $"SELECT starttime, LOGSOURCENAME(logsourceid) AS source, QIDNAME(qid) AS event, username, sourceip, destinationip, destinationport, contractverdict, eventid FROM events WHERE {where} LIMIT 1000",
                minutes = $"SELECT starttime / 60000 AS minute, COUNT(*) AS events FROM events WHERE {where} GROUP BY minute ORDER BY minute",
                events = $"SELECT QIDNAME(qid) AS event, COUNT(*) AS events, MAX(starttime) AS last FROM events WHERE {where} GROUP BY event ORDER BY events DESC LIMIT 50",
                sources = $"SELECT LOGSOURCENAME(logsourceid) AS source, COUNT(*) AS events, MAX(starttime) AS last FROM events WHERE {where} GROUP BY source ORDER BY events DESC LIMIT 50",
                peersCalled = from == null ? null : $"SELECT destinationip, destinationport, PROTOCOLNAME(protocolid) AS protocol, COUNT(*) AS events, MAX(starttime) AS last FROM events WHERE ({from}) AND destinationip != '0.0.0.0' GROUP BY destinationip, destinationport, protocolid ORDER BY events DESC LIMIT 50",
                peersCalling = to == null ? null : $"SELECT sourceip, sourceuser, destinationport, PROTOCOLNAME(protocolid) AS protocol, COUNT(*) AS events, MAX(starttime) AS last FROM events WHERE ({to}) AND sourceip != '0.0.0.0' GROUP BY sourceip, sourceuser, destinationport, protocolid ORDER BY events DESC LIMIT 50",
                logins = $"SELECT starttime, login, username, identityip, sourceip, LOGSOURCENAME(logsourceid) AS source, eventid FROM events WHERE ({where}) AND login IS NOT NULL LIMIT 200",
                violations = $"SELECT starttime, sourceip, sourceuser, destinationip, destinationport, PROTOCOLNAME(protocolid) AS protocol, contractid, eventid FROM events WHERE ({where}) AND contractverdict = 'not permitted' LIMIT 200",
            },
        });
    }

    static (IReadOnlyList<Address> Addresses, string Where, string? From, string? To) OfAddress(Address address) =>
        ([address], $"sourceip = '{address}' OR destinationip = '{address}' OR identityip = '{address}'", $"sourceip = '{address}'", $"destinationip = '{address}'");

    static (IReadOnlyList<Address>, string, string?, string?) OfUser(string user) =>
        ([], $"username = {Quoted(user)} OR sourceuser = {Quoted(user)} OR destinationuser = {Quoted(user)}", $"sourceuser = {Quoted(user)}", $"destinationuser = {Quoted(user)}");

    static async Task<(IReadOnlyList<Address>, string, string?, string?)> OfHost(HttpCall call, string host, long? at)
    {
        await using var what = await call.Api.WhatAsync(host, at, call.Cancel);
        var addresses = new List<Address>();
        await foreach (var row in what.Rows.WithCancellation(call.Cancel))
        {
            if (row[0] is string text && Address.TryParse(text, out var address) && addresses.Count < MostAddresses) addresses.Add(address);
        }
        string named = $"hostname = {Quoted(host)} OR identityhostname = {Quoted(host)}";
        if (addresses.Count == 0) return ([], named, null, null);
        string list = string.Join(", ", addresses.Select(a => $"'{a}'"));
        return (addresses, $"sourceip IN ({list}) OR destinationip IN ({list}) OR {named}", $"sourceip IN ({list})", $"destinationip IN ({list})");
    }

    static string Quoted(string text) => $"'{text.Replace("'", "''")}'";

    sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows);

    static async Task<Table> Join(IEnumerable<Task<ResultSet>> asked, CancellationToken cancel)
    {
        IReadOnlyList<string> columns = [];
        var rows = new List<object?[]>();
        foreach (var one in asked)
        {
            await using var set = await one;
            columns = [.. set.Columns.Select(c => c.Name)];
            await foreach (var row in set.Rows.WithCancellation(cancel)) rows.Add(row);
        }
        return new(columns, rows);
    }
}
