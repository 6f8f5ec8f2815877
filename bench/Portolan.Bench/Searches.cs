using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Portolan.Bench;

/// <summary>A search of the benchmark, and what a plain loop over all rows finds for it.</summary>
/// <param name="Ordered">The order of the rows is part of the answer.</param>
sealed record Question(string Name, string What, string Aql, bool Ordered, Oracle Oracle);

/// <summary>What one search took: seconds until the last row, the server's CPU seconds, and a digest of the rows.</summary>
readonly record struct Answer(double Wall, double Cpu, long Rows, string Digest);

/// <summary>
/// Searches over a store of the certification mix, asked of the running product through its control socket. Warm: the same search again and again.
/// Cold: the process started anew and the store's files out of the page cache, first run only. Answers are compared with an <see cref="Oracle"/> first.
/// </summary>
sealed partial class Searches(string program, string data)
{
    const int WarmRuns = 5;

    Process? _server;
    HttpClient? _client;

    public static string Run(string program, string data, Func<Sender> corpus)
    {
        var searches = new Searches(program, data);
        try
        {
            return searches.Report(corpus);
        }
        finally
        {
            searches.Stop();
        }
    }

    string Report(Func<Sender> corpus)
    {
        if (!Directory.Exists(Path.Combine(data, "store"))) Fill(corpus());
        Start();
        var (first, last, total) = Extent();
        // Whole minutes: START and STOP would snap to them anyway.
        string time = string.Create(CultureInfo.InvariantCulture, $"START {first / 60_000 * 60_000} STOP {(last / 60_000 + 1) * 60_000}");
        var questions = Questions(time, total);
        Check(questions, time);
        var t = new StringBuilder();
        void Line(FormattableString s) => t.AppendLine(s.ToString(CultureInfo.InvariantCulture));
        Line($"# Searches, {DateTime.Now:yyyy-MM-dd}");
        Line($"");
        string cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "";
        string load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        Line($"{Environment.ProcessorCount} cores of {cpu}, {RuntimeInformation.FrameworkDescription}; load when it began {load}. {total} events of the certification mix, {StoreBytes() >> 20} MiB on disk.");
        Line($"Every answer is the same as that of a plain loop over all rows. Warm: median of {WarmRuns} after one; cold: process new, files out of the page cache, first run only.");
        Line($"Wall is until the last row is read from the control socket; CPU is the server's (in steps of 10 ms) and suffers less from a machine in use.");
        Line($"");
        Line($"| search | rows | warm ms | warm CPU ms | cold ms | cold CPU ms | |");
        Line($"|---|---|---|---|---|---|---|");
        var warm = questions.Select(q => Warm(q)).ToArray();
        for (int i = 0; i < questions.Length; i++)
        {
            var q = questions[i];
            Stop();
            Forget();
            Start();
            var cold = Ask(q);
            if (cold.Digest != warm[i].Digest) throw new InvalidOperationException($"{q.Name} answers differently when cold");
            Line($"| {q.Name} | {cold.Rows} | {warm[i].Wall * 1000:0} | {warm[i].Cpu * 1000:0} | {cold.Wall * 1000:0} | {cold.Cpu * 1000:0} | {q.What} |");
            Console.Error.WriteLine($"{q.Name}: warm {warm[i].Wall * 1000:0} ms, cold {cold.Wall * 1000:0} ms");
        }
        Line($"");
        foreach (var q in questions) Line($"- {q.Name}: `{q.Aql.Replace(time, "…", StringComparison.Ordinal)}`");
        return t.ToString();
    }

    Answer Warm(Question q)
    {
        Ask(q);
        var runs = Enumerable.Range(0, WarmRuns).Select(_ => Ask(q)).ToArray();
        return runs[0] with { Wall = runs.Select(r => r.Wall).Order().ElementAt(WarmRuns / 2), Cpu = runs.Select(r => r.Cpu).Order().ElementAt(WarmRuns / 2) };
    }

    // What is asked for is taken from the data, so that it is there in the number that is wanted.
    Question[] Questions(string time, long total)
    {
        string address = One($"SELECT sourceip, COUNT(*) AS n FROM events WHERE sourceip != '0.0.0.0' GROUP BY sourceip HAVING n <= 50 ORDER BY n DESC LIMIT 1 {time}");
        string category = One($"SELECT category, COUNT(*) AS n FROM events WHERE username IS NOT NULL GROUP BY category ORDER BY n DESC LIMIT 1 {time}");
        string qid = One($"SELECT QIDNAME(qid) AS name, COUNT(*) AS n FROM events WHERE QIDNAME(qid) IS NOT NULL GROUP BY name ORDER BY n DESC LIMIT 1 {time}");
        string net = string.Join('.', address.Split('.')[..2]) + ".0.0";
        string needle = (total * 7 / 10).ToString(CultureInfo.InvariantCulture);
        return
        [
            new("q1", "events of an address", $"SELECT UTF8(payload) AS p FROM events WHERE sourceip = '{address}' {time}", false,
                Oracle.Rows(r => r.Source.Equals(IPAddress.Parse(address)), r => r.Payload)),
            new("q2", "needle", $"SELECT UTF8(payload) AS p FROM events WHERE UTF8(payload) LIKE '%seq={needle}' {time}", false,
                Oracle.Rows(r => r.Payload.EndsWith("seq=" + needle, StringComparison.Ordinal), r => r.Payload)),
            new("q3", "top users of a category",
                $"SELECT username, COUNT(*) AS n FROM events WHERE category = {category} GROUP BY username ORDER BY n DESC LIMIT 20 {time}", true,
                Oracle.Top(20, r => r.Category.ToString(CultureInfo.InvariantCulture) == category, r => r.User ?? "", null)),
            new("q4", "histogram", $"SELECT starttime / 300000 AS t, category, COUNT(*) AS n FROM events GROUP BY t, category {time}", false,
                Oracle.Count(_ => true, r => $"{r.Time / 300_000}\t{r.Category}")),
            new("q5", "last 1,000", $"SELECT eventid, starttime, sourceip, UTF8(payload) AS p FROM events LIMIT 1000 {time}", true, Oracle.Newest(1000)),
            new("q6", "substring", $"SELECT eventid FROM events WHERE UTF8(payload) ILIKE '%ailed passw%' {time}", false,
                Oracle.Rows(r => r.Payload.Contains("ailed passw", StringComparison.OrdinalIgnoreCase), r => r.Id)),
            new("q7", "top sources by ports",
                $"SELECT sourceip, UNIQUECOUNT(destinationport) AS n FROM events GROUP BY sourceip ORDER BY n DESC LIMIT 20 {time}", true,
                Oracle.Top(20, _ => true, r => Convert.ToHexString(r.Source.MapToIPv6().GetAddressBytes()), r => r.Port)),
            new("q8", "ports of a network",
                $"SELECT destinationport, COUNT(*) AS n FROM events WHERE INCIDR('{net}/16', sourceip) GROUP BY destinationport {time}", false,
                Oracle.Count(r => r.Source.AddressFamily == AddressFamily.InterNetwork && r.Source.ToString().StartsWith(net[..^3], StringComparison.Ordinal),
                    r => r.Port.ToString(CultureInfo.InvariantCulture))),
            new("n1", "by event name", $"SELECT COUNT(*) AS n FROM events WHERE QIDNAME(qid) = '{qid.Replace("'", "''", StringComparison.Ordinal)}' {time}", false,
                Oracle.Count(r => r.Name == qid, _ => "")),
            new("n2", "regular expression", $"SELECT eventid FROM events WHERE UTF8(payload) MATCHES 'seq={needle[..^1]}[0-4]$' {time}", false,
                Oracle.Rows(r => r.Payload[^5..] is var end && Enumerable.Range(0, 5).Any(d => r.Payload.EndsWith($"seq={needle[..^1]}{d}", StringComparison.Ordinal)), r => r.Id)),
        ];
    }

    void Check(Question[] questions, string time)
    {
        long n = 0;
        foreach (var row in Rows($"SELECT eventid, starttime, sourceip, destinationport, category, username, UTF8(payload) AS p, QIDNAME(qid) AS name FROM events LIMIT 1000000000 {time}"))
        {
            var r = new Row(row[0].GetString()!, row[1].GetInt64(), IPAddress.Parse(row[2].GetString()!), (int)row[3].GetInt64(), row[4].GetInt64(), row[5].GetString(),
                row[6].GetString()!, row[7].GetString());
            foreach (var q in questions) q.Oracle.Add(r);
            n++;
        }
        foreach (var q in questions)
        {
            string[] expected = [.. q.Oracle.Lines()], found = [.. Rows(q.Aql).Select(Shown)];
            if (Digest(expected, q.Ordered) == Digest(found, q.Ordered)) continue;
            string first = expected.Except(found).Select(l => "missing: " + l).Concat(found.Except(expected).Select(l => "too much: " + l)).FirstOrDefault() ?? "another order";
            throw new InvalidOperationException($"{q.Name} is wrong: {found.Length} rows, {expected.Length} expected; {first}");
        }
        Console.Error.WriteLine($"{questions.Length} searches agree with a loop over {n} rows");

        string Shown(JsonElement[] row) => string.Join('\t', row.Select((v, i) => v.ValueKind switch
        {
            JsonValueKind.Number => v.GetDouble().ToString("0", CultureInfo.InvariantCulture),
            JsonValueKind.Null => "",
            _ => row.Length == 2 && i == 0 && row[1].ValueKind == JsonValueKind.Number && IPAddress.TryParse(v.GetString(), out var a)
                ? Convert.ToHexString(a.MapToIPv6().GetAddressBytes()) : v.GetString(),
        }));
    }

    static string Digest(IEnumerable<string> lines, bool ordered) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', ordered ? lines : lines.Order(StringComparer.Ordinal)))));

    Answer Ask(Question q)
    {
        double before = ProcessUse.Cpu(_server!.Id) ?? 0;
        long began = Stopwatch.GetTimestamp();
        var lines = Lines(q.Aql).ToList();
        double wall = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new(wall, (ProcessUse.Cpu(_server.Id) ?? 0) - before, lines.Count - 2, Digest(lines, q.Ordered));
    }

    string One(string aql)
    {
        var row = Rows(aql).FirstOrDefault() ?? throw new InvalidOperationException("no row for " + aql);
        return row[0].ValueKind == JsonValueKind.String ? row[0].GetString()! : row[0].GetRawText();
    }

    (long First, long Last, long Total) Extent()
    {
        var row = Rows("SELECT MIN(starttime), MAX(starttime), COUNT(*) FROM events LAST 3650 DAYS").Single();
        return ((long)row[0].GetDouble(), (long)row[1].GetDouble(), (long)row[2].GetDouble());
    }

    IEnumerable<JsonElement[]> Rows(string aql) => Lines(aql).Where(l => l[0] == '[')
        .Select(l => JsonDocument.Parse(l).RootElement.EnumerateArray().ToArray());

    IEnumerable<string> Lines(string aql)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/search") { Content = new StringContent(aql) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var response = _client!.Send(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        bool ended = false;
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("{\"fault\"", StringComparison.Ordinal)) throw new InvalidOperationException($"{aql}: {line}");
            ended = line.StartsWith("{\"end\"", StringComparison.Ordinal);
            yield return line;
        }
        if (!ended) throw new InvalidOperationException($"{aql}: the answer broke off");
    }

    void Fill(Sender sender)
    {
        int port = Start();
        Console.Error.WriteLine($"filling {data} with {sender.Events} events");
        sender.Send(port, "tcp");
        while (Extent() is var (_, _, n) && n < sender.Events) Thread.Sleep(200);
        // Its end seals what is open.
        Stop();
    }

    int Start()
    {
        int port = Side.FreePort();
        _server = Process.Start(new ProcessStartInfo(program,
            ["serve", "--data", data, "--set", $"endpoints.syslog-tcp.port={port}", "--set", $"endpoints.syslog-udp.port={port}", "--set", "endpoints.https.enabled=false", "--set", "endpoints.syslog-tls.enabled=false"])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _server.OutputDataReceived += (_, _) => { };
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        string socket = Path.Combine(data, "run/control.sock");
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var s = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await s.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel);
                return new NetworkStream(s, ownsSocket: true);
            },
        })
        { Timeout = TimeSpan.FromMinutes(10) };
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "http://localhost/status");
                using var response = _client.Send(request);
                return port;
            }
            catch (HttpRequestException) when (!_server.HasExited && watch.Elapsed.TotalSeconds < 60)
            {
                Thread.Sleep(100);
            }
        }
    }

    void Stop()
    {
        _client?.Dispose();
        if (_server is { HasExited: false })
        {
            using var kill = Process.Start("kill", ["-TERM", _server.Id.ToString(CultureInfo.InvariantCulture)]);
            _server.WaitForExit();
        }
        _server = null;
    }

    long StoreBytes() => new DirectoryInfo(Path.Combine(data, "store")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);

    /// <summary>Asks the kernel to drop the store's files from its page cache (posix_fadvise(2), DONTNEED); they are clean, so it does.</summary>
    void Forget()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(data, "store"), "*", SearchOption.AllDirectories))
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
            if (FAdvise(handle, 0, 0, 4) != 0) throw new InvalidOperationException($"posix_fadvise {file}");
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int FAdvise(SafeFileHandle file, long offset, long length, int advice);
}
