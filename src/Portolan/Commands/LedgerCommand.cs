using System.CommandLine;
using Portolan.Control;
using Portolan.Model;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary><c>portolan ledger [--since TIME]</c>.</summary>
static class LedgerCommand
{
    static readonly string[] First = [LedgerReasons.Received, LedgerReasons.Stored, LedgerReasons.Parsed, .. LedgerReasons.Losses];
    static readonly string[] Last = [LedgerReasons.Waiting, LedgerReasons.Residual];

    public static Command Create(Terminal terminal, OpenApi open)
    {
        var verb = new ApiVerb(new("ledger",
            "Per source and reason: received, stored, parsed, and each named loss. For each entrance the balance: received = stored + losses + waiting, residual 0.",
            "portolan ledger",
            "portolan ledger --since today --json"), terminal, open);
        var since = new MomentOption("--since", "Only what was counted since then.");
        since.AddTo(verb.Command);
        verb.Ask((api, result, zone, cancel) => api.LedgerAsync(since.Of(result, zone), cancel), forPeople: Table);
        return verb.Command;
    }

    // A row for each source and a column for each reason; entrances, which count messages, before the sources of events.
    static async Task<ResultSet> Table(ResultSet answer, CancellationToken cancel)
    {
        var counts = new Dictionary<(string Counted, string Source), Dictionary<string, object?>>();
        await foreach (var row in answer.Rows.WithCancellation(cancel))
        {
            var (source, reason, count, counted) = ((string)row[0]!, (string)row[1]!, row[2], (string)row[3]!);
            if (!counts.TryGetValue((counted, source), out var of)) counts[(counted, source)] = of = [];
            of[reason] = count;
        }
        var reasons = counts.Values.SelectMany(c => c.Keys).Distinct().OrderBy(Place).ThenBy(r => r, StringComparer.Ordinal).ToList();
        var rows = counts.OrderBy(c => c.Key.Counted != "messages").ThenBy(c => c.Key.Source, StringComparer.Ordinal)
            .Select(c => (object?[])[c.Key.Source, c.Key.Counted, .. reasons.Select(r => c.Value.GetValueOrDefault(r))]).ToList();
        return ResultSet.Of([new("source"), new("counted"), .. reasons.Select(r => new ResultColumn(r))], rows, answer.End.Partial, answer.End.Notes);
    }

    static int Place(string reason) =>
        Array.IndexOf(First, reason) is >= 0 and var first ? first : Array.IndexOf(Last, reason) is >= 0 and var last ? First.Length + 1 + last : First.Length;
}
