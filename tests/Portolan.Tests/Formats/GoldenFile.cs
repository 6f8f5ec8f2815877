using System.Globalization;
using System.Text;

namespace Portolan.Tests.Formats;

public sealed record GoldenCase(string File, int Line, byte[] Input, string Expected)
{
    public override string ToString() => $"{File}:{Line}";
}

/// <summary>
/// A table of cases: input, a line <c>---</c>, expected lines; cases divided by a line <c>===</c>. Lines beginning with # before an input
/// say where the
/// case comes from. In an input <c>\n \r \t \0 \xHH \\</c> are bytes; any other backslash is itself.
/// </summary>
public static class GoldenFile
{
    /// <summary>The repository's folder that holds the golden files, found from the current folder or from where the program
    /// lies.</summary>
    public static string Folder()
    {
        foreach (string from in new[] { Environment.CurrentDirectory, AppContext.BaseDirectory })
            for (var d = new DirectoryInfo(from); d != null; d = d.Parent)
                if (File.Exists(Path.Combine(d.FullName, "Portolan.slnx"))) return Path.Combine(d.FullName, "tests", "Portolan.Tests", "Formats");
        throw new DirectoryNotFoundException("no Portolan.slnx above the current folder");
    }

    public static List<GoldenCase> Read(string name)
    {
        var cases = new List<GoldenCase>();
        List<string> input = [], expected = [];
        bool inExpected = false;
        int line = 0, first = 0;
        foreach (string text in File.ReadLines(Path.Combine(Folder(), name)).Append("==="))
        {
            line++;
            if (text == "===")
            {
                if (input.Count > 0) cases.Add(new(name, first, Bytes(string.Join('\n', input)), string.Join('\n', expected)));
                input = [];
                expected = [];
                inExpected = false;
            }
            else if (text == "---" && !inExpected) inExpected = true;
            else if (inExpected) expected.Add(text);
            else if (input.Count > 0 || !text.StartsWith('#'))
            {
                if (input.Count == 0) first = line;
                input.Add(text);
            }
        }
        return cases;
    }

    static byte[] Bytes(string text)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            char next = text[i] == '\\' && i + 1 < text.Length ? text[i + 1] : ' ';
            int b = next switch { 'n' => '\n', 'r' => '\r', 't' => '\t', '0' => 0, '\\' => '\\', _ => -1 };
            if (next == 'x' && i + 3 < text.Length && byte.TryParse(text.AsSpan(i + 2, 2), NumberStyles.HexNumber, null, out byte hex))
            {
                bytes.Add(hex);
                i += 3;
            }
            else if (b >= 0)
            {
                bytes.Add((byte)b);
                i++;
            }
            else
            {
                int width = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, width)));
                i += width - 1;
            }
        }
        return [.. bytes];
    }

    /// <summary>Bytes as the expected side writes them: control characters and what is not UTF-8 escaped, all else itself.</summary>
    public static string Show(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        while (bytes.Length > 0)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out int n);
            if (status != System.Buffers.OperationStatus.Done)
                for (int i = 0; i < n; i++) text.Append(CultureInfo.InvariantCulture, $"\\x{bytes[i]:x2}");
            else if (Rune.IsControl(rune))
                text.Append(rune.Value switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", 0 => "\\0", _ => $"\\x{rune.Value:x2}" });
            else text.Append(rune.ToString());
            bytes = bytes[n..];
        }
        return text.ToString();
    }
}
