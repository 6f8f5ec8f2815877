using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Portolan.Output;

enum LogFormat
{
    Text,
    Json,
}

/// <summary>A line that was said.</summary>
/// <param name="Severity">RFC 5424: 3 error, 4 warning, 5 notice, 6 informational.</param>
/// <param name="Text">Without secrets.</param>
/// <param name="More">0, or: the line stands for so many of its kind that were held back.</param>
readonly partial record struct LogLine(int Severity, string Text, long More)
{
    public string SeverityName => Severity switch
    {
        <= 3 => "error",
        4 => "warning",
        5 => "notice",
        _ => "info",
    };

    /// <summary>The part of the program that speaks: <c>journal: …</c>, <c>forward siem: …</c>; null where the line names none.</summary>
    public string? Part => PartShape().Match(Text) is { Success: true } m ? m.Groups[1].Value : null;

    [GeneratedRegex("^([a-z][a-z-]*)( [^ :]+)?: ")]
    private static partial Regex PartShape();
}

/// <summary>
/// The server's log: a line on standard error for each thing an operator should know, with the severity it begins with (<see cref="LogSeverity"/>). Lines of one kind (the same words but for those with digits) are said five times a minute and the same line once; the others are counted, and the
/// minute's end tells how many there were. Kinds are bounded: past the bound all share one.
/// </summary>
sealed class ServerLog : IDisposable
{
    const int MaxKinds = 512, Burst = 5, KindLength = 160;

    // A word that announces a secret, and what follows it. The line it stands in was not meant to hold one.
    static readonly Regex Secret = new(
        """(?i)\b(authorization|proxy-authorization|cookie|set-cookie|sec|x-csrf)\s*:\s*((basic|bearer)\s+)?[^\s,;"]+|\b(password|passwd|pwd|token|secret|sec|session)=[^\s&,;"]+""",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    readonly TextWriter _to;
    readonly LogFormat _format;
    readonly TimeProvider _clock;
    readonly ITimer _minute;
    readonly Dictionary<string, Kind> _kinds = new(StringComparer.Ordinal);

    sealed class Kind
    {
        public int Said;
        public long Held;
        public LogLine Last;
    }

    public ServerLog(TextWriter to, LogFormat format, TimeProvider clock)
    {
        (_to, _format, _clock) = (to, format, clock);
        _minute = clock.CreateTimer(_ => Minute(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    /// <summary>Called with every line that is written. Must not block and must not say anything itself.</summary>
    public Action<LogLine>? Said { get; set; }

    /// <summary>Says a line, or counts it. Any thread.</summary>
    public void Tell(string line)
    {
        int severity = 4;
        if (line is ['<', >= '3' and <= '6' and var digit, '>', ..]) (severity, line) = (digit - '0', line[3..]);
        line = Secret.Replace(line, m => m.Value[..(m.Value.IndexOfAny([':', '=']) + 1)] + "***");
        lock (_to)
        {
            string name = KindOf(line);
            if (!_kinds.TryGetValue(name, out var kind))
            {
                if (_kinds.Count >= MaxKinds) name = "";
                if (!_kinds.TryGetValue(name, out kind)) _kinds[name] = kind = new();
            }
            bool same = kind.Last.Text == line;
            kind.Last = new(severity, line, 0);
            if (kind.Said >= Burst || same)
            {
                kind.Held++;
                return;
            }
            kind.Said++;
            Write(kind.Last);
        }
    }

    /// <summary>Tells what was held back since the last call, and begins anew.</summary>
    void Minute()
    {
        lock (_to)
        {
            foreach (var kind in _kinds.Values.Where(k => k.Held > 0)) Write(kind.Last with { More = kind.Held });
            _kinds.Clear();
        }
    }

    static string KindOf(string line)
    {
        var kind = new StringBuilder(KindLength);
        foreach (var word in line.AsSpan().SplitAny(' ', '\n', '\t'))
        {
            if (kind.Length >= KindLength) break;
            var text = line.AsSpan(word);
            kind.Append(text.ContainsAnyInRange('0', '9') ? "#" : text).Append(' ');
        }
        return kind.ToString();
    }

    void Write(in LogLine line)
    {
        string time = _clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        if (_format == LogFormat.Text)
        {
            string again = line.More > 0 ? $" ({line.More} more of this kind in a minute)" : "";
            _to.WriteLine($"{time} {Visible.Text(line.Text, keepNewlines: true)}{again}");
        }
        else
        {
            var text = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(text))
            {
                json.WriteStartObject();
                json.WriteString("time", time);
                json.WriteString("severity", line.SeverityName);
                if (line.Part is { } part) json.WriteString("part", part);
                json.WriteString("message", line.Text);
                if (line.More > 0) json.WriteNumber("more", line.More);
                json.WriteEndObject();
            }
            _to.WriteLine(Encoding.UTF8.GetString(text.WrittenSpan));
        }
        Said?.Invoke(line);
    }

    public void Dispose()
    {
        _minute.Dispose();
        Minute();
    }
}
