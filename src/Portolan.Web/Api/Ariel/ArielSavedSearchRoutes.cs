using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Web.Api.Saved;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;
using static Portolan.Web.Server.ParameterPlace;

namespace Portolan.Web.Api.Ariel;

/// <summary>Saved searches as QRadar's clients read and change them; the same that <see cref="SavedSearchRoutes"/> has.</summary>
static class ArielSavedSearchRoutes
{
    const string Path = "/api/ariel/saved_searches";

    static readonly HttpParameter Id = new("id", ParameterPlace.Path, "The saved search.", true);

    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", Path, Permission.ReadEvents, call => JsonAnswer.ListAsync(call, Table(call).SeenBy(call.Caller!).Select(Of)), "Your saved searches and those that others share.")
        {
            Parameters = JsonAnswer.OfLists,
        },
        new("GET", Path + "/{id}", Permission.ReadEvents, Show, "One saved search.") { Parameters = [Id, JsonAnswer.Fields] },
        new("POST", Path + "/{id}", Permission.ReadEvents, Change, "Changes a saved search of yours; what is not named stays.")
        {
            Parameters =
            [
                Id, new("name", Query, "Another name."), new("description", Query, "Another description."), new("aql", Query, "Another AQL text."),
                new("is_shared", Query, "Whether others see it."), new("owner", Query, "The user it goes to; for admins."), JsonAnswer.Fields,
            ],
        },
        new("DELETE", Path + "/{id}", Permission.ReadEvents, Delete, "Removes a saved search of yours, at once; 202 with a task that has completed.") { Success = 202, Parameters = [Id, JsonAnswer.Fields] },
    ];

    static KeptTable Table(HttpCall call) => call.Engine().SavedSearches;

    static HttpFault None(string id) => new(StatusCodes.Status404NotFound, 1002, $"the saved search {id} does not exist", null, "GET /api/ariel/saved_searches lists them");

    static Kept Found(HttpCall call) => Find(call, (string)call.Request.RouteValues["id"]!);

    /// <summary>What parameter <c>saved_search_id</c> or a path names.</summary>
    /// <exception cref="HttpFault">404: there is none that the caller may see.</exception>
    public static Kept Find(HttpCall call, string id) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && Table(call).Find(number, call.Caller!) is { } kept ? kept : throw None(id);

    static async Task Show(HttpCall call) => await JsonAnswer.ObjectAsync(call, await RequestParameters.ReadAsync(call), Of(Found(call)));

    static async Task Change(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        var kept = Found(call);
        string? owner = asked["owner"] is { } name && name != kept.Owner ? call.Web.Authenticator.People.Find(name)?.Name ?? throw RequestParameters.Wrong("owner", "the name of a user") : null;
        string aql = asked["aql"]?.Trim() ?? kept.Text;
        try
        {
            // What does not parse, or names what there is not, is not kept.
            if (aql != kept.Text) await (await call.Api.ExplainAsync(aql, default, call.Cancel)).DisposeAsync();
        }
        catch (ApiException e) when (e.Kind is FaultKind.Syntax or FaultKind.Unanswerable)
        {
            throw SearchRoutes.Refused(e);
        }
        try
        {
            var keep = new Keep(asked["name"]?.Trim() ?? kept.Name, asked["description"] ?? kept.Description, asked.Flag("is_shared") ?? kept.Shared, aql);
            kept = Table(call).Change(kept.Id, keep, call.Caller!, owner) ?? throw None($"{kept.Id}");
        }
        catch (ApiException e) when (e.Kind is FaultKind.Syntax or FaultKind.Unanswerable)
        {
            throw new HttpFault(StatusCodes.Status422UnprocessableEntity, 1005, e.What, e.Why, e.Try);
        }
        KeptTable.Say(call, "saved-changed", kept.Name);
        await JsonAnswer.ObjectAsync(call, asked, Of(kept));
    }

    static async Task Delete(HttpCall call)
    {
        var asked = await RequestParameters.ReadAsync(call);
        var kept = Found(call);
        if (!Table(call).Remove(kept.Id, call.Caller!)) throw None($"{kept.Id}");
        KeptTable.Say(call, "saved-removed", $"{kept.Id}");
        long now = call.Web.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        await JsonAnswer.ObjectAsync(call, asked, new()
        {
            ["id"] = kept.Id,
            ["name"] = $"delete saved search {kept.Name}",
            ["created_by"] = call.Caller!.Name,
            ["created"] = now,
            ["started"] = now,
            ["modified"] = now,
            ["completed"] = now,
            ["status"] = "COMPLETED",
            ["message"] = "the saved search is deleted",
        }, StatusCodes.Status202Accepted);
    }

    /// <summary>A saved search as clients read it: times are epoch milliseconds. There are no quick, default or dashboard searches here.</summary>
    static JsonObject Of(Kept kept)
    {
        var query = Parsed(kept.Text);
        return new()
        {
            ["id"] = kept.Id,
            ["uid"] = Uid(kept),
            ["name"] = kept.Name,
            ["description"] = kept.Description,
            ["database"] = query?.Database == Database.Flows ? "FLOWS" : "EVENTS",
            ["aql"] = kept.Text,
            ["owner"] = kept.Owner,
            ["is_shared"] = kept.Shared,
            ["is_aggregate"] = query?.IsAggregate ?? false,
            ["is_quick_search"] = false,
            ["is_default"] = false,
            ["is_dashboard"] = false,
            ["creation_date"] = kept.Created / 1000,
            ["modified_date"] = kept.Changed / 1000,
        };
    }

    // Each parsed when it was kept, perhaps by an older program.
    static AqlQuery? Parsed(string text)
    {
        try
        {
            return AqlQuery.Parse(text);
        }
        catch (AqlException)
        {
            return null;
        }
    }

    // An id comes again in another installation, this does not.
    static string Uid(Kept kept) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"saved_search {kept.Id} {kept.Created}")).AsSpan(0, 16)).ToString();
}
