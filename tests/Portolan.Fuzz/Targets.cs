using System.Text;
using Portolan.Formats;
using Portolan.Formats.Syslog;
using Portolan.Formats.Text;
using Portolan.Formats.Tls;
using Portolan.Tests.Formats;

namespace Portolan.Fuzz;

/// <summary>Something that takes hostile bytes.</summary>
/// <param name="Check">Says what is wrong, null if nothing is; an exception is wrong too.</param>
sealed record Target(string Name, IReadOnlyList<byte[]> Seeds, Func<byte[], string?> Check);

/// <summary>The targets: every syntax of <see cref="Catalog"/>, and what stands before and beside them.</summary>
static class Targets
{
    public static List<Target> All()
    {
        var files = Directory.EnumerateFiles(GoldenFile.Folder(), "*.golden")
            .Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)
            .ToDictionary(f => f, f => GoldenFile.Read(f).Select(c => c.Input).ToArray());
        byte[][] every = [.. files.Values.SelectMany(f => f)];
        byte[][] syslog = [.. files["syslog-3164.golden"], .. files["syslog-5424.golden"]];

        var targets = new List<Target>();
        foreach (var syntax in Catalog.All)
        {
            var list = new PairList();
            var room = new byte[16384];
            // Its own cases three times as often as the others'.
            byte[][] own = files[syntax.Golden];
            int times = Math.Max(1, 3 * every.Length / own.Length);
            byte[][] seeds = [.. Enumerable.Repeat(own, times).SelectMany(s => s), .. every];
            targets.Add(new(syntax.Id, seeds, input => Pairs(syntax, input, list, room)));
        }
        targets.Add(new("syslog-header", syslog, Header));
        targets.Add(new("client-hello", [Convert.FromHexString(Hello12And13), Convert.FromHexString(Hello10)], Greeted));
        targets.Add(new("stream-framer", Streams(syslog), Framer));
        targets.Add(new("datagram-splitter", Streams(syslog), Datagram));
        var room2 = new byte[16384];
        targets.Add(new("control-escapes", every,
            input => Escapes.UndoControlEscapes(input, room2.AsSpan(0, input.Length)) > input.Length ? "grew" : null));

        var patterns = new List<MessagePattern>();
        var messages = new List<byte[]>();
        foreach (byte[] input in files["message-pattern.golden"])
        {
            string[] lines = Encoding.UTF8.GetString(input).Split('\n');
            foreach (string line in lines[..^1])
                if (MessagePattern.TryCompile(line, out var pattern, out _)) patterns.Add(pattern);
            messages.Add(Encoding.UTF8.GetBytes(lines[^1]));
        }
        var set = new MessagePatternSet(patterns);
        targets.Add(new("pattern-set", messages, input => PatternSet(set, input)));
        targets.Add(new("pattern", files["message-pattern.golden"], Pattern));
        targets.AddRange([AqlTarget.Make(), FileTargets.Journal(), FileTargets.Segment()]);
        return targets;
    }

    public static string FindingsFolder() => Path.GetFullPath(Path.Combine(GoldenFile.Folder(), "..", "..", "Portolan.Fuzz", "findings"));

    /// <summary>FNV-1a: the same everywhere and always.</summary>
    public static ulong Hash(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name) hash = (hash ^ c) * 1099511628211;
        return hash;
    }

    static byte[][] Streams(byte[][] messages)
    {
        var streams = new List<byte[]>();
        for (int i = 0; i + 3 < messages.Length; i += 4)
        {
            using var lines = new MemoryStream();
            using var counted = new MemoryStream();
            foreach (byte[] m in messages[i..(i + 4)])
            {
                lines.Write(m);
                lines.Write(i % 3 == 0 ? "\r\n"u8 : "\n"u8);
                counted.Write(Encoding.ASCII.GetBytes($"{m.Length} "));
                counted.Write(m);
            }
            streams.Add(lines.ToArray());
            streams.Add(counted.ToArray());
            streams.Add([.. lines.ToArray(), .. counted.ToArray()]);
        }
        return [.. streams];
    }

    static bool Inside(int start, int length, int total) => start >= 0 && length >= 0 && start <= total - length;

    static string? Pairs(Syntax syntax, byte[] input, PairList list, byte[] room)
    {
        list.Clear();
        syntax.Parse(input, list);
        if (list.Count > PairList.MaxPairs) return $"{list.Count} pairs";
        foreach (ref readonly var p in list.Pairs)
        {
            if (!Inside(p.ValueStart, p.ValueLength, input.Length)) return $"value at {p.ValueStart}, {p.ValueLength} bytes";
            var key = list.Key(input, p);
            var value = list.Value(input, p);
            // Exactly the promised room: one byte more would throw.
            int n = syntax.Unescape(value, room.AsSpan(0, value.Length));
            if (n < 0 || n > value.Length) return $"{value.Length} bytes became {n}";
            if ((p.Flags & PairFlags.KeyEscaped) != 0) syntax.Unescape(key, room.AsSpan(0, key.Length));
        }
        return null;
    }

    // A client's first message that offers TLS 1.3 and 1.2, with a server name; and one of TLS 1.0 without extensions.
    const string Hello12And13 = "160301004e0100004a0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f02aabb0004c02b13010100001b0000000e"
        + "000c0000096c6f63616c686f7374002b00050403040303";
    const string Hello10 = "16030100310100002d0301000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f02aabb0004c02b13010100";

    /// <summary>More bytes never change what was said already.</summary>
    static string? Greeted(byte[] input)
    {
        var whole = ClientHello.Look(input);
        for (int n = input.Length - 1; n >= 0 && n > input.Length - 64; n--)
        {
            var part = ClientHello.Look(input.AsSpan(0, n));
            if (part != Greeting.Incomplete && part != whole) return $"{part} of {n} bytes, {whole} of all {input.Length}";
        }
        return null;
    }

    static readonly PairList SdPairs = new();

    static string? Header(byte[] input)
    {
        SyslogHeader.Parse(input, out var h);
        foreach (var r in new[] { h.HostName, h.Application, h.ProcessId, h.MessageId, h.StructuredData, h.Body })
            if (!Inside(r.Start, r.Length, input.Length)) return $"range at {r.Start}, {r.Length} bytes";
        if (h.Priority is < 0 or > 191) return $"priority {h.Priority}";
        if (h.Time.Kind == TimeKind.Clock
            && (h.Time.Month is 0 or > 12 || h.Time.Hour > 23 || h.Time.Microseconds is < 0 or > 999_999)) return "time";
        var t = DeviceTime.Resolve(h.Time, 1_700_000_000_000_000 + Hash(input) % 63_072_000 * 1_000_000, DeviceZone.Fixed((int)(Hash(input) % 1440) - 720));
        if (t.Confidence == TimeConfidence.YearInferred && t.Micros > 1_900_000_000_000_000) return $"resolved to {t}";
        SdPairs.Clear();
        StructuredData.Parse(h.StructuredData.Of(input), SdPairs);
        return null;
    }

    static long Hash(byte[] input)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in input) hash = (hash ^ b) * 1099511628211;
        return (long)(hash >> 1);
    }

    /// <summary>However the stream is chunked, the frames are the same.</summary>
    static string? Framer(byte[] input)
    {
        var random = new Random((int)Hash(input));
        foreach (int limit in new[] { 65536, 48 })
        {
            var whole = Frames(input, limit, () => int.MaxValue, out string? fault);
            if (fault != null) return fault;
            int fixedSize = 1 + random.Next(9);
            foreach (var size in new Func<int>[] { () => 1, () => fixedSize, () => 1 + random.Next(97) })
            {
                var chunked = Frames(input, limit, size, out fault);
                if (fault != null) return fault;
                if (!whole.SequenceEqual(chunked)) return $"chunks change the frames (limit {limit})";
            }
        }
        return null;
    }

    static List<(int Start, int Length, FrameFlags Flags)> Frames(byte[] stream, int limit, Func<int> chunk, out string? fault)
    {
        var framer = new StreamFramer(limit);
        var frames = new List<(int, int, FrameFlags)>();
        fault = null;
        int at = 0, held = 0;
        while (true)
        {
            held = (int)Math.Min(Math.Min(held + (long)chunk(), framer.BufferSize), stream.Length - at);
            bool ended = at + held == stream.Length, read;
            do
            {
                read = framer.TryRead(stream.AsSpan(at, held), ended, out int consumed, out int start, out int length, out var flags);
                if (consumed < 0 || consumed > held) fault = $"{consumed} of {held} bytes consumed";
                if (read && (length <= 0 || length > limit || !Inside(start, length, consumed)))
                    fault = $"frame at {start}, {length} bytes";
                if (!read && consumed == 0 && !ended && held == framer.BufferSize) fault = "stuck";
                if (fault != null) return frames;
                if (read) frames.Add((at + start, length, flags));
                at += consumed;
                held -= consumed;
            }
            while (read);
            if (ended) return frames;
        }
    }

    static string? Datagram(byte[] input)
    {
        int last = 0;
        var splitter = new DatagramSplitter(input);
        while (splitter.TryNext(out int start, out int length))
        {
            if (length <= 0 || start < last || !Inside(start, length, input.Length)) return $"message at {start}, {length} bytes";
            last = start + length;
        }
        return null;
    }

    /// <summary>The set answers as if its patterns were asked one after the other.</summary>
    static string? PatternSet(MessagePatternSet set, byte[] input)
    {
        Span<Capture> captures = stackalloc Capture[64], alone = stackalloc Capture[64];
        set.TryMatch(input, captures, out int which, out int count);
        int first = -1, n = 0;
        for (int p = 0; p < set.Count && first < 0; p++)
            if (set[p].TryMatch(input, alone, out n)) first = p;
        if (which != first || count != (first < 0 ? 0 : n)) return $"pattern {which} with {count} captures, one by one {first} with {n}";
        foreach (var c in captures[..count])
            if (!Inside(c.Start, c.Length, input.Length) || c.Name < 0 || c.Name >= set.Names.Count) return $"capture {c}";
        return null;
    }

    /// <summary>The first line as a pattern, matched against the whole input.</summary>
    static string? Pattern(byte[] input)
    {
        int lf = Array.IndexOf(input, (byte)'\n');
        if (!MessagePattern.TryCompile(Encoding.UTF8.GetString(input, 0, lf < 0 ? input.Length : lf), out var pattern, out string error))
            return error.StartsWith("character ", StringComparison.Ordinal) ? null : $"error without place: {error}";
        return PatternSet(new([pattern]), input[(lf + 1)..]);
    }
}
