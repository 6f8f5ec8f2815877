using System.Diagnostics;
using Xunit;

namespace Portolan.Tests.Commands;

/// <summary>The built program as a process: exit codes, standard output and standard error as a shell sees them.</summary>
public class ProcessTests
{
    // The program lies beside its test, built for it.
    static readonly string Program = Path.Combine(AppContext.BaseDirectory, "portolan.dll");

    static async Task<(int Code, string Out, string Error)> Shell(string line, Action<ProcessStartInfo>? more = null)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"set -o pipefail; p() {{ dotnet exec {Program} \"$@\"; }}; {line}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        more?.Invoke(start);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    [Theory]
    [InlineData("p --version", 0, false, true)]
    [InlineData("p ports catalog 5007 --json", 0, false, true)]
    [InlineData("p ports catalog 1", 0, false, true)]
    [InlineData("p", 2, true, false)]
    [InlineData("p prots list", 2, true, false)]
    [InlineData("p config list --data /nowhere --set a=b", 2, true, false)]
    [InlineData("p config list --config /no/such.yml", 2, true, false)]
    // The reader of a pipe may go: no word about it.
    [InlineData("p ports catalog | head -n 1 > /dev/null", 0, false, false)]
    [InlineData("for i in 1 2 3; do p ports catalog --json | true || exit 9; done", 0, false, false)]
    // A full disk is told.
    [InlineData("p ports catalog > /dev/full", 2, true, false)]
    // Two writers of one file do not overwrite each other.
    [InlineData("f=$(mktemp); { echo first; p --version; echo last; } > $f 2>&1; [ $(wc -l < $f) = 3 ]; c=$?; rm $f; exit $c", 0, false,
        false)]
    public async Task Ends(string line, int code, bool error, bool output)
    {
        var run = await Shell(line);
        Assert.Equal((code, error, output), (run.Code, run.Error.Length > 0, run.Out.Length > 0));
    }

    [Fact]
    public async Task Ctrl_c_ends_with_130_even_while_waiting_for_input()
    {
        // Whoever runs the tests in the background may have had SIGINT ignored, and children inherit that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", "exec", Program, "parse", "--data", "/nowhere"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync("a line");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await process.WaitForExitAsync(patience.Token);
        Assert.Equal((130, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync(patience.Token)));
    }

    [Fact]
    public async Task Environment_and_colour()
    {
        var run = await Shell("p config list --data /nowhere --json", s => s.Environment["PORTOLAN_STORE__RETENTION"] = "7d");
        Assert.Contains("{\"key\":\"store.retention\",\"value\":\"7d\",\"origin\":\"environment\",\"where\":\"PORTOLAN_STORE__RETENTION\"}",
            run.Out);
        run = await Shell("p config list --data /nowhere --color always");
        Assert.Contains("\e[1m", run.Out);
        run = await Shell("p config list --data /nowhere");
        Assert.DoesNotContain("\e[", run.Out);
    }
}
