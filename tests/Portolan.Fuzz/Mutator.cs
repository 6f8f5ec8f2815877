using System.Text;

namespace Portolan.Fuzz;

/// <summary>Makes inputs from seeds: changes that keep most of the structure, so that what lies behind the first check is reached
/// too.</summary>
sealed class Mutator(ulong seed, IReadOnlyList<byte[]> seeds)
{
    readonly int _most = Math.Max(8192, seeds.Max(s => s.Length) * 5 / 4);

    static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "\"", "'", "\\", "\\\"", "\"\"", "\\\\", "=", "==", "|", "||", " ", "  ", "\t", "\n", "\r\n", "\0", "<13>", "<191>", "<", ">", "[",
            "]", "{", "}", ":", ",", ";", "^", "%", "%ASA-6-302013: ", "-", "--", "0", "-1", "1 ", "9 ", "255", "65535", "65536",
            "2147483647", "2147483648", "4294967296", "99999999", "99999999999999999999", "Jan  1 00:00:00", "Feb 29 23:59:60",
            "2024-02-29T23:59:59.999999999+23:59", "2024-01-01T00:00:00Z", "1d2h: %", "9999y999w: %", "x5E", "0x", "xFFFF", "CEF:0|", "LEEF:2.0|", "LEEF:1.0|", "\\u", "\\ud800", "\\u0000",
            "é", "\uFEFF", "cs1=", "cs1Label=",
            "1.2.3.4", "fe80::1%", "::", "true", "null", "1e9", "#011", "\\011", "BOM", "RP/0/", "*", "UTC:", " CST:",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
    ];

    static readonly byte[] Delimiters = [.. "=|;:, \t\"'\\[]{}<>\n\0^/-."u8];

    readonly Random _random = new(unchecked((int)(seed ^ seed >> 32)));
    byte[] _work = new byte[2 * Math.Max(8192, seeds.Max(s => s.Length) * 5 / 4)];
    int _length;

    public byte[] Next()
    {
        Take(seeds[_random.Next(seeds.Count)]);
        // Mostly few changes, now and then many.
        int changes = 1 + _random.Next(_random.Next(10) == 0 ? 24 : 4);
        for (int i = 0; i < changes; i++) Change();
        return _work.AsSpan(0, _length).ToArray();
    }

    void Take(ReadOnlySpan<byte> bytes)
    {
        _length = 0;
        Insert(0, bytes);
    }

    void Change()
    {
        switch (_random.Next(13))
        {
            case 0:
                if (_length > 0) _work[_random.Next(_length)] ^= (byte)(1 << _random.Next(8));
                break;
            case 1:
                if (_length > 0) _work[_random.Next(_length)] = (byte)_random.Next(256);
                break;
            case 2 or 3:
                Insert(_random.Next(_length + 1), Tokens[_random.Next(Tokens.Length)]);
                break;
            case 4:
                _length = _random.Next(_length + 1);
                break;
            case 5:
                Remove(Token());
                break;
            case 6:
                var twice = Token();
                Insert(twice.Start, _work.AsSpan(twice.Start, twice.Length).ToArray());
                break;
            case 7:
                Swap();
                break;
            case 8:
                Splice(seeds[_random.Next(seeds.Count)]);
                break;
            case 9:
                Number();
                break;
            case 10:
                // Many of one: what grows with the square shows.
                var token = Tokens[_random.Next(Tokens.Length)];
                int at = _random.Next(_length + 1);
                for (int n = 1 << _random.Next(_random.Next(20) == 0 ? 13 : 7); n > 0 && _length < _most; n--) Insert(at, token);
                break;
            case 11:
                if (_length == 0) break;
                int start = _random.Next(_length);
                Remove((start, _random.Next(Math.Min(16, _length - start) + 1)));
                break;
            case 12:
                Delimiter();
                break;
        }
    }

    void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, _most - _length)];
        if (bytes.Length <= 0) return;
        _work.AsSpan(at, _length - at).CopyTo(_work.AsSpan(at + bytes.Length));
        bytes.CopyTo(_work.AsSpan(at));
        _length += bytes.Length;
    }

    void Remove((int Start, int Length) part)
    {
        _work.AsSpan(part.Start + part.Length, _length - part.Start - part.Length).CopyTo(_work.AsSpan(part.Start));
        _length -= part.Length;
    }

    /// <summary>A run between two separators, with the second one.</summary>
    (int Start, int Length) Token()
    {
        if (_length == 0) return (0, 0);
        int start = _random.Next(_length), end = start;
        while (start > 0 && !IsSeparator(_work[start - 1])) start--;
        while (end < _length && !IsSeparator(_work[end])) end++;
        return (start, Math.Min(end + 1, _length) - start);
    }

    void Swap()
    {
        var a = Token();
        var b = Token();
        if (a.Start > b.Start) (a, b) = (b, a);
        if (a.Start + a.Length > b.Start) return;
        var first = _work.AsSpan(a.Start, a.Length).ToArray();
        var second = _work.AsSpan(b.Start, b.Length).ToArray();
        Remove(b);
        Insert(b.Start, first);
        Remove(a);
        Insert(a.Start, second);
    }

    void Splice(byte[] other)
    {
        if (other.Length == 0) return;
        _length = _random.Next(_length + 1);
        Insert(_length, other.AsSpan(_random.Next(other.Length)));
    }

    void Number()
    {
        int start = _length == 0 ? 0 : _random.Next(_length);
        while (start < _length && _work[start] is < (byte)'0' or > (byte)'9') start++;
        if (start >= _length) return;
        int end = start;
        while (end < _length && _work[end] is >= (byte)'0' and <= (byte)'9') end++;
        Remove((start, end - start));
        long[] edges = [0, 1, 9, 10, 59, 60, 61, 127, 128, 191, 192, 255, 256, 999, 65535, 65536, 16777216, 16777217,
            int.MaxValue, 1L + int.MaxValue, uint.MaxValue, long.MaxValue, _random.Next(), _length];
        Insert(start, Encoding.ASCII.GetBytes(edges[_random.Next(edges.Length)].ToString()));
    }

    void Delimiter()
    {
        int start = _length == 0 ? 0 : _random.Next(_length);
        while (start < _length && !IsSeparator(_work[start])) start++;
        if (start < _length) _work[start] = Delimiters[_random.Next(Delimiters.Length)];
    }

    static bool IsSeparator(byte b) => "=|;:, \t\"'\\[]{}<>\n"u8.IndexOf(b) >= 0;
}
