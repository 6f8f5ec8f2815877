namespace Portolan;

/// <summary>The content that ships: <c>content/</c> beside the program, or in the source tree above it during development.</summary>
static class Content
{
    public static string Folder { get; } = Find();

    public static string File(params ReadOnlySpan<string> path) => Path.Combine([Folder, .. path]);

    static string Find()
    {
        string beside = Path.Combine(AppContext.BaseDirectory, "content");
        if (Directory.Exists(beside)) return beside;
        for (var up = Directory.GetParent(AppContext.BaseDirectory); up is not null; up = up.Parent)
            if (System.IO.File.Exists(Path.Combine(up.FullName, "Portolan.slnx"))) return Path.Combine(up.FullName, "content");
        return beside;
    }
}
