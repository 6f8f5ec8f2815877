using Xunit;

namespace Portolan.Tests.Store.Files;

/// <summary>A part of the product that writes to disk, and the memory of what it has promised.</summary>
interface IPowerCutLoad
{
    /// <summary>
    /// Starts on the disk, checks that every promise of the lives before is kept, then works, promising more, until the current goes
    /// (<see cref="PowerCut"/> or <see cref="PowerGone"/> is thrown, or <see cref="PowerCutFiles.Cut"/> cancelled). Leaves no thread behind.
    /// </summary>
    void Live(PowerCutFiles disk, Random random);
}

/// <summary>Lets a load live several lives on one disk, each ended by a power cut, or a kill, at an operation that the seed chooses.</summary>
static class PowerCutRun
{
    const int Lives = 3;

    /// <summary>How many seeds: 300 in the everyday run, 10,000 with PORTOLAN_FULL=1.</summary>
    public static int Seeds => Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1" ? 10_000 : 300;

    /// <summary>Runs seeds until one fails; the message names it. Each seed is a run of its own: <c>Once(seed, …)</c> repeats it.</summary>
    public static void Many(int seeds, Func<IPowerCutLoad> load, string? leftOut = null)
    {
        // A run mostly hands over between threads and waits: several at once keep the processors busy.
        int next = 0, workers = seeds > 1000 ? Environment.ProcessorCount + 2 : 1;
        PowerCutFailure? first = null;
        var threads = Enumerable.Range(0, workers).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        if (first != null) throw first;

        void Work()
        {
            while (Volatile.Read(ref first) == null && Interlocked.Increment(ref next) is var seed && seed <= seeds)
            {
                try
                {
                    Once(seed, load(), leftOut);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref first, new PowerCutFailure(seed, e), null);
                }
            }
        }
    }

    public static void Once(int seed, IPowerCutLoad load, string? leftOut = null)
    {
        var random = new Random(seed);
        var disk = new PowerCutFiles(random.Next()) { LeftOut = leftOut };
        disk.CreateDirectory("/data");
        disk.SyncDirectory("/");
        for (int life = 0; life < Lives; life++)
        {
            // Start-up is short and full of steps, so that many cuts fall into it.
            disk.CutAt = disk.Operations + 1 + random.Next(random.Next(2) == 0 ? 16 : 120);
            Live(disk, load, random);
            Assert.True(disk.Cut.IsCancellationRequested, "the load ended before the current did");
            var after = random.Next(3) == 0 ? disk.Restart(random.Next()) : disk.Reboot(random.Next());
            disk.Dispose();
            disk = after;
        }
        // The last life looks at what is there and is not disturbed.
        disk.CutAt = disk.Operations + 400;
        Live(disk, load, random);
        disk.Dispose();
    }

    static void Live(PowerCutFiles disk, IPowerCutLoad load, Random random)
    {
        try
        {
            load.Live(disk, random);
        }
        catch (Exception e) when (e is PowerCut or PowerGone || e.InnerException is PowerCut or PowerGone)
        {
        }
    }
}

sealed class PowerCutFailure(int seed, Exception e) : Exception($"seed {seed}: {e.Message}", e)
{
    public int Seed => seed;
}
