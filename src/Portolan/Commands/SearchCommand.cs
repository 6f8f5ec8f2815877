using System.CommandLine;
using Portolan.Configuration;
using Portolan.Control;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary><c>portolan search "AQL"</c>.</summary>
static class SearchCommand
{
    /// <param name="plan">Plans a search without any data: the text may name what content and configuration know.</param>
    public static Command Create(Terminal terminal, OpenApi open, Func<Config, string, ResultSet> plan)
    {
        var verb = new ApiVerb(new("search", "Runs an AQL search and writes its rows.",
            "portolan search \"SELECT starttime, sourceip, username FROM events LAST 15 MINUTES\"",
            "portolan search \"SELECT sourceip, COUNT(*) FROM events GROUP BY sourceip LAST 1 DAYS\" --format csv",
            "portolan search --explain \"SELECT * FROM events WHERE username = 'alice' LAST 7 DAYS\"",
            "portolan search - --json < query.aql"), terminal, open);
        var aql = new Argument<string>("AQL") { Description = "The search; - reads it from standard input." };
        var explain = new Option<bool>("--explain") { Description = "Shows how it would run and reads nothing; needs neither server nor data." };
        verb.Command.Add(aql);
        verb.Command.Add(explain);
        verb.Ask(
            async (api, result, _, cancel) =>
                await api.SearchAsync(await Input.TextAsync(result.GetRequiredValue(aql), terminal, cancel), cancel),
            instead: async (config, result, cancel) => result.GetValue(explain)
                ? plan(config, await Input.TextAsync(result.GetRequiredValue(aql), terminal, cancel))
                : null);
        return verb.Command;
    }
}
