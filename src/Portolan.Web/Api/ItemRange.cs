using System.Globalization;
using Microsoft.AspNetCore.Http;
using Portolan.Web.Server;

namespace Portolan.Web.Api;

/// <summary>Which items of a list are wanted: header <c>Range: items=0-49</c>, both ends within. The answer's status stays 200.</summary>
/// <param name="To">The first that is not wanted any more.</param>
readonly record struct ItemRange(long From, long To)
{
    public static readonly ItemRange All = new(0, long.MaxValue);

    /// <summary>All, when the header is missing.</summary>
    /// <exception cref="HttpFault">422: the header reads otherwise; clients look for <c>items=x-y</c> in the message.</exception>
    public static ItemRange Of(HttpRequest request)
    {
        string text = request.Headers.Range.ToString().Trim();
        if (text.Length == 0) return All;
        const string unit = "items=";
        int dash = text.IndexOf('-');
        if (text.StartsWith(unit, StringComparison.OrdinalIgnoreCase) && dash > 0
            && Number(text.AsSpan(unit.Length, dash - unit.Length), out long first) && Number(text.AsSpan(dash + 1), out long last) && first <= last)
            return new(first, last + 1);
        throw new HttpFault(StatusCodes.Status422UnprocessableEntity, 1005, "the header Range is wrong", "items=x-y was expected, with x not above y");
    }

    static bool Number(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < long.MaxValue;

    /// <summary>Says which items of how many the answer holds.</summary>
    public void Write(HttpResponse response, long total)
    {
        long end = Math.Min(To, total);
        response.Headers.ContentRange = From < end ? $"items {From}-{end - 1}/{total}" : $"items */{total}";
    }
}
