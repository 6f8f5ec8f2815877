using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Portolan.Bench;

/// <summary>What a side kept: lines in all, lines understood, how often a number occurs again, bytes on disk.</summary>
readonly record struct Kept(long Lines, long Parsed, long Unique, long Bytes);

/// <summary>A receiver under measurement, a child process on one free loopback port for both transports, with an empty directory of its own.</summary>
abstract class Side(string name, string does)
{
    public const string Buffer = "4194304";

    public string Name => name;

    /// <summary>What it does with a line, for the report.</summary>
    public string Does => does;

    public int Port { get; private set; }
    public int Pid => _process!.Id;
    protected string Directory_ { get; private set; } = "";
    Process? _process;

    protected abstract ProcessStartInfo Command();

    /// <summary>Counts what was kept; the process has ended.</summary>
    public abstract Kept Count(bool unique);

    /// <summary>What it says itself that it lost over UDP, by its own names; null when it does not say. The process has ended.</summary>
    public virtual IReadOnlyDictionary<string, long>? Losses() => null;

    public void Start(string? core)
    {
        Directory_ = Directory.CreateTempSubdirectory("portolan-bench-").FullName;
        Port = FreePort();
        var info = Pinned(Command(), core);
        info.RedirectStandardOutput = info.RedirectStandardError = true;
        _process = Process.Start(info)!;
        var said = new StringBuilder();
        _process.OutputDataReceived += (_, e) => said.AppendLine(e.Data);
        _process.ErrorDataReceived += (_, e) => said.AppendLine(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var watch = Stopwatch.StartNew();
        while (!Listens())
        {
            if (_process.HasExited || watch.Elapsed.TotalSeconds > 30) throw new InvalidOperationException($"{Name} does not listen: {said}");
            Thread.Sleep(50);
        }
        Quiet(1);
    }

    bool Listens()
    {
        try
        {
            using var socket = new TcpClient();
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Waits until the process has used next to no CPU for so long; the CPU seconds until then, and when it last worked.</summary>
    public (double Cpu, long At) Quiet(double seconds)
    {
        double last = ProcessUse.Cpu(Pid) ?? 0;
        long at = Stopwatch.GetTimestamp(), given = at;
        while (Stopwatch.GetElapsedTime(at).TotalSeconds < seconds && Stopwatch.GetElapsedTime(given).TotalSeconds < 120)
        {
            Thread.Sleep(20);
            double now = ProcessUse.Cpu(Pid) ?? last;
            if (now - last > 0.021) (last, at) = (now, Stopwatch.GetTimestamp());
        }
        return (last, at);
    }

    /// <summary>Ends the process in order; its CPU seconds to the end.</summary>
    public double Stop()
    {
        double cpu = ProcessUse.Cpu(Pid) ?? 0;
        using var kill = Process.Start("kill", ["-TERM", Pid.ToString(CultureInfo.InvariantCulture)]);
        while (!_process!.WaitForExit(10))
        {
            if (ProcessUse.Cpu(Pid) is { } now) cpu = Math.Max(cpu, now);
        }
        return cpu;
    }

    public void Clean()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.WaitForExit();
        if (Directory_.Length > 0) Directory.Delete(Directory_, true);
        Directory_ = "";
    }

    public static ProcessStartInfo Pinned(ProcessStartInfo info, string? core)
    {
        if (core == null) return info;
        info.ArgumentList.Insert(0, info.FileName);
        info.ArgumentList.Insert(0, core);
        info.ArgumentList.Insert(0, "-c");
        info.FileName = "taskset";
        return info;
    }

    public static int FreePort()
    {
        while (true)
        {
            using var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp);
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            int port = ((IPEndPoint)tcp.LocalEndPoint!).Port;
            try
            {
                udp.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has that one for UDP: another.
            }
        }
    }
}

/// <summary>Ourselves, as shipped but for the ports: every event durable before it is processed, parsed, enriched, indexed, searchable.</summary>
sealed class Product(string top) : Side("portolan", "journal synced to disk, parsed, normalized to columns, enriched, indexed, searchable by AQL")
{
    string Program_ => Path.Combine(top, "artifacts/portolan/portolan");

    protected override ProcessStartInfo Command() => new(Program_,
    [
        "serve", "--data", Path.Combine(Directory_, "data"), "--set", $"endpoints.syslog-tcp.port={Port}", "--set", $"endpoints.syslog-udp.port={Port}",
        "--set", $"syslog.receive-buffer={Buffer}", "--set", "endpoints.https.enabled=false", "--set", "endpoints.syslog-tls.enabled=false",
    ]);

    public override Kept Count(bool unique)
    {
        long lines = 0, parsed = 0;
        foreach (string row in Ask("search", "SELECT parsestatus, COUNT(*) AS n FROM events GROUP BY parsestatus LAST 365 DAYS").Skip(1))
        {
            string[] f = row.Split(',');
            long n = (long)double.Parse(f[1], CultureInfo.InvariantCulture);
            lines += n;
            if (f[0] == "parsed") parsed += n;
        }
        var numbers = new Numbers();
        if (unique)
        {
            foreach (string row in Ask("search", "SELECT UTF8(payload) AS p FROM events LIMIT 100000000 LAST 365 DAYS").Skip(1)) numbers.Add(row);
        }
        long bytes = new DirectoryInfo(Path.Combine(Directory_, "data/store")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        return new(lines, parsed, numbers.Unique, bytes);
    }

    public override IReadOnlyDictionary<string, long> Losses() => Ask("ledger").Skip(1).Select(row => row.Split(','))
        .Where(f => f[0] == "syslog-udp" && f[1] is ("dropped-by-kernel" or "journal-full" or "sender-not-allowed"))
        .ToDictionary(f => f[1], f => (long)double.Parse(f[2], CultureInfo.InvariantCulture));

    IEnumerable<string> Ask(params string[] command)
    {
        using var search = Process.Start(new ProcessStartInfo(Program_, [.. command, "--format", "csv", "--data", Path.Combine(Directory_, "data")])
        {
            RedirectStandardOutput = true,
        })!;
        while (search.StandardOutput.ReadLine() is { } line) yield return line;
        search.WaitForExit();
        if (search.ExitCode != 0) throw new InvalidOperationException($"portolan {command[0]}: exit {search.ExitCode}");
    }
}

/// <summary>rsyslog or syslog-ng of Debian, unpacked into .cache/peers, with a configuration of bench/peers. It writes one file and syncs nothing.</summary>
sealed class Peer(string top, string name, string does) : Side(name, does)
{
    string Root => Path.Combine(top, ".cache/peers");
    string Output => Path.Combine(Directory_, "out");

    protected override ProcessStartInfo Command()
    {
        string config = Path.Combine(Directory_, "config"), peers = Path.Combine(top, "bench/peers");
        File.WriteAllText(config, File.ReadAllText(Path.Combine(peers, Name + ".conf")).Replace("@DIR@", Directory_).Replace("@OUT@", Output)
            .Replace("@PEERS@", peers).Replace("@PORT@", Port.ToString(CultureInfo.InvariantCulture)).Replace("@BUFFER@", Buffer));
        string pid = Path.Combine(Directory_, "pid");
        var info = Name.StartsWith("rsyslog", StringComparison.Ordinal)
            ? new ProcessStartInfo(Path.Combine(Root, "usr/sbin/rsyslogd"), ["-n", "-f", config, "-i", pid])
            : new ProcessStartInfo(Path.Combine(Root, "usr/sbin/syslog-ng"), ["-F", "--no-caps", "-f", config, "-R", Path.Combine(Directory_, "persist"),
                "-c", Path.Combine(Directory_, "control"), "-p", pid, $"--module-path={Root}/usr/lib/syslog-ng/3.38"]);
        info.Environment["LD_LIBRARY_PATH"] = $"{Root}/usr/lib/syslog-ng:{Root}/usr/lib/x86_64-linux-gnu";
        info.Environment["RSYSLOG_MODDIR"] = $"{Root}/usr/lib/x86_64-linux-gnu/rsyslog/";
        info.Environment["SYSLOGNG_PREFIX"] = $"{Root}/usr";
        return info;
    }

    public override Kept Count(bool unique)
    {
        if (!File.Exists(Output)) return default;
        long lines = 0, parsed = 0;
        var numbers = new Numbers();
        foreach (string line in File.ReadLines(Output, Encoding.Latin1))
        {
            lines++;
            if (line.Contains("\"f\":{", StringComparison.Ordinal)) parsed++;
            if (unique) numbers.Add(line);
        }
        return new(lines, parsed, numbers.Unique, new FileInfo(Output).Length);
    }
}

/// <summary>The corpus numbers its lines, <c>seq=…</c> at the end: how many different ones came through.</summary>
sealed class Numbers
{
    readonly HashSet<int> _seen = [];

    public long Unique => _seen.Count;

    public void Add(string line)
    {
        int at = line.LastIndexOf("seq=", StringComparison.Ordinal) + 4, end = at;
        while (at > 3 && end < line.Length && char.IsAsciiDigit(line[end])) end++;
        if (end > at && at > 3) _seen.Add(int.Parse(line.AsSpan(at, end - at), CultureInfo.InvariantCulture));
    }
}
