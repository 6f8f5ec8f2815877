using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Portolan.Web.Control;

namespace Portolan.Web.Server;

/// <summary>A route of the control socket, served to the web below <c>/api/portolan</c> with the same answer.</summary>
static class LocalRoute
{
    public static HttpRoute Of(Route route) => new(route.Method, "/api/portolan" + route.Path, route.Permission, call => AnswerAsync(route, call), route.Summary)
    {
        Parameters = route.Parameters,
        ContentTypes = ["application/x-ndjson"],
        AtOnce = route.AtOnce,
        Waiting = route.Live ? 0 : 100,
    };

    static async Task AnswerAsync(Route route, HttpCall call)
    {
        // A reader of a live stream may pause as long as it likes.
        if (route.Live && call.Context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        await using var result = await route.Answer(call.Api, call.Request, call.Cancel);
        call.Response.ContentType = "application/x-ndjson";
        call.Response.Headers.CacheControl = "no-store";
        try
        {
            await ResultLines.WriteAsync(call.Response.BodyWriter, result, call.Cancel);
        }
        catch (ApiException e) when (call.Response.HasStarted)
        {
            ResultLines.Fault(call.Response.BodyWriter, e);
            await call.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
    }
}
