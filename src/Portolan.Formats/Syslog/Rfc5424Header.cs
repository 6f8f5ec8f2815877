namespace Portolan.Formats.Syslog;

/// <summary>
/// RFC 5424 §6 after the PRI, with its common violations: version of up to three digits, timestamp without zone or with a space, missing
/// fields
/// before the structured data, missing structured data, over-long names, the letters BOM for the byte order mark.
/// </summary>
static class Rfc5424Header
{
    public static bool TryParse(ReadOnlySpan<byte> m, int i, ref SyslogHeader header)
    {
        int version = 0, digits = i;
        while (i < m.Length && i - digits < 4 && m[i] is >= (byte)'0' and <= (byte)'9') version = version * 10 + (m[i++] - '0');
        if (version is 0 or > 999 || i == digits || i >= m.Length || m[i++] != ' ') return false;
        if (m[i..].StartsWith("- "u8) || m[i..].SequenceEqual("-"u8)) i++;
        else if (!TimestampReader.TryRead5424(m, ref i, out header.Time))
        {
            // A date that cannot be still tells the format: the fields after it are good.
            if (m.Length - i < 10 || m[i + 4] != '-' || m[i + 7] != '-' || m[i] is < (byte)'0' or > (byte)'9') return false;
            Field(m, ref i);
        }
        header.Version = version;
        header.HostName = Next(m, ref i);
        if (!AtStructuredData(m, i))
        {
            header.Application = Next(m, ref i);
            if (!AtStructuredData(m, i))
            {
                header.ProcessId = Next(m, ref i);
                if (!AtStructuredData(m, i)) header.MessageId = Next(m, ref i);
            }
        }
        int start = Space(m, i);
        int length = StructuredData.Measure(m[start..]);
        if (length > 0)
        {
            header.StructuredData = new(start, length);
            start = Space(m, start + length);
        }
        else if (start < m.Length && m[start] == '-' && (start + 1 == m.Length || m[start + 1] == ' ')) start = Space(m, start + 1);
        var body = m[start..];
        if (body.StartsWith("\uFEFF"u8)) start += 3;
        else if (body.StartsWith("BOM"u8) && (body.Length == 3 || !char.IsAsciiLetterOrDigit((char)body[3]))) start += 3;
        header.Body = new(start, m.Length - start);
        return true;
    }

    /// <summary>The next field, empty if it is NIL.</summary>
    static ByteRange Next(ReadOnlySpan<byte> m, ref int i)
    {
        i = Space(m, i);
        var field = Field(m, ref i);
        return field.Length == 1 && m[field.Start] == '-' ? default : field;
    }

    static ByteRange Field(ReadOnlySpan<byte> m, ref int i)
    {
        int start = i, n = m[i..].IndexOf((byte)' ');
        i = n < 0 ? m.Length : i + n;
        return new(start, i - start);
    }

    static int Space(ReadOnlySpan<byte> m, int i) => i < m.Length && m[i] == ' ' ? i + 1 : i;

    /// <summary>Structured data stands here before its place: fields are missing.</summary>
    static bool AtStructuredData(ReadOnlySpan<byte> m, int i)
    {
        i = Space(m, i);
        if (i >= m.Length || m[i] != '[') return false;
        int n = StructuredData.Measure(m[i..]);
        return n > 0 && m.Slice(i, n).IndexOfAny((byte)' ', (byte)'"') >= 0;
    }
}
