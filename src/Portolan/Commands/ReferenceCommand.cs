using System.CommandLine;
using System.Text;
using Portolan.Configuration;
using Portolan.Model;
using Portolan.Store.Aql;

namespace Portolan.Commands;

/// <summary>
/// <c>portolan reference</c>: the parts of docs/ that are made from the program, as Markdown, and its manual page. Hidden: it serves <c>./dev docs</c>
/// and the package, people have the documents.
/// </summary>
static class ReferenceCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Verb("reference", "The references in docs/ that are made from this program, as Markdown, and its manual page.",
            "portolan reference fields > fields.md")
        { Hidden = true };
        var subject = new Argument<string>("subject") { HelpName = "configuration|aql|fields|cli|man", Description = "Which one." };
        subject.CompletionSources.Add("configuration", "aql", "fields", "cli", "man");
        command.Add(subject);
        command.SetAction(result =>
        {
            string name = result.GetRequiredValue(subject);
            terminal.Write(name switch
            {
                "configuration" => ConfigReference.Markdown(),
                "aql" => AqlReference.Markdown(),
                "fields" => Fields(),
                "cli" => Commands(result.RootCommandResult.Command),
                "man" => ManualPage.Of(result.RootCommandResult.Command),
                _ => throw new CommandFault($"no reference {name}", "there are configuration, aql, fields, cli and man", "portolan reference cli"),
            });
            return ExitCode.Done;
        });
        return command;
    }

    static string Fields()
    {
        var text = new StringBuilder("""
            # Fields

            The fields of events and flows, as AQL, `parse`, `tail` and the segments name them. A field without a description is one that QRadar's clients
            select; it is there, and empty until something fills it. Kinds: Number (absent: 0), Time (epoch milliseconds; absent: 0), Flag, Address (either
            family; absent: 0.0.0.0), Mac, Text (absent: NULL), Bytes (base64 in json, jsonl and csv). A derived field is worked out from others when it is
            read. Aliases are the names of the same thing in the Elastic Common Schema (`ecs:`), the Open Cybersecurity Schema Framework (`ocsf:`) and
            Sigma (`sigma:`).

            What a source says beyond these is a property: docs/source-types.md.

            | field | kind | in | what it is | aliases |
            |---|---|---|---|---|

            """);
        foreach (var f in Model.Fields.All.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            string where = f.In == Database.Both ? "events, flows" : f.In.ToString().ToLowerInvariant();
            string kind = f.Origin == Origin.Derived ? $"{f.Kind}, derived" : f.Kind.ToString();
            text.Append($"| `{f.Name}` | {kind} | {where} | {f.Doc} | {string.Join(", ", f.Aliases.Select(a => $"`{a}`"))} |\n");
        }
        return text.ToString();
    }

    /// <summary>What <c>--help</c> of each command says.</summary>
    static string Commands(Command root)
    {
        var text = new StringBuilder("""
            # Command line

            Exit codes: 0 done, also when nothing was found; 1 it ran, and the answer is no, faulty or incomplete; 2 it could not run (usage,
            configuration, connection, syntax); 130 on Ctrl-C. An error is `portolan: what happened: why`, then `try: what helps`, on standard error.

            `--format table` is for people and may change; `json`, `jsonl` and `csv` are an interface (docs/output.md). A time (`--since`, `--until`,
            `--at`) is a span back from now (`15m`, `2h`, `7d`), `now`, `today`, `yesterday`, or `2026-11-20T09:00+09:00`; without an offset it is in the
            zone of `--tz`.

            With `--data DIR` of a running server the answer comes from that server, of a stopped one from the directory, opened read-only: the same
            answer.

            """);
        foreach (var (path, _) in CompletionCommand.Walk(root).Skip(1))
        {
            var help = new StringWriter { NewLine = "\n" };
            root.Parse($"{path} --help").Invoke(new() { Output = help });
            var lines = help.ToString().TrimEnd().Split('\n').Select(l => l.Length == 0 ? l : "    " + l.TrimEnd());
            text.Append($"\n## portolan {path}\n\n{string.Join('\n', lines)}\n");
        }
        return text.ToString();
    }
}
