using System.Collections.Concurrent;

namespace Portolan.Model;

/// <summary>
/// What became of everything that arrived, per source and reason. The balance of an entrance: received = stored + the sum of its named losses + what waits
/// in the journal. Counting is one call; reading takes a snapshot.
/// </summary>
public sealed class Ledger
{
    readonly ConcurrentDictionary<LedgerKey, Counter> _counts = new();

    /// <summary>Adds <paramref name="n"/> to one cell. Any thread.</summary>
    public void Count(string source, string reason, long n = 1, LedgerPart part = LedgerPart.Source)
    {
        if (n != 0) Interlocked.Add(ref Cell(source, reason, part).Value, n);
    }

    /// <summary>A cell to keep at hand where the same one is counted often.</summary>
    public Counter Cell(string source, string reason, LedgerPart part = LedgerPart.Source) =>
        _counts.GetOrAdd(new(part, source, reason), static _ => new Counter());

    /// <summary>All cells in no order.</summary>
    public IEnumerable<LedgerRow> Rows() => _counts.Select(c => new LedgerRow(c.Key.Part, c.Key.Source, c.Key.Reason, Interlocked.Read(ref c.Value.Value)));

    public IReadOnlyList<LedgerRow> Snapshot() =>
        [.. Rows().OrderBy(r => r.Source, StringComparer.Ordinal).ThenBy(r => r.Reason, StringComparer.Ordinal)];

    public sealed class Counter
    {
        public long Value;
    }

    readonly record struct LedgerKey(LedgerPart Part, string Source, string Reason);
}

/// <summary>Who counts a row and what makes it last; a log source may have the name of an entrance.</summary>
public enum LedgerPart
{
    /// <summary>A log source, or a part of the program: counted behind the journal, saved with the cursor.</summary>
    Source,

    /// <summary>An entrance, counted behind the journal, saved with the cursor.</summary>
    Entrance,

    /// <summary>An entrance, counted where messages arrive, before the journal: saved beside it every second.</summary>
    Arrival,

    /// <summary>A receiver that messages are forwarded to: counted by what forwards, saved with its cursor.</summary>
    Receiver,
}

public readonly record struct LedgerRow(LedgerPart Part, string Source, string Reason, long Count);

/// <summary>The names a ledger cell may carry. Losses say by whom: a kernel's, a limit's, a configuration's.</summary>
public static class LedgerReasons
{
    /// <summary>Messages that reached an entrance, lost there or not: datagrams, frames of a connection, lines of an import.</summary>
    public const string Received = "received";

    /// <summary>Of an entrance: messages whose events are in the store. Of a log source: events, of which a datagram may hold several.</summary>
    public const string Stored = "stored";
    public const string Parsed = "parsed";
    public const string KernelDrop = "dropped-by-kernel";
    public const string NotAllowed = "sender-not-allowed";
    public const string JournalFull = "journal-full";

    /// <summary>Set aside in the journal's quarantine, because the program ended over them again and again.</summary>
    public const string SetAside = "set-aside";

    public const string Truncated = "truncated";
    public const string HalfFrame = "half-frame-at-end";
    public const string Overflow = "too-many-sources";

    // Of connections, which hold nobody knows how many messages.
    public const string ConnectionNotAllowed = "connection-not-allowed";
    public const string TooManyConnections = "too-many-connections";
    public const string IdleClosed = "idle-connection-closed";

    /// <summary>What the sender's kernel still had to send is lost; only the sender knows how much.</summary>
    public const string ConnectionReset = "connection-reset-by-sender";
    public const string NotTls = "plain-text-on-tls-port";
    public const string HandshakeFailed = "tls-handshake-failed";
    public const string HandshakeTimeout = "tls-handshake-not-finished";
    public const string TooManyHandshakes = "too-many-tls-handshakes";
    public const string ClientCertificateMissing = "client-certificate-missing";
    public const string ClientCertificateExpired = "client-certificate-expired";
    public const string ClientCertificateUntrusted = "client-certificate-untrusted";
    public const string ClientCertificateNotListed = "client-certificate-not-listed";

    // Of a receiver that messages are forwarded to.
    /// <summary>The receiver's system has acknowledged them (TCP, TLS), or they were sent (UDP); each counted once.</summary>
    public const string Forwarded = "forwarded";

    /// <summary>Sent once more after a connection broke, for nobody knows whether the receiver has them; it may have them twice.</summary>
    public const string Repeated = "repeated";

    /// <summary>The receiver's condition leaves them out, or they were imported.</summary>
    public const string NotSelected = "not-selected";

    /// <summary>Records that were waiting when the store let them go (retention), or that it never had (set aside, damaged).</summary>
    public const string NotStored = "no-longer-stored";

    /// <summary>Without a byte: nothing that could be sent.</summary>
    public const string Empty = "empty";

    /// <summary>Connections that could not be had, or that broke.</summary>
    public const string FailedAttempts = "failed-attempts";

    /// <summary>Sent with this host's address though the sender's was asked for.</summary>
    public const string SenderNotKept = "sender-not-kept";

    /// <summary>How long the oldest waiting message has waited, seconds.</summary>
    public const string Lag = "lag";

    /// <summary>Of an entrance: in the journal, not yet in the store. Of a receiver: records not yet acknowledged, selected or not.</summary>
    public const string Waiting = "waiting";

    /// <summary>What the balance leaves unexplained: 0.</summary>
    public const string Residual = "residual";

    /// <summary>The reasons that stand for messages that are not in the store and will not be.</summary>
    public static readonly IReadOnlyList<string> Losses = [KernelDrop, NotAllowed, JournalFull, SetAside];
}

/// <summary>The balance of each entrance.</summary>
public static class LedgerBalance
{
    /// <summary>The rows, and for each entrance what waits and what is left unexplained.</summary>
    /// <param name="waiting">Records of the journal whose rows are not yet counted.</param>
    public static IReadOnlyList<LedgerRow> Of(IReadOnlyList<LedgerRow> rows, long waiting)
    {
        var all = new List<LedgerRow>(rows);
        foreach (var entrance in rows.Where(r => r.Part is LedgerPart.Entrance or LedgerPart.Arrival).GroupBy(r => r.Source))
        {
            long open = entrance.Sum(r => r.Reason == LedgerReasons.Received ? r.Count
                : r.Reason == LedgerReasons.Stored || LedgerReasons.Losses.Contains(r.Reason) ? -r.Count : 0);
            long waits = Math.Clamp(open, 0, waiting);
            waiting -= waits;
            all.Add(new(LedgerPart.Entrance, entrance.Key, LedgerReasons.Waiting, waits));
            all.Add(new(LedgerPart.Entrance, entrance.Key, LedgerReasons.Residual, open - waits));
        }
        return [.. all.OrderBy(r => r.Source, StringComparer.Ordinal).ThenBy(r => r.Part == LedgerPart.Source)];
    }
}
