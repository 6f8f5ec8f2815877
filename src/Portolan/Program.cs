using System.CommandLine;
using Portolan;
using Portolan.Commands;

var terminal = Terminal.OfProcess();
return await CommandLine.RunAsync(Tree(terminal), args, terminal);

/// <summary>The program.</summary>
partial class Program
{
    /// <summary>What it can do, one line a command.</summary>
    internal static RootCommand Tree(Terminal terminal) => CommandLine.Tree(terminal,
        ParseCommand.Create(terminal),
        PortsCommand.Create(terminal),
        CheckCommand.Create(terminal),
        ConfigCommand.Create(terminal),
        CompletionCommand.Create(terminal));
}
