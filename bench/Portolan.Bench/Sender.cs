using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Portolan.Bench;

/// <summary>The corpus and the program that sends it, on a core of its own where there are two.</summary>
sealed partial class Sender : IDisposable
{
    static readonly bool TwoCores = Environment.ProcessorCount > 1;
    readonly string _program;
    readonly bool _made;

    public Sender(string top, string corpus, int events, bool make)
    {
        _program = Path.Combine(top, "artifacts/bin/Portolan.Sim/release/portolan-sim");
        (Corpus, _made) = (corpus, make);
        if (make)
        {
            Corpus = Path.Combine(Path.GetTempPath(), $"portolan-bench-{Environment.ProcessId}.log");
            using var write = Process.Start(new ProcessStartInfo(_program, ["write", Corpus, "--count", events.ToString(CultureInfo.InvariantCulture), "--number", "yes"])
            {
                RedirectStandardOutput = true,
            })!;
            write.WaitForExit();
        }
        Mix = make ? "the certification mix of tools/Portolan.Sim" : Path.GetFileName(corpus);
        Events = File.ReadLines(Corpus, System.Text.Encoding.Latin1).LongCount();
        Bytes = new FileInfo(Corpus).Length;
    }

    public string Corpus { get; }
    public string Mix { get; }
    public long Events { get; }
    public long Bytes { get; }

    /// <summary>Cores for taskset; null on a machine with one.</summary>
    public static string? Core => TwoCores ? "0" : null;
    public static string? ReceiverCore => TwoCores ? "1" : null;

    /// <summary>Sends and waits for the end: lines sent and seconds taken.</summary>
    public (long Lines, double Seconds) Send(int port, string transport, double rate = 0, double seconds = 0)
    {
        using var process = Process.Start(Side.Pinned(new ProcessStartInfo(_program,
        [
            "replay", Corpus, "--to", $"127.0.0.1:{port}", "--transport", transport, "--rate", rate.ToString(CultureInfo.InvariantCulture),
            "--seconds", seconds.ToString(CultureInfo.InvariantCulture),
        ])
        { RedirectStandardOutput = true }, Core))!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var m = Said().Match(said);
        if (!m.Success) throw new InvalidOperationException("the sender failed: " + said);
        return (long.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"sent (\d+) lines in ([\d.]+) s")]
    private static partial Regex Said();

    /// <summary>Lines a second to receivers that only take bytes: over TCP, and as datagrams. The limit of every measurement here.</summary>
    public (double Stream, double Datagrams) Fastest()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var reading = Task.Run(() =>
        {
            using var socket = listener.AcceptSocket();
            byte[] buffer = new byte[1 << 20];
            while (socket.Receive(buffer) > 0)
            {
            }
        });
        var (lines, seconds) = Send(((IPEndPoint)listener.LocalEndpoint).Port, "tcp");
        reading.Wait();
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var (datagrams, time) = Send(((IPEndPoint)udp.LocalEndPoint!).Port, "udp", seconds: 3);
        return (lines / seconds, datagrams / time);
    }

    public void Dispose()
    {
        if (_made) File.Delete(Corpus);
    }
}
