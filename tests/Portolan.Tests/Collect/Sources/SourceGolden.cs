using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Portolan.Tests.Collect.Sources;

/// <summary>One case of a <c>.golden</c> file (docs/source-types.md): an input line and what must become of it.</summary>
sealed record SourceCase(string Source, int Line, byte[] Input, JsonObject? Expected);

static class SourceGolden
{
    public static readonly string Folder = Path.Combine(Repository.Root, "tests", "Portolan.Tests", "Collect", "Sources");

    /// <summary>The golden files, "unknown" apart.</summary>
    public static IEnumerable<string> Sources =>
        Directory.EnumerateFiles(Folder, "*.golden").Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => n != "unknown").Order(StringComparer.Ordinal);

    public static IReadOnlyList<SourceCase> Read(string source)
    {
        string path = Path.Combine(Folder, source + ".golden");
        var cases = new List<SourceCase>();
        if (!File.Exists(path)) return cases;
        string? input = null;
        int at = 0, number = 0;
        StringBuilder? json = null;
        foreach (string line in File.ReadAllText(path).Split('\n').Append("==="))
        {
            number++;
            if (line == "===")
            {
                if (input != null) cases.Add(new(source, at, Unescape(input, path, at), json == null ? null : Parse(json.ToString(), path, at)));
                (input, json) = (null, null);
            }
            else if (json != null) json.Append(line).Append('\n');
            else if (line == "---") json = new();
            else if (line.Length > 0 && !line.StartsWith('#'))
            {
                if (input != null) throw new FormatException($"{path}:{number}: a second input line");
                (input, at) = (line, number);
            }
        }
        return cases;
    }

    static JsonObject Parse(string json, string path, int line)
    {
        try
        {
            return JsonNode.Parse(json)!.AsObject();
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            throw new FormatException($"{path}:{line}: {e.Message}");
        }
    }

    static byte[] Unescape(string text, string path, int line)
    {
        var bytes = new MemoryStream();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                int length = char.IsSurrogatePair(text, i) ? 2 : 1;
                bytes.Write(Encoding.UTF8.GetBytes(text.Substring(i, length)));
                i += length - 1;
                continue;
            }
            char c = i + 1 < text.Length ? text[++i] : '\0';
            switch (c)
            {
                case '\\': bytes.WriteByte((byte)'\\'); break;
                case 't': bytes.WriteByte((byte)'\t'); break;
                case 'n': bytes.WriteByte((byte)'\n'); break;
                case 'r': bytes.WriteByte((byte)'\r'); break;
                case 'x' when byte.TryParse(text.AsSpan(i + 1, Math.Min(2, text.Length - i - 1)), NumberStyles.HexNumber, null, out byte b):
                    bytes.WriteByte(b);
                    i += 2;
                    break;
                default: throw new FormatException($"{path}:{line}: unknown escape \\{c}");
            }
        }
        return bytes.ToArray();
    }
}
