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

    SourceType? _candidate;
    int _recognitions;

    internal LogSource(int id, int listener, Address sender, string host, long firstSeen)
    {
        (Id, Listener, Sender, Host, FirstSeen) = (id, listener, sender, host, firstSeen);
        Identifier = host.Length > 0 ? host : sender.ToString();
    }

    /// <summary>Above 0, never reused.</summary>
    public int Id { get; }
    public int Listener { get; }
    public Address Sender { get; }

    /// <summary>The header's host where a relay was believed; else empty.</summary>
    public string Host { get; }

    /// <summary>Header host, or the sender's address.</summary>
    public string Identifier { get; }

    /// <summary>First receipt, microseconds UTC.</summary>
    public long FirstSeen { get; }

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
