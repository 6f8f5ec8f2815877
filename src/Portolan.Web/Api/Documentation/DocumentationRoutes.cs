using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Portolan.Web.Auth;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Documentation;

/// <summary>The API's documentation: for programs as OpenAPI, for people as one page without a script.</summary>
static class DocumentationRoutes
{
    public static readonly IReadOnlyList<HttpRoute> All =
    [
        new("GET", "/api_doc", Permission.Anyone, PageAsync, "This page.") { ContentTypes = ["text/html"] },
        new("GET", "/api_doc/page.css", Permission.Anyone, call => TextAsync(call, "text/css", Style), "How this page looks.") { ContentTypes = ["text/css"] },
        new("GET", "/api_doc/openapi.json", Permission.Anyone, DocumentAsync, "The API as an OpenAPI 3.0 document."),
    ];

    const string Style = """
        :root { color-scheme: light dark; }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        code, h3 { font-family: ui-monospace, monospace; }
        h3 { font-size: 1rem; margin: 1.6rem 0 .2rem; }
        p { margin: .2rem 0; }
        table { border-collapse: collapse; margin: .4rem 0; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: .15rem .8rem .15rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
        th { font-weight: 600; }
        td:nth-child(-n+2) { white-space: nowrap; }
        """;

    static async Task DocumentAsync(HttpCall call)
    {
        call.Response.ContentType = "application/json";
        call.Response.Headers.CacheControl = "no-cache";
        await using var json = new Utf8JsonWriter(call.Response.BodyWriter, new() { Indented = true });
        OpenApiDocument.Of(Routes.Https).WriteTo(json);
    }

    static Task TextAsync(HttpCall call, string type, string text)
    {
        call.Response.ContentType = type + "; charset=utf-8";
        call.Response.Headers.CacheControl = "no-cache";
        return call.Response.WriteAsync(text, call.Cancel);
    }

    static Task PageAsync(HttpCall call)
    {
        var page = new StringBuilder("""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Portolan API</title>
            <link rel="stylesheet" href="/api_doc/page.css"></head><body>
            <h1>Portolan API</h1>
            <p>Sign in to the console, or send a token in the header <code>SEC</code>, or a name and password as HTTP Basic. The same as an OpenAPI document:
            <a href="/api_doc/openapi.json">openapi.json</a>.</p>

            """);
        var areas = Routes.Https.Where(r => !r.Removed).GroupBy(OpenApiDocument.Area).ToList();
        page.Append("<nav><p>").AppendJoin(" · ", areas.Select(a => $"<a href=\"#{Text(a.Key)}\">{Text(a.Key)}</a>")).Append("</p></nav>\n");
        foreach (var area in areas)
        {
            page.Append($"<h2 id=\"{Text(area.Key)}\">{Text(area.Key)}</h2>\n");
            foreach (var route in area) Route(page, route);
        }
        return TextAsync(call, "text/html", page.Append("</body></html>\n").ToString());
    }

    static void Route(StringBuilder page, HttpRoute route)
    {
        page.Append($"<h3>{Text(route.Method)} {Text(route.Pattern)}</h3>\n<p>{Text(route.Summary)}</p>\n");
        string may = route.Permission == Permission.Anyone ? "" : $"Permission {route.Permission}. ";
        page.Append($"<p>{Text(may)}Answers {Text(string.Join(", ", route.ContentTypes))}.</p>\n");
        if (route.Parameters.Count == 0) return;
        page.Append("<table><tr><th>parameter</th><th>in</th><th>meaning</th></tr>\n");
        foreach (var p in route.Parameters)
            page.Append($"<tr><td><code>{Text(p.Name)}</code></td><td>{Text(p.In.ToString().ToLowerInvariant())}{(p.Required ? ", required" : "")}</td><td>{Text(p.Doc)}</td></tr>\n");
        page.Append("</table>\n");
    }

    static string Text(string text) => WebUtility.HtmlEncode(text);
}
