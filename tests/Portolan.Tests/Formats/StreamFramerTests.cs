using System.Text;
using Portolan.Formats.Syslog;
using Xunit;

namespace Portolan.Tests.Formats;

public class StreamFramerTests
{
    /// <summary>Frames as text, truncated ones followed by ~, half ones by ?, counted ones by #, joined by |. What a caller does with the
    /// framer.</summary>
    static List<(byte[] Bytes, FrameFlags Flags)> Frames(byte[] stream, int chunk, int limit = 65536)
    {
        var framer = new StreamFramer(limit);
        var frames = new List<(byte[], FrameFlags)>();
        var buffer = new byte[framer.BufferSize];
        int held = 0, sent = 0;
        bool ended = false;
        while (true)
        {
            int n = Math.Min(Math.Min(chunk, stream.Length - sent), buffer.Length - held);
            stream.AsSpan(sent, n).CopyTo(buffer.AsSpan(held));
            held += n;
            sent += n;
            ended = sent == stream.Length;
            int at = 0;
            while (true)
            {
                bool read = framer.TryRead(buffer.AsSpan(at, held - at), ended, out int consumed, out int start, out int length, out var flags);
                if (read)
                {
                    Assert.True(consumed > 0 && start >= 0 && length > 0 && start + length <= consumed);
                    frames.Add((buffer.AsSpan(at + start, length).ToArray(), flags));
                }
                at += consumed;
                if (!read) break;
            }
            buffer.AsSpan(at, held - at).CopyTo(buffer);
            held -= at;
            if (ended) return frames;
            Assert.True(held < buffer.Length, "stuck");
        }
    }

    static string Show(byte[] stream, int chunk, int limit) => string.Join('|', Frames(stream, chunk, limit).Select(f =>
        Encoding.Latin1.GetString(f.Bytes).Replace("\n", "\\n").Replace("\r", "\\r").Replace("\0", "\\0")
        + (f.Flags.HasFlag(FrameFlags.OctetCounted) ? "#" : "") + (f.Flags.HasFlag(FrameFlags.Truncated) ? "~" : "")
        + (f.Flags.HasFlag(FrameFlags.HalfFrame) ? "?" : "")));

    [Theory]
    [InlineData("<13>a\n<13>b\n", "<13>a|<13>b")]
    [InlineData("5 <13>a6 <13>bb", "<13>a#|<13>bb#")]
    [InlineData("6 <13>a\n3 x\0\n4 1 2 ", "<13>a\\n#|x\\0\\n#|1 2 #")]                   // RFC 6587 §3.4.1: the body is opaque
    [InlineData("5 <13>a\n5 <13>b\n", "<13>a#|<13>b#")]                                   // a LF beyond the count
    [InlineData("<13>a\r\n<13>b\r\n", "<13>a|<13>b")]
    [InlineData("<13>a\n<13>b\r\n", "<13>a|<13>b\\r")]                                    // a CR that is not the line end of this sender
    [InlineData("<13>a\r\n<13>b\n<13>c\r\n", "<13>a|<13>b|<13>c\\r")]
    [InlineData("<13>a\0\n<13>b\0\n", "<13>a|<13>b")]
    [InlineData("<13>a\n\0<13>b\n\0", "<13>a|<13>b")]                                     // fluentd #2497
    [InlineData("<166>a\n <166>b\n <166>c\n", "<166>a|<166>b|<166>c")]                    // rsyslog imtcp_spframingfix: Cisco ASA
    [InlineData("a\n b\n", "a| b")]                                                       // an indented continuation is payload
    [InlineData("\n\n<13>a\n\n\n<13>b\n\n", "<13>a|<13>b")]
    [InlineData("\r\n\r\n<13>a\r\n", "<13>a")]
    [InlineData("1,2024/01/02 03:04:05,001,TRAFFIC\n1,b\n", "1,2024/01/02 03:04:05,001,TRAFFIC|1,b")] // PAN-OS without header
    [InlineData("29: host: 000123: *Apr 29\n", "29: host: 000123: *Apr 29")]              // Cisco IOS without PRI
    [InlineData("2024 was a year\n10 green bottles\n", "2024 was a year|10 green bottles")]
    [InlineData("12345678901 <13>a\n", "12345678901 <13>a")]
    [InlineData("99999999 <13>a\n<13>b\n", "99999999 <13>a|<13>b")]                       // an impossible count is text
    [InlineData("012 <13>a\n", "012 <13>a")]
    [InlineData("<13>a\n5 <13>b<13>c\n", "<13>a|<13>b#|<13>c")]                           // flips both ways
    [InlineData("7 {\"a\":1}<13>c\n", "{\"a\":1}#|<13>c")]
    [InlineData("8 CEF:0|a|10 LEEF:1.0|b", "CEF:0|a|#|LEEF:1.0|b#")]
    [InlineData("<13>a\n<13>b", "<13>a|<13>b?")]                                          // rsyslog imtcp_incomplete_frame_at_end
    [InlineData("9 <13>a", "<13>a#?")]
    [InlineData("5 <13>a7", "<13>a#|7?")]
    [InlineData("<13>a\n\0\0", "<13>a")]
    [InlineData("", "")]
    [InlineData("\0", "")]
    public void Frames_a_stream(string stream, string frames)
    {
        var bytes = Encoding.Latin1.GetBytes(stream);
        for (int chunk = 1; chunk <= bytes.Length + 1; chunk++) Assert.Equal(frames, Show(bytes, chunk, 65536));
    }

    [Theory]
    [InlineData("<13>a\n12345678\nb\n", "<13>a|12345678|b")]
    [InlineData("<13>a\n123456789\nb\n", "<13>a|12345678~|b")]
    [InlineData("<13>a\n1234567890abcdefghijk\nb\n", "<13>a|12345678~|b")]
    [InlineData("1234567890abcdef", "12345678~")]
    [InlineData("8 <13>abcd10 <13>abcdef5 <13>b", "<13>abcd#|<13>abcd#~|<13>b#")]
    [InlineData("<1>abcde\r\n<1>abcde\r\n", "<1>abcde|<1>abcde")]
    [InlineData("<1>abcdef\r\n<1>a\r\n", "<1>abcde~|<1>a")]
    public void Cuts_what_is_over_the_limit(string stream, string frames)
    {
        var bytes = Encoding.Latin1.GetBytes(stream);
        for (int chunk = 1; chunk <= bytes.Length + 1; chunk++) Assert.Equal(frames, Show(bytes, chunk, 8));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Random_messages_come_back_byte_for_byte(bool counted)
    {
        var random = new Random(7);
        var sent = new List<byte[]>();
        using var stream = new MemoryStream();
        for (int i = 0; i < 3000; i++)
        {
            var message = new byte[random.Next(1, i % 10 == 0 ? 8193 : 64)];
            random.NextBytes(message);
            if (i == 0) message = "<13>first"u8.ToArray();
            if (!counted)
            {
                foreach (ref byte b in message.AsSpan())
                    if (b == '\n') b = 0;
            }
            sent.Add(message);
            if (counted) stream.Write(Encoding.ASCII.GetBytes($"{message.Length} "));
            stream.Write(message);
            if (!counted) stream.WriteByte((byte)'\n');
        }
        foreach (int chunk in new[] { 1 << 20, 1460, 7 })
        {
            var got = Frames(stream.ToArray(), chunk);
            Assert.Equal(sent.Count, got.Count);
            for (int i = 0; i < sent.Count; i++) Assert.Equal(sent[i], got[i].Bytes);
            Assert.DoesNotContain(got, f => (f.Flags & ~FrameFlags.OctetCounted) != 0);
        }
    }

    [Theory]
    [InlineData("<13>a", "<13>a")]
    [InlineData("<13>a\n<14>b\n", "<13>a|<14>b")]
    [InlineData("<13>a\nb\n", "<13>a\\nb")]
    [InlineData("<13>a\n<14>b\nc", "<13>a\\n<14>b\\nc")]
    [InlineData("<13>a\r\n", "<13>a")]
    [InlineData("<13>a\r\n\r\n<13>b\r\n", "<13>a|<13>b")]
    [InlineData("<13>a\n\0", "<13>a")]
    [InlineData("<13>a\0", "<13>a")]
    [InlineData("a\n<1>b\n<1>c", "a|<1>b|<1>c")]
    [InlineData("a\n<1234>b", "a\\n<1234>b")]
    [InlineData("a\n<13", "a\\n<13")]
    [InlineData("\n\n", "")]
    [InlineData("", "")]
    public void Splits_a_datagram_only_where_each_line_has_a_priority(string datagram, string messages)
    {
        var bytes = Encoding.Latin1.GetBytes(datagram);
        var got = new List<string>();
        var splitter = new DatagramSplitter(bytes);
        while (splitter.TryNext(out int start, out int length)) got.Add(Encoding.Latin1.GetString(bytes, start, length).Replace("\n", "\\n"));
        Assert.Equal(messages, string.Join('|', got));
    }
}
