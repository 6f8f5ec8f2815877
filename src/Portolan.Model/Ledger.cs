using System.Collections.Concurrent;

namespace Portolan.Model;

/// <summary>
/// What became of everything that arrived, per source and reason. The balance of a source: received = stored + the sum of its named losses.
/// Counting is one call; reading takes a snapshot. Sources are log source ids, or 0 where no log source is known yet, with the peer's name beside it.
/// </summary>
public sealed class Ledger
{
    readonly ConcurrentDictionary<LedgerKey, Counter> _counts = new();

    /// <summary>Adds <paramref name="n"/> to one cell. Any thread.</summary>
    public void Count(string source, string reason, long n = 1)
    {
        if (n != 0) Interlocked.Add(ref Cell(source, reason).Value, n);
    }

    /// <summary>A cell to keep at hand where the same one is counted often.</summary>
    public Counter Cell(string source, string reason) => _counts.GetOrAdd(new(source, reason), static _ => new Counter());

    /// <summary>All cells in no order.</summary>
    public IEnumerable<LedgerRow> Rows() => _counts.Select(c => new LedgerRow(c.Key.Source, c.Key.Reason, Interlocked.Read(ref c.Value.Value)));

    public IReadOnlyList<LedgerRow> Snapshot() =>
        [.. Rows().OrderBy(r => r.Source, StringComparer.Ordinal).ThenBy(r => r.Reason, StringComparer.Ordinal)];

    public sealed class Counter
    {
        public long Value;
    }

    readonly record struct LedgerKey(string Source, string Reason);
}

public readonly record struct LedgerRow(string Source, string Reason, long Count);

/// <summary>The names a ledger cell may carry. Losses say by whom: a kernel's, a limit's, a configuration's.</summary>
public static class LedgerReasons
{
    public const string Received = "received";
    public const string Stored = "stored";
    public const string Parsed = "parsed";
    public const string KernelDrop = "dropped-by-kernel";
    public const string NotAllowed = "sender-not-allowed";
    public const string Truncated = "truncated";
    public const string JournalFull = "journal-full";
    public const string TooManyConnections = "too-many-connections";
    public const string IdleClosed = "idle-connection-closed";
    public const string HalfFrame = "half-frame-at-end";
    public const string Overflow = "too-many-sources";
}
