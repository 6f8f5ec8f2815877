using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Portolan.Web.Auth;

/// <summary>PBKDF2 with HMAC-SHA256, written <c>pbkdf2-sha256$iterations$salt$hash</c> (base64url).</summary>
static class PasswordHash
{
    /// <summary>OWASP's Password Storage Cheat Sheet asks for this many of PBKDF2-HMAC-SHA256.</summary>
    public const int Iterations = 600_000;
    const string Scheme = "pbkdf2-sha256";
    const int SaltBytes = 16, HashBytes = 32;

    public static string Of(string password, int iterations = Iterations)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}${iterations}${Base64Url.EncodeToString(salt)}${Base64Url.EncodeToString(Hash(password, salt, iterations))}");
    }

    public static bool Matches(string kept, string password)
    {
        if (!TryRead(kept, out int iterations, out var salt, out var hash)) return false;
        return CryptographicOperations.FixedTimeEquals(hash, Hash(password, salt, iterations));
    }

    /// <summary>Whether it was made with fewer iterations than are asked for now.</summary>
    public static bool IsWeak(string kept, int iterations) => !TryRead(kept, out int made, out _, out _) || made < iterations;

    static bool TryRead(string kept, out int iterations, out byte[] salt, out byte[] hash)
    {
        (iterations, salt, hash) = (0, [], []);
        string[] parts = kept.Split('$');
        if (parts.Length != 4 || parts[0] != Scheme || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out iterations) || iterations < 1) return false;
        (salt, hash) = (Base64Url.DecodeFromChars(parts[2]), Base64Url.DecodeFromChars(parts[3]));
        return hash.Length == HashBytes;
    }

    static byte[] Hash(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, HashBytes);
}
