using System.CommandLine;
using Portolan.Control;

namespace Portolan.Commands;

/// <summary><c>portolan search "AQL"</c>.</summary>
static class SearchCommand
{
    public static Command Create(Terminal terminal, OpenApi open)
    {
        var verb = new ApiVerb(new("search", "Runs an AQL search and writes its rows.",
            "portolan search \"SELECT starttime, sourceip, username FROM events LAST 15 MINUTES\"",
            "portolan search \"SELECT sourceip, COUNT(*) FROM events GROUP BY sourceip LAST 1 DAYS\" --format csv",
            "portolan search - --json < query.aql"), terminal, open);
        var aql = new Argument<string>("AQL") { Description = "The search; - reads it from standard input." };
        verb.Command.Add(aql);
        verb.Ask(async (api, result, _, cancel) =>
            await api.SearchAsync(await Input.TextAsync(result.GetRequiredValue(aql), terminal, cancel), cancel));
        return verb.Command;
    }
}
