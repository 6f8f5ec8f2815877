using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Portolan.Sim;
using Portolan.Sim.Office;

const string Usage = """
    portolan-sim: the simulated office and the certification mix

      portolan-sim history FILE [--now TIME] [--hours 6] [--until 0] [--rate 20] [--seed 1]
      portolan-sim live [--to 127.0.0.1:10514] [--now TIME] [--hours 6] [--rate 20] [--seconds 0] [--seed 1]
      portolan-sim send [--to 127.0.0.1:10514] [--transport udp|tcp] [--rate 200] [--seconds 0] [--scale 0.01] [--seed 1]
      portolan-sim write FILE [--count 1000000] [--scale 1] [--seed 1] [--rate 1000] [--number no|yes]
      portolan-sim replay FILE [--to 127.0.0.1:10514] [--transport udp|tcp] [--rate 0] [--seconds 0]

    history writes what the simulated office said in the hours before --now, for portolan import, and --until so many seconds after it; live sends what it says
    from then on, as time passes, until interrupted when --seconds is 0. The same --now, --hours, --rate and --seed give the same lines. --rate is that of
    the busiest hour; the day is the machine's.
    send sends the certification mix and goes on until interrupted when --seconds is 0. write gives each line a time as if they had come at --rate a second, the last one now;
    --number yes adds " seq=<n>" to each. replay sends a file's lines as they are: at --rate lines a second, 0 being as fast as the receiver takes them; for
    --seconds, from the beginning again when the file ends, or once through when 0.
    Example: portolan-sim send --to 127.0.0.1:10514 --rate 500 --seconds 60
    """;

if (args.Length == 0 || args.Any(a => a is "--help" or "-h"))
{
    Console.WriteLine(Usage);
    return args.Length == 0 ? 2 : 0;
}
var options = new Dictionary<string, string>();
var plain = new List<string>();
for (int i = 1; i < args.Length; i++)
{
    if (!args[i].StartsWith("--", StringComparison.Ordinal)) plain.Add(args[i]);
    else if (i + 1 < args.Length) options[args[i][2..]] = args[++i];
    else return Fault($"{args[i]} needs a value");
}
string[] known = ["to", "transport", "rate", "seconds", "scale", "seed", "count", "number", "now", "hours", "until"];
foreach (string o in options.Keys)
    if (!known.Contains(o)) return Fault($"unknown option --{o}");
double Number(string name, double standard) => options.TryGetValue(name, out string? t) ? double.Parse(t, CultureInfo.InvariantCulture) : standard;

try
{
    return args[0] switch
    {
        "history" when plain.Count == 1 => History(plain[0]),
        "live" => Live(),
        "send" => Send(),
        "write" when plain.Count == 1 => Write(plain[0]),
        "replay" when plain.Count == 1 => Replay(plain[0]),
        _ => Fault($"what is '{string.Join(' ', args)}'?"),
    };
}
catch (Exception e) when (e is FormatException or SocketException or IOException)
{
    return Fault(e.Message);
}

static int Fault(string what)
{
    Console.Error.WriteLine($"portolan-sim: {what}\n{Usage}");
    return 2;
}

DateTime Now()
{
    if (options.TryGetValue("now", out string? text))
        return DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).UtcDateTime;
    var now = DateTime.UtcNow;
    return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
}

Timeline Office(DateTime now) => new((int)Number("seed", 1), now, Number("hours", 6), Number("rate", 20), TimeZoneInfo.Local.GetUtcOffset(now));

int History(string path)
{
    var now = Now();
    long lines = 0;
    using var file = new StreamWriter(path);
    foreach (var (_, text) in Office(now).Between(now.AddHours(-Number("hours", 6)), now.AddSeconds(Number("until", 0))))
    {
        file.Write(text);
        file.Write('\n');
        lines++;
    }
    Console.WriteLine($"wrote {lines} lines");
    return 0;
}

int Live()
{
    var now = Now();
    double seconds = Number("seconds", 0);
    var watch = Stopwatch.StartNew();
    var to = IPEndPoint.Parse(options.GetValueOrDefault("to", "127.0.0.1:10514"));
    using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    socket.Connect(to);
    using var stopped = new ManualResetEventSlim();
    Console.CancelKeyPress += (_, e) =>
    {
        e.Cancel = true;
        stopped.Set();
    };
    long sent = 0;
    foreach (var (at, text) in Office(now).Between(now, seconds > 0 ? now.AddSeconds(seconds) : DateTime.MaxValue))
    {
        var wait = at - now - watch.Elapsed;
        if (wait > TimeSpan.Zero ? stopped.Wait(wait) : stopped.IsSet) break;
        socket.Send(Encoding.ASCII.GetBytes(text + "\n"));
        sent++;
    }
    socket.Shutdown(SocketShutdown.Send);
    Console.WriteLine($"sent {sent}");
    return 0;
}

int Send()
{
    var to = IPEndPoint.Parse(options.GetValueOrDefault("to", "127.0.0.1:10514"));
    bool tcp = options.GetValueOrDefault("transport", "tcp") == "tcp";
    double rate = Number("rate", 200), seconds = Number("seconds", 0);
    var stream = new Portolan.Sim.Stream((int)Number("seed", 1), Number("scale", 0.01));
    using var socket = new Socket(to.AddressFamily, tcp ? SocketType.Stream : SocketType.Dgram, tcp ? ProtocolType.Tcp : ProtocolType.Udp);
    socket.Connect(to);
    bool stop = false;
    Console.CancelKeyPress += (_, e) => e.Cancel = stop = true;
    var watch = Stopwatch.StartNew();
    long sent = 0;
    byte[] buffer = new byte[8192];
    while (!stop && (seconds <= 0 || watch.Elapsed.TotalSeconds < seconds))
    {
        long due = (long)(watch.Elapsed.TotalSeconds * rate);
        for (; sent < due; sent++)
        {
            var line = stream.Next(DateTime.UtcNow);
            line.CopyTo(buffer);
            int n = line.Length;
            if (tcp) buffer[n++] = (byte)'\n';
            socket.Send(buffer.AsSpan(0, n));
        }
        Thread.Sleep(5);
    }
    if (tcp) socket.Shutdown(SocketShutdown.Send);
    Console.WriteLine($"sent {sent}");
    return 0;
}

int Write(string path)
{
    long count = (long)Number("count", 1_000_000);
    double rate = Number("rate", 1000);
    var stream = new Portolan.Sim.Stream((int)Number("seed", 1), Number("scale", 1));
    using var file = new BufferedStream(File.Create(path), 1 << 20);
    var start = DateTime.UtcNow.AddSeconds(-count / rate);
    long bytes = 0;
    bool number = options.GetValueOrDefault("number") == "yes";
    Span<byte> digits = stackalloc byte[32];
    for (long i = 0; i < count; i++)
    {
        var line = stream.Next(start.AddSeconds(i / rate));
        file.Write(line);
        bytes += line.Length;
        if (number)
        {
            " seq="u8.CopyTo(digits);
            Utf8Formatter.TryFormat(i, digits[5..], out int n);
            file.Write(digits[..(5 + n)]);
            bytes += 5 + n;
        }
        file.WriteByte((byte)'\n');
    }
    Console.WriteLine($"wrote {count} lines, {(double)bytes / count:0.0} bytes on average");
    return 0;
}

int Replay(string path)
{
    var to = IPEndPoint.Parse(options.GetValueOrDefault("to", "127.0.0.1:10514"));
    var replay = new Replay(File.ReadAllBytes(path), to);
    var watch = Stopwatch.StartNew();
    long sent = options.GetValueOrDefault("transport", "tcp") == "tcp"
        ? replay.Stream(Number("rate", 0), Number("seconds", 0))
        : replay.Datagrams(Number("rate", 0), Number("seconds", 0));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sent {sent} lines in {watch.Elapsed.TotalSeconds:0.000} s"));
    return 0;
}
