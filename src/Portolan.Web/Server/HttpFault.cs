using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Portolan.Web.Control;

namespace Portolan.Web.Server;

/// <summary>
/// A refusal over HTTP. Below <c>/api/portolan</c> its body is the fault line of <see cref="ResultLines"/>, elsewhere below <c>/api</c> QRadar's:
/// <c>{"http_response":{"code":404,"message":"…"},"code":1002,"message":"…","description":"…","details":{}}</c>.
/// </summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">QRadar's unique code.</param>
public sealed class HttpFault(int status, int code, string what, string? why = null, string? tryThis = null)
    : Exception(Sentence(what, why))
{
    public int Status { get; } = status;

    public int Code { get; } = code;

    public string What { get; } = what;

    /// <summary>When it is worth trying again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The same refusal where a status has no place.</summary>
    public ApiException Plain => new(Status switch { 400 => FaultKind.Syntax, 404 or 422 => FaultKind.Unanswerable, _ => FaultKind.Unavailable }, What, why, tryThis);

    static string Sentence(string what, string? why) => why is null ? what : $"{what}: {why}";

    /// <summary>What the engine refuses, as HTTP has it.</summary>
    public static HttpFault Of(ApiException e) => e.Kind switch
    {
        FaultKind.Syntax => new(StatusCodes.Status400BadRequest, 2000, e.What, e.Why, e.Try),
        FaultKind.Unanswerable => new(StatusCodes.Status422UnprocessableEntity, 2000, e.What, e.Why, e.Try),
        _ => new(StatusCodes.Status400BadRequest, 1005, e.What, e.Why, e.Try),
    };

    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } wait) response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var to = response.BodyWriter;
        if (context.Request.Path.StartsWithSegments("/api/portolan"))
        {
            response.ContentType = "application/x-ndjson";
            ResultLines.Fault(to, Plain);
        }
        else
        {
            response.ContentType = "application/json";
            using var json = new Utf8JsonWriter(to);
            json.WriteStartObject();
            json.WriteStartObject("http_response");
            json.WriteNumber("code", Status);
            json.WriteString("message", ReasonPhrases.GetReasonPhrase(Status));
            json.WriteEndObject();
            json.WriteNumber("code", Code);
            json.WriteString("message", Message);
            // Some clients show people only this.
            json.WriteString("description", tryThis == null ? Message : $"{Message}; try: {tryThis}");
            json.WriteStartObject("details");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        await to.FlushAsync(CancellationToken.None);
    }
}
