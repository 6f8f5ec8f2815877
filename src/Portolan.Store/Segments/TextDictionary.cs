namespace Portolan.Store.Segments;

/// <summary>The distinct texts of a column: their lengths, then their bytes, as a zstd frame where that is shorter.</summary>
static class TextDictionary
{
    const int CompressFrom = 128;

    [ThreadStatic]
    static long[]? _lengths;

    public static void Write(TextTable texts, ByteWriter to)
    {
        if (_lengths == null || _lengths.Length < texts.Count) _lengths = new long[Math.Max(1024, texts.Count * 2)];
        int before = 0, n = 0;
        foreach (int end in texts.Ends)
        {
            _lengths[n++] = end - before;
            before = end;
        }
        NumberEncoding.Write(_lengths.AsSpan(0, n), to);
        var bytes = texts.Bytes;
        to.Varint((ulong)bytes.Length);
        if (bytes.Length >= CompressFrom)
        {
            int at = to.Length, room = Zstd.Bound(bytes.Length);
            // The frame's length comes before it: 5 bytes are always enough and kept free.
            int length = Zstd.Compress(bytes, to.Room(room + 5).Slice(5, room));
            if (length < bytes.Length)
            {
                to.Varint((ulong)length);
                int head = to.Length - at;
                to.Room(room + 5)[(5 - head)..(5 - head + length)].CopyTo(to.Room(length));
                to.Advance(length);
                return;
            }
        }
        to.Varint(0);
        to.Bytes(bytes);
    }

    /// <summary>Passes over a dictionary to what stands behind it.</summary>
    public static void Skip(ref ByteReader from, int distinct)
    {
        NumberEncoding.Read(ref from, new long[distinct]);
        int total = from.Count(Layout.MostSection), packed = from.Count(from.Left);
        from.Bytes(packed == 0 ? total : packed);
    }

    public static (byte[] Bytes, int[] Ends) Read(ref ByteReader from, int distinct)
    {
        var lengths = new long[distinct];
        NumberEncoding.Read(ref from, lengths);
        int total = from.Count(Layout.MostSection), packed = from.Count(from.Left);
        var ends = new int[distinct];
        long end = 0;
        for (int i = 0; i < distinct; i++)
        {
            if (lengths[i] < 0 || lengths[i] > total) throw new MalformedException("a text's length");
            end += lengths[i];
            ends[i] = (int)Math.Min(end, int.MaxValue);
        }
        if (end != total) throw new MalformedException("the texts' lengths do not add up");
        if (packed == 0) return (from.Bytes(total).ToArray(), ends);
        // Level 1 makes at best some 1,000 out of 1 and a frame may not ask for more memory than that.
        var frame = from.Bytes(packed);
        if (total > (long)packed * Zstd.MostRatio) throw new MalformedException("a dictionary larger than its frame can be");
        var bytes = new byte[total];
        return Zstd.TryDecompress(frame, bytes) ? (bytes, ends) : throw new MalformedException("a broken zstd frame");
    }
}
