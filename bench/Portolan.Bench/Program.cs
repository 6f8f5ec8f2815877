using System.Diagnostics;
using System.Globalization;
using Portolan.Bench;

const string Usage = """
    portolan-bench: the product side by side with rsyslog and syslog-ng

      bench/run.sh [--quick] [--runs 5] [--events 1000000] [--only NAME,…] [--udp yes|no] [--seconds 20] [--corpus FILE] [--out FILE]
      bench/run.sh --searches [--events 1000000] [--data DIR] [--program FILE] [--out FILE]

    --quick is one run of 200,000 events without UDP. --corpus takes a file of lines instead of the simulated certification mix.
    --searches times searches over a store of so many events, warm and cold, each checked against a plain loop over all rows; --data keeps the store for the
    next time, --program measures another build of the product.
    Example: ./dev bench --only portolan,rsyslog-json --runs 3
    """;

var options = new Dictionary<string, string>();
for (int i = 0; i < args.Length; i++)
{
    if (args[i] == "--quick") (options["runs"], options["events"], options["udp"]) = ("1", "200000", "no");
    else if (args[i] == "--searches") options["searches"] = "yes";
    else if (args[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < args.Length) options[args[i][2..]] = args[++i];
    else
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }
}
int Number(string name, int standard) => options.TryGetValue(name, out string? t) ? int.Parse(t, CultureInfo.InvariantCulture) : standard;

string top = AppContext.BaseDirectory;
while (!File.Exists(Path.Combine(top, "Portolan.slnx"))) top = Path.GetDirectoryName(top)!;
if (options.ContainsKey("searches")) return TimeSearches();

Side[] all =
[
    new Product(top),
    new Peer(top, "rsyslog-json", "header and fields by mmnormalize, JSON to one file, not synced, not indexed"),
    new Peer(top, "syslog-ng-json", "header and fields by csv-parser, kv-parser and db-parser, JSON to one file, not synced, not indexed"),
    new Peer(top, "rsyslog-file", "header only, lines to one file, not synced, not indexed"),
    new Peer(top, "syslog-ng-file", "header only, lines to one file, not synced, not indexed"),
];
string[] only = options.TryGetValue("only", out string? names) ? names.Split(',') : [.. all.Select(s => s.Name)];
Side[] sides = [.. all.Where(s => only.Contains(s.Name))];
if (sides.Length != only.Length)
{
    Console.Error.WriteLine("portolan-bench: --only takes " + string.Join(", ", all.Select(s => s.Name)));
    return 2;
}

var sender = new Sender(top, options.TryGetValue("corpus", out string? corpus) ? Path.GetFullPath(corpus) : "", Number("events", 1_000_000), corpus == null);
var report = new Report(sender);
try
{
    report.Sender(sender.Fastest());
    int runs = Number("runs", 5);
    for (int run = 0; run < runs; run++)
    {
        foreach (var side in sides) report.Add(side, Throughput.Run(side, sender, unique: run == 0));
    }
    if (options.GetValueOrDefault("udp") != "no")
    {
        foreach (var side in sides) report.Add(side, Lossless.Find(side, sender, Number("seconds", 20)));
    }
}
finally
{
    foreach (var side in sides) side.Clean();
    sender.Dispose();
}
string path = options.GetValueOrDefault("out", Path.Combine(top, "bench/results", DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".md"));
File.WriteAllText(path, report.Text(sides));
Console.WriteLine(File.ReadAllText(path));
Console.WriteLine($"written to {path}");
return report.IsVoid ? 1 : 0;

int TimeSearches()
{
    string? kept = options.TryGetValue("data", out string? d) ? Path.GetFullPath(d) : null;
    string data = kept ?? Path.Combine(Directory.CreateTempSubdirectory("portolan-bench-").FullName, "data");
    Sender? corpus = null;
    try
    {
        string text = Searches.Run(options.GetValueOrDefault("program", Path.Combine(top, "artifacts/portolan/portolan")), data,
            () => corpus = new Sender(top, "", Number("events", 1_000_000), true));
        string to = options.GetValueOrDefault("out", Path.Combine(top, "bench/results", DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + "-searches.md"));
        File.WriteAllText(to, text);
        Console.WriteLine($"{text}written to {to}");
        return 0;
    }
    finally
    {
        corpus?.Dispose();
        if (kept == null) Directory.Delete(Path.GetDirectoryName(data)!, true);
    }
}
