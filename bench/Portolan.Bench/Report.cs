using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Portolan.Bench;

/// <summary>Medians as Markdown. Counts come first: a side that did not keep what was sent has no times.</summary>
sealed class Report(Sender sender)
{
    readonly Dictionary<Side, List<Throughput>> _runs = [];
    readonly Dictionary<Side, Step?> _lossless = [];
    readonly string _loadBefore = Load();
    (double Stream, double Datagrams) _fastest;

    public bool IsVoid { get; private set; }

    public void Sender((double Stream, double Datagrams) fastest) => _fastest = fastest;

    public void Add(Side side, Throughput run)
    {
        if (!_runs.TryGetValue(side, out var runs)) _runs[side] = runs = [];
        runs.Add(run);
    }

    public void Add(Side side, Step? lossless) => _lossless[side] = lossless;

    static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    static double Median(IEnumerable<double> of)
    {
        double[] sorted = [.. of.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    string PerMillion(double cpu) => (cpu / sender.Events * 1e6).ToString("0.00", CultureInfo.InvariantCulture);

    public string Text(IReadOnlyList<Side> sides)
    {
        var t = new StringBuilder();
        void Line(FormattableString s) => t.AppendLine(s.ToString(CultureInfo.InvariantCulture));
        string cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "";
        Line($"# {DateTime.Now:yyyy-MM-dd}");
        Line($"");
        Line($"{Environment.ProcessorCount} cores of {cpu}, {RuntimeInformation.FrameworkDescription}, Linux {Environment.OSVersion.Version}. Load when it began {_loadBefore}, when it ended {Load()}; a machine in use slows walls more than CPU.");
        Line($"Corpus: {sender.Mix}, {sender.Events} lines, {(double)sender.Bytes / sender.Events - 1:0.0} bytes on average, numbered. {(Bench.Sender.Core == null ? "Nothing is pinned." : "The sender is pinned to core 0, the receiver to core 1.")}");
        Line($"The sender gives {_fastest.Stream:0} lines/s over TCP to a receiver that only reads, and {_fastest.Datagrams:0} datagrams/s.");
        Line($"Runs are interleaved; medians of {_runs.Values.Select(r => r.Count).DefaultIfEmpty().Max()}, range in parentheses. CPU is user and system time of the receiver from the first byte to its orderly end.");
        Line($"");
        Line($"| side | kept / sent | different numbers | parsed | CPU-s per million | bytes on disk per event | wall s | peak memory MiB | against portolan |");
        Line($"|---|---|---|---|---|---|---|---|---|");
        var product = _runs.FirstOrDefault(r => r.Key is Product).Value;
        foreach (var side in sides)
        {
            if (!_runs.TryGetValue(side, out var runs)) continue;
            var wrong = runs.FirstOrDefault(r => r.Kept.Lines != sender.Events);
            if (wrong != null)
            {
                IsVoid = true;
                Line($"| {side.Name} | **{wrong.Kept.Lines} / {sender.Events}: void** | | | | | | | |");
                continue;
            }
            double own = Median(runs.Select(r => r.Cpu));
            string ratio = product == null ? "" : (own / Median(product.Select(r => r.Cpu))).ToString("0.00", CultureInfo.InvariantCulture) + " ×";
            Line($"| {side.Name} | all | {runs[0].Kept.Unique} | {100.0 * runs[0].Kept.Parsed / sender.Events:0.0} % | **{PerMillion(own)}** ({PerMillion(runs.Min(r => r.Cpu))}–{PerMillion(runs.Max(r => r.Cpu))}) | {Median(runs.Select(r => (double)r.Kept.Bytes)) / sender.Events:0.0} | {Median(runs.Select(r => r.Wall)):0.0} | {Median(runs.Select(r => r.Memory)):0} | {ratio} |");
        }
        Line($"");
        foreach (var side in sides) Line($"- {side.Name}: {side.Does}.");
        if (product != null)
        {
            Line($"");
            Line($"Where portolan's CPU goes, CPU-s per million by thread (its start took {Median(product.Select(r => r.StartCpu)):0.00} CPU-s, not counted above):");
            Line($"");
            foreach (string name in product.SelectMany(r => r.ByThread.Keys).Distinct().OrderByDescending(n => Median(product.Select(r => r.ByThread.GetValueOrDefault(n)))))
            {
                double own = Median(product.Select(r => r.ByThread.GetValueOrDefault(name)));
                if (own >= 0.02) Line($"- {name} {PerMillion(own)}");
            }
        }
        if (_lossless.Count == 0) return t.ToString();
        Line($"");
        Line($"UDP, the highest rate (to about 12 %) without a missing line and without a kernel drop, a receive buffer of {int.Parse(Side.Buffer, CultureInfo.InvariantCulture) >> 20} MiB asked for by all:");
        Line($"");
        Line($"| side | datagrams/s | sent = kept | CPU-s per million |");
        Line($"|---|---|---|---|");
        foreach (var (side, step) in _lossless)
        {
            if (step == null) Line($"| {side.Name} | none found | | |");
            else Line($"| {side.Name} | {step.Real:0} | {step.Sent} | {step.Cpu / step.Sent * 1e6:0.0} |");
        }
        return t.ToString();
    }
}
