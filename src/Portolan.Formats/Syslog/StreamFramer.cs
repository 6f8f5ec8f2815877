namespace Portolan.Formats.Syslog;

[Flags]
public enum FrameFlags : byte
{
    None = 0,

    /// <summary>The message was longer than the limit; the rest of it is discarded.</summary>
    Truncated = 1,

    /// <summary>The stream ended inside this message.</summary>
    HalfFrame = 2,

    /// <summary>The message came with a byte count.</summary>
    OctetCounted = 4,
}

public enum FrameMode
{
    Unknown,
    OctetCounting,
    Lines,
}

/// <summary>
/// Cuts a TCP or TLS stream into syslog messages (RFC 6587: octet counting, LF framing), decided frame by frame. One instance a connection.
/// <para>A count is 1-9, then up to 9 digits, then SP. It is believed when a message start follows (<c>&lt;</c> and a digit, <c>{</c>,
/// <c>CEF:</c>,
/// <c>LEEF:</c>), or any byte at all once the connection has counted before; a count above <see cref="MaxCount"/> never is.</para>
/// <para>Counted frames come through unchanged, whatever their bytes. Between them LF, CR, NUL and SP are skipped.</para>
/// <para>Lines lose the LF and: a CR or NUL before it, if the connection's first line is plain text that ends so and every line since did
/// (a
/// sender that ends lines with CRLF does it always; otherwise the byte is payload); up to 16 SP, NUL or CR before a PRI (Cisco ASA writes a
/// SP
/// after the LF, some switches a NUL). Empty lines are skipped. Nothing else is stripped.</para>
/// </summary>
/// <param name="maxLength">Longest message in bytes; the rest of a longer one is discarded.</param>
public sealed class StreamFramer(int maxLength = StreamFramer.DefaultMaxLength)
{
    public const int DefaultMaxLength = 65536;

    /// <summary>A count above this is text that looks like one.</summary>
    public const int MaxCount = 16 << 20;

    const int MaxPadding = 16;
    const int NotLearnt = -1, NoTail = -2;

    int _scanned;
    long _discard;
    bool _discardLine;
    int _tail = NotLearnt;

    /// <summary>How the last frame was framed.</summary>
    public FrameMode Mode { get; private set; }

    /// <summary>How often the framing changed within the connection: above 0 is worth telling.</summary>
    public int Flips { get; private set; }

    /// <summary>A receive buffer of this many bytes never gets stuck.</summary>
    public int BufferSize => maxLength + 64;

    /// <summary>
    /// Reads the next frame at the start of <paramref name="buffer"/>. True: the message is buffer[start, start+length). False: more bytes
    /// are
    /// needed. In both cases the first <paramref name="consumed"/> bytes are done with, and the next call's buffer begins after them.
    /// </summary>
    /// <param name="ended">Nothing follows these bytes: what is left becomes a half frame.</param>
    public bool TryRead(ReadOnlySpan<byte> buffer, bool ended, out int consumed, out int start, out int length, out FrameFlags flags)
    {
        start = length = 0;
        flags = FrameFlags.None;
        int at = 0;
        while (true)
        {
            if (!Discard(buffer, ref at) || at == buffer.Length) return NeedMore(at, 0, out consumed);
            var rest = buffer[at..];
            if (Mode == FrameMode.OctetCounting && rest[0] is (byte)'\n' or (byte)'\r' or 0 or (byte)' ')
            {
                // Outside a counted body these bytes cannot be payload, unless a line follows that begins with them: lines skip them too.
                at++;
                continue;
            }
            int header = 0, count = 0;
            switch (_scanned == 0 ? ReadCount(rest, ended, out header, out count) : Count.None)
            {
                case Count.Incomplete:
                    return NeedMore(at, 0, out consumed);
                case Count.Valid:
                    Enter(FrameMode.OctetCounting);
                    int have = rest.Length - header, want = Math.Min(count, maxLength);
                    if (have < want && !ended) return NeedMore(at, 0, out consumed);
                    flags = FrameFlags.OctetCounted | (have < want ? FrameFlags.HalfFrame : count > maxLength ? FrameFlags.Truncated : 0);
                    start = at + header;
                    length = Math.Min(have, want);
                    _discard = count - want;
                    consumed = start + length;
                    if (length > 0) return true;
                    at = consumed;
                    continue;
            }
            int padding = _scanned == 0 ? Padding(rest, ended) : 0;
            if (padding < 0) return NeedMore(at, 0, out consumed);
            if (padding > 0)
            {
                at += padding;
                continue;
            }
            // A line is at most the limit, a CR and the LF: looking no further keeps the answer the same however the stream was chunked.
            var window = rest[..Math.Min(rest.Length, maxLength + 2)];
            int lf = window[_scanned..].IndexOf((byte)'\n');
            if (lf < 0 && window.Length < maxLength + 2)
            {
                if (!ended) return NeedMore(at, rest.Length, out consumed);
                _scanned = 0;
                consumed = buffer.Length;
                start = at;
                length = Math.Min(rest.Length, maxLength);
                if (rest.IndexOfAnyExcept((byte)' ', (byte)'\r', (byte)0) < 0) return false;
                Enter(FrameMode.Lines);
                flags = FrameFlags.HalfFrame;
                return true;
            }
            start = at;
            if (lf < 0)
            {
                length = maxLength;
                _discardLine = true;
                consumed = at + length;
            }
            else
            {
                int end = _scanned + lf;
                consumed = at + end + 1;
                length = WithoutTail(rest[..end]);
            }
            _scanned = 0;
            if (length == 0)
            {
                at = consumed;
                continue;
            }
            Enter(FrameMode.Lines);
            if (length > maxLength || lf < 0) flags = FrameFlags.Truncated;
            length = Math.Min(length, maxLength);
            return true;
        }
    }

    bool NeedMore(int at, int scanned, out int consumed)
    {
        _scanned = scanned;
        consumed = at;
        return false;
    }

    /// <summary>Steps over what is left of an over-long frame; false while its end has not arrived.</summary>
    bool Discard(ReadOnlySpan<byte> buffer, ref int at)
    {
        if (_discard > 0)
        {
            int n = (int)Math.Min(_discard, buffer.Length - at);
            at += n;
            _discard -= n;
            return _discard == 0;
        }
        if (!_discardLine) return true;
        int lf = buffer[at..].IndexOf((byte)'\n');
        if (lf < 0)
        {
            at = buffer.Length;
            return false;
        }
        at += lf + 1;
        _discardLine = false;
        return true;
    }

    void Enter(FrameMode mode)
    {
        if (Mode == mode) return;
        if (Mode != FrameMode.Unknown) Flips++;
        Mode = mode;
    }

    enum Count
    {
        None,
        Incomplete,
        Valid,
    }

    /// <summary>The count at a frame's start and the length of it and its SP.</summary>
    Count ReadCount(ReadOnlySpan<byte> frame, bool ended, out int header, out int count)
    {
        header = count = 0;
        if (frame[0] is < (byte)'1' or > (byte)'9') return Count.None;
        long value = 0;
        int i = 0;
        for (; i < frame.Length && frame[i] is >= (byte)'0' and <= (byte)'9'; i++)
        {
            if (i == 10) return Count.None;
            value = value * 10 + (frame[i] - '0');
        }
        if (value > MaxCount) return Count.None;
        if (i == frame.Length) return ended ? Count.None : Count.Incomplete;
        if (frame[i++] != ' ') return Count.None;
        header = i;
        count = (int)value;
        return Mode == FrameMode.OctetCounting ? Count.Valid : MessageStart(frame[i..], ended);
    }

    static Count MessageStart(ReadOnlySpan<byte> body, bool ended)
    {
        if (body.Length == 0) return ended ? Count.None : Count.Incomplete;
        switch (body[0])
        {
            case (byte)'{':
                return Count.Valid;
            case (byte)'<':
                if (body.Length > 1) return body[1] is >= (byte)'0' and <= (byte)'9' ? Count.Valid : Count.None;
                break;
            default:
                var word = body[0] == 'C' ? "CEF:"u8 : "LEEF:"u8;
                int n = Math.Min(word.Length, body.Length);
                if (!body[..n].SequenceEqual(word[..n])) return Count.None;
                if (n == word.Length) return Count.Valid;
                break;
        }
        return ended ? Count.None : Count.Incomplete;
    }

    /// <summary>How many bytes of padding stand before a PRI; 0 if the bytes are payload, -1 while that is open.</summary>
    static int Padding(ReadOnlySpan<byte> line, bool ended)
    {
        if (line[0] is not ((byte)' ' or 0 or (byte)'\r')) return 0;
        int n = line[..Math.Min(line.Length, MaxPadding + 1)].IndexOfAnyExcept((byte)' ', (byte)0, (byte)'\r');
        if (n < 0) return line.Length > MaxPadding || ended ? 0 : -1;
        return Pri.Measure(line[n..]) switch
        {
            > 0 => n,
            < 0 when !ended => -1,
            _ => 0,
        };
    }

    /// <summary>The line's length without the CR or NUL that this sender ends its lines with.</summary>
    int WithoutTail(ReadOnlySpan<byte> line)
    {
        if (line.Length == 0) return 0;
        byte last = line[^1];
        if (_tail == NotLearnt)
            _tail = last is (byte)'\r' or 0 && line[..^1].IndexOfAnyInRange((byte)0, (byte)8) < 0 ? last : NoTail;
        if (_tail == last) return line.Length - 1;
        _tail = NoTail;
        return line.Length;
    }
}

/// <summary>The priority at a message's start: <c>&lt;</c>, one to three digits, <c>&gt;</c>.</summary>
static class Pri
{
    /// <summary>Its length in bytes; 0 if there is none, -1 if the text ends inside what may become one.</summary>
    public static int Measure(ReadOnlySpan<byte> text)
    {
        if (text.Length == 0) return -1;
        if (text[0] != '<') return 0;
        int i = 1;
        while (i < text.Length && i < 4 && text[i] is >= (byte)'0' and <= (byte)'9') i++;
        if (i == text.Length) return -1;
        return i > 1 && text[i] == '>' ? i + 1 : 0;
    }
}
