using System.Globalization;

namespace Portolan.Model;

/// <summary>
/// The permanent name of an event: the host that received it, the epoch of that host's journal, the journal record's sequence,
/// and the event's place within the record. Reads <c>host-epoch-sequence-index</c>, decimal, and sorts by its numbers.
/// </summary>
public readonly record struct EventId(int Host, int Epoch, long Sequence, int Index) : IComparable<EventId>
{
    public int CompareTo(EventId other)
    {
        int c = Host.CompareTo(other.Host);
        if (c == 0) c = Epoch.CompareTo(other.Epoch);
        if (c == 0) c = Sequence.CompareTo(other.Sequence);
        return c != 0 ? c : Index.CompareTo(other.Index);
    }

    public static bool TryParse(string text, out EventId id)
    {
        id = default;
        var parts = text.Split('-');
        if (parts.Length != 4
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int host)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            || !int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int index)) return false;
        id = new(host, epoch, sequence, index);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}-{Epoch}-{Sequence}-{Index}");
}
