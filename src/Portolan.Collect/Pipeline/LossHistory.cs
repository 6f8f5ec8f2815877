using Microsoft.Data.Sqlite;
using Portolan.Model;
using Portolan.Store.State;

namespace Portolan.Collect.Pipeline;

/// <summary>
/// When messages were lost, by entrance and reason: the ledger's totals, kept in the state database whenever they grew, so that losses of the last day
/// are known over a restart. To the minute; a server that loses nothing writes nothing.
/// </summary>
public sealed class LossHistory
{
    const long KeepFor = 31L * 24 * 3_600_000_000;

    // Of what is too old the newest of each stays: what came after it is counted from it. Both halves find by the primary key, which begins with the time.
    const string Delete = """
        DELETE FROM loss WHERE time < $time AND source <> ''
            AND (time, source, reason) NOT IN (SELECT MAX(time), source, reason FROM loss WHERE time < $time GROUP BY source, reason)
        """;

    readonly record struct Total(long Time, string Source, string Reason, long Count);

    readonly Lock _one = new();
    readonly StateDatabase _state;
    readonly Ledger _ledger;
    readonly List<Total> _past = [], _unsaved = []; // by time
    readonly Dictionary<(string Source, string Reason), long> _highest = [];

    /// <param name="now">Microseconds since 1970 UTC. What the ledger has by now was lost before it.</param>
    public LossHistory(StateDatabase state, Ledger ledger, long now)
    {
        (_state, _ledger) = (state, ledger);
        using (var connection = state.Connect())
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT time, source, reason, total FROM loss ORDER BY time";
            using var rows = command.ExecuteReader();
            while (rows.Read()) Keep(new(rows.GetInt64(0), rows.GetString(1), rows.GetString(2), rows.GetInt64(3)));
        }
        if (_past.Count == 0) Grown(new(now, "", "", 0));
        Remember(now);
    }

    /// <summary>Since when losses are known, microseconds.</summary>
    public long Begins
    {
        get
        {
            lock (_one) return _past[0].Time;
        }
    }

    internal int Kept
    {
        get
        {
            lock (_one) return _past.Count;
        }
    }

    /// <summary>To be called every minute, and when the server ends.</summary>
    public void Remember(long now)
    {
        lock (_one)
        {
            // After a crash the ledger may be where it was a while before: what is counted once more is no new loss.
            foreach (var (key, total) in Now().Where(t => t.Value > _highest.GetValueOrDefault(t.Key))) Grown(new(now, key.Source, key.Reason, total));
            Trim(now - KeepFor);
            if (_unsaved.Count == 0) return;
            try
            {
                _state.Write(connection =>
                {
                    foreach (var t in _unsaved)
                        Run(connection, "INSERT OR REPLACE INTO loss (time, source, reason, total) VALUES ($time, $source, $reason, $total)", t);
                    Run(connection, Delete, new(now - KeepFor, "", "", 0));
                });
                _unsaved.Clear();
            }
            catch (IOException)
            {
                // A full disk is told by others; the next minute tries again.
            }
        }
    }

    // As in the table.
    void Trim(long before)
    {
        var newest = new Dictionary<(string, string), long>();
        foreach (var t in _past.Where(t => t.Time < before))
            newest[(t.Source, t.Reason)] = Math.Max(t.Time, newest.GetValueOrDefault((t.Source, t.Reason), long.MinValue));
        _past.RemoveAll(t => t.Source.Length > 0 && t.Time < before && t.Time < newest[(t.Source, t.Reason)]);
    }

    void Grown(Total total)
    {
        Keep(total);
        _unsaved.Add(total);
    }

    void Keep(Total total)
    {
        _past.Add(total);
        var key = (total.Source, total.Reason);
        _highest[key] = Math.Max(total.Count, _highest.GetValueOrDefault(key));
    }

    static void Run(SqliteConnection connection, string sql, Total t)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in new (string, object)[] { ("$time", t.Time), ("$source", t.Source), ("$reason", t.Reason), ("$total", t.Count) })
            if (sql.Contains(name, StringComparison.Ordinal)) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    Dictionary<(string Source, string Reason), long> Now() => _ledger.Rows()
        .Where(r => r.Part is LedgerPart.Arrival or LedgerPart.Entrance && LedgerReasons.Losses.Contains(r.Reason))
        .GroupBy(r => (r.Source, r.Reason), r => r.Count).ToDictionary(g => g.Key, g => g.Sum());

    /// <summary>What was lost after a time, at most a month ago; nothing that is 0.</summary>
    public IReadOnlyList<(string Source, string Reason, long Count)> Since(long time)
    {
        lock (_one)
        {
            var before = new Dictionary<(string, string), long>();
            // What the first look found may have been lost at any time before.
            foreach (var t in _past.Where(t => t.Time <= Math.Max(time, _past[0].Time))) before[(t.Source, t.Reason)] = Math.Max(t.Count, before.GetValueOrDefault((t.Source, t.Reason)));
            var now = Now();
            return
            [
                .. _highest.Keys.Union(now.Keys).Select(k => (k.Source, k.Reason, Math.Max(_highest.GetValueOrDefault(k), now.GetValueOrDefault(k)) - before.GetValueOrDefault(k)))
                    .Where(l => l.Item3 > 0).OrderBy(l => l.Source, StringComparer.Ordinal).ThenBy(l => l.Reason, StringComparer.Ordinal),
            ];
        }
    }
}
