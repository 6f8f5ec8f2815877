using System.Security.Cryptography;

namespace Portolan.Web.Auth;

/// <summary>
/// The first secret of a data directory: 24 random bytes, base64url, in <c>DATA/admin-secret</c>, for its owner's eyes only. It is admin's password until the
/// first sign-in; then the file goes, and all it is still good for is to set a password.
/// </summary>
public static class AdminSecret
{
    public const string Admin = "admin";

    public static string PathIn(string data) => Path.Combine(data, "admin-secret");

    /// <summary>Makes it where there is none; called for a directory without people.</summary>
    public static void Ensure(string data)
    {
        string path = PathIn(data);
        if (File.Exists(path)) return;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.ASCII.GetBytes(System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24)) + "\n"));
    }

    /// <summary>Whether this is it; takes as long whatever is given.</summary>
    public static bool Matches(string data, string given)
    {
        string path = PathIn(data);
        if (!File.Exists(path)) return false;
        string kept = File.ReadAllText(path).Trim();
        return kept.Length > 0 & Secret.Same(Secret.Hash(kept), Secret.Hash(given));
    }

    public static void Void(string data) => File.Delete(PathIn(data));
}
