using System.CommandLine;
using Portolan;
using Portolan.Commands;
using Portolan.Control;
using Portolan.Engine;

var terminal = Terminal.OfProcess();
return await CommandLine.RunAsync(Tree(terminal), args, terminal);

/// <summary>The program.</summary>
partial class Program
{
    /// <summary>What it can do, one line a command.</summary>
    internal static RootCommand Tree(Terminal terminal) => CommandLine.Tree(terminal,
        ServeCommand.Create(terminal, Server.Run),
        SearchCommand.Create(terminal, Directory, Planner.PlanAsync),
        TailCommand.Create(terminal, Directory),
        ImportCommand.Create(terminal, Directory),
        WhoCommand.Create(terminal, Directory),
        WhatCommand.Create(terminal, Directory),
        MayCommand.Create(terminal, Directory),
        SourcesCommand.Create(terminal, Directory),
        LedgerCommand.Create(terminal, Directory),
        UserCommand.Create(terminal, LocalPeople.OpenAsync),
        TokenCommand.Create(terminal, LocalPeople.OpenAsync),
        LoginCommand.Create(terminal),
        ParseCommand.Create(terminal),
        PortsCommand.Create(terminal),
        BackupCommand.Backup(terminal),
        BackupCommand.Restore(terminal),
        CheckCommand.Create(terminal),
        ConfigCommand.Create(terminal),
        CompletionCommand.Create(terminal),
        ReferenceCommand.Create(terminal));

    static readonly OpenApi Directory = LocalApi.RunningOr(StoppedApi.Open);
}
