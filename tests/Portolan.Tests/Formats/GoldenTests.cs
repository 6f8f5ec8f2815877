using System.Text;
using Portolan.Formats;
using Portolan.Formats.Syslog;
using Portolan.Formats.Text;
using Xunit;

namespace Portolan.Tests.Formats;

/// <summary>Runs every golden file: those of the key-value syntaxes as the catalogue lists them, those of the syslog header and of
/// patterns.</summary>
public class GoldenTests
{
    public static TheoryData<string> SyntaxIds() => new(Catalog.All.Select(s => s.Id));

    [Theory]
    [MemberData(nameof(SyntaxIds))]
    public void Key_value_syntaxes(string id)
    {
        Assert.True(Catalog.TryFind(id, out var syntax));
        Check(syntax.Golden, input => Pairs(syntax, input));
    }

    [Theory]
    [InlineData("syslog-3164.golden")]
    [InlineData("syslog-5424.golden")]
    public void Syslog_headers(string file) => Check(file, Header);

    [Fact]
    public void Message_patterns() => Check("message-pattern.golden", Pattern);

    static void Check(string file, Func<byte[], string> run)
    {
        var cases = GoldenFile.Read(file);
        Assert.NotEmpty(cases);
        var faults = new StringBuilder();
        foreach (var c in cases)
        {
            string got = run(c.Input);
            if (got != c.Expected) faults.Append($"{c}\n  input    {GoldenFile.Show(c.Input)}\n  expected\n{c.Expected}\n  got\n{got}\n\n");
        }
        Assert.True(faults.Length == 0, faults.ToString());
    }

    static string Pairs(Syntax syntax, byte[] input)
    {
        var list = new PairList();
        var lines = new List<string>();
        if (!syntax.Parse(input, list)) lines.Add("!");
        for (int i = 0; i < list.Count; i++)
        {
            var p = list[i];
            string key = p.KeyLength == 0 && (p.Flags & PairFlags.KeyInList) == 0
                ? i.ToString() : Text(list.Key(input, p), (p.Flags & PairFlags.KeyEscaped) != 0, syntax);
            lines.Add(p.IsNull ? $"{key} is null" : $"{key}={Text(list.Value(input, p), p.ValueEscaped, syntax)}");
        }
        return string.Join('\n', lines);
    }

    static string Text(ReadOnlySpan<byte> raw, bool escaped, Syntax syntax)
    {
        if (!escaped) return GoldenFile.Show(raw);
        var to = new byte[raw.Length];
        return GoldenFile.Show(to.AsSpan(0, syntax.Unescape(raw, to)));
    }

    static string Header(byte[] input)
    {
        SyslogHeader.Parse(input, out var h);
        var lines = new List<string> { h.HasPriority ? $"pri {h.Priority}" : "no pri" };
        if (h.Version > 0) lines.Add($"version {h.Version}");
        if (h.Time.Kind != TimeKind.None) lines.Add("time " + Time(h.Time));
        Add("host", h.HostName);
        Add("app", h.Application);
        Add("pid", h.ProcessId);
        Add("msgid", h.MessageId);
        Add("sd", h.StructuredData);
        Add("body", h.Body);
        return string.Join('\n', lines);

        void Add(string name, ByteRange range)
        {
            if (!range.IsEmpty) lines.Add($"{name} {GoldenFile.Show(range.Of(input))}");
        }
    }

    static string Time(TimeParts t)
    {
        if (t.Kind == TimeKind.Uptime) return $"up {t.Microseconds / 1_000_000} s";
        string text = (t.Year == 0 ? "---" : $"{t.Year:0000}") + $"-{t.Month:00}-{t.Day:00} {t.Hour:00}:{t.Minute:00}:{t.Second:00}";
        if (t.Microseconds != 0) text += $".{t.Microseconds:000000}";
        if (t.HasZone) text += $" {(t.OffsetMinutes < 0 ? '-' : '+')}{Math.Abs(t.OffsetMinutes) / 60:00}:{Math.Abs(t.OffsetMinutes) % 60:00}";
        if (t.ZoneIsAmbiguous) text += "?";
        return text + (t.NotSynchronised ? " *" : "");
    }

    /// <summary>The input's lines are patterns, the last one the message. Expected: which pattern, then its captures.</summary>
    static string Pattern(byte[] input)
    {
        string[] lines = Encoding.UTF8.GetString(input).Split('\n');
        var patterns = new List<MessagePattern>();
        foreach (string line in lines[..^1])
        {
            if (!MessagePattern.TryCompile(line, out var pattern, out string error)) return error;
            patterns.Add(pattern);
        }
        var set = new MessagePatternSet(patterns);
        var captures = new Capture[set.MaxCaptures];
        var message = Encoding.UTF8.GetBytes(lines[^1]);
        if (!set.TryMatch(message, captures, out int which, out int count)) return "no match";
        var single = new Capture[set.MaxCaptures];
        Assert.True(patterns[which].TryMatch(message, single, out int alone));
        Assert.Equal(count, alone);
        return string.Join('\n', captures[..count].Select(c => $"{set.Names[c.Name]}={GoldenFile.Show(message.AsSpan(c.Start, c.Length))}")
            .Prepend($"pattern {which + 1}"));
    }
}
