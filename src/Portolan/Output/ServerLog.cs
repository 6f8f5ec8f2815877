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

/// <summary>
/// The server's log: a line on standard error for each thing an operator should know. There are no levels, for nothing is said that needs no reading.
/// Lines of one kind (the same words but for those with digits) are said five times a minute and the same line once; the others are counted, and the
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
        public string Last = "";
    }

    public ServerLog(TextWriter to, LogFormat format, TimeProvider clock)
    {
        (_to, _format, _clock) = (to, format, clock);
        _minute = clock.CreateTimer(_ => Minute(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    /// <summary>Called with every line that is said, without secrets. Must not block and must not say anything itself.</summary>
    public Action<string>? Said { get; set; }

    /// <summary>Says a line, or counts it. Any thread.</summary>
    public void Tell(string line)
    {
        line = Secret.Replace(line, m => m.Value[..(m.Value.IndexOfAny([':', '=']) + 1)] + "***");
        lock (_to)
        {
            string name = KindOf(line);
            if (!_kinds.TryGetValue(name, out var kind))
            {
                if (_kinds.Count >= MaxKinds) name = "";
                if (!_kinds.TryGetValue(name, out kind)) _kinds[name] = kind = new();
            }
            if (kind.Said >= Burst || kind.Last == line)
            {
                kind.Held++;
                kind.Last = line;
                return;
            }
            kind.Said++;
            kind.Last = line;
            Write(line, 0);
            Said?.Invoke(line);
        }
    }

    /// <summary>Tells what was held back since the last call, and begins anew.</summary>
    void Minute()
    {
        lock (_to)
        {
            foreach (var kind in _kinds.Values.Where(k => k.Held > 0)) Write(kind.Last, kind.Held);
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

    void Write(string line, long more)
    {
        string time = _clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        if (_format == LogFormat.Text)
        {
            string again = more > 0 ? $" ({more} more of this kind in a minute)" : "";
            _to.WriteLine($"{time} {Visible.Text(line, keepNewlines: true)}{again}");
            return;
        }
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("time", time);
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0 && !line.AsSpan(0, colon).Contains(' ')) json.WriteString("part", line.AsSpan(0, colon));
            json.WriteString("message", line);
            if (more > 0) json.WriteNumber("more", more);
            json.WriteEndObject();
        }
        _to.WriteLine(Encoding.UTF8.GetString(text.WrittenSpan));
    }

    public void Dispose()
    {
        _minute.Dispose();
        Minute();
    }
}
