using Portolan.Configuration;

namespace Portolan;

/// <summary>How the program ends.</summary>
static class ExitCode
{
    /// <summary>Done; also: nothing found, report made.</summary>
    public const int Done = 0;

    /// <summary>It ran, and the answer is no, faulty or incomplete.</summary>
    public const int No = 1;

    /// <summary>It could not run: usage, configuration, connection, syntax.</summary>
    public const int CouldNotRun = 2;

    public const int Interrupted = 130;
}

/// <summary>Ends a command with words for its user: <c>portolan: What: Why</c> (one or several), then <c>try: Remedy</c>.</summary>
sealed class CommandFault(IReadOnlyList<string> lines, string? remedy, int exitCode = Portolan.ExitCode.CouldNotRun)
    : Exception(string.Join("; ", lines))
{
    public CommandFault(string what, string why, string? remedy, int exitCode = Portolan.ExitCode.CouldNotRun)
        : this([$"{what}: {why}"], remedy, exitCode)
    {
    }

    public IReadOnlyList<string> Lines { get; } = lines;
    public string? Remedy { get; } = remedy;
    public int ExitCode { get; } = exitCode;

    public static CommandFault Of(IReadOnlyList<ConfigFault> faults) =>
        new([.. faults.Select(f => f.ToString())], "portolan config explain KEY, or portolan config list for what is in force");
}
