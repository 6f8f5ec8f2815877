using System.Buffers;
using Portolan.Model;

namespace Portolan.Formats.Syslog;

/// <summary>RFC 3164 after the PRI, as devices write it. The method gives where the body begins.</summary>
static class Rfc3164Header
{
    const int MaxHost = 255, MaxTag = 128;

    static readonly SearchValues<byte> HostBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/@"u8);
    static readonly SearchValues<byte> AddressBytes = SearchValues.Create("0123456789ABCDEFabcdef:.%"u8);
    static readonly SearchValues<byte> TagEnd = SearchValues.Create(" \t:[]=\"'{},|<>;#%\n\0"u8);

    public static int Parse(ReadOnlySpan<byte> m, int i, ref SyslogHeader header)
    {
        int start = Spaces(m, i);
        if (TimestampReader.TryRead(m, ref start, out header.Time)) return AfterTime(m, Spaces(m, start), ref header);
        if (TryPrefixed(m, start, ref header, out int body)) return body;
        header.Time = default;
        return WithoutTime(m, start, ref header);
    }

    static int AfterTime(ReadOnlySpan<byte> m, int i, ref SyslogHeader header)
    {
        if (i >= m.Length || m[i] == '%') return i;
        if (TryForwarded(m, ref i, ref header) || TryHost(m, ref i, ref header))
        {
            if (i < m.Length && m[i] == '\t') return i + 1;
            i = Spaces(m, i);
            // The stray colon of "asa : %ASA-6-…".
            if (Is(m, i, ':') && (i + 1 == m.Length || m[i + 1] == ' ')) i = Spaces(m, i + 1);
            i = Level(m, i);
            SkipDeviceStamp(m, ref i, ref header);
        }
        return Tag(m, i, ref header);
    }

    /// <summary>
    /// After a relay's header the device's own: <c>585917: Nov 21 11:02:59.272: %SYS-5-…</c>, <c>sw01: 3132779: Nov 21 …</c>. Believed before a message
    /// id only; the device's clock goes before the relay's, the relay's name for the device before the device's.
    /// </summary>
    static void SkipDeviceStamp(ReadOnlySpan<byte> m, ref int i, ref SyslogHeader header)
    {
        int at = i;
        for (int n = 0; n < 3; n++)
        {
            int length = at < m.Length ? m[at..Math.Min(m.Length, at + MaxHost)].IndexOfAnyExcept(HostBytes) : 0;
            if (length <= 0 || m[at + length] != ':' || !Is(m, at + length + 1, ' ')) return;
            at = Spaces(m, at + length + 1);
            var time = header.Time;
            int after = at;
            if (!Is(m, at, '%') && TimestampReader.TryRead(m, ref after, out var own))
            {
                if (own.Kind == TimeKind.Clock) time = own;
                after = Spaces(m, after);
            }
            if (!Is(m, after, '%')) continue;
            // A tag of letters alone may be the program's: "sshd: %x". A number or a time says that the stamp is a device's.
            if (after == at && n == 0 && m[i..(at - 1)].IndexOfAnyInRange((byte)'a', (byte)'z') >= 0) return;
            header.Time = time;
            i = after;
            return;
        }
    }

    /// <summary>
    /// What stands before the timestamp: Cisco's sequence numbers and host (<c>29: host: 000123: *Apr 29 …</c>), IOS-XR's node
    /// (<c>RP/0/RSP0/CPU0:Apr 29 …</c>), a stray colon. Believed only when a timestamp or a message id follows.
    /// </summary>
    static bool TryPrefixed(ReadOnlySpan<byte> m, int i, ref SyslogHeader header, out int body)
    {
        body = 0;
        var host = default(ByteRange);
        for (int n = 0; n < 5; n++)
        {
            i = Spaces(m, i);
            if (i >= m.Length) return false;
            if (n > 0 && (m[i] == '%' || TimestampReader.TryRead(m, ref i, out header.Time)))
            {
                header.HostName = host;
                i = Spaces(m, i);
                body = host.IsEmpty ? AfterTime(m, i, ref header) : Tag(m, i, ref header);
                return true;
            }
            if (m[i] == ':')
            {
                i++;
                continue;
            }
            var word = m[i..Math.Min(m.Length, i + MaxHost)];
            int length = word.IndexOfAnyExcept(HostBytes);
            if (length <= 0) return false;
            if (m[i + length] == ':')
            {
                bool spaced = Is(m, i + length + 1, ' ');
                bool number = word[..length].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
                bool node = !spaced && word[..length].IndexOf((byte)'/') > 0;
                if (!spaced && !node) return false;
                if (!number && !node)
                {
                    if (!host.IsEmpty) return false;
                    host = new(i, length);
                }
                i += length + 1;
            }
            else
            {
                var rest = m[(i + length)..];
                if (!host.IsEmpty || !(rest.StartsWith(" RP/"u8) || rest.StartsWith(" LC/"u8) || rest.StartsWith(" 0/"u8))) return false;
                host = new(i, length);
                i += length;
            }
        }
        return false;
    }

    static int WithoutTime(ReadOnlySpan<byte> m, int i, ref SyslogHeader header)
    {
        if (i >= m.Length || !char.IsAsciiLetterOrDigit((char)m[i])) return i;
        // A host is believed only before "name[123]:", for any other first word may be the text's.
        if (header.HasPriority)
        {
            int length = m[i..Math.Min(m.Length, i + MaxHost)].IndexOfAnyExcept(HostBytes);
            if (length > 0 && m[i + length] == ' ' && TryTag(m, i + length + 1, out var name, out var pid, out int after) && pid.Length > 0
                && pid.Of(m).IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && m[after - 1] == ':')
            {
                header.HostName = new(i, length);
                header.Application = name;
                header.ProcessId = pid;
                return Spaces(m, after);
            }
        }
        return Tag(m, i, ref header);
    }

    /// <summary>AIX relays: <c>Message forwarded from host: tag…</c></summary>
    static bool TryForwarded(ReadOnlySpan<byte> m, ref int i, ref SyslogHeader header)
    {
        var mark = "Message forwarded from "u8;
        if (m[i] != 'M' || !m[i..].StartsWith(mark)) return false;
        int start = i + mark.Length;
        int length = m[start..Math.Min(m.Length, start + MaxHost)].IndexOfAnyExcept(HostBytes);
        if (length <= 0 || m[start + length] != ':') return false;
        header.HostName = new(start, length);
        i = start + length + 1;
        return true;
    }

    /// <summary>The word after the timestamp is a host unless a byte that no host name holds says it is a tag.</summary>
    static bool TryHost(ReadOnlySpan<byte> m, ref int i, ref SyslogHeader header)
    {
        if (m[i] == '[')
        {
            int close = m[i..Math.Min(m.Length, i + MaxHost)].IndexOf((byte)']');
            if (close < 2) return false;
            var inside = m.Slice(i + 1, close - 1);
            if (inside.IndexOfAnyExcept(HostBytes) >= 0 && !IsAddress(inside)) return false;
            int after = i + close + 1;
            if (Is(m, after, ':')) after++;
            if (after < m.Length && m[after] != ' ') return false;
            header.HostName = new(i + 1, close - 1);
            i = after;
            return true;
        }
        var word = m[i..Math.Min(m.Length, i + MaxHost)];
        int length = word.IndexOfAnyExcept(HostBytes);
        if (length <= 0) return false;
        int end = i + length;
        switch (m[end])
        {
            case (byte)' ':
                if (m[i] == 'l' && m[i..].StartsWith("last message repeated "u8)) return false;
                break;
            case (byte)'\t':
                break;
            case (byte)'#' when m[end..].StartsWith("#011"u8):
            case (byte)'\\' when m[end..].StartsWith("\\011"u8):
                // A TAB that a relay escaped: Snare writes one between host and text.
                header.HostName = new(i, length);
                i = end + 4;
                return true;
            case (byte)':':
                int space = word.IndexOfAny((byte)' ', (byte)'\t');
                if (space < 0) return false;
                var whole = word[..space];
                if (IsAddress(whole)) length = space;
                else if (whole[^1] == ':' && IsAddress(whole[..^1])) length = space - 1;
                else if (length != space - 1 || !Is(m, Spaces(m, i + space), '%')) return false;
                header.HostName = new(i, length);
                i += space;
                return true;
            default:
                return false;
        }
        header.HostName = new(i, length);
        i = end;
        return true;
    }

    static bool IsAddress(ReadOnlySpan<byte> word) =>
        word.Length is >= 2 and <= Address.MaxText && word.IndexOfAnyExcept(AddressBytes) < 0 && Address.TryParse(word, out _);

    /// <summary>F5 and others write the severity's name between host and tag.</summary>
    static int Level(ReadOnlySpan<byte> m, int i)
    {
        var word = m[i..Math.Min(m.Length, i + 9)];
        int length = word.IndexOf((byte)' ');
        if (length < 3) return i;
        word = word[..length];
        bool level = (char)word[0] switch
        {
            'e' => word.SequenceEqual("err"u8) || word.SequenceEqual("error"u8) || word.SequenceEqual("emerg"u8),
            'a' => word.SequenceEqual("alert"u8),
            'c' => word.SequenceEqual("crit"u8),
            'w' => word.SequenceEqual("warning"u8) || word.SequenceEqual("warn"u8),
            'n' => word.SequenceEqual("notice"u8),
            'i' => word.SequenceEqual("info"u8),
            'd' => word.SequenceEqual("debug"u8),
            _ => false,
        };
        return level && IsTagged(m, i + length + 1) ? i + length + 1 : i;
    }

    static int Tag(ReadOnlySpan<byte> m, int i, ref SyslogHeader header)
    {
        if (!TryTag(m, i, out var name, out var pid, out int after)) return i;
        header.Application = name;
        header.ProcessId = pid;
        return Spaces(m, after);
    }

    static bool IsTagged(ReadOnlySpan<byte> m, int i) => TryTag(m, i, out _, out _, out _);

    /// <summary><c>name:</c>, <c>name[pid]:</c> or <c>name[pid] </c>. A word that is only digits, CEF and LEEF are no names.</summary>
    static bool TryTag(ReadOnlySpan<byte> m, int i, out ByteRange name, out ByteRange pid, out int after)
    {
        name = pid = default;
        after = i;
        if (i >= m.Length) return false;
        var word = m[i..Math.Min(m.Length, i + MaxTag)];
        int length = word.IndexOfAny(TagEnd);
        if (length <= 0) return false;
        int end = i + length;
        if (m[end] == '[')
        {
            int close = m[end..Math.Min(m.Length, end + MaxTag)].IndexOfAny((byte)']', (byte)' ');
            if (close < 0 || m[end + close] != ']') return false;
            pid = new(end + 1, close - 1);
            after = end + close + 1;
            if (Is(m, after, ':')) after++;
            else if (after < m.Length && m[after] != ' ') return false;
        }
        else if (m[end] == ':')
        {
            after = end + 1;
            if (Is(m, after, '"') || Is(m, after, '/') && Is(m, after + 1, '/') || Is(m, after, '\\')) return false;
            var text = word[..length];
            if (text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0) return false;
            if (text.SequenceEqual("CEF"u8) || text.SequenceEqual("LEEF"u8)) return false;
        }
        else return false;
        name = new(i, length);
        return true;
    }

    static int Spaces(ReadOnlySpan<byte> m, int i)
    {
        while (i < m.Length && m[i] == ' ') i++;
        return i;
    }

    static bool Is(ReadOnlySpan<byte> m, int i, char c) => i < m.Length && m[i] == c;
}
