using System.Text.RegularExpressions;
using Xunit;

namespace Portolan.Tests.House;

/// <summary>A document that names a path or a type is code: this fails when the name dies.</summary>
public partial class DocumentTests
{
    static readonly string[] Documents = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\.?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.*<>-]+)*/?$")]
    private static partial Regex PathShape();

    [GeneratedRegex(@"^I?[A-Z][A-Za-z0-9]+(\.[A-Z][A-Za-z0-9]+)?(\(.*\))?$")]
    private static partial Regex TypeShape();

    static IEnumerable<(string Document, string Name)> Named() =>
        from d in Documents
        from Match m in Code().Matches(Repository.Read(d))
        select (d, m.Groups[1].Value);

    [Fact]
    public void EveryPathNamedExists()
    {
        string[] roots = ["", "src/", "src/Portolan.", "src/Portolan/"];
        var missing = from n in Named()
                      where n.Name.Contains('/') && PathShape().IsMatch(n.Name) && !n.Name.Contains('<') && !n.Name.Contains('*')
                      where !n.Name.StartsWith("DATA/") && !n.Name.StartsWith("artifacts/") && !n.Name.StartsWith(".cache/")
                      where !roots.Any(r => Path.Exists(Path.Combine(Repository.Root, r + n.Name)))
                      select $"{n.Document}: {n.Name}";
        Assert.Empty(missing);
    }

    [Fact]
    public void EveryTypeNamedExists()
    {
        var known = Repository.Sources("src").Concat(Repository.Sources("tests")).Concat(Repository.Sources("tools"))
            .SelectMany(f => Declarations().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).ToHashSet();
        var folders = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"), "*", SearchOption.AllDirectories).Select(d => Path.GetFileName(d)).ToHashSet();
        var missing = from n in Named()
                      where TypeShape().IsMatch(n.Name) && n.Name.Any(char.IsLower)
                      let type = n.Name.Split('.', '(')[0]
                      where !known.Contains(type) && !folders.Contains(n.Name)
                      select $"{n.Document}: {n.Name}";
        Assert.Empty(missing);
    }

    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum|record struct)\s+([A-Z][A-Za-z0-9]+)")]
    private static partial Regex Declarations();

    [Fact]
    public void TheArchitectureIsShort() => Assert.InRange(Repository.Read("ARCHITECTURE.md").Split('\n').Length, 1, 199);
}
