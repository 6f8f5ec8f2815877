using System.Text;

namespace Portolan.Ports.Catalog;

/// <summary>One row of the port tables of the four products: who opens a connection to whom, on which port, to what end.</summary>
/// <param name="Id">Stable, <c>QR-514</c>.</param>
/// <param name="System">The product: JSA, QRadar, PAN-OS, Panorama, User-ID, Open-AudIT.</param>
/// <param name="Ports">As listed; <see cref="PortSet"/> reads it.</param>
/// <param name="Initiator">Roles that connect, separated by <c>; </c>.</param>
/// <param name="Listener">Roles that listen.</param>
/// <param name="Answer">What we do about it: serve, connect, both, superseded, catalog.</param>
/// <param name="Wire">standard, own or -.</param>
public sealed record CatalogRow(string Id, string System, string Table, string Ports, string Transport, string Service,
    string Initiator, string Listener, string Answer, string Wire, string Capability, string Purpose)
{
    public PortSet PortSet { get; } = new(Ports);

    public IReadOnlyList<string> Transports { get; } = Transport.Split(',', StringSplitOptions.TrimEntries);

    public IEnumerable<string> Roles => Initiator.Split("; ").Concat(Listener.Split("; "));
}

/// <summary>The port tables, read from content/ports/rows.csv. Answers "what is 5007?".</summary>
public sealed class PortCatalog(IReadOnlyList<CatalogRow> rows)
{
    const int Columns = 12;

    public IReadOnlyList<CatalogRow> Rows { get; } = rows;

    public IEnumerable<string> Systems => Rows.Select(r => r.System).Distinct();

    public IEnumerable<string> Roles => Rows.SelectMany(r => r.Roles).Distinct().Order(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">The file is not what ships.</exception>
    public static PortCatalog Load(string file)
    {
        var records = Records(File.ReadAllText(file));
        if (records.FirstOrDefault(r => r.Count != Columns) is { } odd)
            throw new InvalidDataException($"{file}: {odd.Count} columns instead of {Columns} in \"{odd[0]}\"");
        return new([.. records.Skip(1).Select(c =>
            new CatalogRow(c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11]))]);
    }

    /// <summary>
    /// Rows that meet every term. A term is a port (<c>5007</c>, <c>514/udp</c>), a product, or a word found anywhere in the row.
    /// </summary>
    /// <param name="role">Only rows in which this role connects or listens, whole name, any case.</param>
    public IEnumerable<CatalogRow> Find(IReadOnlyList<string> terms, string? role) => Rows.Where(row =>
        (role is null || row.Roles.Contains(role, StringComparer.OrdinalIgnoreCase)) && terms.All(t => Meets(row, t)));

    bool Meets(CatalogRow row, string term)
    {
        int slash = term.IndexOf('/');
        string number = slash < 0 ? term : term[..slash];
        if (PortSet.TryPort(number, out int port))
            return row.PortSet.Contains(port, slash < 0 ? null : term[(slash + 1)..].ToLowerInvariant(), row.Transports);
        if (Systems.Contains(term, StringComparer.OrdinalIgnoreCase)) return row.System.Equals(term, StringComparison.OrdinalIgnoreCase);
        string[] texts =
        [
            row.Id, row.System, row.Table, row.Ports, row.Transport, row.Service, row.Initiator, row.Listener, row.Capability, row.Purpose,
        ];
        return texts.Any(text => text.Contains(term, StringComparison.OrdinalIgnoreCase));
    }

    // RFC 4180 with LF or CRLF.
    static List<List<string>> Records(string text)
    {
        var records = new List<List<string>>();
        var record = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[i++]);
            else if (c == '"') quoted = !quoted;
            else if (quoted) cell.Append(c);
            else if (c is ',' or '\n')
            {
                record.Add(cell.ToString());
                cell.Clear();
                if (c == ',') continue;
                records.Add(record);
                record = [];
            }
            else if (c != '\r') cell.Append(c);
        }
        return records;
    }
}
