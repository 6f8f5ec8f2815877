using System.Xml.Linq;
using Xunit;

namespace Portolan.Tests.House;

/// <summary>A project knows only the floors below its own, and pillars of one floor do not see one another.</summary>
public class FloorTests
{
    static readonly Dictionary<string, int> Floor = new()
    {
        ["Portolan.Model"] = 1,
        ["Portolan.Formats"] = 2,
        ["Portolan.Store"] = 2,
        ["Portolan.Collect"] = 3,
        ["Portolan.Detect"] = 3,
        ["Portolan.Identity"] = 3,
        ["Portolan.Inventory"] = 3,
        ["Portolan.Ports"] = 3,
        ["Portolan.Fleet"] = 3,
        ["Portolan.Web"] = 4,
        ["Portolan"] = 5,
    };

    static IEnumerable<(string Name, XDocument Xml)> Projects() =>
        Repository.Sources("src", "*.csproj").Select(f => (Path.GetFileNameWithoutExtension(f), XDocument.Load(f)));

    [Fact]
    public void EveryProjectHasAFloor() => Assert.All(Projects(), p => Assert.Contains(p.Name, Floor));

    [Fact]
    public void ReferencesGoDownOnly()
    {
        var wrong = from p in Projects()
                    from r in p.Xml.Descendants("ProjectReference")
                    let to = Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))
                    where !Floor.TryGetValue(to, out int below) || below >= Floor[p.Name]
                    select $"{p.Name} → {to}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void TheModelSeesOnlyTheFramework()
    {
        var model = Projects().Single(p => p.Name == "Portolan.Model").Xml;
        Assert.Empty(model.Descendants("PackageReference"));
        Assert.Empty(model.Descendants("FrameworkReference"));
    }

    [Fact]
    public void FormatsDoNoInputOrOutput()
    {
        string[] barred = ["System.IO.File", "File.Open", "File.Read", "FileStream", "System.Net.Sockets", "DateTime.Now", "DateTime.UtcNow",
            "DateTimeOffset.UtcNow", "TimeProvider", "Console.", "ILogger", "Environment."];
        var wrong = from f in Repository.Sources("src/Portolan.Formats")
                    let text = File.ReadAllText(f)
                    from b in barred
                    where text.Contains(b)
                    select $"{Path.GetFileName(f)}: {b}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void OnlyTheCommandLineWritesToTheConsole()
    {
        var wrong = from f in Repository.Sources("src")
                    where !f.Contains("/src/Portolan/")
                    where File.ReadAllText(f).Contains("Console.")
                    select f;
        Assert.Empty(wrong);
    }

    [Fact]
    public void NoFolderIsARagbag()
    {
        string[] barred = ["Helpers", "Common", "Utils", "Services", "Managers", "Interfaces", "Dtos"];
        var folders = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"), "*", SearchOption.AllDirectories)
            .Select(d => Path.GetFileName(d));
        Assert.DoesNotContain(folders, f => barred.Contains(f));
    }
}
