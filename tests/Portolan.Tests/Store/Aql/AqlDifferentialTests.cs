using System.Globalization;
using Portolan.Store.Aql;
using Xunit;

namespace Portolan.Tests.Store.Aql;

/// <summary>The engine against a row-by-row interpreter that knows no blocks, dictionaries or filters.</summary>
public class AqlDifferentialTests
{
    static readonly SearchOptions[] Ways = [new(), new() { PushDown = false }, new() { Threads = 3 }];

    static (RowBlock[] Blocks, Row[] Rows) Store(RandomConditions made, Random random)
    {
        var rows = new List<Row>();
        var blocks = new List<RowBlock>();
        for (int b = 0; b < 6; b++)
        {
            // Small blocks are often skipped, large ones have several frames. Times overlap between blocks and are not in order within one;
            // several rows share a millisecond.
            var block = Enumerable.Range(0, 1 + random.Next(b < 4 ? 3 : 15))
                .Select(i => made.Row(rows.Count + i, AqlRunTests.Ago(280 - 40 * b - random.Next(60)) + random.Next(1500))).ToArray();
            rows.AddRange(block);
            blocks.Add(new(block));
        }
        return ([.. blocks], [.. rows]);
    }

    static string Shown(Row r)
    {
        var (host, epoch, sequence, index) = RandomConditions.Id(r);
        return string.Create(CultureInfo.InvariantCulture, $"{host}-{epoch}-{sequence}-{index}");
    }

    [Fact]
    public void Conditions_orders_and_limits_agree_with_a_naive_interpreter()
    {
        var random = new Random(7);
        var made = new RandomConditions(random);
        int matched = 0;
        var (blocks, rows) = Store(made, random);
        for (int i = 0; i < 3000; i++)
        {
            if (i % 8 == 0) (blocks, rows) = Store(made, random);
            var condition = made.Next(random.Next(4));
            long? limit = random.Next(2) == 0 ? random.Next(12) : null;
            int order = random.Next(4);
            var hits = rows.Where(r => condition.Holds(r) == true);
            var newest = hits.OrderByDescending(RandomConditions.Milliseconds).ThenByDescending(RandomConditions.Id);
            var (clause, sorted) = order switch
            {
                0 => ("", newest),
                1 => ("ORDER BY starttime ASC", hits.OrderBy(RandomConditions.Milliseconds).ThenBy(RandomConditions.Id)),
                2 => ("ORDER BY username DESC", hits.OrderBy(r => r["username"] == null)
                    .ThenByDescending(r => (string?)r["username"], StringComparer.Ordinal).ThenByDescending(RandomConditions.Id)),
                _ => ("ORDER BY eventcount", hits.OrderBy(r => RowBlock.Number(r["eventcount"])).ThenBy(RandomConditions.Id)),
            };
            var expected = sorted.Take((int)(limit ?? int.MaxValue)).Select(Shown).ToArray();
            matched += expected.Length;
            string query = $"SELECT eventid FROM events WHERE {condition.Text} {clause} {(limit == null ? "" : $"LIMIT {limit}")}";
            foreach (var way in Ways[..2])
            {
                using var result = new AqlEngine(new RowSource(blocks), AqlRunTests.Context())
                    .Run(query, way, TestContext.Current.CancellationToken);
                var actual = result.Rows.Select(r => (string)r[0]!).ToArray();
                Assert.True(expected.SequenceEqual(actual),
                    $"{query}\npush-down {way.PushDown}\nexpected {string.Join(' ', expected)}\nactual   {string.Join(' ', actual)}");
            }
        }
        Assert.True(matched > 1000);
    }

    [Fact]
    public void Groups_agree_with_a_naive_interpreter()
    {
        var random = new Random(8);
        var made = new RandomConditions(random);
        for (int i = 0; i < 100; i++)
        {
            var (blocks, rows) = Store(made, random);
            var condition = made.Next(1);
            string key = made.Pick(["username", "qid", "sourceip", "hasidentity"]);
            string query = $"SELECT {key}, COUNT(*), COUNT(username), SUM(eventcount), MIN(sourceport), MAX(starttime), UNIQUECOUNT(sourceip), FIRST(username), LAST(eventid), AVG(qid) "
                + $"FROM events WHERE {condition.Text} GROUP BY {key}, sourcev6";
            var expected = rows.Where(r => condition.Holds(r) == true)
                .GroupBy(r => (Key: r[key], V6: ((string)r["sourceip"]!).Contains(':') ? r["sourceip"] : "0.0.0.0"))
                .Select(g =>
                {
                    var ordered = g.OrderBy(RandomConditions.Milliseconds).ThenBy(RandomConditions.Id).ToArray();
                    return string.Join(" | ", new object?[]
                    {
                        key is "qid" ? RowBlock.Number(g.Key.Key) : g.Key.Key, (double)g.Count(),
                            (double)g.Count(r => r["username"] != null), (double)g.Sum(r => RowBlock.Number(r["eventcount"])),
                        (double)g.Min(r => RowBlock.Number(r["sourceport"])), (double)g.Max(RandomConditions.Milliseconds),
                            (double)g.Select(r => r["sourceip"]).Distinct().Count(),
                        ordered.FirstOrDefault(r => r["username"] != null)?["username"], Shown(ordered[^1]),
                            g.Average(r => RowBlock.Number(r["qid"])),
                    }.Select(AqlRunTests.Show));
                }).Order(StringComparer.Ordinal).ToArray();
            foreach (var way in Ways)
            {
                using var result = new AqlEngine(new RowSource(blocks), AqlRunTests.Context())
                    .Run(query, way, TestContext.Current.CancellationToken);
                var actual = result.Rows.Select(r => string.Join(" | ", r.Select(AqlRunTests.Show))).Order(StringComparer.Ordinal)
                    .ToArray();
                Assert.True(expected.SequenceEqual(actual),
                    $"{query}\nexpected\n{string.Join('\n', expected)}\nactual\n{string.Join('\n', actual)}");
            }
        }
    }

    [Fact]
    public void A_compiled_condition_matches_the_same_rows()
    {
        var random = new Random(9);
        var made = new RandomConditions(random);
        for (int i = 0; i < 100; i++)
        {
            var (blocks, _) = Store(made, random);
            var condition = made.Next(2);
            var compiled = new AqlEngine(new RowSource(blocks), AqlRunTests.Context()).CompileCondition(condition.Text);
            using var all = new AqlEngine(new RowSource(blocks[0]), AqlRunTests.Context())
                .Run($"select eventid from events where {condition.Text}", cancel: TestContext.Current.CancellationToken);
            Assert.Equal(all.Rows.Count(), compiled.Matches(blocks[0]).Length);
        }
    }
}
