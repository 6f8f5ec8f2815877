using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Portolan.Web.Server;

namespace Portolan.Web.Api;

/// <summary>
/// The parameters of a request by name, wherever its client puts them: clients of one and the same endpoint write them into the query string, a form,
/// a JSON object, or a header of that name. A name nobody asks for is passed over.
/// </summary>
sealed class RequestParameters
{
    readonly HttpRequest _request;
    readonly Dictionary<string, string> _body = new(StringComparer.Ordinal);

    RequestParameters(HttpRequest request) => _request = request;

    /// <exception cref="HttpFault">400: the body is not what its content type says.</exception>
    public static async Task<RequestParameters> ReadAsync(HttpCall call)
    {
        var read = new RequestParameters(call.Request);
        // Some clients name a content type with every request, body or not.
        if (call.Context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }) return read;
        try
        {
            if (call.Request.HasFormContentType)
            {
                foreach (var (name, values) in await call.Request.ReadFormAsync(call.Cancel)) read._body[name] = values.ToString();
            }
            else if (call.Request.HasJsonContentType())
            {
                using var body = new MemoryStream();
                await call.Request.Body.CopyToAsync(body, call.Cancel);
                // Clients that send everything in the query string send the text null, or nothing, as their JSON.
                if (body.Length == 0) return read;
                using var json = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
                if (json.RootElement.ValueKind == JsonValueKind.Null) return read;
                if (json.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("an object was expected");
                foreach (var part in json.RootElement.EnumerateObject()) read._body[part.Name] = part.Value.ToString();
            }
        }
        // A form that breaks off is an IOException; what Kestrel refuses, and a client that has gone, are such too.
        catch (Exception e) when (e is JsonException or InvalidDataException || e is IOException and not BadHttpRequestException && !call.Context.RequestAborted.IsCancellationRequested)
        {
            throw new HttpFault(StatusCodes.Status400BadRequest, 1001, "the body cannot be read", e.Message);
        }
        return read;
    }

    /// <summary>Null when it is nowhere, or empty.</summary>
    public string? this[string name] =>
        _request.Query[name].FirstOrDefault() is { Length: > 0 } asked ? asked
        : _body.TryGetValue(name, out string? written) && written.Length > 0 ? written
        : _request.Headers[name].FirstOrDefault() is { Length: > 0 } header ? header : null;

    /// <exception cref="HttpFault">422: the parameter is missing.</exception>
    public string Required(string name) => this[name] ?? throw new HttpFault(StatusCodes.Status422UnprocessableEntity, 1005, $"the parameter {name} is missing");

    /// <summary><c>true</c> or <c>false</c>, in any case, for Python writes True.</summary>
    /// <exception cref="HttpFault">422: neither.</exception>
    public bool? Flag(string name) => this[name] is not { } text ? null : bool.TryParse(text, out bool flag) ? flag : throw Wrong(name, "true or false");

    /// <exception cref="HttpFault">422: no such number.</exception>
    public long? Number(string name) => this[name] is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : throw Wrong(name, "a whole number");

    public static HttpFault Wrong(string name, string expected) =>
        new(StatusCodes.Status422UnprocessableEntity, 1005, $"the parameter {name} is wrong", $"{expected} was expected");
}
