using System.Buffers.Binary;

namespace Portolan.Formats.Tls;

/// <summary>What the first bytes of a connection say of TLS.</summary>
public enum Greeting
{
    /// <summary>A greeting so far; more bytes must come before it says anything.</summary>
    Incomplete,

    /// <summary>No TLS, or nothing that a greeting of TLS looks like.</summary>
    Other,

    /// <summary>TLS 1.2 is among the versions that the client offers.</summary>
    Tls12,

    /// <summary>It is not: the client offers newer versions only, or older ones only.</summary>
    NotTls12,
}

/// <summary>The first message of a TLS client (RFC 5246 §7.4.1.2, RFC 8446 §4.1.2), as far as a server must know it before it answers.</summary>
public static class ClientHello
{
    const byte Handshake = 22, Hello = 1;
    const ushort SupportedVersions = 43, Version12 = 0x0303;

    /// <summary>A message cut into several records, which nobody sends, is <see cref="Greeting.Other"/>.</summary>
    public static Greeting Look(ReadOnlySpan<byte> bytes)
    {
        // Record: type, version, length. Message: type, length, version, random.
        if (bytes.Length > 0 && bytes[0] != Handshake || bytes.Length > 1 && bytes[1] != 3 || bytes.Length > 5 && bytes[5] != Hello) return Greeting.Other;
        if (bytes.Length < 9) return Greeting.Incomplete;
        int record = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]), message = bytes[6] << 16 | BinaryPrimitives.ReadUInt16BigEndian(bytes[7..]);
        if (message > record - 4) return Greeting.Other;
        if (bytes.Length < 9 + message) return Greeting.Incomplete;
        return Versions(bytes.Slice(9, message));
    }

    static Greeting Versions(ReadOnlySpan<byte> hello)
    {
        if (hello.Length < 34) return Greeting.Other;
        ushort newest = BinaryPrimitives.ReadUInt16BigEndian(hello);
        var rest = hello[34..];
        // Session id, cipher suites, compression methods; old clients end there.
        if (!TryTake(ref rest, 1, out _) || !TryTake(ref rest, 2, out _) || !TryTake(ref rest, 1, out _)) return Greeting.Other;
        if (rest.Length > 0)
        {
            if (!TryTake(ref rest, 2, out var extensions)) return Greeting.Other;
            while (extensions.Length > 0)
            {
                if (extensions.Length < 2) return Greeting.Other;
                ushort type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
                extensions = extensions[2..];
                if (!TryTake(ref extensions, 2, out var body)) return Greeting.Other;
                if (type == SupportedVersions) return TryTake(ref body, 1, out var versions) ? Among(versions) : Greeting.Other;
            }
        }
        // Where the client lists no versions it means all up to this one, of which 1.2 is the last that can be meant so.
        return newest >= Version12 ? Greeting.Tls12 : Greeting.NotTls12;
    }

    static Greeting Among(ReadOnlySpan<byte> versions)
    {
        for (; versions.Length >= 2; versions = versions[2..])
            if (BinaryPrimitives.ReadUInt16BigEndian(versions) == Version12) return Greeting.Tls12;
        return Greeting.NotTls12;
    }

    /// <summary>Takes a field that begins with its length in 1 or 2 bytes.</summary>
    static bool TryTake(ref ReadOnlySpan<byte> rest, int prefix, out ReadOnlySpan<byte> field)
    {
        field = default;
        if (rest.Length < prefix) return false;
        int length = prefix == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length - prefix < length) return false;
        field = rest.Slice(prefix, length);
        rest = rest[(prefix + length)..];
        return true;
    }
}
