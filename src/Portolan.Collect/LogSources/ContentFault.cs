namespace Portolan.Collect.LogSources;

/// <summary>A mistake in a content file, said so that its author can go there and put it right.</summary>
public readonly record struct ContentFault(string File, long Line, string What)
{
    public override string ToString() => $"{File}:{Line}: {What}";
}

/// <summary>All mistakes of all content files that were loaded together.</summary>
public sealed class ContentException(IReadOnlyList<ContentFault> faults) : Exception(string.Join('\n', faults))
{
    public IReadOnlyList<ContentFault> Faults { get; } = faults;
}

/// <summary>The content folders, the more important first: a person's <c>DATA/content</c>, then what is shipped beside the
/// program.</summary>
public sealed class ContentFolders(params string[] roots)
{
    /// <summary>One file that goes before the folders' one of the same kind and name: a source type in the making.</summary>
    public string? Instead { get; init; }

    /// <summary>What ships: <c>content/</c> beside the program, or that of the source tree above it during development.</summary>
    public static string Shipped { get; } = FindShipped();

    static string FindShipped()
    {
        string beside = Path.Combine(AppContext.BaseDirectory, "content");
        if (Directory.Exists(beside)) return beside;
        for (var up = Directory.GetParent(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            if (File.Exists(Path.Combine(up.FullName, "Portolan.slnx"))) return Path.Combine(up.FullName, "content");
        }
        return beside;
    }

    /// <summary>Shipped content; a person's in the data directory, if given, wins by file name.</summary>
    public static ContentFolders Beside(string? data = null, string? instead = null) =>
        new(data == null ? [Shipped] : [Path.Combine(data, "content"), Shipped]) { Instead = instead };

    /// <summary>The files of one kind by name without extension, in ordinal order.</summary>
    public IReadOnlyList<(string Name, string Path)> Files(string folder, string extension)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (Instead != null && folder == "sources" && Instead.EndsWith(extension, StringComparison.Ordinal))
            found.Add(System.IO.Path.GetFileNameWithoutExtension(Instead), Instead);
        foreach (string root in roots)
        {
            string directory = System.IO.Path.Combine(root, folder);
            if (!Directory.Exists(directory)) continue;
            foreach (string path in Directory.EnumerateFiles(directory, "*" + extension))
                found.TryAdd(System.IO.Path.GetFileNameWithoutExtension(path), path);
        }
        return [.. found.Select(f => (f.Key, f.Value))];
    }
}
