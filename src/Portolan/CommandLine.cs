using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Portolan.Model;
using Portolan.Store.State;
using Portolan.Web.Control;

namespace Portolan;

/// <summary>A command with examples, which <c>--help</c> shows and a test parses.</summary>
sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>How long after Ctrl-C the command may tidy up; a command that waits for its input does not notice at once.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>The boundary of the program: arguments in, exit code out, and the one place where whatever goes wrong becomes words.</summary>
static class CommandLine
{
    public static RootCommand Tree(Terminal terminal, params IEnumerable<Command> commands)
    {
        var root = new RootCommand("Portolan: events, users, assets and the ports they may use, in one system.");
        root.Directives.Clear();
        root.Add(CommonOptions.Color(terminal));
        foreach (var command in commands) root.Add(command);
        foreach (var help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!, terminal);
        return root;
    }

    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> args, Terminal terminal)
    {
        // An argument that begins with @ is an argument, not a file of more of them.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        using var stop = new CancellationTokenSource();
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            // The second time the person means it.
            context.Cancel = interrupted.TrySetResult();
            stop.Cancel();
        });
        var run = Task.Run(() => RunAsync(parsed, terminal, stop.Token));
        if (await Task.WhenAny(run, interrupted.Task) == run) return await run;
        if (parsed.CommandResult.Command is Verb verb) await Task.WhenAny(run, Task.Delay(verb.Patience));
        return ExitCode.Interrupted;
    }

    static async Task<int> RunAsync(ParseResult result, Terminal terminal, CancellationToken cancel)
    {
        try
        {
            if (result.GetResult(CommonOptions.ColorName) is OptionResult { Errors: var wrong } color && !wrong.Any())
                terminal.Color = Enum.Parse<ColorMode>(color.GetValueOrDefault<string>()!, ignoreCase: true);
            if (result.Errors.Count > 0 || StrayOption(result) is not null) throw Usage(result);
            using var text = new StreamWriter(terminal.Out, leaveOpen: true);
            var invocation = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = text,
                Error = terminal.Error,
            };
            int code = await result.InvokeAsync(invocation, cancel);
            await text.FlushAsync(CancellationToken.None);
            terminal.Out.Flush();
            return code;
        }
        catch (BrokenPipeException)
        {
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            return Tell(e, terminal);
        }
    }

    static int Tell(Exception e, Terminal terminal)
    {
        try
        {
            // Rows already found are part of the answer, and stand before the error where both go to one place.
            terminal.Out.Flush();
        }
        catch (IOException)
        {
        }
        var fault = e switch
        {
            CommandFault f => f,
            ApiException a => new CommandFault([a.Why is null ? a.What : $"{a.What}: {a.Why}"], a.Try,
                a.Kind == FaultKind.Unanswerable ? ExitCode.No : ExitCode.CouldNotRun),
            StateException s => new CommandFault([s.Message], null),
            IOException or UnauthorizedAccessException or SocketException => new CommandFault([e.Message], null),
            _ => new CommandFault(["internal error: " + e], "the same again; if it stays, report it with the lines above"),
        };
        string name = terminal.ErrorRed("portolan:");
        foreach (string line in fault.Lines) terminal.Error.WriteLine($"{name} {Output.Visible.Text(line, keepNewlines: true)}");
        if (fault.Remedy is not null) terminal.Error.WriteLine($"try: {Output.Visible.Text(fault.Remedy, keepNewlines: true)}");
        return fault.ExitCode;
    }

    // Where a command takes any number of arguments the library takes an unknown option for one. After -- it is one.
    static string? StrayOption(ParseResult result) => result.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash)
        .FirstOrDefault(t => t.Type == TokenType.Argument && t.Value is ['-', '-', >= 'a' and <= 'z', ..])?.Value;

    static CommandFault Usage(ParseResult result)
    {
        var command = result.CommandResult.Command;
        string path = Path(result.CommandResult);
        string remedy = $"{path} --help";
        string? unknown = result.UnmatchedTokens.Count > 0 ? result.UnmatchedTokens[0] : StrayOption(result);
        if (unknown is not { } token) return new([.. result.Errors.Select(e => e.Message.TrimEnd('.')).Distinct()], remedy);
        bool isOption = token.Length > 1 && token[0] == '-';
        string[] known = isOption
            ? [.. OptionsOf(result.CommandResult).SelectMany(o => o.Aliases.Prepend(o.Name))]
            : [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        string what = isOption ? "unknown option" : command.Subcommands.Count > 0 ? "unknown command" : "one argument too many";
        var near = Nearest.To(token.Split('=')[0], known);
        string line = near.Count > 0 ? $"{what} {token}: did you mean {string.Join(" or ", near)}?"
            : command.Subcommands.Count > 0 && !isOption ? $"{what} {token}: {path} knows {string.Join(", ", known)}"
            : $"{what}: {token}";
        return new([line], remedy);
    }

    static IEnumerable<Option> OptionsOf(CommandResult result)
    {
        IEnumerable<Option> options = result.Command.Options;
        for (var parent = result.Parent; parent is CommandResult above; parent = above.Parent)
            options = options.Concat(above.Command.Options.Where(o => o.Recursive));
        return options.Where(o => !o.Hidden);
    }

    static string Path(CommandResult result) =>
        result.Parent is CommandResult above ? $"{Path(above)} {result.Command.Name}" : "portolan";
}

sealed class HelpWithExamples(HelpAction standard, Terminal terminal) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult result)
    {
        // The widest line the library's layout is asked for; a pipe gets the width of a book.
        standard.MaxWidth = Math.Min(terminal.Width, 120);
        standard.Invoke(result);
        var output = result.InvocationConfiguration.Output;
        var command = result.CommandResult.Command;
        var examples = command is Verb verb ? verb.Examples : [.. command.Subcommands.OfType<Verb>().Select(v => v.Examples[0])];
        output.WriteLine("Examples:");
        foreach (string example in examples) output.WriteLine("  " + example);
        output.WriteLine();
        return ExitCode.Done;
    }
}
