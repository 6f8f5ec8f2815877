using System.Globalization;

namespace Portolan.Ports.Catalog;

/// <summary>
/// The ports of a catalogue row: numbers and ranges separated by <c>; </c>, each perhaps with a transport (<c>514/udp</c>), <c>dynamic
/// 49152-65535</c> for a range that ports are taken from. What names no port (<c>-</c>, <c>4 dynamic &gt;32000</c>, <c>IP protocol 99</c>)
/// holds none.
/// </summary>
public sealed class PortSet
{
    const string Dynamic = "dynamic ";

    readonly List<(int First, int Last, string? Transport)> _ranges = [];

    public PortSet(string text)
    {
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries))
        {
            string range = part.StartsWith(Dynamic, StringComparison.Ordinal) ? part[Dynamic.Length..] : part;
            int slash = range.IndexOf('/');
            string? transport = slash < 0 ? null : range[(slash + 1)..];
            if (slash >= 0) range = range[..slash];
            int dash = range.IndexOf('-');
            var (low, high) = dash < 0 ? (range, range) : (range[..dash], range[(dash + 1)..]);
            if (TryPort(low, out int first) && TryPort(high, out int last) && first <= last)
                _ranges.Add((first, last, transport));
        }
    }

    /// <param name="transport">Null for any; a port that names none of its own goes by the row's.</param>
    public bool Contains(int port, string? transport = null, IReadOnlyList<string>? rowTransports = null) =>
        _ranges.Any(r => r.First <= port && port <= r.Last
            && (transport is null || (r.Transport is null ? rowTransports?.Contains(transport) ?? true : r.Transport == transport)));

    public static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;
}
