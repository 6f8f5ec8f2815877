using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Store.Segments;

namespace Portolan.Store;

/// <summary>Sorts the rows of a stretch of the journal into the segments they belong to: domain, retention bucket, UTC day.</summary>
static class SealKeys
{
    public static IEnumerable<(SegmentKey Key, JournalRange Range, IReadOnlyList<SegmentRows> Rows)> Split(IReadOnlyList<EventBatch> batches)
    {
        // A segment names one stretch of one epoch.
        foreach (var epoch in batches.Where(b => b.Count > 0).GroupBy(b => b.Epoch))
        {
            var all = epoch.ToList();
            var range = new JournalRange(epoch.Key, all[0].Sequence[0], all[^1].Sequence[all[^1].Count - 1]);
            foreach (var (key, rows) in ByKey(all)) yield return (key, range, rows);
        }
    }

    static IEnumerable<(SegmentKey, IReadOnlyList<SegmentRows>)> ByKey(List<EventBatch> batches)
    {
        var found = new Dictionary<SegmentKey, List<SegmentRows>>();
        foreach (var batch in batches)
        {
            foreach (var (key, rows) in ByKey(batch))
            {
                if (!found.TryGetValue(key, out var list)) found[key] = list = [];
                list.Add(rows);
            }
        }
        return found.OrderBy(f => f.Key.Day).ThenBy(f => f.Key.Domain).ThenBy(f => f.Key.Bucket).Select(f => (f.Key, (IReadOnlyList<SegmentRows>)f.Value));
    }

    static IEnumerable<(SegmentKey, SegmentRows)> ByKey(EventBatch batch)
    {
        long[] time = batch.Numbers(Fields.StartTime), domain = batch.Numbers(Fields.DomainId), bucket = batch.Numbers(Fields.RetentionBucket);
        SegmentKey KeyOf(int row) => new(Database.Events, (int)domain[row], (int)bucket[row], SegmentKey.DayOf(time[row]));
        var first = KeyOf(0);
        int row = 1;
        while (row < batch.Count && KeyOf(row) == first) row++;
        // Live events are nearly always all of one key.
        if (row == batch.Count) return [(first, new(batch, 0, batch.Count))];
        return Enumerable.Range(0, batch.Count).GroupBy(KeyOf).Select(g =>
        {
            int[] rows = [.. g];
            return (g.Key, new SegmentRows(batch, 0, rows.Length, rows));
        });
    }
}
