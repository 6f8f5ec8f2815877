using System.Buffers;
using System.CommandLine;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Configuration;
using Portolan.Formats.Syslog;
using Portolan.Model;
using Portolan.Output;

namespace Portolan.Commands;

/// <summary><c>portolan parse [--source TYPE] [--explain] &lt; lines</c>: one JSON object a line, in order, each line judged alone.</summary>
static class ParseCommand
{
    public const int LongestLine = 16 << 20;
    const int WriteAt = 64 << 10;

    public static Command Create(Terminal terminal)
    {
        var command = new Verb("parse", "Parses lines from standard input as a server would, one flat JSON object a line; needs no server.",
            "portolan parse < /var/log/auth.log",
            "portolan parse --source linux-os --explain < auth.log",
            "tail -f /var/log/syslog | portolan parse");
        var source = new Option<string>("--source") { Description = "The source type that all lines are; recognised when left out.", HelpName = "TYPE" };
        var explain = new Option<bool>("--explain") { Description = "Adds to each object the steps that led to its fields." };
        var config = new ConfigOptions();
        command.Add(source);
        command.Add(explain);
        config.AddTo(command);
        // Objects of differing keys: no table, no CSV.
        var format = new FormatOptions("jsonl", "json", "jsonl");
        format.AddTo(command);
        command.SetAction(async (result, cancel) =>
        {
            var loaded = config.Load(result);
            var types = ContentOf(loaded);
            var hint = result.GetValue(source) is { } name ? Find(types, name) : null;
            var parser = ParserOf(types, loaded);
            await ParseAsync(parser, hint, result.GetValue(explain), format.Of(result) == RowFormat.Json, terminal, cancel);
            return ExitCode.Done;
        });
        return command;
    }

    static async Task ParseAsync(LineParser parser, SourceType? hint, bool explain, bool array, Terminal terminal, CancellationToken cancel)
    {
        var lines = new LineReader(terminal.In, LongestLine);
        var written = new ArrayBufferWriter<byte>(WriteAt * 2);
        bool any = false;
        while (await lines.NextAsync(cancel) is { } line)
        {
            if (array) written.Write(any ? ",\n"u8 : "[\n"u8);
            any = true;
            parser.Parse(line.Span, hint, written, explain);
            if (!array) written.Write("\n"u8);
            // Who types or follows a file sees each line at once.
            bool waits = !lines.HasNext;
            if (!waits && written.WrittenCount < WriteAt) continue;
            terminal.Out.Write(written.WrittenSpan);
            written.ResetWrittenCount();
            if (waits) terminal.Out.Flush();
            cancel.ThrowIfCancellationRequested();
        }
        if (array) terminal.Write(any ? "\n]\n" : "[]\n");
        if (lines.Cut > 0) terminal.Error.WriteLine($"note: {lines.Cut} lines were longer than {LongestLine} bytes and were cut");
    }

    public static LineParser ParserOf(SourceTypes types, Config config) => new(types, zone: new DeviceZone(config.Get(Settings.TimeZone)));

    /// <summary>All source types; mistakes in their files end the command, all at once.</summary>
    /// <param name="instead">A file that goes before the one of its name.</param>
    public static SourceTypes ContentOf(Config config, string? instead = null)
    {
        try
        {
            return SourceTypes.Load(ContentFolders.Beside(config.Get(Settings.Data), instead), new());
        }
        catch (ContentException e)
        {
            throw new CommandFault([.. e.Faults.Select(f => f.ToString())], "docs/source-types.md says what a file holds");
        }
    }

    public static SourceType Find(SourceTypes types, string name)
    {
        if (types.Find(name) is { } type) return type;
        var near = Nearest.To(name, types.All.Select(t => t.Id));
        throw new CommandFault($"no source type {name}", near.Count > 0
            ? $"did you mean {string.Join(" or ", near)}?"
            : $"known are {string.Join(", ", types.All.Select(t => t.Id))}", "portolan parse without --source recognises the type");
    }
}
