namespace Portolan.Model;

/// <summary>An address range written <c>address/bits</c> (RFC 4632, RFC 4291 §2.3); host bits may be set and are cut off. A bare address is one host.</summary>
public readonly record struct Cidr(Address First, Address Last, int Bits)
{
    public static bool TryParse(string text, out Cidr cidr)
    {
        cidr = default;
        int slash = text.IndexOf('/');
        if (!Address.TryParse(slash < 0 ? text : text[..slash], out var address)) return false;
        bool v4 = slash < 0 ? address.IsV4 : !text.AsSpan(0, slash).Contains(':');
        int width = v4 ? 32 : 128, bits = width;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out bits) || bits > width)) return false;
        UInt128 host = bits == width ? 0 : (UInt128.MaxValue >> (128 - (width - bits)));
        // The absent address stands for 0.0.0.0, so arithmetic is done on the mapped number.
        UInt128 number = v4 ? ((UInt128)0xffff << 32) | address.V4 : address.Value;
        cidr = new(new(number & ~host), new(number | host), bits);
        return true;
    }

    // 0.0.0.0 is kept as number 0, below every other IPv4 address: a range of IPv4 must not take in what IPv6 has between.
    public bool Contains(Address a) => First.Value <= a.Value && a.Value <= Last.Value && (a.IsV4 || !(First.IsV4 && Last.IsV4));

    public override string ToString() => $"{First}/{Bits}";
}
