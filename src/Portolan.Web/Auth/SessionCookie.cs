using Microsoft.AspNetCore.Http;

namespace Portolan.Web.Auth;

/// <summary>
/// The cookie that holds a browser's session. Browsers keep cookies by host and not by port, so the port stands in the name where it is not 443: two servers
/// on one host do not sign each other's people out.
/// </summary>
static class SessionCookie
{
    const string Attributes = "Path=/; Secure; HttpOnly; SameSite=Strict";

    public static string Name(HttpRequest request) => request.Host.Port is { } port and not 443 ? $"__Host-portolan-{port}" : "__Host-portolan";

    /// <summary>The secret; null when there is none, or more than one.</summary>
    public static string? Read(HttpRequest request)
    {
        string start = Name(request) + "=";
        string? found = null;
        foreach (string? header in request.Headers.Cookie)
        {
            foreach (string pair in (header ?? "").Split(';', StringSplitOptions.TrimEntries))
            {
                if (!pair.StartsWith(start, StringComparison.Ordinal)) continue;
                if (found != null) return null;
                found = pair[start.Length..];
            }
        }
        return found;
    }

    public static void Write(HttpContext context, string secret) =>
        context.Response.Headers.Append("Set-Cookie", $"{Name(context.Request)}={secret}; {Attributes}");

    public static void Clear(HttpContext context) =>
        context.Response.Headers.Append("Set-Cookie", $"{Name(context.Request)}=; {Attributes}; Max-Age=0");
}
