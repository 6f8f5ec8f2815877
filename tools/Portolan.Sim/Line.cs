using System.Globalization;
using System.Text;

namespace Portolan.Sim;

/// <summary>One syslog line being written, ASCII, without its line end.</summary>
sealed class Line
{
    readonly byte[] _bytes = new byte[4096];
    int _used;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _used);

    public Line Clear()
    {
        _used = 0;
        return this;
    }

    public Line Add(string text)
    {
        _used += Encoding.ASCII.GetBytes(text, _bytes.AsSpan(_used));
        return this;
    }

    public Line Add(long number, string? format = null)
    {
        number.TryFormat(_bytes.AsSpan(_used), out int n, format, CultureInfo.InvariantCulture);
        _used += n;
        return this;
    }

    /// <summary>A time in a .NET pattern, UTC, English names.</summary>
    public Line Add(DateTime time, string format)
    {
        time.TryFormat(_bytes.AsSpan(_used), out int n, format, CultureInfo.InvariantCulture);
        _used += n;
        return this;
    }

    /// <summary><c>&lt;PRI&gt;Mmm dd hh:mm:ss host </c> with the day padded by a space (RFC 3164 §4.1).</summary>
    public Line Header(int pri, DateTime time, string host)
    {
        Add("<").Add(pri).Add(">").Add(time, "MMM ");
        if (time.Day < 10) Add(" ");
        return Add(time.Day).Add(time, " HH:mm:ss ").Add(host).Add(" ");
    }
}
