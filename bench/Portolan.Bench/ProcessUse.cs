using System.Globalization;

namespace Portolan.Bench;

/// <summary>What the kernel says of a running process (proc(5)).</summary>
static class ProcessUse
{
    // USER_HZ, the unit of /proc's times, is 100 on every Linux that .NET runs on.
    const double Hz = 100;

    /// <summary>User and system time in seconds of a process; null when it is gone.</summary>
    public static double? Cpu(int pid) => Read($"/proc/{pid}/stat") is { } stat ? Cpu(stat) : null;

    // After the name, which may itself hold parentheses, utime and stime are the 12th and 13th fields.
    static double Cpu(string stat)
    {
        string[] f = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(f[11], CultureInfo.InvariantCulture) + long.Parse(f[12], CultureInfo.InvariantCulture)) / Hz;
    }

    /// <summary>The same by thread name.</summary>
    public static Dictionary<string, double> CpuByThread(int pid)
    {
        var threads = new Dictionary<string, double>();
        foreach (string task in Directory.GetDirectories($"/proc/{pid}/task"))
        {
            if (Read(task + "/stat") is not { } stat) continue;
            string name = stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')];
            threads[name] = threads.GetValueOrDefault(name) + Cpu(stat);
        }
        return threads;
    }

    /// <summary>The largest resident size so far, in MiB.</summary>
    public static double PeakMemory(int pid)
    {
        foreach (string line in (Read($"/proc/{pid}/status") ?? "").Split('\n'))
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                return long.Parse(line[6..^2].Trim(), CultureInfo.InvariantCulture) / 1024.0;
        }
        return 0;
    }

    /// <summary>Datagrams dropped at the sockets of a local port because the buffer was full: the last column of /proc/net/udp and udp6.</summary>
    public static long UdpDrops(int port)
    {
        string ending = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        long drops = 0;
        foreach (string table in (string[])["/proc/net/udp", "/proc/net/udp6"])
        {
            foreach (string line in (Read(table) ?? "").Split('\n').Skip(1))
            {
                string[] f = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (f.Length > 2 && f[1].EndsWith(ending, StringComparison.Ordinal)) drops += long.Parse(f[^1], CultureInfo.InvariantCulture);
            }
        }
        return drops;
    }

    static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
