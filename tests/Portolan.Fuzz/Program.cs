using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Portolan.Fuzz;

// Feeds mutated golden inputs to every parser. The same seed gives the same inputs. Exit 1: a finding.
ulong seed = 1;
double seconds = 5;
long runs = 0;
string? only = null, findings = null;
const string Usage = "[--seed N] [--seconds S | --runs N] [--target NAME] [--findings DIR]";
if (args.Any(a => a is "--help" or "-h"))
{
    Console.WriteLine($"Portolan.Fuzz {Usage}");
    return 0;
}
for (int i = 0; i < args.Length; i += 2)
{
    string value = i + 1 < args.Length ? args[i + 1] : "";
    bool good = args[i] switch
    {
        "--seed" => ulong.TryParse(value, out seed),
        "--seconds" => double.TryParse(value, CultureInfo.InvariantCulture, out seconds),
        "--runs" => long.TryParse(value, out runs) && runs > 0,
        "--target" => (only = value).Length > 0,
        "--findings" => (findings = value).Length > 0,
        _ => false,
    };
    if (good) continue;
    Console.Error.WriteLine($"Portolan.Fuzz: {args[i]} {value}: not understood");
    Console.Error.WriteLine($"try: {Usage}");
    return 2;
}

var targets = Targets.All().Where(t => only == null || t.Name == only).ToList();
if (targets.Count == 0)
{
    Console.Error.WriteLine($"Portolan.Fuzz: no target {only}: there are {string.Join(' ', Targets.All().Select(t => t.Name))}");
    return 2;
}
findings ??= Targets.FindingsFolder();
int failed = 0;
// One target a core. Each has its own mutator, so that what it is fed does not depend on the others.
var cores = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
Parallel.ForEach(Partitioner.Create(targets, EnumerablePartitionerOptions.NoBuffering), cores, target =>
{
    int found = 0;
    long replayed = 0, done = 0;
    if (Directory.Exists(findings))
    {
        foreach (string file in Directory.EnumerateFiles(findings, target.Name + "-*.bin").Order(StringComparer.Ordinal))
        {
            replayed++;
            found += Run(target, File.ReadAllBytes(file), save: false) ? 0 : 1;
        }
    }
    var mutator = new Mutator(seed ^ Targets.Hash(target.Name), target.Seeds);
    var clock = Stopwatch.StartNew();
    foreach (byte[] input in target.Seeds.Distinct())
    {
        done++;
        found += Run(target, input, save: true) ? 0 : 1;
    }
    // Three findings tell enough about one target.
    while (found < 3 && (runs > 0 ? done < runs : clock.Elapsed.TotalSeconds < seconds))
    {
        done++;
        found += Run(target, mutator.Next(), save: true) ? 0 : 1;
    }
    if (found > 0) Interlocked.Increment(ref failed);
    Console.WriteLine($"{target.Name,-20} {done,10} runs {replayed,4} replayed {found,3} findings");
});
Console.WriteLine($"{targets.Count - failed} passed, {failed} failed");
return failed > 0 ? 1 : 0;

bool Run(Target target, byte[] input, bool save)
{
    string? fault;
    var clock = Stopwatch.StartNew();
    try
    {
        fault = target.Check(input);
        if (fault == null && clock.ElapsedMilliseconds > 1000)
        {
            // The machine may have been busy: slow twice is slow.
            clock.Restart();
            target.Check(input);
            if (clock.ElapsedMilliseconds > 1000) fault = $"{input.Length} bytes took {clock.ElapsedMilliseconds} ms";
        }
    }
    catch (Exception e)
    {
        fault = e.GetType().Name + ": " + e.Message + "\n" + e.StackTrace;
    }
    if (fault == null) return true;
    string file = $"{target.Name}-{Convert.ToHexStringLower(SHA256.HashData(input))[..16]}.bin";
    if (save)
    {
        Directory.CreateDirectory(findings);
        File.WriteAllBytes(Path.Combine(findings, file), input);
    }
    Console.WriteLine($"finding {file} ({input.Length} bytes): {fault}");
    return false;
}
