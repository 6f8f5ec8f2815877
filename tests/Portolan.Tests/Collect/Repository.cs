namespace Portolan.Tests.Collect;

/// <summary>Where the repository lies: tests read shipped content and golden files from the source tree.</summary>
static class Repository
{
    public static string Root { get; } = Find();

    public static string Content => Path.Combine(Root, "content");

    static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at != null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Portolan.slnx"))) return at.FullName;
        }
        throw new DirectoryNotFoundException("no Portolan.slnx above the tests");
    }
}
