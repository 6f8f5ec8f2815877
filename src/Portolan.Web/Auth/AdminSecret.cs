using System.Security.Cryptography;
using System.Text;

namespace Portolan.Web.Auth;

/// <summary>The first secret of a data directory: 24 random bytes, base64url, in <c>DATA/admin-secret</c>, for its owner's eyes only.</summary>
public static class AdminSecret
{
    public static string PathIn(string data) => Path.Combine(data, "admin-secret");

    /// <summary>Makes it where there is none.</summary>
    public static void Ensure(string data)
    {
        string path = PathIn(data);
        if (File.Exists(path)) return;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(Encoding.ASCII.GetBytes(System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24)) + "\n"));
    }

    /// <summary>Whether this is it; takes as long whatever is given.</summary>
    public static bool Matches(string data, string given)
    {
        string path = PathIn(data);
        if (!File.Exists(path)) return false;
        byte[] kept = SHA256.HashData(Encoding.UTF8.GetBytes(File.ReadAllText(path).Trim()));
        return CryptographicOperations.FixedTimeEquals(kept, SHA256.HashData(Encoding.UTF8.GetBytes(given)));
    }
}
