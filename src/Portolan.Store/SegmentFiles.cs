using Portolan.Store.Files;

namespace Portolan.Store;

/// <summary>Walks the folders of segments: <c>events/DOMAIN/BUCKET/DAY/</c>.</summary>
static class SegmentFiles
{
    static readonly string[] Databases = ["events", "flows"];

    /// <summary>Names, relative to the root and in order, of all files below it: segments and whatever a crash left of one.</summary>
    public static IEnumerable<string> All(IFiles files, string root) =>
        from folder in Folders(files, root)
        from file in files.List($"{root}/{folder}")
        select $"{folder}/{file}";

    static IEnumerable<string> Folders(IFiles files, string root) =>
        from database in Databases
        from domain in files.Folders($"{root}/{database}")
        from bucket in files.Folders($"{root}/{database}/{domain}")
        from day in files.Folders($"{root}/{database}/{domain}/{bucket}")
        select $"{database}/{domain}/{bucket}/{day}";

    /// <summary>Deletes files and makes it last.</summary>
    public static void Delete(IFiles files, string root, IReadOnlyList<string> names)
    {
        foreach (string name in names) files.Delete($"{root}/{name}");
        foreach (string folder in names.Select(n => n[..n.LastIndexOf('/')]).Distinct()) files.SyncDirectory($"{root}/{folder}");
    }
}
