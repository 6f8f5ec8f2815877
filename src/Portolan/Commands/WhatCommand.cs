using System.CommandLine;
using Portolan.Control;

namespace Portolan.Commands;

/// <summary><c>portolan what ADDRESS|HOST [--at TIME]</c>.</summary>
static class WhatCommand
{
    public static Command Create(Terminal terminal, OpenApi open)
    {
        var verb = new ApiVerb(new("what", "What is at an address: name, networks, first and last seen, what it listens on.",
            "portolan what 10.1.2.3",
            "portolan what web01 --at yesterday"), terminal, open);
        var subject = new Argument<string>("subject") { HelpName = "ADDRESS|HOST", Description = "An address, or a host name." };
        var at = new MomentOption("--at", "The moment asked about; now when left out.");
        verb.Command.Add(subject);
        at.AddTo(verb.Command);
        verb.Ask((api, result, zone, cancel) => api.WhatAsync(result.GetRequiredValue(subject), at.Of(result, zone), cancel));
        return verb.Command;
    }
}
