using System.CommandLine;
using Portolan.Control;

namespace Portolan.Commands;

/// <summary><c>portolan ledger [--since TIME]</c>.</summary>
static class LedgerCommand
{
    public static Command Create(Terminal terminal, OpenApi open)
    {
        var verb = new ApiVerb(new("ledger", "Per source and reason: received, stored, parsed, and each named loss.",
            "portolan ledger",
            "portolan ledger --since today --json"), terminal, open);
        var since = new MomentOption("--since", "Only what was counted since then.");
        since.AddTo(verb.Command);
        verb.Ask((api, result, zone, cancel) => api.LedgerAsync(since.Of(result, zone), cancel));
        return verb.Command;
    }
}
