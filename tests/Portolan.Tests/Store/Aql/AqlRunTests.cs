using System.Globalization;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Aql;
using Xunit;

namespace Portolan.Tests.Store.Aql;

public class AqlRunTests
{
    /// <summary>2026-11-20 12:00:00 UTC: every test's now.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Microseconds of a moment so many seconds before now.</summary>
    public static long Ago(double seconds) => (Now.AddSeconds(-seconds) - DateTimeOffset.UnixEpoch).Ticks / 10;

    // Six events in two blocks, oldest first. Ids are 1-1-<sequence>-0.
    public static RowSource Events() => new(
        new RowBlock(
            new Row(("starttime", Ago(200)), ("hostid", 1), ("epoch", 1), ("sequence", 1), ("sourceip", "10.0.0.1"),
                ("destinationip", "8.8.8.8"), ("sourceport", 5000), ("username", "alice"),
                ("qid", 100L), ("eventcount", 1), ("logsourceid", 65), ("URL", "http://a/"),
                    ("payload", "sshd[1]: Accepted password for alice"), ("hasidentity", true)),
            new Row(("starttime", Ago(150)), ("hostid", 1), ("epoch", 1), ("sequence", 2), ("sourceip", "10.0.0.2"), ("sourceport", 80),
                ("username", "bob"),
                ("qid", 200L), ("eventcount", 3), ("logsourceid", 65), ("Logon Type", "3"),
                    ("payload", "sshd[2]: Failed password for bob"))),
        new RowBlock(
            new Row(("starttime", Ago(100)), ("hostid", 1), ("epoch", 1), ("sequence", 3), ("sourceip", "10.0.0.1"), ("sourceport", 443),
                ("username", "alice"),
                ("qid", 100L), ("eventcount", 2), ("logsourceid", 66), ("payload", "Accepted PUBLICKEY for alice")),
            new Row(("starttime", Ago(50)), ("hostid", 1), ("epoch", 1), ("sequence", 5), ("sourceip", "2001:db8::1"), ("qid", 100L),
                ("eventcount", 1), ("payload", "no user here")),
            new Row(("starttime", Ago(50)), ("hostid", 1), ("epoch", 1), ("sequence", 10), ("sourceip", "192.168.1.5"), ("qid", 300L),
                ("eventcount", 1), ("username", "Carol"), ("payload", "it's 100% done")),
            new Row(("starttime", Ago(10)), ("hostid", 1), ("epoch", 1), ("sequence", 11), ("qid", 0L), ("eventcount", 1),
                ("sourcemac", "00:00:5e:00:53:00"), ("payload", new byte[] { 0xff, 0x41 }))));

    sealed class Names : ICatalogNames
    {
        public string? Name(CatalogKind kind, long id) => (kind, id) switch
        {
            (CatalogKind.Qid, 100) => "SSH Login",
            (CatalogKind.Qid, 200) => "SSH Failure",
            (CatalogKind.LogSource, 65) => "web01",
            (CatalogKind.QidDescription, 200) => "Somebody was refused.",
            _ =>
                null,
        };

        public IReadOnlyList<long> Ids(CatalogKind kind, string name) => [.. new long[] { 65, 66, 100, 200, 300 }.Where(id => Name(kind, id) == name)];
    }

    sealed class Lookups : IUserLookup, IAssetLookup, INetworkLookup
    {
        public bool TryAt(int domain, Address address, long time, out UserAt user)
        {
            user = new(time >= Ago(120) ? "new" : "old", 0, 0, "test");
            return domain == 0 && address.ToString() == "10.0.0.1";
        }

        public bool TryAt(int domain, Address address, long time, out AssetAt asset)
        {
            asset = new(1, "pc" + domain.ToString(CultureInfo.InvariantCulture), 0, 0);
            return address.ToString() == "10.0.0.2";
        }

        public int At(int domain, Address address) => address.IsV4 && address.V4 >> 24 == 10 ? 1 : 0;
        public string? Name(int networkId) => networkId == 1 ? "Corp.Berlin.Office" : null;
    }

    public static AqlContext Context()
    {
        var lookups = new Lookups();
        return new() { Names = new Names(), Users = lookups, Assets = lookups, Networks = lookups, Clock = new FixedClock(Now) };
    }

    public static string Show(object? value) => value switch
    {
        null => "NULL",
        double d => d.ToString("0.0###", CultureInfo.InvariantCulture),
        byte[] b => "0x" + Convert.ToHexString(b),
        bool b => b ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    static string Run(string query, bool pushDown, int threads = 1)
    {
        using var result = new AqlEngine(Events(), Context()).Run(query, new() { PushDown = pushDown, Threads = threads });
        return string.Join("\n", result.Rows.Select(r => string.Join(" | ", r.Select(Show))));
    }

    [Theory]
    [InlineData("select sequence from events", "11\n10\n5\n3\n2\n1")]
    [InlineData("select sequence from events limit 2", "11\n10")]
    [InlineData("SELECT sourceIP FROM events WHERE username = 'alice'", "10.0.0.1\n10.0.0.1")]
    [InlineData("select sequence from events where qid == '100' and eventcount <> 1", "3")]
    [InlineData("select sequence from events where username is null", "11\n5")]
    [InlineData("select sequence from events where not (username = 'alice')", "10\n2")]
    [InlineData("select sequence from events where username in ('bob','Carol') or INCIDR('10.0.0.1/32', sourceip)", "10\n3\n2\n1")]
    [InlineData("select sequence from events where sourceip = '333.333.333.0'", "")]
    [InlineData("select sequence from events where sourceip != '333.333.333.0'", "")]
    [InlineData("select sequence from events where UTF8(payload) LIKE '%password for%'", "2\n1")]
    [InlineData("select sequence from events where UTF8(payload) ILIKE '%PASSWORD for b_b'", "2")]
    [InlineData("select sequence from events where LOWER(UTF8(payload)) LIKE '%publickey%'", "3")]
    [InlineData("select sequence from events where UTF8(payload) MATCHES 'sshd.[0-9]'", "2\n1")]
    [InlineData("select sequence from events where UTF8(payload) MATCHES 'sshd.2..+for'", "2")]
    [InlineData("select sequence from events where UTF8(payload) MATCHES 'Accepted (pass|PUB)' and not UTF8(payload) MATCHES 'sshd'", "3")]
    [InlineData("select sequence from events where UTF8(payload) LIKE 'no %' or (UTF8(payload) LIKE '%done' and sequence > 5)", "10\n5")]
    [InlineData("select DOUBLE('1234'), DOUBLE('x'), STRPOS(username, 'ice'), STRPOS(username, 'x'), STRPOS(username, 'a', 1), BASE64(payload) from events where sequence = 3",
        "1234.0 | NULL | 2 | -1 | -1 | QWNjZXB0ZWQgUFVCTElDS0VZIGZvciBhbGljZQ==")]
    [InlineData("select PARSEDATETIME('1 week ago'), PARSEDATETIME('2026-11-20 12:00'), PARSEDATETIME('soon') from events limit 1", "1794571200000 | 1795176000000 | NULL")]
    [InlineData("select sequence from events where starttime > PARSEDATETIME('1 minute ago')", "11\n10\n5")]
    // 1, 3, 2, 1, 1, 1: mean 1.5, squares of the differences 3.5.
    [InlineData("select STDEV(eventcount), STDEVP(eventcount), DISTINCTCOUNT(eventcount) from events", "0.8367 | 0.7638 | 3.0")]
    [InlineData("select username, STDEV(eventcount), STDEVP(eventcount) from events where username = 'bob' group by username", "bob | NULL | 0.0")]
    [InlineData("select sequence from events where sequence = 2 or sequence = 1 and qid = 200", "2")]
    [InlineData("select sequence from events where not username = 'alice' and sequence < 3", "2")]
    [InlineData("select 10 - 4 - 3, 2 ^ 3 ^ 2, 1 | 6 & 4, 1 << 2 + 1, -7 / 2, -7 % 4, 9223372036854775807 + 1 from events limit 1", "3 | 64.0 | 5 | 8 | -3 | -3 | NULL")]
    [InlineData("select sequence from events where username in ('alice', null) or sequence = 5", "5\n3\n1")]
    [InlineData("select sequence from events where username not in ('alice', null)", "")]
    [InlineData("select sequence from events where username not between 'a' and 'b'", "10\n2")]
    [InlineData("select sequence from events where INCIDR('2001:DB8:ffff::/32', sourceip) or INCIDR('10.0.0.77/30', sourceip)", "5")]
    [InlineData("select \"sourceip\", \"username\" as \"Who\" from events where \"sequence\" = '1' limit 1", "10.0.0.1 | alice")]
    [InlineData("select qid, count(*) from events group by qid order by count(*) desc, qid desc limit 2", "100 | 3.0\n300 | 1.0")]
    [InlineData("select username as u, max(sequence) as sequence from events group by u having sequence > 2 and u is not null order by u", "Carol | 10.0\nalice | 3.0")]
    [InlineData("select username, (sum(eventcount) + 1) / count(*) from events where username is not null group by username having sum(eventcount) > 1", "alice | 2.0\nbob | 4.0")]
    [InlineData("select sequence from events where QIDNAME(qid) = 'SSH Failure'", "2")]
    [InlineData("select sequence from events where QIDNAME(qid) = 'ssh failure'", "")]
    [InlineData("select sequence from events where QIDNAME(qid) in ('SSH Login', 'none') and LOGSOURCENAME(logsourceid) = 'web01'", "1")]
    [InlineData("select sequence from events where QIDNAME(qid) != 'SSH Login'", "2")]
    [InlineData("select sequence from events where url = 'http://a/' or \"Logon Type\" in ('3', '4')", "2\n1")]
    [InlineData("select sequence from events where url is not null", "1")]
    [InlineData("select sequence from events where url is null and sequence < 3", "2")]
    [InlineData("select sequence from events where url != 'x'", "1")]
    [InlineData("select sequence from events where UTF8(payload) NOT IMATCHES 'SSHD|key'", "11\n10\n5")]
    [InlineData("select sequence from events where UTF8(payload) LIKE 'it''s 100%'", "10")]
    [InlineData("select eventid from events where sourcev6 = '2001:db8:0:0:0:0:0:1'", "1-1-5-0")]
    [InlineData("select sequence from events where sourceaddress = '2001:db8:0:0:0:0:0:1'", "5")]
    [InlineData("select sequence, sourcev6, sourceaddress, destinationv6 from events limit 3",
        "11 | 0.0.0.0 | 0.0.0.0 | 0.0.0.0\n10 | 0.0.0.0 | 192.168.1.5 | 0.0.0.0\n5 | 2001:db8::1 | 2001:db8::1 | 0.0.0.0")]
    [InlineData("select sequence from events order by username", "5\n11\n10\n1\n3\n2")]
    [InlineData("select sequence from events order by eventcount desc limit 3", "2\n3\n11")]
    [InlineData("select sequence from events order by eventid desc limit 3", "11\n10\n5")]
    [InlineData("select sequence from events where eventid >= '1-1-5-0' order by eventid", "5\n10\n11")]
    [InlineData("select sequence from events order by starttime desc limit 4", "11\n10\n5\n3")]
    [InlineData("select username, count(*), sum(eventcount), max(starttime) from events group by username",
        "NULL | 2.0 | 2.0 | 1795175990000.0\nCarol | 1.0 | 1.0 | 1795175950000.0\nalice | 2.0 | 3.0 | 1795175900000.0\nbob | 1.0 | 3.0 | 1795175850000.0")]
    [InlineData("select qid, username, uniquecount(sourceip) as u from events group by qid having u > 0 order by u desc, qid",
        "100 | alice | 2.0\n0 | NULL | 1.0\n200 | bob | 1.0\n300 | Carol | 1.0")]
    [InlineData("select avg(eventcount), first(username), last(username), min(username) from events", "1.5 | alice | Carol | Carol")]
    [InlineData("select count(*) from events where qid = 77", "0.0")]
    [InlineData("select QIDNAME(qid), LOGSOURCENAME(logsourceid) from events where sequence in (1, 2)",
        "SSH Failure | web01\nSSH Login | web01")]
    [InlineData("select assetuser(sourceip), ASSETUSER(sourceip, starttime), ASSETHOSTNAME(sourceip, now(), 7), NETWORKNAME(sourceip), FULLNETWORKNAME(sourceip) from events where sequence < 3",
        "NULL | NULL | pc7 | Office | Corp.Berlin.Office\nnew | old | NULL | Office | Corp.Berlin.Office")]
    [InlineData("select QIDDESCRIPTION(qid), DOMAINNAME(domainid), DOMAINNAME(7), RULENAME(creeventlist), RULENAME(1), LOGSOURCEGROUPNAME(devicegrouplist), HOSTNAME(logsourceid), PROCESSORNAME(processorid) from events where sequence < 3",
        "Somebody was refused. | Default Domain | NULL | NULL | NULL | NULL | NULL | NULL\nNULL | Default Domain | NULL | NULL | NULL | NULL | NULL | NULL")]
    [InlineData("select sequence from events where QIDDESCRIPTION(qid) ilike '%refused%'", "2")]
    [InlineData("select rulename(creeventlist) as rulenames, count(*) from events where rulenames = 'x' group by rulenames", "")]
    // Each of these is another client's name of one property or time.
    [InlineData("select sequence, BytesReceived, \"Event ID\", \"file name\" from events where \"MD5 File Hash\" is null and endtime = starttime limit 1", "11 | NULL | NULL | NULL")]
    [InlineData("select payload, UTF8(payload), sourcemac from events limit 1", "0xFF41 | \ufffdA | 00:00:5e:00:53:00")]
    [InlineData("select sequence from events where sourcemac = '00-00-5E-00-53-00'", "11")]
    [InlineData("select sequence from events where hasidentity", "1")]
    [InlineData("select sequence from events where hasidentity = 'false' and sequence < 3", "2")]
    [InlineData("select case qid when 100 then 'in' when 200 then 'fail' else 'other' end as what, case when eventcount > 2 then 1 end from events where sequence <= 3", "in | NULL\nfail | 1\nin | NULL")]
    [InlineData("select sequence, 1 + 2 * 3, 7 / 2, 7.0 / 2, 7 % 4, 1 / 0, 2 ^ 3, -sequence from events limit 1",
        "11 | 7 | 3 | 3.5 | 3 | NULL | 8.0 | -11")]
    [InlineData("select concat(username, ':', sequence), substring(username, 0, 2), strlen(username), upper(username), str(sourceip), long(sourceip) from events where sequence = 1", "alice:1 | al | 5 | ALICE | 10.0.0.1 | 167772161")]
    [InlineData("select DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm:ss.SSS') from events limit 1", "2026-11-20 11:59:50.000")]
    [InlineData("select url, \"Logon Type\", 'Logon Type' from events where sequence < 3", "NULL | 3 | 3\nhttp://a/ | NULL | NULL")]
    [InlineData("select sequence from events where \"Logon Type\" = 3", "2")]
    [InlineData("select sequence from events where sourceport > '80' and sourceport < 5000", "3")]
    [InlineData("select sequence from events where sourceport between 80 and 443", "3\n2")]
    [InlineData("select sequence from events where starttime between 1795175900000 and 1795175950000", "10\n5\n3")]
    [InlineData("select sequence from events last 1 minute", "11\n10\n5")]
    [InlineData("select sequence from events last 100 seconds", "11\n10\n5\n3")]
    [InlineData("select sequence from events START '2026-11-20 11:57' STOP '2026-11-20 11:58'", "2")]
    [InlineData("select sequence from events START '2026/11/20-11:57:59' STOP '2026-11-20 11:58:01 Z'", "3\n2")]
    [InlineData("select sequence from events START 1795175910000", "11\n10\n5\n3")]
    [InlineData("select LOWER(username) as who, count(*) as n from events where who like 'a%' group by who order by n", "alice | 2.0")]
    [InlineData("select starttime/(1000*60) as 'minute', (minute * 60) as seconds, count(*) from events group by minute order by minute desc limit 2", "29919599 | 1795175940 | 3.0\n29919598 | 1795175880 | 1.0")]
    [InlineData("select categoryname(category) as 'Cat', COUNT(*) from events group by category having \"COUNT\" > 5 order by \"COUNT\" desc", "NULL | 6.0")]
    [InlineData("select long(sum(eventcount)) as c from events", "9")]
    public void Rows_are_as_expected_with_and_without_push_down(string query, string expected)
    {
        Assert.Equal(expected, Run(query, pushDown: true));
        Assert.Equal(expected, Run(query, pushDown: false));
        Assert.Equal(expected, Run(query, pushDown: true, threads: 3));
    }

    [Theory]
    [InlineData("login ok", "LIKE", "_ogin%", true)]
    [InlineData("login ok", "LIKE", "log_n ok", true)]
    [InlineData("login ok", "LIKE", "%gin o%", true)]
    [InlineData("login ok", "LIKE", "%in_o_", true)]
    [InlineData("login ok", "LIKE", "login", false)]
    [InlineData("login ok", "LIKE", "Login ok", false)]
    [InlineData("login ok", "ILIKE", "%LOGIN%OK", true)]
    [InlineData("login ok", "LIKE", "%ok%login%", false)]
    [InlineData("login ok", "LIKE", "%%ok%%", true)]
    [InlineData("aaab", "LIKE", "%aab", true)]
    [InlineData("ab", "LIKE", "ab%b", false)]
    [InlineData("日本語", "LIKE", "_本_", true)]
    [InlineData("日本語", "LIKE", "__", false)]
    [InlineData("ÄPFEL", "ILIKE", "äp%", true)]
    [InlineData("\u212aelvin", "ILIKE", "kelvin", false)]
    [InlineData("", "LIKE", "", true)]
    [InlineData("", "LIKE", "%", true)]
    [InlineData("", "LIKE", "_", false)]
    [InlineData("a\\b", "LIKE", "a\\b", true)]
    [InlineData("re.log", "MATCHES", "e.l", true)]
    [InlineData("re.log", "MATCHES", "^e", false)]
    [InlineData("re.log", "IMATCHES", "LOG$", true)]
    [InlineData("re.log", "MATCHES", "(?<=re)\\.", true)]
    [InlineData("a login b", "=", "a login b", true)]
    [InlineData("a login b", "=", "a login", false)]
    public void Patterns_match_payloads(string payload, string op, string pattern, bool expected)
    {
        var source = new RowSource(new RowBlock(new Row(("starttime", Ago(1)), ("payload", payload), ("username", payload))));
        foreach (string operand in new[] { "UTF8(payload)", "username", "CONCAT(username, '')" })
        {
            using var result = new AqlEngine(source, Context())
                .Run($"select qid from events where {operand} {op} '{pattern}'", cancel: TestContext.Current.CancellationToken);
            Assert.Equal(expected ? 1 : 0, result.Rows.Count());
        }
    }

    [Fact]
    public void Filters_say_what_they_skipped()
    {
        using var result = new AqlEngine(Events(), Context())
            .Run("select sequence from events where sourceip = '10.0.0.2' and UTF8(payload) like '% password %'",
                cancel: TestContext.Current.CancellationToken);
        Assert.Equal(2L, Assert.Single(result.Rows.ToArray())[0]);
        Assert.Equal((2, 1, 2, 2L, 1L),
            (result.Statistics.Blocks, result.Statistics.BlocksRead, result.Statistics.BlocksDone, result.Statistics.RowsScanned,
                result.Statistics.RowsMatched));
        Assert.Contains(("sourceip = 10.0.0.2", 1, 0), result.Statistics.Pruned);
        Assert.Contains("sourceip = 10.0.0.2: skipped 1 blocks", result.Statistics.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("QIDNAME(qid) = 'SSH Failure'", "qid holds 200", 1)]
    [InlineData("QIDNAME(qid) in ('nothing')", "qid has that name (none has)", 2)]
    [InlineData("\"Logon Type\" = '3'", "a row has \"Logon Type\" and it is the text", 1)]
    [InlineData("url like 'http%'", "a row has \"URL\"", 1)]
    [InlineData("UTF8(payload) matches 'sshd.1.: Accepted password for'", "payload holds accepted, password", 1)]
    [InlineData("UTF8(payload) matches 'x|Accepted password for'", null, 0)]
    public void Names_properties_and_expressions_are_asked_of_blocks(string where, string? filter, int skipped)
    {
        string plan = new AqlEngine(Events(), Context()).Explain("select sequence from events where " + where);
        if (filter == null) Assert.DoesNotContain("skip blocks", plan, StringComparison.Ordinal);
        else Assert.Matches($"skip blocks unless {System.Text.RegularExpressions.Regex.Escape(filter)}    .*: skips {skipped} of 2", plan);
    }

    // Every match of the expression holds these; what is not certain is left out.
    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("ab+c", "ab,c")]
    [InlineData("ab?c", "a,c")]
    [InlineData("ab*?c", "a,c")]
    [InlineData("ab{0,2}c", "a,c")]
    [InlineData("a\\.b\\d\\[c", "a.b,[c")]
    [InlineData("x[]a-z]y", "x,y")]
    [InlineData("x[^]a]y", "x,y")]
    [InlineData("ab(cd|ef)gh", "ab,gh")]
    [InlineData("ab(cd)?gh", "ab,gh")]
    [InlineData("^ab.cd$", "ab,cd")]
    [InlineData("(?:ab)cd(?=ef)", "cd")]
    [InlineData("ab|cd", "")]
    [InlineData("(?i)ab", "")]
    [InlineData("ab(?i:c)", "")]
    [InlineData("\\x41bc", "")]
    [InlineData("a[a-z-[b]]c", "")]
    [InlineData("aéb", "a,b")]
    public void Literals_of_an_expression_are_those_every_match_holds(string regex, string literals) =>
        Assert.Equal(literals, string.Join(",", Portolan.Store.Aql.Plan.RegexLiterals.Of(regex)));

    [Fact]
    public void A_limit_ends_early_and_reads_no_older_block()
    {
        using var result = new AqlEngine(Events(), Context())
            .Run("select payload from events limit 2", cancel: TestContext.Current.CancellationToken);
        Assert.Equal(2, result.Rows.Count());
        Assert.Equal(1, result.Statistics.BlocksRead);
        Assert.Contains(("newest first", 1, 0), result.Statistics.Pruned);
    }

    [Theory]
    [InlineData("username")]
    [InlineData("username DESC")]
    [InlineData("sourceport DESC, username")]
    [InlineData("sourceip, sequence DESC")]
    [InlineData("STRLEN(username) DESC, sourceport")]
    [InlineData("eventid")]
    public void Rows_behind_those_that_are_kept_change_nothing(string order)
    {
        // Enough rows that most are passed over by their first key alone; every ninth has no user, every tenth no address.
        var events = new RowSource([.. Enumerable.Range(0, 12).Select(b => new RowBlock([.. Enumerable.Range(b * 900, 900).Select(i => i * 7919L % 10_800).Select(n => new Row(
            ("starttime", Ago(200 - b)), ("sequence", n), ("sourceport", n % 200), ("username", n % 9 == 0 ? null : $"user{n % 50}"),
            ("sourceip", n % 10 == 0 ? null : $"10.0.0.{n % 120}")))]))]);
        string query = $"SELECT sequence, username FROM events ORDER BY {order} LIMIT 25";
        string[] Rows(bool pushDown, int threads)
        {
            using var result = new AqlEngine(events, Context()).Run(query, new() { PushDown = pushDown, Threads = threads }, TestContext.Current.CancellationToken);
            return [.. result.Rows.Select(r => string.Join(" | ", r.Select(Show)))];
        }
        string[] expected = Rows(false, 1);
        Assert.Equal(25, expected.Length);
        Assert.Equal(expected, Rows(true, 1));
        Assert.Equal(expected, Rows(true, 2));
    }

    [Theory]
    [InlineData("select username, count(*) from events group by username")]
    [InlineData("select sequence from events order by username")]
    [InlineData("select payload from events where STRLEN(UTF8(payload)) > 3")]
    public void A_search_over_its_memory_limit_says_so(string query)
    {
        using var result = new AqlEngine(Events(), Context())
            .Run(query, new() { MemoryLimit = 100 }, TestContext.Current.CancellationToken);
        var e = Assert.Throws<AqlException>(() => result.Rows.ToArray());
        Assert.Equal(AqlErrorKind.Limit, e.Kind);
        Assert.StartsWith("AQL: the search needs more than its 0 MiB of memory", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_search_stops_and_a_disposed_one_lets_its_blocks_go()
    {
        var source = Events();
        using var stop = new CancellationTokenSource();
        using (var result = new AqlEngine(source, Context()).Run("select count(*) from events", cancel: stop.Token))
        {
            stop.Cancel();
            Assert.Throws<OperationCanceledException>(() => result.Rows.ToArray());
            Assert.Equal(0, source.Released);
        }
        Assert.Equal(1, source.Released);
    }

    [Theory]
    [InlineData("start '2026-11-20 12:51' stop '2026-11-20 13:00'", "2026-11-20 11:51:00.000000", "2026-11-20 11:59:59.999999")]
    [InlineData("start '2026-11-20 12:51:20' stop '2026-11-20 13:00:20'", "2026-11-20 11:51:00.000000", "2026-11-20 12:00:59.999999")]
    [InlineData("start '2026/11/20 10:00:00 Z'", "2026-11-20 10:00:00.000000", "2026-11-20 12:00:00.000000")]
    [InlineData("start '2026:11:20-10:00:00'", "2026-11-20 09:00:00.000000", "2026-11-20 12:00:00.000000")]
    [InlineData("start '2026/11/20-10:00:00z'", "2026-11-20 10:00:00.000000", "2026-11-20 12:00:00.000000")]
    [InlineData("start 1795172430123 stop 1795172430123", "2026-11-20 11:00:00.000000", "2026-11-20 11:00:59.999999")]
    [InlineData("start PARSEDATETIME('1 day ago')", "2026-11-19 12:00:00.000000", "2026-11-20 12:00:00.000000")]
    [InlineData("start '2026-03-29 02:30' stop '2026-03-29 03:00'", "2026-03-29 01:30:00.000000", null)]
    [InlineData("last 24 hours", "2026-11-19 12:00:00.000000", "2026-11-20 12:00:00.000000")]
    [InlineData("last 1 day", "2026-11-19 12:00:00.000000", "2026-11-20 12:00:00.000000")]
    [InlineData("", "2026-11-20 11:55:00.000000", "2026-11-20 12:00:00.000000")]
    public void Time_clauses_snap_outward_to_minutes(string clause, string from, string? to)
    {
        var engine = new AqlEngine(new RowSource(), Context() with { Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") });
        if (to == null)
        {
            Assert.Equal(AqlErrorKind.Semantic, Assert.Throws<AqlException>(() => engine.Explain("select qid from events " + clause)).Kind);
            return;
        }
        using var result = engine.Run("select qid from events " + clause, cancel: TestContext.Current.CancellationToken);
        Assert.Equal((from, to), (Written(result.Time.From), Written(result.Time.To)));
        static string Written(long t) => DateTimeOffset.UnixEpoch.AddTicks(t * 10)
            .ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
    }

    // Expected values as SimpleDateFormat prints them for the US.
    [Theory]
    [InlineData("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2026-11-20T12:00:00.000Z")]
    [InlineData("EEE, d MMM yy h:mm a", "Fri, 20 Nov 26 12:00 PM")]
    [InlineData("EEEE MMMM D F k K z Z", "Friday November 324 3 12 0 UTC +0000")]
    [InlineData("YYYY w W", "2026 47 3")]
    [InlineData("hh 'o''clock'", "12 o'clock")]
    [InlineData("''yy", "'26")]
    [InlineData("q", null)]
    [InlineData("yyyy 'open", null)]
    public void Dates_are_written_by_pattern(string pattern, string? expected)
    {
        var source = new RowSource(new RowBlock(new Row(("starttime", Ago(0)))));
        using var result = new AqlEngine(source, Context())
            .Run($"select DATEFORMAT(starttime, '{pattern.Replace("'", "''", StringComparison.Ordinal)}') from events",
                cancel: TestContext.Current.CancellationToken);
        Assert.Equal(expected, result.Rows.Single()[0]);
    }

    [Theory]
    [InlineData("username = 'bob'", "1 of 2 blocks, 6 rows in all", "(username = 'bob'): skips 1 of 2")]
    [InlineData("sourceip = '10.0.0.1' and sourceport < 443", "1 of 2 blocks, 6 rows in all", "(sourceip = 10.0.0.1): skips 0 of 2")]
    [InlineData("sourceip = '10.9.9.9'", "0 of 2 blocks, 6 rows in all", "(sourceip = 10.9.9.9): skips 2 of 2")]
    [InlineData("username like '%b'", "2 of 2 blocks, 6 rows in all", "")]
    public void Explain_counts_the_blocks_that_filters_skip_and_reads_no_row(string where, string scan, string skip)
    {
        var first = new RowBlock(
            new Row(("starttime", Ago(200)), ("username", "alice"), ("sourceip", "10.0.0.1"), ("sourceport", 5000)),
            new Row(("starttime", Ago(150)), ("username", "bob"), ("sourceip", "10.0.0.2"), ("sourceport", 9000)));
        var second = new RowBlock(
            new Row(("starttime", Ago(100)), ("username", "alice"), ("sourceip", "10.0.0.1"), ("sourceport", 80)),
            new Row(("starttime", Ago(50)), ("username", "carol")), new Row(("starttime", Ago(40))), new Row(("starttime", Ago(30))));
        var source = new RowSource(first, second);
        string plan = new AqlEngine(source, Context()).Explain($"select username from events where {where}");
        Assert.Contains($"to 2026-11-20T12:00:00.000Z: {scan}\n", plan);
        Assert.Contains(skip, plan);
        Assert.Equal((0, 0), (first.Reads, second.Reads));
        // The names' snapshot and the plan's, if both were taken, are given back.
        Assert.True(source.Released > 0);
    }

    [Fact]
    public void Explain_shows_the_plan_and_what_is_pushed_down()
    {
        Assert.Equal("""
            limit 5
              order by starttime desc, eventid desc
                project username: String = username
                  keep rows where sourceip = 10.0.0.1 and then sourceport > 80 and then UTF8(payload) LIKE '% fail %'
                    scan events with starttime from 2026-11-20T11:55:00.000Z to 2026-11-20T12:00:00.000Z
                      skip blocks unless sourceip holds 10.0.0.1    (sourceip = 10.0.0.1)
                      skip blocks unless sourceport in 81..…    (sourceport > 80)
                      skip blocks unless payload holds fail    (UTF8(payload) LIKE '% fail %')
                      read sourceip, sourceport, payload, username

            """, new AqlEngine(new RowSource(), Context()).Explain("select username from events where sourceip = '10.0.0.1' and sourceport > '80' and UTF8(payload) like '% fail %' limit 5"));
    }
}
