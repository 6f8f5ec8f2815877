using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Web.Api;

/// <summary>Answers that are one JSON object: keys in camelCase, absent values left out, times in milliseconds since 1970 UTC.</summary>
public static class ConsoleJson
{
    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    public static Task WriteAsync<T>(HttpCall call, T value, int status = StatusCodes.Status200OK) => WriteAsync(call, Bytes(value), status);

    public static async Task WriteAsync(HttpCall call, byte[] json, int status = StatusCodes.Status200OK)
    {
        var response = call.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        if (response.Headers.CacheControl.Count == 0) response.Headers.CacheControl = "no-store";
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json, call.Cancel);
    }

    /// <summary>An answer that the browser may keep and ask again about.</summary>
    public static Task WriteCachedAsync(HttpCall call, byte[] json)
    {
        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 12))}\"";
        call.Response.Headers.ETag = tag;
        call.Response.Headers.CacheControl = "private, no-cache";
        if (!call.Request.Headers.IfNoneMatch.Contains(tag)) return WriteAsync(call, json);
        call.Response.StatusCode = StatusCodes.Status304NotModified;
        return Task.CompletedTask;
    }

    /// <summary>The body as one JSON object.</summary>
    public static async Task<T> ReadAsync<T>(HttpCall call)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(call.Request.Body, Options, call.Cancel)
                ?? throw new ApiException(FaultKind.Syntax, "the body is no JSON object", "it is null");
        }
        catch (JsonException e)
        {
            throw new ApiException(FaultKind.Syntax, "the body is not as expected", Why(e));
        }
    }

    /// <summary>What is wrong with a body, without the names that things have within.</summary>
    public static string Why(JsonException e) => e.InnerException is not JsonException && e.Path is { } path ? $"{path} is no name or value that is known there" : e.Message;

    /// <summary>The parts of a running server.</summary>
    /// <exception cref="ApiException">There is none behind this web server.</exception>
    public static EngineView Engine(this HttpCall call) => call.Web.Engine ?? throw new ApiException(FaultKind.Unavailable, "no server runs behind this route");
}
