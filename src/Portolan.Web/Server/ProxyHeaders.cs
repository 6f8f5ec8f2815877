using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Portolan.Model;

namespace Portolan.Web.Server;

/// <summary>
/// What a reverse proxy says of the request it passes on: <c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c>, <c>X-Forwarded-Host</c>. Believed only on a
/// listener of its own, which hears the named proxies alone; whose client cannot be told, or came without TLS, is refused. <c>Forwarded</c> (RFC 7239) is
/// not read: a client could send the one of the two that its proxy does not replace.
/// </summary>
static class ProxyHeaders
{
    const string Setup = "docs/operate.md has the lines for nginx and HAProxy";

    /// <summary>Puts the client in the place of the proxy, for everything behind.</summary>
    /// <exception cref="HttpFault">The headers are missing, wrong, or tell of plain HTTP.</exception>
    public static void Apply(HttpContext context, IReadOnlyList<Cidr> proxies)
    {
        var (request, headers) = (context.Request, context.Request.Headers);
        // More proxies than one each add theirs: all of the way must have been TLS.
        var protocols = Items(headers["X-Forwarded-Proto"]);
        if (protocols.Length == 0) throw Refused("the reverse proxy does not say what its client speaks", "X-Forwarded-Proto is missing");
        if (!protocols.All(p => p.Equals("https", StringComparison.OrdinalIgnoreCase)))
            throw Refused("only over HTTPS", "X-Forwarded-Proto says that the client came to the reverse proxy without TLS");
        context.Connection.RemoteIpAddress = Client(Items(headers["X-Forwarded-For"]), proxies).ToIPAddress();
        context.Connection.RemotePort = 0;
        request.Scheme = "https";
        if (Items(headers["X-Forwarded-Host"]) is [.., var host])
        {
            var named = new HostString(host);
            if (Uri.CheckHostName(named.Host.Trim('[', ']')) == UriHostNameType.Unknown) throw Refused("X-Forwarded-Host is no host", null);
            request.Host = named;
        }
        // nginx keeps answers back until they end or fill its buffers; live ones do neither.
        if (request.Path.StartsWithSegments("/api")) context.Response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>From the right, the first that is no proxy of ours: what stands left of it anyone can have written.</summary>
    static Address Client(string[] passed, IReadOnlyList<Cidr> proxies)
    {
        if (passed.Length == 0) throw Refused("the reverse proxy does not say whom it asks for", "X-Forwarded-For is missing");
        Address client = default;
        for (int i = passed.Length - 1; i >= 0; i--)
        {
            if (!TryAddress(passed[i], out client)) throw Refused("the reverse proxy does not say whom it asks for", "X-Forwarded-For holds what is no address");
            if (!proxies.Any(p => p.Contains(client))) break;
        }
        return client;
    }

    // An address, as some write it with the port behind and IPv6 in brackets.
    static bool TryAddress(string text, out Address address)
    {
        if (text.StartsWith('[') && text.IndexOf(']') is > 0 and var end) text = text[1..end];
        else if (text.Contains('.') && text.LastIndexOf(':') is > 0 and var colon && text.IndexOf(':') == colon) text = text[..colon];
        return Address.TryParse(text, out address);
    }

    static string[] Items(StringValues header) => header.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    static HttpFault Refused(string what, string? why) => new(StatusCodes.Status400BadRequest, 1001, what, why, Setup);
}
