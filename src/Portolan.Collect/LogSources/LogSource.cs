using Portolan.Model;

namespace Portolan.Collect.LogSources;

/// <summary>
/// One sender of events as people see it: (listener, sender, header host). The pipeline's thread changes what it remembers about it; other
/// threads read.
/// </summary>
public sealed class LogSource
{
    /// <summary>So many recognitions in a row as another type replace the one remembered.</summary>
    public const int RecognitionsToChange = 3;

    // Replaced whole, so that no thread sees half of it.
    sealed record Entrance(int Listener, Address Sender);

    Entrance _entrance;
    long _firstSeen;
    SourceType? _candidate;
    int _recognitions;

    internal LogSource(int id, int listener, Address sender, string host, long firstSeen)
    {
        (Id, _entrance, Host, _firstSeen) = (id, new(listener, sender), host, firstSeen);
        Identifier = host.Length > 0 ? host : sender.ToString();
    }

    /// <summary>Above 0, never reused.</summary>
    public int Id { get; }

    /// <summary>Where its events come in; of a source known from imports only, the import.</summary>
    public int Listener => Volatile.Read(ref _entrance).Listener;
    public Address Sender => Volatile.Read(ref _entrance).Sender;

    /// <summary>The header's host where a relay was believed; else empty.</summary>
    public string Host { get; }

    /// <summary>Header host, or the sender's address.</summary>
    public string Identifier { get; }

    /// <summary>First receipt, or the oldest imported event's own time where that is earlier; microseconds UTC.</summary>
    public long FirstSeen => Volatile.Read(ref _firstSeen);

    /// <summary>The type this source's events were first recognised as, or since then <see cref="RecognitionsToChange"/> times in a row; one host may
    /// still send several types.</summary>
    public SourceType? Type { get; private set; }

    /// <summary>How far the device's clock is ahead of ours, microseconds, smoothed; null before an exact time was seen.</summary>
    public long? Skew { get; private set; }

    /// <summary>QRadar's habit: type @ identifier.</summary>
    public string Name => $"{Type?.Name ?? SourceType.GenericName} @ {Identifier}";

    internal bool IsNew { get; set; }
    internal bool IsChanged { get; set; }

    internal void Restore(SourceType? type, long? skew) => (Type, Skew) = (type, skew);

    /// <summary>A source known from imports only is heard at an entrance of its own.</summary>
    public void HeardAt(int listener, Address sender)
    {
        Volatile.Write(ref _entrance, new(listener, sender));
        IsChanged = true;
    }

    /// <summary>An imported event happened at <paramref name="time"/>, microseconds UTC.</summary>
    public void Happened(long time)
    {
        if (time >= _firstSeen) return;
        Volatile.Write(ref _firstSeen, time);
        IsChanged = true;
    }

    /// <summary>A message of this source was recognised.</summary>
    public void Recognized(SourceType type)
    {
        if (ReferenceEquals(type, Type))
        {
            _recognitions = 0;
            return;
        }
        _recognitions = ReferenceEquals(type, _candidate) ? _recognitions + 1 : 1;
        _candidate = type;
        if (Type != null && _recognitions < RecognitionsToChange) return;
        // A host that sends two types in turn would flip for ever: the one remembered stays until the other came so often in a row.
        Type = type;
        IsChanged = true;
    }

    /// <summary>Takes an exact device time into the clock's skew: an exponential mean over about 16 messages.</summary>
    public void Clock(long deviceTime, long receipt)
    {
        long ahead = deviceTime - receipt;
        long skew = Skew is { } s ? s + (ahead - s) / 16 : ahead;
        if (Skew is not { } old || Math.Abs(old - skew) > 1_000_000) IsChanged = true;
        Skew = skew;
    }
}
