using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Portolan.IntegrationTests.Product;

/// <summary>The built program as a child process with a data directory and free ports of its own.</summary>
sealed class PortolanProcess : IAsyncDisposable
{
    /// <summary>The program that was built beside the tests.</summary>
    public static readonly string Program = Find();

    static string Find()
    {
        string configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d != null; d = d.Parent)
        {
            string candidate = Path.Combine(d.FullName, "artifacts/bin/Portolan", configuration, "portolan");
            if (File.Exists(Path.Combine(d.FullName, "Portolan.slnx")))
                return File.Exists(candidate) ? candidate : throw new InvalidOperationException($"{candidate} is missing: build first (./dev build)");
        }
        throw new InvalidOperationException("no Portolan.slnx above the tests");
    }

    readonly bool _ownsData;
    readonly StringBuilder _output = new();
    Process? _process;

    public PortolanProcess(string? data = null)
    {
        _ownsData = data == null;
        _folder = data ?? Directory.CreateTempSubdirectory("portolan-test-").FullName;
    }

    readonly string _folder = "";

    /// <summary>Where the data directory is reached from here.</summary>
    public string Data => SmallDisk == null || _process == null ? _folder : $"/proc/{_process.Id}/root{_folder}";

    /// <summary>When set, the data directory is a file system in memory of this size, which only the process sees. Needs root.</summary>
    public string? SmallDisk { get; init; }

    /// <summary>Variables the process has besides ours.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    public int Pid => _process!.Id;

    /// <summary>A program that starts the server, and its arguments; none when empty.</summary>
    public string[] Launcher { get; init; } = [];
    public int TcpPort { get; private set; }
    public int UdpPort { get; private set; }
    public int TlsPort { get; private set; }
    public int HttpsPort { get; private set; }
    public int MetricsPort { get; private set; }

    /// <summary>Ports of all endpoints, by id.</summary>
    public Dictionary<string, int> Ports { get; } = [];

    /// <summary>What the process wrote to both streams so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Starts <c>serve</c> on free loopback ports and waits until all listen.</summary>
    public async Task<PortolanProcess> Start(params string[] more)
    {
        try
        {
            await StartAndWait(more);
            return this;
        }
        catch
        {
            // Nobody holds what did not start, so nobody else would end it.
            await DisposeAsync();
            throw;
        }
    }

    async Task StartAndWait(string[] more)
    {
        string stale = Path.Combine(_folder, "run", "endpoints.json");
        if (File.Exists(stale)) File.Delete(stale);
        var info = new ProcessStartInfo(SmallDisk == null ? "/usr/bin/env" : "/usr/bin/unshare")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (SmallDisk != null)
            foreach (string a in (string[])["-m", "sh", "-c", "mount -t tmpfs -o size=$0 tmpfs \"$1\" && shift && exec \"$@\"", SmallDisk, _folder, Program]) info.ArgumentList.Add(a);
        // Whoever runs the tests in the background may have had these signals ignored, and children inherit that.
        else foreach (string a in (string[])["--default-signal=INT,HUP", .. Launcher, Program]) info.ArgumentList.Add(a);
        foreach (string a in (string[])["serve", "--data", _folder, "--set", "endpoints.syslog-udp.port=0", "--set", "endpoints.syslog-tcp.port=0",
            "--set", "endpoints.https.port=0", "--set", "endpoints.metrics.port=0", "--set", "endpoints.syslog-tls.port=0", "--set", "endpoints.syslog-tls.address=127.0.0.1",
            "--set", "endpoints.syslog-udp.address=127.0.0.1", "--set", "endpoints.syslog-tcp.address=127.0.0.1", "--set", "endpoints.https.address=127.0.0.1", .. more]) info.ArgumentList.Add(a);
        foreach (var (name, value) in Environment) info.Environment[name] = value;
        _process = Process.Start(info)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        string endpoints = Path.Combine(Data, "run", "endpoints.json");
        await Until(() => File.Exists(endpoints) || _process.HasExited, "the server did not say that it listens");
        if (_process.HasExited) throw new InvalidOperationException($"serve ended with {_process.ExitCode}:\n{Output}");
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(endpoints));
        foreach (var e in json.RootElement.GetProperty("endpoints").EnumerateArray())
        {
            int port = e.GetProperty("port").GetInt32();
            Ports[e.GetProperty("id").GetString()!] = port;
            if (e.GetProperty("id").GetString() == "syslog-tcp") TcpPort = port;
            else if (e.GetProperty("id").GetString() == "syslog-udp") UdpPort = port;
            else if (e.GetProperty("id").GetString() == "https") HttpsPort = port;
            else if (e.GetProperty("id").GetString() == "syslog-tls") TlsPort = port;
            else if (e.GetProperty("id").GetString() == "metrics") MetricsPort = port;
        }
    }

    void Keep(object sender, DataReceivedEventArgs e)
    {
        lock (_output) _output.AppendLine(e.Data);
    }

    public IPEndPoint Tcp => new(IPAddress.Loopback, TcpPort);
    public IPEndPoint Udp => new(IPAddress.Loopback, UdpPort);

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits until it has ended by itself; the exit code.</summary>
    public async Task<int> WaitForExit()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process!.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> Stop()
    {
        await Run("kill", "-TERM", Pid.ToString());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        await _process!.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>The rows of an AQL search, one JSON object each.</summary>
    public async Task<List<JsonElement>> Search(string aql)
    {
        var (exit, output, error) = await Run(Program, "search", "--data", Data, "--format", "jsonl", aql);
        if (exit != 0) throw new InvalidOperationException($"search ended with {exit}: {error}\nserver: {Output}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    /// <summary>Asks for events that were sent to it: not for what it says itself.</summary>
    public const string Sent = "WHERE (devicetype IS NULL OR devicetype <> 9000)";

    public async Task<long> Count(string where = Sent) =>
        (long)(await Search($"SELECT COUNT(*) AS n FROM events {where} LAST 2 DAYS"))[0].GetProperty("n").GetDouble();

    /// <summary>Runs a program to its end, a minute at most.</summary>
    public static async Task<(int Exit, string Output, string Error)> Run(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string a in arguments) info.ArgumentList.Add(a);
        using var p = Process.Start(info)!;
        p.StandardInput.Close();
        var output = p.StandardOutput.ReadToEndAsync();
        var error = p.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await p.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            p.Kill(true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end");
        }
        return (p.ExitCode, await output, await error);
    }

    public static async Task Until(Func<bool> done, string otherwise, int seconds = 60)
    {
        var watch = Stopwatch.StartNew();
        while (!done())
        {
            if (watch.Elapsed.TotalSeconds > seconds) throw new TimeoutException(otherwise);
            await Task.Delay(20);
        }
    }

    public async Task<bool> ReachesCount(long n, string where = Sent, int seconds = 60)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            if (await Count(where) >= n) return true;
            await Task.Delay(100);
        }
        return false;
    }

    /// <summary>Segments on disk; a moving target while the server runs.</summary>
    public IReadOnlyList<string> Segments => Directory.Exists(Path.Combine(Data, "store"))
        ? [.. Directory.GetFiles(Path.Combine(Data, "store"), "*.seg", SearchOption.AllDirectories)] : [];

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await Kill();
        _process?.Dispose();
        if (_ownsData) Directory.Delete(_folder, true);
    }
}
