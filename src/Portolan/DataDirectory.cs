namespace Portolan;

/// <summary>Where things lie in a data directory.</summary>
static class DataDirectory
{
    /// <summary>Used when nothing is said: the system's place for root, the person's own otherwise.</summary>
    public static string Standard => Environment.UserName == "root"
        ? "/var/lib/portolan"
        : Path.Combine(LocalData, "portolan");

    /// <summary>The same in words, whoever asks.</summary>
    public const string StandardDoc = "/var/lib/portolan for root, else ~/.local/share/portolan";

    static string LocalData =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);

    /// <summary>The configuration file that is read when none is named.</summary>
    public static string ConfigFile(string data) => Path.Combine(data, "portolan.yml");
}
