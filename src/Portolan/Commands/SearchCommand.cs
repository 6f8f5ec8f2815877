using System.CommandLine;
using Portolan.Configuration;
using Portolan.Control;
using Portolan.Store.Aql;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary><c>portolan search "AQL"</c>.</summary>
static class SearchCommand
{
    /// <param name="plan">Plans a search, with or without data.</param>
    public static Command Create(Terminal terminal, OpenApi open, Func<Config, string, Period, CancellationToken, Task<ResultSet>> plan)
    {
        var verb = new ApiVerb(new("search", "Runs an AQL search and writes its rows.",
            "portolan search \"SELECT starttime, sourceip, username FROM events LAST 15 MINUTES\"",
            "portolan search \"SELECT sourceip, COUNT(*) FROM events GROUP BY sourceip LAST 1 DAYS\" --format csv",
            "portolan search --since yesterday --until today \"SELECT username, COUNT(*) FROM events GROUP BY username\"",
            "portolan search --explain \"SELECT * FROM events WHERE username = 'alice' LAST 7 DAYS\"",
            "portolan search --fields --format csv",
            "portolan search - --json < query.aql"), terminal, open);
        var aql = new Argument<string>("AQL") { Description = "The search; - reads it from standard input.", Arity = ArgumentArity.ZeroOrOne };
        var fields = new Option<bool>("--fields") { Description = "Lists the fields, properties and functions that a search can name, instead of searching." };
        var explain = new Option<bool>("--explain") { Description = "Shows how it would run, reads no row; needs neither server nor data." };
        var since = new MomentOption("--since", "The time of a search without a time clause: from then on.");
        var until = new MomentOption("--until", "The same: up to, not including then.");
        verb.Command.Add(aql);
        since.AddTo(verb.Command);
        until.AddTo(verb.Command);
        verb.Command.Add(explain);
        verb.Command.Add(fields);
        verb.Command.Validators.Add(result =>
        {
            if (result.GetResult(aql) is not { Tokens.Count: > 0 } && !result.GetValue(fields)) result.AddError("no AQL: a search needs its text");
        });
        verb.Ask(
            async (api, result, zone, cancel) => result.GetValue(explain)
                ? await api.ExplainAsync(await Text(result, cancel), Asked(result, zone), cancel)
                : await api.SearchAsync(await Text(result, cancel), Asked(result, zone), cancel),
            instead: async (config, result, zone, cancel) => result.GetValue(fields) ? Names() : result.GetValue(explain) && !verb.IsRemote(result)
                ? await plan(config, await Text(result, cancel), Asked(result, zone), cancel)
                : null);
        return verb.Command;

        Task<string> Text(ParseResult result, CancellationToken cancel) => Input.TextAsync(result.GetRequiredValue(aql), terminal, cancel);

        static ResultSet Names() => ResultSet.Of([new("name"), new("kind"), new("written"), new("type"), new("description")],
            [.. AqlReference.Names().Select(n => new object?[] { n.Name, n.Kind, n.Written, n.Type, n.Doc })]);

        Period Asked(ParseResult result, TimeZoneInfo zone)
        {
            var period = new Period(since.Of(result, zone), until.Of(result, zone));
            return period.From > period.To
                ? throw new CommandFault("--since and --until", "the end lies before the beginning", "the earlier time as --since")
                : period;
        }
    }
}
