using System.CommandLine;
using Portolan.Control;

namespace Portolan.Commands;

/// <summary><c>portolan who ADDRESS|USER [--at TIME]</c>.</summary>
static class WhoCommand
{
    public static Command Create(Terminal terminal, OpenApi open)
    {
        var verb = new ApiVerb(new("who", "Who was at an address, since when and by which source; or where a user was.",
            "portolan who 10.1.2.3",
            "portolan who 10.1.2.3 --at 2026-11-20T09:00+09:00",
            "portolan who alice --json"), terminal, open);
        var subject = new Argument<string>("subject") { HelpName = "ADDRESS|USER", Description = "An address, or a user." };
        var at = new MomentOption("--at", "The moment asked about; now when left out.");
        verb.Command.Add(subject);
        at.AddTo(verb.Command);
        verb.Ask((api, result, zone, cancel) => api.WhoAsync(result.GetRequiredValue(subject), at.Of(result, zone), cancel));
        return verb.Command;
    }
}
