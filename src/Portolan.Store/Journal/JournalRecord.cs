using Portolan.Model;

namespace Portolan.Store.Journal;

[Flags]
public enum RecordFlags : ushort
{
    None = 0,

    /// <summary>The message was longer than the limit and was cut.</summary>
    Truncated = 1,

    /// <summary>The connection ended inside this message.</summary>
    HalfFrame = 2,

    /// <summary>An import or simulation: starttime is the record's own device time.</summary>
    OwnTime = 4,
}

/// <summary>What is known about a message when it arrives.</summary>
/// <param name="Time">Receipt, microseconds since 1970 UTC.</param>
/// <param name="Listener"><see cref="Endpoint.Number"/> of the endpoint, or a special listener of <see cref="Endpoints"/>.</param>
/// <param name="Origin">For an import: an id that says which file or source type was named; else 0.</param>
public readonly record struct RecordHeader(long Time, ushort Listener, RecordFlags Flags, Address Sender, ushort SenderPort, uint Origin);

/// <summary>
/// A record read back; the payload lies at [Start, Start+Length) of the buffer it was read into, the fingerprint of the peer's certificate, if any, in the
/// CertificateLength bytes before it.
/// </summary>
public readonly record struct JournalRecord(long Sequence, RecordHeader Header, int Start, int Length, int CertificateLength = 0)
{
    public Slice Payload => new(Start, Length);

    public Slice Certificate => CertificateLength == 0 ? default : new(Start - CertificateLength, CertificateLength);
}

/// <summary>Where a reader stands: the next record to read has this sequence.</summary>
public readonly record struct JournalPosition(int Epoch, long Sequence) : IComparable<JournalPosition>
{
    public int CompareTo(JournalPosition other) => Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : Sequence.CompareTo(other.Sequence);

    public static bool operator <(JournalPosition a, JournalPosition b) => a.CompareTo(b) < 0;
    public static bool operator >(JournalPosition a, JournalPosition b) => a.CompareTo(b) > 0;
    public static bool operator <=(JournalPosition a, JournalPosition b) => a.CompareTo(b) <= 0;
    public static bool operator >=(JournalPosition a, JournalPosition b) => a.CompareTo(b) >= 0;
}
