using System.Numerics;
using System.Text;
using Portolan.Model;
using Portolan.Model.Joints;

namespace Portolan.Collect.LogSources;

/// <summary>
/// How busy the log sources are: events of every minute of the last day, and for each source its last event, its usual gap and the minutes of its last hour.
/// Minutes are those of <c>starttime</c>: a search over the same minutes counts the same rows, for the counts are saved with the journal position that they
/// belong to. The pipeline's thread counts, any thread reads.
/// </summary>
public sealed class SourceActivity(TimeProvider? clock = null) : ICheckpoint
{
    public const int MinutesOfDay = 24 * 60, MinutesOfSource = 60;
    const long Minute = 60_000_000;
    const int Version = 1, Slots = MinutesOfDay + 128, Ahead = 60;
    // A mean over so many gaps: long enough for a quiet source, short enough to follow a change.
    const int GapsOfMean = 64;

    readonly TimeProvider _clock = clock ?? TimeProvider.System;
    readonly Lock _lock = new();
    readonly long[] _minutes = new long[Slots], _counts = new long[Slots];
    Cell?[] _cells = new Cell?[64];

    sealed class Cell
    {
        public long Last, Newest, Gaps;
        public double Gap;
        public readonly int[] Stored = new int[MinutesOfSource], Parsed = new int[MinutesOfSource];

        public void Count(long minute, bool parsed)
        {
            if (minute > Newest)
            {
                for (long m = Math.Max(Newest + 1, minute - MinutesOfSource + 1); m <= minute; m++) Stored[m % MinutesOfSource] = Parsed[m % MinutesOfSource] = 0;
                Newest = minute;
            }
            else if (minute <= Newest - MinutesOfSource) return;
            Stored[minute % MinutesOfSource]++;
            if (parsed) Parsed[minute % MinutesOfSource]++;
        }

        public void Heard(long time)
        {
            if (Last > 0 && time > Last)
            {
                Gaps = Math.Min(Gaps + 1, GapsOfMean);
                Gap += (time - Last - Gap) / Gaps;
            }
            Last = Math.Max(Last, time);
        }
    }

    /// <summary>Rows that were stored before this, microseconds, were not counted; 0 when all were.</summary>
    public long Begins { get; private set; }

    /// <summary>Whether a former process had counted.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>The store holds rows from before there were counts.</summary>
    public void BeginNow() => Begins = Now;

    long Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;

    /// <summary>Counts rows that go into the store.</summary>
    public void Count(EventBatch batch, int from, int to)
    {
        long[] time = batch.Numbers(Fields.StartTime), source = batch.Numbers(Fields.LogSourceId);
        long now = Now / Minute;
        lock (_lock)
        {
            for (int row = from; row < to; row++)
            {
                long minute = time[row] / Minute;
                bool recent = minute > now - MinutesOfDay && minute <= now + Ahead;
                if (recent) Add(minute, 1);
                if (source[row] <= 0 || source[row] > int.MaxValue) continue;
                var cell = Of((int)source[row]);
                if (recent && minute <= now + 1) cell.Count(minute, batch.Status[row] == ParseStatus.Parsed);
                // What an import says of the past is no sign of life.
                if (batch.Listener[row] != Endpoints.ImportListener) cell.Heard(time[row]);
            }
        }
    }

    void Add(long minute, long n)
    {
        long slot = minute % Slots;
        if (_minutes[slot] != minute) (_minutes[slot], _counts[slot]) = (minute, 0);
        _counts[slot] += n;
    }

    Cell Of(int id)
    {
        if (id >= _cells.Length) Array.Resize(ref _cells, Math.Max(_cells.Length * 2, id + 1));
        return _cells[id] ??= new();
    }

    /// <summary>Events of <paramref name="n"/> minutes of the last day, the last of them <paramref name="last"/> (minutes since 1970), oldest first.</summary>
    public long[] Events(long last, int n)
    {
        var counts = new long[n];
        lock (_lock)
        {
            for (int i = 0; i < n; i++)
            {
                long minute = last - n + 1 + i, slot = minute % Slots;
                counts[i] = minute > 0 && _minutes[slot] == minute ? _counts[slot] : 0;
            }
        }
        return counts;
    }

    /// <summary>What is known of a source; null when nothing came from it since the counts began.</summary>
    /// <param name="last">The last of the minutes wanted, since 1970.</param>
    public Recent? Of(int id, long last)
    {
        lock (_lock)
        {
            if (id >= _cells.Length || _cells[id] is not { } cell) return null;
            int[] stored = new int[MinutesOfSource], parsed = new int[MinutesOfSource];
            for (int i = 0; i < MinutesOfSource; i++)
            {
                long minute = last - MinutesOfSource + 1 + i;
                if (minute < 0 || minute > cell.Newest || minute <= cell.Newest - MinutesOfSource) continue;
                (stored[i], parsed[i]) = (cell.Stored[minute % MinutesOfSource], cell.Parsed[minute % MinutesOfSource]);
            }
            return new(cell.Last, cell.Gaps == 0 ? null : (long)cell.Gap, stored, parsed);
        }
    }

    /// <param name="Last">Last receipt, microseconds; 0 when only imports spoke.</param>
    /// <param name="UsualGap">Mean time between two events, microseconds; null before the second.</param>
    /// <param name="Stored">Events of each minute, oldest first.</param>
    /// <param name="Parsed">Those of them that were parsed.</param>
    public sealed record Recent(long Last, long? UsualGap, int[] Stored, int[] Parsed);

    public string CheckpointName => "activity";

    public void Save(Stream to)
    {
        using var w = new CheckpointWriter(to);
        lock (_lock)
        {
            long now = Now / Minute;
            w.Write(Version);
            w.Write(Begins);
            var minutes = Enumerable.Range(0, Slots).Where(i => _counts[i] > 0 && _minutes[i] > now - MinutesOfDay).ToList();
            w.Write(minutes.Count);
            foreach (int i in minutes)
            {
                w.Write(_minutes[i]);
                w.Write(_counts[i]);
            }
            w.Write(_cells.Count(c => c != null));
            for (int id = 0; id < _cells.Length; id++)
            {
                if (_cells[id] is not { } cell) continue;
                w.Write(id);
                w.Write(cell.Last);
                w.Write(cell.Gaps);
                w.Write(BitConverter.DoubleToInt64Bits(cell.Gap));
                w.Write(cell.Newest);
                long used = 0;
                for (int i = 0; i < MinutesOfSource && cell.Newest > now - MinutesOfSource; i++) used |= cell.Stored[i] > 0 ? 1L << i : 0;
                w.Write(used);
                for (; used != 0; used &= used - 1)
                {
                    int i = BitOperations.TrailingZeroCount(used);
                    w.Write(cell.Stored[i]);
                    w.Write(cell.Parsed[i]);
                }
            }
        }
    }

    public void Load(Stream from)
    {
        using var r = new BinaryReader(from, Encoding.UTF8, leaveOpen: true);
        if (r.ReadInt32() != Version) return;
        lock (_lock)
        {
            IsLoaded = true;
            Begins = r.ReadInt64();
            for (int n = r.ReadInt32(); n > 0; n--) Add(r.ReadInt64(), r.ReadInt64());
            for (int n = r.ReadInt32(); n > 0; n--)
            {
                var cell = Of(r.ReadInt32());
                (cell.Last, cell.Gaps, cell.Gap, cell.Newest) = (r.ReadInt64(), r.ReadInt64(), BitConverter.Int64BitsToDouble(r.ReadInt64()), r.ReadInt64());
                for (long used = r.ReadInt64(); used != 0; used &= used - 1)
                {
                    int i = BitOperations.TrailingZeroCount(used);
                    (cell.Stored[i], cell.Parsed[i]) = (r.ReadInt32(), r.ReadInt32());
                }
            }
        }
    }
}
