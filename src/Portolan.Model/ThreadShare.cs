using System.Runtime.InteropServices;

namespace Portolan.Model;

/// <summary>
/// How a thread shares the CPU with the others (nice(1), which Linux keeps for each thread). What receives must run at once, for the kernel keeps only so
/// many datagrams; what can catch up later gives way.
/// </summary>
public static partial class ThreadShare
{
    /// <summary>Before all others, if we may (CAP_SYS_NICE); the calling thread.</summary>
    public static void Receiving() => SetPriority(Thread, 0, -5);

    /// <summary>Behind what receives; the calling thread.</summary>
    public static void Processing() => SetPriority(Thread, 0, 5);

    /// <summary>Behind what processes: its work is durable and searchable already. The calling thread.</summary>
    public static void Sealing() => SetPriority(Thread, 0, 10);

    /// <summary>The same: whoever watches is told what they missed. The calling thread.</summary>
    public static void Watching() => SetPriority(Thread, 0, 10);

    // PRIO_PROCESS with 0 is the calling thread (setpriority(2), notes). A refusal leaves everything as it was.
    const int Thread = 0;

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int nice);
}
