using Portolan.Store.Aql;
using Xunit;

namespace Portolan.Tests.Store.Aql;

public class AqlParseTests
{
    /// <summary>Queries as clients and vendor pages write them, shortened ones filled out.</summary>
    public static readonly TheoryData<string> FromClients =
    [
        "SELECT sourceIP from events",
        "SELECT foobar from events",
        "SELECT sourceip, starttime, qid, sourceport from events into s16 where sourceip in (select destinationip from events) parameters snapshotsize=2, PROGRESSDETAILSRESOLUTION=10",
        "SELECT qid, username FROM events WHERE INOFFENSE(14)  AND LOGSOURCETYPENAME(devicetype) = 'Custom Rule Engine' limit 20 START 1600000000000",
        "SELECT qid FROM events WHERE (INCIDR('192.168.122.84/10',sourceip) OR INCIDR('192.168.122.84/10',destinationip) OR INCIDR('192.168.122.84/10',identityip)) OR (sourceip = '192.168.122.83' OR destinationip = '192.168.122.83') limit 10000 last 5 minutes",
        "SELECT url FROM events WHERE NOT (url = 'a') OR url != 'b' limit 10000 last 5 minutes",
        "SELECT qid FROM events WHERE username = 'root' AND sourceport = '37020' limit 10000 START 1398441080000 STOP 1398441360000",
        "SELECT url FROM events WHERE url = '6' OR (url = '5' OR (url = '4' OR (url = '3' OR (url = '2' OR url = '1')))) limit 10000 START 1561403143000 STOP 1561489543000",
        "SELECT qid FROM events WHERE TEXT SEARCH '%New-Item% AND %Set-ItemProperty%' limit 10000 last 5 minutes",
        "SELECT UTF8(payload) as eventpayload FROM events WHERE eventpayload MATCHES '^.*http://graphics8\\.nytimes\\.com/bcvideo.*$' limit 10000 last 5 minutes",
        "SELECT url FROM events WHERE url LIKE '%%.example.com%' limit 10000 START 1561403143000 STOP 1561489543000",
        "SELECT CASE flowtype WHEN 0 THEN 'Standard Flow' WHEN 3 THEN 'Superflow A' ELSE 'Unknown Type' END AS flowtype, sourceip FROM flows LAST 5 MINUTES",
        "SELECT LOGSOURCENAME(logsourceid) AS n, SUM(eventcount) AS total, MIN(starttime), MAX(starttime), COUNT(username) FROM events WHERE LOGSOURCETYPENAME(devicetype) NOT IN ('Health Metrics') AND starttime BETWEEN 1 AND 2 GROUP BY logsourceid ORDER BY logsourceid ASC LIMIT 20 START 1561403143000 STOP 1561489543000",
        "SELECT DATEFORMAT(starttime,'yyyy-MM-dd HH:mm:ss') AS t, QIDNAME(qid) FROM events START 1561403143000 STOP 1561489543000",
        "SELECT qid FROM events WHERE (username IS NULL OR username IN ('x')) AND NOT (sourceport = 1)",
        "SELECT qid FROM events WHERE LOWER(UTF8(payload)) LIKE '%mimikatz%'",
        "SELECT qid FROM events WHERE devicetype IN(10, 12) AND fieldA MATCHES 'foo.*bar' AND field='value'''",
        "SELECT REFERENCETABLE('t','col',username) AS 'Full Name', REFERENCEMAP('m',username) AS 'Loc', DISTINCTCOUNT(sourceip) AS 'Unique IPs' FROM events GROUP BY 'Full Name','Loc' LAST 1 days",
        "SELECT sourceip, assetuser(sourceip, now()) AS 'User', long(sum(eventcount)) AS c FROM events GROUP BY sourceip ORDER BY c DESC LIMIT 10 LAST 24 HOURS",
        "SELECT LONG(sourceip) AS long_ip FROM events WHERE (long_ip & 0xff000000) = 0x0a000000 LAST 1 HOURS",
        "SELECT PROCESSORNAME(processorid), * FROM events LAST 10 MINUTES PARAMETERS REMOTESERVERS=ARIELSERVERS4EPNAME(PROCESSORNAME(104))",
        "SELECT * FROM events WHERE sourceip='192.0.2.1' start PARSEDATETIME('1 day ago')",
        "SELECT qid, 'Account Domain', \"Destination Host Name\" from events limit 100 START '2026-01-02 10:00' STOP '2026-01-02 11:00'",
        "SELECT categoryname(category) AS 'Cat', COUNT(*) FROM events GROUP BY category HAVING \"COUNT\" > 5 ORDER BY \"COUNT\" DESC LAST 1 HOURS",
        "SELECT sourceip, MAX(magnitude) AS MAG FROM events GROUP BY sourceip HAVING MAG > 5 LAST 1 HOURS",
        "SELECT GEO::LOOKUP(sourceip,'country') , GEO::DISTANCE(sourceip,destinationip) FROM flows LAST 30 MINUTES",
        "SELECT sessionId, DATEFORMAT(starttime,'YYYY-MM-dd HH:mm:ss') FROM events INTO s WHERE username IS NOT NULL SESSION BY starttime username BEGIN qid=1 END qid=2 LAST 1 HOURS",
        "SELECT str(sourceip) FROM events WHERE str(sourceip) LIKE '10.%' LAST 5 MINUTES",
        "SELECT payload FROM events WHERE payload LIKE '%x%'",
    ];

    [Theory]
    [MemberData(nameof(FromClients))]
    public void Queries_from_clients_parse(string query) => AqlQuery.Parse(query);

    [Theory]
    [InlineData("SELECT sourceIP from events")]
    [InlineData("SELECT sourceip, assetuser(sourceip, now()) AS 'User', long(sum(eventcount)) AS c FROM events GROUP BY sourceip ORDER BY c DESC LIMIT 10 LAST 24 HOURS")]
    [InlineData("SELECT LONG(sourceip) AS long_ip FROM events WHERE (long_ip & 0xff000000) = 0x0a000000 LAST 1 HOURS")]
    [InlineData("SELECT qid, 'Account Domain', \"Destination Host Name\" from events limit 100 START '2026-01-02 10:00' STOP '2026-01-02 11:00'")]
    [InlineData("SELECT CASE flowtype WHEN 0 THEN 'Standard Flow' ELSE 'Unknown Type' END AS flowtype, sourceip FROM flows LAST 5 MINUTES")]
    [InlineData("SELECT QIDNAME(qid), CATEGORYNAME(highlevelcategory), PROTOCOLNAME(protocolid), PROTOCOLNAME(protocolid), sourceMAC, postNatDestinationIP, UTF8(payload) FROM events WHERE URL = 'a' AND \"Process CommandLine\" ILIKE '%x%'")]
    [InlineData("SELECT sourceip FROM events LAST 5 MINUTES PARAMETERS snapshotsize=2, PROGRESSDETAILSRESOLUTION=10")]
    [InlineData("SELECT \"File Hash\", Filename as filename, ObjectName, \"Parent Process Guid\", sourceaddress as sourceip, hasoffense FROM events WHERE sourceip = '3001:0:0:0:0:0:0:2'")]
    [InlineData("SELECT UTF8(payload) as eventpayload FROM events WHERE eventpayload MATCHES '^.*http://graphics8\\.nytimes\\.com/bcvideo.*$' limit 10000 last 5 minutes")]
    public void Queries_plan_without_any_data(string query) => new AqlEngine(new RowSource(), AqlRunTests.Context()).Explain(query.Replace("Parent Process Guid", "Parent Process GUID", StringComparison.Ordinal));

    [Theory]
    [InlineData("SELECT sourcip FROM events", AqlErrorKind.Semantic, "AQL: unknown field 'sourcip' at 1:8; did you mean sourceip?")]
    [InlineData("SELECT foobar from events", AqlErrorKind.Semantic, "AQL: unknown field 'foobar' at 1:8")]
    [InlineData("SELECT qid\nFROM events\nWHERE usernam = 'x'", AqlErrorKind.Semantic, "AQL: unknown field 'usernam' at 3:7; did you mean username?")]
    [InlineData("SELECT src_ip FROM events", AqlErrorKind.Semantic, "AQL: unknown field 'src_ip' at 1:8; did you mean sourceip?")]
    [InlineData("SELECT flowtype FROM events", AqlErrorKind.Semantic, "AQL: unknown field 'flowtype' at 1:8")]
    [InlineData("SELECT DISTINCT username FROM events", AqlErrorKind.Semantic, "AQL: unknown field 'DISTINCT' at 1:8; AQL has no SELECT DISTINCT: use GROUP BY or UNIQUECOUNT(field)")]
    [InlineData("SELECT payload FROM events WHERE payload LIKE '%x%'", AqlErrorKind.Semantic, "AQL: Wrong argument type: \"byte[]\". \"String\" is required. at 1:34; use UTF8(…)")]
    [InlineData("SELECT payload FROM events WHERE payload = 'x'", AqlErrorKind.Semantic, "AQL: Wrong argument type: \"byte[]\". \"String\" is required. at 1:34; use UTF8(…)")]
    [InlineData("SELECT qid FROM events WHERE sourceip LIKE '10.%'", AqlErrorKind.Semantic, "AQL: Wrong argument type: \"Host\". \"String\" is required. at 1:30; use STR(…)")]
    [InlineData("SELECT qid FROM events WHERE qid", AqlErrorKind.Semantic, "AQL: Wrong argument type: \"Long\". \"Boolean\" is required. at 1:30")]
    [InlineData("SELECT QIDNAM(qid) FROM events", AqlErrorKind.Semantic, "AQL: unknown function 'QIDNAM' at 1:8; did you mean QIDNAME?")]
    [InlineData("SELECT qid FROM event", AqlErrorKind.Semantic, "AQL: unknown table 'event' at 1:17; did you mean events?")]
    [InlineData("SELECT LOWER() FROM events", AqlErrorKind.Semantic, "AQL: LOWER takes 1 argument at 1:8; its form is LOWER(text)")]
    [InlineData("SELECT qid FROM events WHERE COUNT(*) > 1", AqlErrorKind.Semantic, "AQL: WHERE cannot use an aggregate at 1:30; use HAVING")]
    [InlineData("SELECT SUM(username) FROM events", AqlErrorKind.Semantic, "AQL: Wrong argument type: \"String\". \"Long\" is required. at 1:12")]
    [InlineData("SELECT qid FROM events WHERE INCIDR('10.0.0.0/33', sourceip)", AqlErrorKind.Semantic, "AQL: '10.0.0.0/33' is no network: expected an address, / and the number of bits at 1:37")]
    [InlineData("SELECT qid FROM events WHERE username MATCHES '('", AqlErrorKind.Semantic, null)]
    [InlineData("SELECT qid FROM events START '2026-13-01 00:00'", AqlErrorKind.Semantic, "AQL: this is no time: expected such as '2026-01-31 14:05', '2026/01/31 14:05:30', '2026-01-31 14:05 Z' or epoch milliseconds at 1:30")]
    [InlineData("SELECT qid FROM events START 2000 STOP 1000", AqlErrorKind.Semantic, "AQL: STOP lies before START at 1:40")]
    [InlineData("SELECT (a) AS b, (b) AS a FROM events", AqlErrorKind.Semantic, "AQL: this alias is defined by itself at 1:9")]
    [InlineData("SELECT qid FROM events WHERE sourceip in (select destinationip from events)", AqlErrorKind.Semantic, "AQL: IN (SELECT …) is not available at 1:30; put the values into the list")]
    [InlineData("SELECT qid FROM events INTO s16 WHERE qid = 1", AqlErrorKind.Semantic, "AQL: INTO is not available: rows are not kept under a name at 1:24; leave it out and keep the output, such as with --format csv > FILE")]
    [InlineData("SELECT qid FROM events LAST 5 MINUTES PARAMETERS snapshotsize=2, remoteservers=ARIELSERVERS4EPNAME('x')", AqlErrorKind.Semantic, "AQL: remoteservers is not available: one server holds all events at 1:66; leave it out")]
    [InlineData("SELECT qid FROM events PARAMETERS SNAPSHOTSIZ=2", AqlErrorKind.Semantic, "AQL: unknown parameter 'SNAPSHOTSIZ' at 1:35; did you mean SNAPSHOTSIZE?")]
    [InlineData("SELECT COUNTT(*) FROM events", AqlErrorKind.Semantic, "AQL: unknown function 'COUNTT' at 1:8; did you mean COUNT?")]
    [InlineData("SELECT \"Proces Path\" FROM events", AqlErrorKind.Semantic, "AQL: unknown field 'Proces Path' at 1:8; did you mean Process Path?")]
    [InlineData("SELECT qid AS n FROM events WHERE m = 1", AqlErrorKind.Semantic, null)]
    [InlineData("SELECT", AqlErrorKind.Syntax, "AQL: expected a field, a value or a function, found the end at 1:7")]
    [InlineData("SELEC qid FROM events", AqlErrorKind.Syntax, "AQL: expected SELECT, found 'SELEC' at 1:1; did you mean SELECT?")]
    [InlineData("SELECT qid FORM events", AqlErrorKind.Syntax, "AQL: expected ',' or FROM, found 'FORM' at 1:12; did you mean FROM?")]
    [InlineData("SELECT qid FROM events WHER qid = 1", AqlErrorKind.Syntax, "AQL: expected a clause (WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, LAST, START) or the end, found 'WHER' at 1:24; did you mean WHERE?")]
    [InlineData("SELECT qid FROM events LAST 5 MINUTES LIMIT 3", AqlErrorKind.Syntax, "AQL: 'LIMIT' stands in the wrong place: the order is SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, then LAST or START at 1:39")]
    [InlineData("SELECT qid FROM events WHERE username = 'x", AqlErrorKind.Syntax, "AQL: this quote is not closed: expected ' at 1:41")]
    [InlineData("SELECT qid FROM events WHERE (qid = 1", AqlErrorKind.Syntax, "AQL: expected ')', found the end at 1:38")]
    [InlineData("SELECT qid FROM events WHERE qid IN (1 2)", AqlErrorKind.Syntax, "AQL: expected ',' or ')', found '2' at 1:40")]
    [InlineData("SELECT qid FROM events LAST 5 MINUTS", AqlErrorKind.Syntax, "AQL: expected MINUTES, HOURS or DAYS, found 'MINUTS' at 1:31; did you mean MINUTE or MINUTES?")]
    [InlineData("SELECT qid FROM events WHERE qid = ?", AqlErrorKind.Syntax, "AQL: unexpected character '?' at 1:36")]
    [InlineData("DELETE FROM events", AqlErrorKind.Syntax, "AQL: expected SELECT, found 'DELETE' at 1:1")]
    public void Errors_say_what_and_where(string query, AqlErrorKind kind, string? message)
    {
        var e = Assert.Throws<AqlException>(() => new AqlEngine(new RowSource(), AqlRunTests.Context()).Explain(query));
        Assert.Equal(kind, e.Kind);
        if (message != null) Assert.Equal(message, e.Message);
        Assert.True(e.Line > 0 && e.Column > 0 && e.Length > 0);
    }

    [Theory]
    [InlineData("SELECT {0} FROM events", "qid, ", 1000, "more than 1000 columns are asked for")]
    [InlineData("SELECT qid FROM events WHERE {0}", "UTF8(payload) MATCHES '(x+x+)+y|(x+x+)+y|(x+x+)+y|(x+x+)+y|(x+x+)+y|(x+x+)+y|(x+x+)+y|(x+x+)+y' AND ", 115,
        "the regular expressions have more than 8192 characters together")]
    public void What_one_search_may_ask_is_bounded(string query, string part, int most, string message)
    {
        var engine = new AqlEngine(new RowSource(), AqlRunTests.Context());
        string Of(int n) => string.Format(query, string.Concat(Enumerable.Repeat(part, n - 1)) + part[..^(part.EndsWith(", ", StringComparison.Ordinal) ? 2 : 5)]);
        engine.Explain(Of(most));
        Assert.Contains(message, Assert.Throws<AqlException>(() => engine.Explain(Of(most + 1))).Message);
    }

    [Fact]
    public void A_property_is_known_when_any_block_holds_it_however_old()
    {
        var source = new RowSource(new RowBlock(new Row(("starttime", 1L), ("Rare Thing", "x"))));
        var engine = new AqlEngine(source, AqlRunTests.Context());
        using var result = engine.Run("select \"rare thing\" from events start 0", cancel: TestContext.Current.CancellationToken);
        Assert.Equal(["x"], result.Rows.Select(r => r[0]));
        var e = Assert.Throws<AqlException>(() => engine.Run("select \"Rare Thin\" from events", cancel: TestContext.Current.CancellationToken));
        Assert.Equal(["Rare Thing"], e.Nearest);
    }

    [Theory]
    [InlineData("select sourceIP, QIDNAME(qid), UTF8(payload), DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm:ss'), qid as 'Event Name', \"URL\" from events",
        "sourceIP:Address, qidname_qid:Text, utf8_payload:Text, dateformat_starttime_yyyy_MM_dd_HH_mm_ss:Text, Event Name:Long, URL:Text")]
    [InlineData("select qid, devicetype, LOGSOURCENAME(logsourceid), COUNT(*), sum(eventcount), count(sourceip), MIN(username), logsourcename(65) from events group by qid",
        "qid:Long, FIRST_devicetype:Long, FIRST_logsourcename_logsourceid:Text, COUNT:Double, SUM_eventcount:Double, COUNT_sourceip:Double, MIN_username:Text, logsourcename_65:Text")]
    [InlineData("select qidname(qid), long(sum(eventcount)), hasidentity, payload, sourcemac from events group by qid",
        "qidname_qid:Text, long_SUM_eventcount:Long, FIRST_hasidentity:Bool, FIRST_payload:Bytes, FIRST_sourcemac:Mac")]
    [InlineData("select * from events", "starttime:Long, protocolid:Long, sourceip:Address, logsourceid:Long, qid:Long, sourceport:Long, eventcount:Long, magnitude:Long, identityip:Address, "
        + "destinationip:Address, destinationport:Long, category:Long, username:Text, eventid:Text")]
    public void Columns_are_named_as_clients_expect(string query, string expected)
    {
        using var result = new AqlEngine(new RowSource(), AqlRunTests.Context()).Run(query, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(expected, string.Join(", ", result.Columns.Select(c => $"{c.Name}:{c.Type}")));
    }

    [Fact]
    public void Hostile_texts_end_in_an_error_and_nothing_else()
    {
        string[] deep =
        [
            "select " + new string('(', 100_000) + "1", "select qid from events where " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "qid = 1",
            "select " + new string('-', 99_999) + "1 from events", "select " + string.Concat(Enumerable.Repeat("1+", 100_000)) + "1 from events",
            "select " + string.Concat(Enumerable.Repeat("case when ", 50_000)), string.Concat(Enumerable.Repeat("select qid from events where qid in (", 5_000)),
            "select " + string.Concat(Enumerable.Repeat("lower(", 10_000)), "select if " + string.Concat(Enumerable.Repeat("1 then 1 else if ", 10_000)), new string('a', 2_000_000),
            "select qid from events where qid " + string.Concat(Enumerable.Repeat("is null ", 100_000)),
        ];
        foreach (var text in deep) Assert.Equal(AqlErrorKind.Syntax, Assert.Throws<AqlException>(() => AqlQuery.Parse(text)).Kind);
        // A long flat chain is fine.
        var engine = new AqlEngine(AqlRunTests.Events(), AqlRunTests.Context());
        using var result = engine.Run("select sequence from events where " + string.Join(" or ", Enumerable.Range(0, 20_000).Select(i => $"qid = {i + 150}")), cancel: TestContext.Current.CancellationToken);
        Assert.Equal([10L, 2L], result.Rows.Select(r => r[0]));
    }

    [Fact]
    public void Mutated_queries_never_throw_anything_else()
    {
        var random = new Random(20261120);
        const string Odd = "()'\",=<>%*:&~^|-+.;0xeé\ud800\0 \n";
        var seeds = FromClients.Select(r => r.Data).ToArray();
        var engine = new AqlEngine(new RowSource(), AqlRunTests.Context());
        for (int i = 0; i < 1500; i++)
        {
            var text = new System.Text.StringBuilder(seeds[random.Next(seeds.Length)]);
            for (int edits = random.Next(1, 5); edits > 0 && text.Length > 1; edits--)
            {
                int at = random.Next(text.Length);
                switch (random.Next(4))
                {
                    case 0: text.Remove(at, Math.Min(random.Next(1, 6), text.Length - at)); break;
                    case 1: text.Insert(at, Odd[random.Next(Odd.Length)]); break;
                    case 2:
                        var other = seeds[random.Next(seeds.Length)];
                        int from = random.Next(other.Length);
                        text.Insert(at, other.AsSpan(from, Math.Min(random.Next(1, 20), other.Length - from)));
                        break;
                    default: text[at] = (char)random.Next(1, 0x180); break;
                }
            }
            try
            {
                engine.Explain(text.ToString());
            }
            catch (AqlException)
            {
            }
        }
    }
}
