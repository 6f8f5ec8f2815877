using System.Text;
using Portolan.Model;
using Portolan.Store.Aql;
using Portolan.Store.Columns;
using Portolan.Tests.Store.Segments;

namespace Portolan.Fuzz;

/// <summary>
/// AQL from text to rows over a small store: nothing but an <see cref="AqlException"/> comes out, and what is pushed down or run on several threads changes
/// no answer.
/// </summary>
static class AqlTarget
{
    // Each clause, function and operator of docs/aql.md at least once.
    static readonly string[] Seeds =
    [
        "SELECT sourceip, QIDNAME(qid) AS 'Event Name', COUNT(*) AS n FROM events WHERE INCIDR('10.0.0.0/8', sourceip) AND UTF8(payload) ILIKE '%user=u1%' GROUP BY sourceip, qid HAVING n > 1 ORDER BY n DESC LIMIT 20 LAST 24 HOURS",
        "SELECT * FROM events", "SELECT * FROM flows LIMIT 3", "SELECT UTF8(payload), STR(sourceip), LONG(sourceip) FROM events WHERE sourceip = '10.0.0.1' OR sourceip IN ('10.0.0.2', '2001:db8::1')",
        "SELECT LOWER(username), UPPER(username), CONCAT(username, ':', sourceport), SUBSTRING(username, 1, 2), STRLEN(username) FROM events WHERE username IS NOT NULL",
        "SELECT DATEFORMAT(starttime, 'yyyy-MM-dd''T''HH:mm:ss.SSSX') AS t, NOW() - starttime FROM events ORDER BY t DESC, eventid LIMIT 5",
        "SELECT COUNT(*), COUNT(username), SUM(eventcount), MIN(sourceip), MAX(username), AVG(sourceport), UNIQUECOUNT(sourceport), FIRST(qid), LAST(qid) FROM events",
        "SELECT url, \"Policy Name\", 'sessionid', \"日本\" FROM events WHERE url LIKE 'http://%_1' AND NOT (\"Policy Name\" = 'Rule 1')",
        "SELECT qid FROM events WHERE UTF8(payload) MATCHES 'user=u[0-9]+ session' AND UTF8(payload) NOT IMATCHES '(?<=KERNEL).x|(a+)+$'",
        "SELECT CASE category WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END AS k, IF sourceport > 1024 THEN 1 ELSE 0 AS high, COUNT(*) FROM events GROUP BY k, high",
        "SELECT -1 + 2 * 3 ^ 2 / 7 % 4 & 0xff | 1 << 3 >> 1, ~qid, 1.5e3 FROM events WHERE (sourceport & 1) = 0 AND qid BETWEEN -5 AND 9223372036854775807",
        "SELECT starttime / 300000 AS t, category, COUNT(*) FROM events GROUP BY t, category ORDER BY \"COUNT\" DESC START '2026-11-20 12:00' STOP '2026-11-21 13:00:20 Z'",
        "SELECT eventid FROM events WHERE eventid >= '1-1-5-0' OR hasidentity OR sourcemac != '00-00-5E-00-53-00' LAST 5 DAYS PARAMETERS snapshotsize=2",
        "SELECT NETWORKNAME(sourceip), ASSETUSER(sourceip, starttime, 0), ASSETHOSTNAME(sourceip) FROM events WHERE logsourcename(logsourceid) = 'x' START PARSEDATETIME('1 day ago')",
        "SELECT qid FROM events WHERE qid IN (SELECT qid FROM flows) OR TEXT SEARCH 'a AND b'", "SELECT sessionId FROM events INTO s SESSION BY starttime username BEGIN qid=1 END qid=2 TIMEOUT 5",
        "sourceip = '10.1.2.3' AND username IS NOT NULL", "((((qid = 1))))", "SELECT qid FROM events WHERE username MATCHES '(a{1,900}){1,900}'",
    ];

    public static Target Make()
    {
        var made = new RandomBatches(5);
        var source = new Source(made);
        var engine = new AqlEngine(source, new() { Properties = made.Catalogue, Clock = new At(source.Last) });
        return new("aql", [.. Seeds.Select(Encoding.UTF8.GetBytes)], input => Check(engine, Encoding.UTF8.GetString(input), source.Last));
    }

    static string? Check(AqlEngine engine, string text, long now)
    {
        Ask(() => engine.Explain(text));
        Ask(() => engine.CompileCondition(text).Matches(new Source(new RandomBatches(6)).Blocks[0]).Length);
        var options = new SearchOptions { MemoryLimit = 16 << 20, Time = (0, now) };
        long before = GC.GetTotalAllocatedBytes();
        string? answer = Ask(() => Rows(engine, text, options));
        if (GC.GetTotalAllocatedBytes() - before is var used and > 256 << 20) return $"{used >> 20} MiB for a search over {Source.Rows} rows";
        string? plain = Ask(() => Rows(engine, text, options with { PushDown = false })), wide = Ask(() => Rows(engine, text, options with { Threads = 3 }));
        return answer != plain ? $"push-down changes the answer: {answer} without {plain}" : answer != wide ? $"threads change the answer: {answer} with three {wide}" : null;
    }

    static string? Ask<T>(Func<T> ask)
    {
        try
        {
            return ask()?.ToString();
        }
        catch (AqlException e)
        {
            return e.Message;
        }
    }

    static string Rows(AqlEngine engine, string text, SearchOptions options)
    {
        using var result = engine.Run(text, options);
        var shown = new StringBuilder();
        foreach (var row in result.Rows)
        {
            foreach (var value in row) shown.Append(value is byte[] b ? Convert.ToHexString(b) : value is double d ? d.ToString("R6") : value).Append('\t');
            shown.Append('\n');
        }
        return shown.ToString();
    }

    /// <summary>Two blocks in memory; flows has none.</summary>
    sealed class Source : IBlockSource
    {
        public const int Rows = 24;

        public Source(RandomBatches made)
        {
            Blocks = [.. Enumerable.Range(0, 2).Select(_ => new BatchBlock(made.Batch(Rows / 2), made.Catalogue))];
            Last = Blocks.Max(b => b.Time.Max);
        }

        public BatchBlock[] Blocks { get; }
        public long Last { get; }

        public BlockSnapshot Snapshot(Database database, long from, long to) => new(database == Database.Events ? Blocks : []);
    }

    sealed class At(long microseconds) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(microseconds * 10);
    }
}
