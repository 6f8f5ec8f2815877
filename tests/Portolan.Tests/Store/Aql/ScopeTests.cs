using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Aql;
using Xunit;

namespace Portolan.Tests.Store.Aql;

/// <summary>What a search with a scope says, and that no text gets it to say more.</summary>
public sealed class ScopeTests
{
    const long Day = 1_795_000_000_000_000;
    const string Scope = "domainid = 2";

    static readonly RowBlock[] Blocks =
    [
        new(
            new(("starttime", Day), ("domainid", 1L), ("sourceip", "10.2.0.9"), ("username", "secret"), ("logsourceid", 7L), ("hidden", "x"), ("payload", "secret words")),
            new(("starttime", Day + 1), ("domainid", 2L), ("sourceip", "10.1.0.1"), ("username", "ours"), ("logsourceid", 8L), ("payload", "our words"))),
        new(new Row(("starttime", Day + 2), ("domainid", 1L), ("sourceip", "10.2.0.9"), ("username", "secret"), ("logsourceid", 7L), ("payload", "secret words"))),
    ];

    static AqlEngine Engine() => new(new RowSource(Blocks), new AqlContext { Names = new Told(), Users = new Told(), Assets = new Told(), Networks = new Told() });

    /// <summary>Knows something of everything.</summary>
    sealed class Told : ICatalogNames, IUserLookup, IAssetLookup, INetworkLookup
    {
        public string? Name(CatalogKind kind, long id) => $"{kind} {id}: secret";
        public IReadOnlyList<long> Ids(CatalogKind kind, string name) => [7];

        public bool TryAt(int domain, Address address, long time, out UserAt user)
        {
            user = new("secret", 0, long.MaxValue, "secret");
            return true;
        }

        public bool TryAt(int domain, Address address, long time, out AssetAt asset)
        {
            asset = new(1, "secret", 0, long.MaxValue);
            return true;
        }

        public int At(int domain, Address address) => 1;
        public string? Name(int networkId) => "secret";
    }

    static SearchOptions Options(string? scope, bool pushDown = true) => new() { Scope = scope, Time = (0, long.MaxValue), PushDown = pushDown };

    static List<string> Run(string aql, string? scope = Scope, bool pushDown = true)
    {
        using var found = Engine().Run(aql, Options(scope, pushDown));
        return [.. found.Rows.Select(r => string.Join(",", r))];
    }

    [Theory]
    [InlineData("SELECT username FROM events")]
    [InlineData("SELECT username FROM events WHERE domainid = 1 OR TRUE")]
    [InlineData("SELECT username FROM events WHERE NOT (domainid = 2) OR 1 = 1")]
    [InlineData("SELECT username FROM events WHERE TRUE) OR (TRUE")]
    [InlineData("SELECT username FROM events -- WHERE")]
    [InlineData("SELECT username FROM events /* ")]
    [InlineData("SELECT username FROM events WHERE TRUE --")]
    [InlineData("SELECT username FROM events UNION SELECT username FROM events")]
    [InlineData("SELECT username FROM events; SELECT username FROM events")]
    [InlineData("SELECT username FROM (SELECT * FROM events)")]
    [InlineData("SELECT username FROM events WHERE sourceip IN (SELECT sourceip FROM events)")]
    [InlineData("SELECT username, 2 AS domainid FROM events WHERE domainid = 2")]
    [InlineData("SELECT username, 2 AS \"domainid\" FROM events")]
    [InlineData("SELECT 2 AS domainid, FIRST(username) AS username FROM events GROUP BY sourceip")]
    [InlineData("SELECT username FROM events ORDER BY domainid LIMIT 100")]
    [InlineData("SELECT username FROM events GROUP BY username HAVING domainid > 0 OR TRUE")]
    [InlineData("SELECT UNIQUECOUNT(username), COUNT(*), MAX(username), MIN(username), LAST(username) FROM events")]
    [InlineData("SELECT username, CASE WHEN domainid = 1 THEN username ELSE 'none' END FROM events")]
    [InlineData("SELECT UTF8(payload) FROM events WHERE UTF8(payload) ILIKE '%secret%' OR UTF8(payload) ILIKE '%our%'")]
    [InlineData("SELECT UTF8(payload) FROM events WHERE UTF8(payload) MATCHES '.*words.*'")]
    [InlineData("SELECT * FROM events")]
    [InlineData("SELECT QIDNAME(qid), LOGSOURCENAME(7) FROM events")]
    [InlineData("SELECT LOGSOURCENAME(logsourceid - 1) FROM events")]
    [InlineData("SELECT LOGSOURCENAME(7) AS a FROM events WHERE a IS NOT NULL")]
    [InlineData("SELECT username FROM events WHERE LOGSOURCENAME(7) = 'LogSource 7: secret'")]
    [InlineData("SELECT COUNT(*) FROM events GROUP BY LOGSOURCENAME(7)")]
    [InlineData("SELECT COUNT(*) FROM events HAVING LOGSOURCENAME(7) LIKE 'L%'")]
    [InlineData("SELECT username FROM events ORDER BY LOGSOURCENAME(7)")]
    [InlineData("SELECT MAX(LOGSOURCENAME(7)) FROM events")]
    [InlineData("SELECT CASE WHEN TRUE THEN LOGSOURCENAME(7) ELSE 'x' END FROM events")]
    [InlineData("SELECT ASSETUSER('10.2.0.9') FROM events")]
    [InlineData("SELECT ASSETUSER(sourceip, 1795000000000) FROM events")]
    [InlineData("SELECT ASSETHOSTNAME(sourceip) FROM events")]
    [InlineData("SELECT NETWORKNAME('10.2.0.9') FROM events")]
    [InlineData("SELECT FULLNETWORKNAME('10.2.0.9', 1) FROM events")]
    [InlineData("SELECT username FROM events WHERE ASSETUSER('10.2.0.9') LIKE 'secret%'")]
    [InlineData("SELECT hidden FROM events")]
    [InlineData("SELECT hidde FROM events")]
    [InlineData("SELECT username FROM events WHERE \"hidden\" IS NULL OR TRUE")]
    [InlineData("SELECT username FROM flows")]
    [InlineData("SELECT username FROM events PARAMETERS REMOTESERVERS=ARIELSERVERS4EPNAME('x')")]
    public void No_text_gets_at_other_rows(string aql)
    {
        foreach (bool pushDown in (bool[])[true, false])
        {
            try
            {
                // QID names are the same for everyone: what this one says of others' rows would be another name.
                foreach (string row in Run(aql, pushDown: pushDown)) Assert.DoesNotContain("secret", row.Replace("Qid 0: secret", ""));
                Assert.True(Run(aql, pushDown: pushDown).Count <= 1);
            }
            catch (AqlException e)
            {
                Assert.NotEqual(AqlErrorKind.Limit, e.Kind);
                Assert.DoesNotContain("hidden?", e.Message);
            }
        }
    }

    [Theory]
    [InlineData("SELECT username FROM events", "ours")]
    [InlineData("SELECT username, 1 AS domainid FROM events WHERE domainid = 1", "ours,1")]
    [InlineData("SELECT COUNT(*) FROM events", "1")]
    [InlineData("SELECT username FROM events WHERE username = 'secret'", "")]
    [InlineData("SELECT COUNT(*) FROM events WHERE sourceip = '10.2.0.9'", "0")]
    [InlineData("SELECT LOGSOURCENAME(logsourceid) FROM events", "LogSource 8: secret")]
    [InlineData("SELECT NETWORKNAME(sourceip) FROM events", "secret")]
    [InlineData("SELECT UTF8(payload) FROM events", "our words")]
    public void A_scope_is_a_condition_before_the_texts_own(string aql, string expected) => Assert.Equal(expected, string.Join(";", Run(aql)));

    [Theory]
    [InlineData("INCIDR('10.1.0.0/16', sourceip)", 1)]
    [InlineData("domainid = 1", 2)]
    [InlineData("domainid = 1 OR domainid = 2", 3)]
    [InlineData("LOGSOURCENAME(logsourceid) = 'LogSource 7: secret'", 2)]
    [InlineData("NETWORKNAME(sourceip) = 'secret'", 3)]
    public void A_scope_is_any_condition(string scope, int rows) => Assert.Equal(rows, Run("SELECT username FROM events", scope).Count);

    [Theory]
    [InlineData("UTF8(payload) ILIKE '%our%'", "a scope cannot ask the payload")]
    [InlineData("domainid = 2) OR (TRUE", "the scope of who asks does not fit events")]
    [InlineData("domainid", "the scope of who asks does not fit events")]
    [InlineData("COUNT(*) > 1", "the scope of who asks does not fit events")]
    [InlineData("ASSETUSER(sourceip) = 'ours'", "ASSETUSER tells of more")]
    [InlineData("nosuch = 1", "the scope of who asks does not fit events")]
    public void A_scope_that_cannot_be_one_is_refused_and_never_left_out(string scope, string why) =>
        Assert.Contains(why, Assert.Throws<AqlException>(() => Run("SELECT username FROM events", scope)).Message);

    [Fact]
    public void Explain_shows_the_scope_first_and_nothing_of_other_rows()
    {
        string plan = Engine().Explain("SELECT username FROM events WHERE username = 'secret' AND LOGSOURCENAME(logsourceid) = 'a'", Options(Scope));
        Assert.Contains("keep rows where domainid = 2 and then ", plan);
        foreach (string told in (string[])["blocks", "rows in all", "skip", "holds"]) Assert.DoesNotContain(told, plan);
        Assert.Contains("of 2 blocks", Engine().Explain("SELECT username FROM events", Options(null)));
    }

    [Fact]
    public void A_condition_for_streams_has_it_too()
    {
        int Matches(string condition, string? scope) => Blocks.Sum(b => Engine().CompileCondition(condition, scope).Matches(b).Length);
        Assert.Equal(3, Matches("TRUE", null));
        Assert.Equal(1, Matches("TRUE", Scope));
        Assert.Equal(0, Matches("username = 'secret'", Scope));
        Assert.Throws<AqlException>(() => Matches("ASSETUSER('10.2.0.9') = 'secret'", Scope));
    }
}
