namespace Portolan.Formats.Syslog;

/// <summary>
/// The messages of one UDP datagram. RFC 5426 allows one, yet some senders pack several, divided by LF: they are several when every line
/// after the first begins with a PRI, otherwise the LFs belong to one message. Trailing LF, CR and NUL are left out of what is handed on,
/// and
/// empty lines are skipped. Use: <c>while (splitter.TryNext(out int start, out int length))</c>.
/// </summary>
public ref struct DatagramSplitter(ReadOnlySpan<byte> datagram)
{
    readonly ReadOnlySpan<byte> _datagram = datagram;
    readonly bool _many = IsMany(datagram);
    int _at;

    public bool TryNext(out int start, out int length)
    {
        while (_at < _datagram.Length)
        {
            var rest = _datagram[_at..];
            int lf = _many ? rest.IndexOf((byte)'\n') : -1;
            var line = (lf < 0 ? rest : rest[..lf]).TrimEnd("\n\r\0"u8);
            start = _at;
            length = line.Length;
            _at += lf < 0 ? rest.Length : lf + 1;
            if (length > 0) return true;
        }
        start = length = 0;
        return false;
    }

    static bool IsMany(ReadOnlySpan<byte> datagram)
    {
        bool any = false;
        while (true)
        {
            int lf = datagram.IndexOf((byte)'\n');
            if (lf < 0) return any;
            datagram = datagram[(lf + 1)..];
            if (datagram.Length == 0 || datagram[0] is (byte)'\n' or (byte)'\r' or 0) continue;
            if (Pri.Measure(datagram) <= 0) return false;
            any = true;
        }
    }
}
