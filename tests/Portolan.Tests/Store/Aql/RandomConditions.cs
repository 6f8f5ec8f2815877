using System.Globalization;
using System.Text;
using Portolan.Model;

namespace Portolan.Tests.Store.Aql;

/// <summary>
/// Random rows, and random conditions over them, each as AQL text and as a plain function of one row that shares no code with the engine:
/// null is the
/// third truth value.
/// </summary>
sealed class RandomConditions(Random random)
{
    public readonly record struct Condition(string Text, Func<Row, bool?> Holds);

    static readonly string[] Ips = ["10.0.0.1", "10.0.0.2", "10.0.1.7", "192.168.0.1", "2001:db8::1", "2001:db8::ff", "0.0.0.0"];
    static readonly string[] Users = ["alice", "Alice", "bob", "carol%x", "", "日本", "a_b", "10"];
    static readonly string[] Words = ["login", "Login", "failed", "user=bob", "日本語", "x", "GET /a?b", "100%", "\u212aelvin", "kelvin",
        "a_b"];

    public T Pick<T>(T[] from) => from[random.Next(from.Length)];

    public Row Row(long sequence, long time)
    {
        var values = new List<(string, object?)>
        {
            ("starttime", time), ("hostid", 1), ("epoch", 1L + random.Next(2)), ("sequence", sequence), ("recordindex", random.Next(3)),
            ("eventcount", random.Next(5)), ("sourceport", (long)Pick([0, 22, 80, 443, 5000])), ("qid", (long)random.Next(4)),
            ("sourceip", Pick(Ips)), ("hasidentity", random.Next(2) == 0), ("payload", Payload()),
        };
        if (random.Next(3) > 0) values.Add(("username", Pick(Users)));
        if (random.Next(3) == 0) values.Add(("URL", "http://" + Pick(Users)));
        if (random.Next(4) == 0) values.Add(("sourcemac", Pick(["00:00:5e:00:53:00", "00:00:5e:00:53:01"])));
        return new([.. values]);
    }

    byte[] Payload()
    {
        var bytes = new List<byte>();
        for (int n = random.Next(5); n > 0; n--)
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(Pick(Words)));
            if (random.Next(8) == 0) bytes.Add((byte)random.Next(128, 256));
            if (random.Next(3) > 0) bytes.Add((byte)' ');
        }
        return [.. bytes];
    }

    public static long Milliseconds(Row r) => (long)Math.Floor((long)r["starttime"]! / 1000.0);
    public static (long, long, long, long) Id(Row r) =>
        (RowBlock.Number(r["hostid"]), RowBlock.Number(r["epoch"]), RowBlock.Number(r["sequence"]), RowBlock.Number(r["recordindex"]));
    static string PayloadText(Row r) => Encoding.UTF8.GetString((byte[])r["payload"]!);
    static UInt128 Ip(string text) => Address.TryParse(text, out var a) ? a.Value : throw new ArgumentException(text);
    static string Quote(string s) => "'" + s.Replace("'", "''", StringComparison.Ordinal) + "'";

    public Condition Next(int depth)
    {
        switch (depth <= 0 ? 0 : random.Next(5))
        {
            case 1:
                var not = Next(depth - 1);
                return new($"NOT ({not.Text})", r => !not.Holds(r));
            case 2:
                var (a, b) = (Next(depth - 1), Next(depth - 1));
                return new($"({a.Text} AND {b.Text})", r => And(a.Holds(r), b.Holds(r)));
            case 3:
                var (c, d) = (Next(depth - 1), Next(depth - 1));
                return new($"({c.Text} OR {d.Text})", r => !And(!c.Holds(r), !d.Holds(r)));
            default:
                return Leaf();
        }
    }

    public static bool? And(bool? a, bool? b) => a == false || b == false ? false : a == null || b == null ? null : true;

    Condition Leaf()
    {
        string number = Pick(["sourceport", "eventcount", "qid"]), text = Pick(["username", "URL"]), user = Pick(Users), ip = Pick(Ips);
        switch (random.Next(19))
        {
            case 0:
                return Compare(number, Pick(["=", "!=", "<", "<=", ">", ">="]), Pick([0L, 1, 2, 80, 443, 9999]), r =>
                RowBlock.Number(r[number]), quoted: random.Next(2) == 0);
            case 1:
                string sign = Pick(["=", "!=", "<", "<=", ">", ">="]);
                return new($"{text} {sign} {Quote(user)}", r => r[text] is string s ? Holds(sign, string.CompareOrdinal(s, user)) : null);
            case 2:
                string like = Pattern(Users), op = Pick(["LIKE", "ILIKE", "NOT LIKE"]);
                return new($"{text} {op} {Quote(like)}", r => r[text] is string s ? Like(s, like, op == "ILIKE") ^ op == "NOT LIKE" : null);
            case 3:
                string payload = Pattern(Words), how = Pick(["LIKE", "ILIKE"]);
                return new($"UTF8(payload) {how} {Quote(payload)}", r => Like(PayloadText(r), payload, how == "ILIKE"));
            case 4:
                string lower = Pattern(Words).ToLowerInvariant();
                return new($"LOWER(UTF8(payload)) LIKE {Quote(lower)}", r => Like(Fold(PayloadText(r)), lower, false));
            case 5:
                string found = Pick(["log.n", "user=\\w+", "^login", "^$", "%"]);
                return new($"UTF8(payload) MATCHES {Quote(found)}", r =>
                    System.Text.RegularExpressions.Regex.IsMatch(PayloadText(r), found));
            case 6: return new($"{text} IS NULL", r => r[text] == null);
            case 7: return new($"{text} IS NOT NULL", r => r[text] != null);
            case 8:
                string equal = Pick(["=", "!=", "<", ">="]);
                return new($"sourceip {equal} {Quote(ip)}", r => Holds(equal, Ip((string)r["sourceip"]!).CompareTo(Ip(ip))));
            case 9:
                var ips = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Pick(Ips)).ToArray();
                return new($"sourceip IN ({string.Join(", ", ips.Select(Quote))})", r => ips.Any(i => Ip(i) == Ip((string)r["sourceip"]!)));
            case 10:
                var (cidr, first, last) = Pick([("10.0.0.0/24", "10.0.0.0", "10.0.0.255"), ("10.0.0.9/8", "10.0.0.0", "10.255.255.255"),
                    ("2001:db8::/64", "2001:db8::", "2001:db8::ffff")]);
                return new($"INCIDR('{cidr}', sourceip)", r => Ip((string)r["sourceip"]!) >= Ip(first)
                    && Ip((string)r["sourceip"]!) <= Ip(last));
            case 11:
                string same = Pick(["=", "!="]);
                return new($"sourcev6 {same} {Quote(ip)}", r => ((string)r["sourceip"]!).Contains(':')
                    ? Holds(same, Ip((string)r["sourceip"]!) == Ip(ip) ? 0 : 1) : Holds(same, ip == "0.0.0.0" ? 0 : 1));
            case 12:
                long low = random.Next(4), high = random.Next(500);
                return new($"{number} BETWEEN {low} AND {high}", r => RowBlock.Number(r[number]) >= low
                    && RowBlock.Number(r[number]) <= high);
            case 13:
                var numbers = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Pick([0L, 1, 2, 80, 443])).ToArray();
                bool none = random.Next(4) == 0;
                return new($"{number} NOT IN ({string.Join(", ", numbers)}{(none ? ", NULL" : "")})", r =>
                    numbers.Contains(RowBlock.Number(r[number])) ? false : none ? null : true);
            case 14:
                return Compare("starttime", Pick(["<", ">=", "="]), AqlRunTests.Ago(random.Next(300)) / 1000, Milliseconds,
                quoted: false);
            case 15: return new("hasidentity = 'true'", r => (bool)r["hasidentity"]!);
            case 16:
                long twice = random.Next(10);
                return new($"eventcount * 2 + qid / 2 > {twice}", r =>
                    RowBlock.Number(r["eventcount"]) * 2 + RowBlock.Number(r["qid"]) / 2 > twice);
            case 17:
                var id = (1L, 1L + random.Next(2), (long)random.Next(60), (long)random.Next(3));
                string order = Pick(["=", "<", ">="]);
                return new($"eventid {order} '{id.Item1}-{id.Item2}-{id.Item3}-{id.Item4}'", r => Holds(order, Id(r).CompareTo(id)));
            default:
                string mac = Pick(["00-00-5E-00-53-00", "00:00:5e:00:53:01", "00:00:00:00:00:00"]);
                return new($"sourcemac = '{mac}'", r =>
                    RowBlock.Number(r["sourcemac"]) == Convert.ToInt64(mac.Replace("-", "", StringComparison.Ordinal)
                        .Replace(":", "", StringComparison.Ordinal), 16));
        }
    }

    static Condition Compare(string field, string sign, long value, Func<Row, long> of, bool quoted) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{field} {sign} {(quoted ? $"'{value}'" : value)}"), r =>
            Holds(sign, of(r).CompareTo(value)));

    static bool Holds(string sign, int order) =>
        sign switch { "=" => order == 0, "!=" => order != 0, "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };

    string Pattern(string[] from)
    {
        string word = Pick(from);
        if (word.Length > 1 && random.Next(2) == 0) word = word[..random.Next(1, word.Length)];
        if (word.Length > 0 && random.Next(4) == 0) word = "_" + word[1..];
        return (random.Next(4) > 0 ? "%" : "") + word + (random.Next(3) == 0 ? "%" + Pick(from) : "") + (random.Next(4) > 0 ? "%" : "");
    }

    static string Fold(string s) =>
        string.Concat(s.Select(c => c < 128 ? char.ToLowerInvariant(c) : char.ToLowerInvariant(c) < 128 ? c : char.ToLowerInvariant(c)));

    static bool Like(string text, string pattern, bool ignoreCase)
    {
        if (ignoreCase) (text, pattern) = (Fold(text), Fold(pattern));
        return At(0, 0);
        bool At(int t, int p)
        {
            if (p == pattern.Length) return t == text.Length;
            if (pattern[p] == '%') return At(t, p + 1) || t < text.Length && At(t + 1, p);
            return t < text.Length && (pattern[p] == '_' || pattern[p] == text[t]) && At(t + 1, p + 1);
        }
    }
}
