using System.Diagnostics;

namespace Portolan.Bench;

/// <summary>One run over TCP: as fast as the receiver takes it. CPU is the receiver's from the first byte to its orderly end, without its start.</summary>
sealed record Throughput(Kept Kept, double Cpu, double Wall, double Memory, double StartCpu, IReadOnlyDictionary<string, double> ByThread)
{
    public static Throughput Run(Side side, Sender sender, bool unique)
    {
        try
        {
            side.Start(Sender.ReceiverCore);
            double start = ProcessUse.Cpu(side.Pid) ?? 0;
            var before = ProcessUse.CpuByThread(side.Pid);
            long began = Stopwatch.GetTimestamp();
            sender.Send(side.Port, "tcp");
            var (_, at) = side.Quiet(1);
            double wall = Stopwatch.GetElapsedTime(began, at).TotalSeconds, memory = ProcessUse.PeakMemory(side.Pid);
            var threads = ProcessUse.CpuByThread(side.Pid);
            foreach (var (name, cpu) in before) threads[name] = threads.GetValueOrDefault(name) - cpu;
            double quiet = ProcessUse.Cpu(side.Pid) ?? 0, end = side.Stop();
            threads["(at its end: the last block)"] = end - quiet;
            var run = new Throughput(side.Count(unique), end - start, wall, memory, start, threads);
            Console.Error.WriteLine($"{side.Name,-16} {run.Kept.Lines} lines, {run.Cpu / sender.Events * 1e6:0.0} CPU-s per million, {wall:0.0} s");
            return run;
        }
        finally
        {
            side.Clean();
        }
    }
}

/// <summary>One step over UDP at a rate.</summary>
sealed record Step(double Rate, double Real, long Sent, long Kept, long KernelDrops, double Cpu)
{
    /// <summary>Nothing lost, and sent as fast as was meant.</summary>
    public bool Holds => Sent == Kept && KernelDrops == 0 && Real > Rate * 0.99;
}

/// <summary>The highest rate at which no datagram is lost, to about 12 %: up by factors, halved down, then held for the full time.</summary>
static class Lossless
{
    public static Step? Find(Side side, Sender sender, int seconds)
    {
        double low = 0, high = 0, rate = 20_000;
        while (high == 0 && rate < 1_500_000)
        {
            if (Try(side, sender, rate, 4).Holds) (low, rate) = (rate, rate * 1.6);
            else high = rate;
        }
        for (int i = 0; i < 3 && high > 0; i++)
        {
            double middle = (low + high) / 2;
            if (Try(side, sender, middle, 6).Holds) low = middle;
            else high = middle;
        }
        rate = low * 0.94;
        for (int i = 0; i < 6 && rate > 0; i++, rate *= 0.88)
        {
            if (Try(side, sender, rate, seconds) is { Holds: true } step) return step;
        }
        return null;
    }

    static Step Try(Side side, Sender sender, double rate, double seconds)
    {
        try
        {
            side.Start(Sender.ReceiverCore);
            double start = ProcessUse.Cpu(side.Pid) ?? 0;
            var (sent, took) = sender.Send(side.Port, "udp", rate, seconds);
            side.Quiet(1);
            long drops = ProcessUse.UdpDrops(side.Port);
            double cpu = side.Stop() - start;
            var step = new Step(rate, sent / took, sent, side.Count(unique: false).Lines, drops, cpu);
            var named = side.Losses() ?? new Dictionary<string, long> { ["dropped by the kernel"] = drops };
            string losses = string.Join(", ", named.Where(l => l.Value > 0).Select(l => $"{l.Value} {l.Key}"));
            Console.Error.WriteLine($"{side.Name,-16} UDP {rate:0}/s for {seconds} s: {sent} sent, {step.Kept} kept, lost: {(losses == "" ? "none" : losses)}, residual {sent - step.Kept - named.Values.Sum()}");
            return step;
        }
        finally
        {
            side.Clean();
        }
    }
}
