using System.Text;
using Microsoft.AspNetCore.Http;

namespace Portolan.Web.Auth;

/// <summary>Finds out who asks.</summary>
public sealed class Authenticator(string data)
{
    /// <summary>The caller that the request proves to be; null when it proves nobody.</summary>
    public Caller? Caller(HttpRequest request)
    {
        if (!TryBasic(request, out string name, out string password)) return null;
        return name == "admin" && AdminSecret.Matches(data, password) ? new(name, Role.Admin) : null;
    }

    // RFC 7617: base64 of name, colon, password, in UTF-8.
    static bool TryBasic(HttpRequest request, out string name, out string password)
    {
        const string scheme = "Basic ";
        (name, password) = ("", "");
        string header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return false;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[scheme.Length..].Trim(), bytes, out int length)) return false;
        string text = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = text.IndexOf(':');
        if (colon < 0) return false;
        (name, password) = (text[..colon], text[(colon + 1)..]);
        return true;
    }
}
