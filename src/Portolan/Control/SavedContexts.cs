using System.Text.Json;

namespace Portolan.Control;

/// <summary>A server that <c>portolan login</c> made known: where it is, the authority that vouches for it (null: the system's), and a token.</summary>
sealed record SavedContext(string Url, string? Authority, string Token);

/// <summary>What <c>portolan login</c> keeps, for its owner's eyes only: <c>contexts.json</c> in the person's configuration folder.</summary>
static class SavedContexts
{
    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string File => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } folder ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".config"),
        "portolan", "contexts.json");

    /// <summary>The last made first.</summary>
    public static IReadOnlyList<SavedContext> All()
    {
        if (!System.IO.File.Exists(File)) return [];
        try
        {
            return JsonSerializer.Deserialize<SavedContext[]>(System.IO.File.ReadAllBytes(File), Options) ?? [];
        }
        catch (JsonException e)
        {
            throw new CommandFault($"cannot read {File}", e.Message, "portolan login URL, after removing that file");
        }
    }

    public static SavedContext? Find(Uri url) => All().FirstOrDefault(c => c.Url == url.ToString());

    public static void Save(SavedContext context)
    {
        var all = All().Where(c => c.Url != context.Url).Prepend(context).ToArray();
        string draft = File + ".tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(draft, options)) JsonSerializer.Serialize(file, all, Options);
        System.IO.File.Move(draft, File, overwrite: true);
    }
}
