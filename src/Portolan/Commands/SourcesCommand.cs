using System.CommandLine;
using System.Text;
using Portolan.Configuration;
using Portolan.Control;
using Portolan.Model;
using Portolan.Output;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary><c>portolan sources list | test</c>.</summary>
static class SourcesCommand
{
    public static Command Create(Terminal terminal, OpenApi open)
    {
        var list = new ApiVerb(new("list", "Every log source with its type, when it was last heard and how much it sent.",
            "portolan sources list",
            "portolan sources list --format csv"), terminal, open);
        list.Ask((api, _, _, cancel) => api.SourcesAsync(cancel));
        return new Verb("sources", "Log sources: who sends, and what it was recognised as.",
            "portolan sources list",
            "portolan sources test linux-os < auth.log") { list.Command, Test(terminal) };
    }

    /// <summary><c>portolan sources test [TYPE|FILE] &lt; lines</c>: exit 1 when a line is not parsed.</summary>
    static Verb Test(Terminal terminal)
    {
        var command = new Verb("test", "Which source type claims each line of standard input and what comes of it; needs no server.",
            "portolan sources test < /var/log/syslog",
            "portolan sources test linux-os < /var/log/auth.log",
            "portolan sources test my-device.yml --format csv < lines.txt");
        var subject = new Argument<string?>("subject")
        {
            Description = "The type that all lines are, or the file of one in the making; each line is judged by itself when left out.",
            HelpName = "TYPE|FILE",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var config = new ConfigOptions();
        var format = new FormatOptions();
        command.Add(subject);
        config.AddTo(command);
        format.AddTo(command);
        command.SetAction(async (result, cancel) =>
        {
            var loaded = config.Load(result);
            string? name = result.GetValue(subject);
            string? file = name is not null && name.EndsWith(".yml", StringComparison.Ordinal) ? Path.GetFullPath(name) : null;
            if (file is not null && !File.Exists(file)) throw new CommandFault($"cannot read {name}", "no such file", null);
            var types = ParseCommand.ContentOf(loaded, file);
            var type = name is null ? null : ParseCommand.Find(types, file is null ? name : Path.GetFileNameWithoutExtension(file));
            var parser = ParseCommand.ParserOf(types, loaded);
            var lines = new LineReader(terminal.In, ParseCommand.LongestLine);
            var rows = RowWriter.Of(format.Of(result), terminal);
            rows.Begin([new("line"), new("claimedby"), new("parsestatus"), new("eventname"), new("payload")]);
            long n = 0, unparsed = 0, others = 0;
            while (await lines.NextAsync(cancel) is { } line)
            {
                var claimed = parser.Judge(line.Span, null);
                var judged = type is null ? claimed : parser.Judge(line.Span, type);
                if (judged.Status != ParseStatus.Parsed) unparsed++;
                if (type is not null && claimed.Type is { } other && other != type) others++;
                rows.Row([++n, claimed.Type?.Id, judged.Status.ToString().ToLowerInvariant(), judged.EventName, Encoding.UTF8.GetString(line.Span)]);
            }
            rows.End();
            rows.Flush();
            if (unparsed > 0) terminal.Error.WriteLine($"note: {unparsed} of {n} lines are not parsed");
            if (others > 0) terminal.Error.WriteLine($"note: {others} of {n} lines are claimed by another type than {type}");
            return unparsed > 0 ? ExitCode.No : ExitCode.Done;
        });
        return command;
    }
}
