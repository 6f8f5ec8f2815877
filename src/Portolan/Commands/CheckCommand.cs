using System.CommandLine;
using Portolan.Configuration;
using Portolan.Control;
using Portolan.Output;
using Portolan.Web.Api;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary><c>portolan check</c>: whether a server could run here; each thing amiss with its remedy, exit 1 when there is one.</summary>
static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Verb("check", "Looks whether a server can run here: libraries, limits, ports, disk. Changes nothing.",
            "portolan check",
            "portolan check --config portolan.yml --port-offset 10000 --json");
        var config = new ConfigOptions(withPortOffset: true);
        var format = new FormatOptions();
        config.AddTo(command);
        format.AddTo(command);
        command.SetAction(async (result, cancel) =>
        {
            var loaded = config.TryLoad(result, out var faults);
            bool running = await IsRunning(loaded.Get(Settings.Data), cancel);
            Finding[] findings =
            [
                .. faults.Select(f => new Finding("configuration", f.ToString(), $"portolan config explain {f.Key}")),
                .. Checks.All(loaded, running),
            ];
            var chosen = format.Of(result);
            if (chosen == RowFormat.Table) Tell(findings, terminal);
            else
                RowWriter.Of(chosen, terminal).Write([new("check"), new("ok"), new("found"), new("try")],
                    findings.Select(f => new object?[] { f.Check, f.Remedy is null, f.Found, f.Remedy }));
            return findings.Any(f => f.Remedy is not null) ? ExitCode.No : ExitCode.Done;
        });
        return command;
    }

    static async Task<bool> IsRunning(string data, CancellationToken cancel)
    {
        try
        {
            await using var server = await ControlClient.TryConnectAsync(data, cancel);
            return server is not null;
        }
        catch (Exception e) when (e is CommandFault or ApiException)
        {
            // A server of another user: it runs.
            return true;
        }
    }

    // A remedy must not be cut to a column.
    static void Tell(Finding[] findings, Terminal terminal)
    {
        int width = findings.Max(f => f.Check.Length);
        foreach (var f in findings)
        {
            string word = f.Remedy is null ? terminal.Green("ok   ") : terminal.Red("amiss");
            terminal.WriteLine($"{word}  {f.Check.PadRight(width)}  {Visible.Text(f.Found)}");
            if (f.Remedy is not null) terminal.WriteLine($"{new string(' ', width + 9)}try: {Visible.Text(f.Remedy)}");
        }
    }
}
