using System.Globalization;
using Microsoft.AspNetCore.Http;
using Portolan.Web.Server;

namespace Portolan.Web.Api;

/// <param name="Deprecated">Answered, with a header that says so.</param>
/// <param name="Removed">Refused.</param>
public sealed record ApiVersion(int Major, int Minor, bool Deprecated, bool Removed)
{
    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}

/// <summary>
/// Versions of QRadar's API that a request may name in its header <c>Version</c>. All that are not removed are answered alike; those that QRadar 7.6
/// calls deprecated are marked so. A version that does not exist stands for the highest below it, as in QRadar.
/// </summary>
public static class ApiVersions
{
    public static readonly IReadOnlyList<ApiVersion> All =
    [
        .. "0.1 1.0 2.0".Split(' ').Select(v => Of(v, deprecated: true, removed: true)),
        .. "3.0 3.1 4.0 4.1 5.0 5.1 6.0 7.0 8.0 8.1 9.0 9.1 10.0 10.1 11.0 12.0 12.1 13.0 13.1 14.0 15.0 15.1 16.0 17.0 18.0 19.0 20.0".Split(' ')
            .Select(v => Of(v, deprecated: true, removed: false)),
        .. Enumerable.Range(21, 9).Select(major => new ApiVersion(major, 0, Deprecated: false, Removed: false)),
    ];

    public static ApiVersion Newest => All[^1];

    static ApiVersion Of(string name, bool deprecated, bool removed) =>
        new(int.Parse(name.AsSpan(0, name.IndexOf('.')), CultureInfo.InvariantCulture), name[^1] - '0', deprecated, removed);

    /// <summary>The version that a header means; null when it is no version at all.</summary>
    public static ApiVersion? Find(string? header)
    {
        if (string.IsNullOrWhiteSpace(header)) return Newest;
        string[] parts = header.Trim().Split('.');
        int minor = 0;
        if (parts.Length > 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            || parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out minor)) return null;
        return All.LastOrDefault(v => (v.Major, v.Minor).CompareTo((major, minor)) <= 0) ?? All[0];
    }

    /// <summary>Marks the answer to a request for a deprecated version.</summary>
    /// <exception cref="HttpFault">422: the version has been removed, or is none.</exception>
    internal static void Apply(HttpContext context)
    {
        string header = context.Request.Headers["Version"].ToString();
        var version = Find(header) ?? throw new HttpFault(StatusCodes.Status422UnprocessableEntity, 1005, "the header Version is wrong", header, $"Version: {Newest.Name}");
        if (version.Removed) throw Gone($"version {version.Name} of the API");
        if (version.Deprecated)
            context.Response.Headers["Deprecated"] = $"version {version.Name} of the API is deprecated; the newest is {Newest.Name}";
    }

    internal static HttpFault Gone(string what) =>
        new(StatusCodes.Status422UnprocessableEntity, 1005, $"{what} has been removed", null, "/api/help/versions and /api/help/endpoints tell what there is");
}
