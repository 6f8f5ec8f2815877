using System.CommandLine;
using Portolan.Control;

namespace Portolan.Commands;

/// <summary><c>portolan tail [AQL condition]</c>.</summary>
static class TailCommand
{
    public static Command Create(Terminal terminal, OpenApi open)
    {
        var verb = new ApiVerb(new("tail", "Writes events as they arrive, one JSON object a line, until Ctrl-C.",
            "portolan tail",
            "portolan tail \"sourceip = '10.1.2.3' AND username IS NOT NULL\"",
            "portolan tail \"parsestatus = 'unparsed'\" | head"), terminal, open, format: "jsonl");
        var condition = new Argument<string[]>("condition")
        {
            Description = "An AQL condition, as after WHERE; all events without one.",
            HelpName = "AQL condition",
            Arity = ArgumentArity.ZeroOrMore,
        };
        verb.Command.Add(condition);
        verb.Ask((api, result, _, cancel) =>
        {
            string text = string.Join(' ', result.GetValue(condition) ?? []);
            return api.TailAsync(text.Length == 0 ? null : text, cancel);
        }, live: true);
        return verb.Command;
    }
}
