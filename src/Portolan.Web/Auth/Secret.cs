using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Portolan.Web.Auth;

/// <summary>Random secrets of programs and sessions: 32 bytes, base64url without padding. What is kept of one is its hash.</summary>
static class Secret
{
    const int Bytes = 32;

    /// <summary>Characters of a secret; whatever has another length is none.</summary>
    public static readonly int Length = Base64Url.GetEncodedLength(Bytes);

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>A secret of 256 random bits needs no slow hash, and is looked up by this one: the time that takes says nothing of the secret.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>What only who holds the secret can know besides it, for a use of its own.</summary>
    public static string Derive(string secret, string use) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(use)));

    /// <summary>Compares in a time that does not depend on where they differ.</summary>
    public static bool Same(string a, string b) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}
