namespace Portolan.Formats.Syslog;

/// <summary>
/// The header of one syslog message: RFC 5424 if a version number and a date follow the PRI, otherwise RFC 3164 in the dialects that
/// devices
/// speak. Parsing never fails: what is not recognised as header is body. Ranges point into the message; a NIL value is empty.
/// <para>The body of an RFC 3164 message begins after the tag, save that a Cisco message id (<c>%ASA-6-302013:</c>), CEF: and LEEF: belong
/// to the
/// body. LF, CR and NUL at the message's end are no part of it.</para>
/// </summary>
public struct SyslogHeader
{
    /// <summary>user.notice, when the message says none (RFC 3164 §4.3.3).</summary>
    public const int DefaultPriority = 13;

    /// <summary>facility × 8 + severity; <see cref="DefaultPriority"/> when absent or above 191.</summary>
    public int Priority { get; internal set; }
    public bool HasPriority { get; internal set; }
    public readonly int Facility => Priority >> 3;
    public readonly int Severity => Priority & 7;

    /// <summary>RFC 5424's version, usually 1; 0 for RFC 3164 and for no header at all.</summary>
    public int Version { get; internal set; }

    public TimeParts Time;

    /// <summary>Name or address, without brackets.</summary>
    public ByteRange HostName { get; internal set; }

    /// <summary>APP-NAME, or the tag without process id.</summary>
    public ByteRange Application { get; internal set; }
    public ByteRange ProcessId { get; internal set; }
    public ByteRange MessageId { get; internal set; }

    /// <summary>All elements with their brackets: text for <see cref="Syslog.StructuredData"/>.</summary>
    public ByteRange StructuredData { get; internal set; }

    /// <summary>What the device says; for a message without header all of it.</summary>
    public ByteRange Body { get; internal set; }

    public static void Parse(ReadOnlySpan<byte> message, out SyslogHeader header)
    {
        header = default;
        header.Priority = DefaultPriority;
        int end = message.Length;
        while (end > 0 && message[end - 1] is (byte)'\n' or (byte)'\r' or 0) end--;
        var m = message[..end];
        int i = m.StartsWith("\uFEFF"u8) ? 3 : 0;
        while (i < end && m[i] is (byte)' ' or 0) i++;
        int pri = Pri.Measure(m[i..]);
        if (pri > 0)
        {
            int value = 0;
            for (int d = i + 1; d < i + pri - 1; d++) value = value * 10 + (m[d] - '0');
            i += pri;
            if (value <= 191)
            {
                header.Priority = value;
                header.HasPriority = true;
            }
            if (Rfc5424Header.TryParse(m, i, ref header)) return;
        }
        int body = Rfc3164Header.Parse(m, i, ref header);
        header.Body = new(body, end - body);
    }
}
