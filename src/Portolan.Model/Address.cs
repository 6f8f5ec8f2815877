using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Portolan.Model;

/// <summary>
/// An IP address of either family in 128 bits, IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), ordered by its number.
/// <c>default</c> is the absent address; it reads <c>0.0.0.0</c>, and both unspecified addresses (0.0.0.0 and ::) become it.
/// </summary>
public readonly struct Address(UInt128 value) : IEquatable<Address>, IComparable<Address>
{
    static readonly UInt128 V4Prefix = (UInt128)0xffff << 32;

    /// <summary>The longest text that <see cref="TryFormat"/> writes, in bytes.</summary>
    public const int MaxText = 45;

    public UInt128 Value { get; } = value == V4Prefix ? 0 : value;

    public bool IsAbsent => Value == 0;
    public bool IsV4 => Value == 0 || (Value >> 32) == 0xffff;
    public bool IsV6 => !IsV4;

    /// <summary>The 32 bits of an IPv4 address in host order; 0 for IPv6 and for the absent address.</summary>
    public uint V4 => IsV4 ? (uint)Value : 0;

    public static Address FromV4(uint hostOrder) => new(V4Prefix | hostOrder);

    public static Address From(IPAddress ip)
    {
        Span<byte> bytes = stackalloc byte[16];
        ip.TryWriteBytes(bytes, out int n);
        return n == 4
            ? FromV4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>Reads dotted IPv4 (four decimal parts, at most three digits each) or any IPv6 text of RFC 4291 §2.2 without zone.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Address address)
    {
        if (TryParseV4(text, out uint v4))
        {
            address = FromV4(v4);
            return true;
        }
        bool good = TryParseV6(text, out var v6);
        address = good ? new(v6) : default;
        return good;
    }

    public static bool TryParse(string text, out Address address)
    {
        Span<byte> bytes = stackalloc byte[MaxText];
        if (text.Length <= MaxText && Encoding.UTF8.TryGetBytes(text, bytes, out int n)) return TryParse(bytes[..n], out address);
        address = default;
        return false;
    }

    static bool TryParseV4(ReadOnlySpan<byte> text, out uint v4)
    {
        v4 = 0;
        if (text.Length is < 7 or > 15) return false;
        uint part = 0, value = 0;
        int digits = 0, dots = 0;
        foreach (byte b in text)
        {
            uint d = (uint)(b - '0');
            if (d <= 9)
            {
                if (++digits > 3) return false;
                part = part * 10 + d;
            }
            else if (b == '.' && digits > 0 && part <= 255 && dots < 3)
            {
                value = value << 8 | part;
                part = 0;
                digits = 0;
                dots++;
            }
            else return false;
        }
        v4 = value << 8 | part;
        return dots == 3 && digits > 0 && part <= 255;
    }

    /// <summary>Groups of up to four hex digits, one run of zeros as ::, the last 32 bits perhaps dotted.</summary>
    static bool TryParseV6(ReadOnlySpan<byte> text, out UInt128 v6)
    {
        v6 = 0;
        if (text.Length is < 2 or > MaxText) return false;
        int groups = 0, gap = -1, i = 0;
        UInt128 before = 0;
        if (text[0] == ':')
        {
            if (text[1] != ':') return false;
            gap = 0;
            i = 2;
        }
        while (i < text.Length)
        {
            int start = i;
            uint group = 0;
            while (i < text.Length && i - start < 4 && HexDigit(text[i]) is >= 0 and var digit)
            {
                group = group << 4 | (uint)digit;
                i++;
            }
            if (i < text.Length && text[i] == '.')
            {
                if (groups > 6 || !TryParseV4(text[start..], out uint v4)) return false;
                v6 = v6 << 32 | v4;
                groups += 2;
                break;
            }
            if (i == start || ++groups > 8) return false;
            v6 = v6 << 16 | group;
            if (i == text.Length) break;
            if (text[i++] != ':' || i == text.Length) return false;
            if (text[i] != ':') continue;
            if (gap >= 0) return false;
            gap = groups;
            before = v6;
            v6 = 0;
            i++;
        }
        if (gap < 0) return groups == 8;
        // What stood before the gap moves to the front: v6 holds only what came after it.
        if (groups > 7) return false;
        if (gap > 0) v6 |= before << (16 * (8 - gap));
        return true;
    }

    static int HexDigit(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };

    /// <summary>Writes the canonical text: dotted for IPv4, RFC 5952 for IPv6, 0.0.0.0 when absent.</summary>
    public bool TryFormat(Span<byte> to, out int written)
    {
        written = 0;
        if (!IsV4) return ToIPAddress().TryFormat(to, out written);
        if (to.Length < 15) return false;
        uint v = V4;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            ((byte)(v >> shift)).TryFormat(to[written..], out int n);
            written += n;
            if (shift > 0) to[written++] = (byte)'.';
        }
        return true;
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return IsV4 ? new IPAddress(Value == 0 ? [0, 0, 0, 0] : bytes[12..]) : new IPAddress(bytes);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[MaxText];
        return TryFormat(bytes, out int n) ? Encoding.ASCII.GetString(bytes[..n]) : "";
    }

    public bool Equals(Address other) => Value == other.Value;
    public override bool Equals(object? obj) => obj is Address a && Equals(a);
    public override int GetHashCode() => Value.GetHashCode();
    public int CompareTo(Address other) => Value.CompareTo(other.Value);
    public static bool operator ==(Address a, Address b) => a.Value == b.Value;
    public static bool operator !=(Address a, Address b) => a.Value != b.Value;
}
