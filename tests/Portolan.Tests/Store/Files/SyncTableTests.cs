using System.Reflection;
using System.Text.RegularExpressions;
using Portolan.Tests.Collect;
using Xunit;

namespace Portolan.Tests.Store.Files;

/// <summary>A sync that no test misses is either superfluous or a promise that nobody checks: every one in the source stands in a table of the power-cut tests.</summary>
public partial class SyncTableTests
{
    [GeneratedRegex(@"\.(Sync|SyncDirectory)\(")]
    private static partial Regex Call { get; }

    // A member of a type, one level in; the parameters may go on in the next line.
    [GeneratedRegex(@"^    (?:[\w<>\[\],?. ()]+ )?(\w+)(?:<[\w, ]+>)?\((?!\))?.*$")]
    private static partial Regex Member { get; }

    static IEnumerable<string> InSource()
    {
        string root = Repository.Root;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string member = "";
            foreach (string line in File.ReadLines(file))
            {
                if (line.StartsWith("    ", StringComparison.Ordinal) && line.Length > 4 && line[4] is not (' ' or '/' or '[' or '{' or '}') && Member.Match(line) is { Success: true } m)
                    member = m.Groups[1].Value;
                foreach (Match call in Call.Matches(line))
                    yield return $"{Path.GetFileName(file).Split('.')[0]}.{member}/{call.Groups[1].Value}";
            }
        }
    }

    static IEnumerable<string> InTables() =>
        from type in typeof(SyncTableTests).Assembly.GetTypes()
        from method in type.GetMethods()
        where method.Name.StartsWith("Every_sync_is_needed", StringComparison.Ordinal)
        from row in method.GetCustomAttributes<InlineDataAttribute>()
        select (string)row.Data[0]!;

    [Fact]
    public void Every_sync_in_the_source_is_in_a_table() => Assert.Equal(InSource().Distinct(), InSource().Distinct().Where(InTables().ToHashSet().Contains));

    [Fact]
    public void Every_row_of_a_table_is_a_sync_in_the_source() => Assert.Equal(InTables(), InTables().Where(InSource().ToHashSet().Contains));

    // A table names a method: two syncs of one kind there could stand in for one another.
    [Fact]
    public void No_method_has_two_of_a_kind() => Assert.Empty(InSource().GroupBy(s => s).Where(g => g.Count() > 1).Select(g => g.Key));
}
