namespace Portolan.Store.Journal;

public sealed record JournalOptions
{
    /// <summary>Where the files lie; made if absent. Its parent directory must exist.</summary>
    public required string Directory { get; init; }

    /// <summary>The number of this host in every event id.</summary>
    public int Host { get; init; } = 1;

    /// <summary>A file that has reached this size is followed by the next.</summary>
    public long FileBytes { get; init; } = 128 << 20;

    /// <summary>Room for records that wait for the disk; there are two such buffers, touched only as far as they are needed.</summary>
    public int BufferBytes { get; init; } = 32 << 20;

    /// <summary>
    /// Least time between the starts of two commits; each costs about a tenth of a millisecond of processor time, whatever its size. The first record
    /// after a pause is committed at once.
    /// </summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How often a disk that refused is asked again, and the room on it looked at.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Largest part of the disk that the journal takes.</summary>
    public double MaxShare { get; init; } = 0.20;

    /// <summary>Largest size of the journal in bytes.</summary>
    public long MaxBytes { get; init; } = long.MaxValue;

    /// <summary>Use of the disk, by whomever, from which nothing more is accepted.</summary>
    public double DiskFullAt { get; init; } = 0.95;

    /// <summary>
    /// The highest position that sealed segments or cursors stand at: everything before it was seen. A journal that ends earlier has lost records; the
    /// epoch rises.
    /// </summary>
    public JournalPosition Known { get; init; }

    /// <summary>Set after a restore from backup: sequences after the backup were in use, the epoch rises.</summary>
    public bool NewEpoch { get; init; }
}

public enum JournalState
{
    /// <summary>Records are accepted and made durable.</summary>
    Writing,

    /// <summary>The journal has its share of the disk, or the disk is full: nothing is accepted until room is made.</summary>
    NoRoom,

    /// <summary>The disk refuses to write or sync: nothing is accepted until it does again.</summary>
    Failing,

    Closed,
}

/// <param name="Message">What is the matter, for people; empty when all is well.</param>
/// <param name="Remedy">What helps.</param>
public readonly record struct JournalHealth(JournalState State, string Message, string Remedy);

/// <summary>What was found at open.</summary>
/// <param name="Files">Files that hold records.</param>
/// <param name="Records">Records in the last file, which is read through.</param>
/// <param name="CutBytes">Torn bytes removed from its end: records that were never acknowledged.</param>
/// <param name="DamagedBytes">Bytes within it that are no whole record though whole ones follow; left in place and skipped when read.</param>
/// <param name="Quarantined">Files whose header is unreadable, moved to quarantine/.</param>
/// <param name="EpochReason">Why a new epoch began; empty when the last one goes on.</param>
public sealed record JournalRecovery(int Files, long Records, long CutBytes, long DamagedBytes, int DamagedStretches,
    IReadOnlyList<string> Quarantined, string EpochReason);

/// <summary>A file of the journal: its records begin with First; up to End all is durable.</summary>
readonly record struct JournalFile(string Path, int Epoch, long First, long End);

/// <summary>What readers may see at one moment: files in order, and the last durable record of the newest epoch.</summary>
sealed record JournalExtent(JournalFile[] Files, int Epoch, long Committed);
