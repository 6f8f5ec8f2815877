using System.CommandLine;
using System.Text;
using Xunit;

namespace Portolan.Tests.Commands;

/// <summary>The command tree in this process: exit code, standard output and standard error of a line.</summary>
public class CommandTests
{
    internal static async Task<(int Code, string Out, string Error)> Run(params string[] args)
    {
        var output = new MemoryStream();
        var error = new StringWriter();
        var terminal = new Terminal(Stream.Null, output, error) { Zone = TimeZoneInfo.Utc };
        int code = await CommandLine.RunAsync(Program.Tree(terminal), args, terminal);
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    [Fact]
    public async Task The_manual_page_has_every_command_and_only_requests_of_man_7()
    {
        string[] lines = (await Run("reference", "man")).Out.Split('\n');
        foreach (string command in (string[])["serve", "search", "user add", "token create", "config explain", "completion"]) Assert.Contains($".SS portolan {command}", lines);
        string[] known = [".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".BI", ".RI", ".nf", ".fi"];
        Assert.All(lines.Where(l => l.StartsWith('.') || l.StartsWith('\'')), l => Assert.Contains(l.Split(' ')[0], known));
        Assert.Equal(lines.Count(l => l == ".nf"), lines.Count(l => l == ".fi"));
        Assert.Contains(lines, l => l == "\\fB\\-\\-data <DIR>\\fR");
    }

    // A + stands for a space within an argument.
    public static TheoryData<string, int, string> Lines => new()
    {
        { "", 2, "portolan: Required command was not provided\ntry: portolan --help" },
        { "port list", 2, "portolan: unknown command port: did you mean ports?\ntry: portolan --help" },
        { "ports lst", 2, "portolan: unknown command lst: did you mean list?\ntry: portolan ports --help" },
        { "ports list --fromat csv", 2, "portolan: unknown option --fromat: did you mean --format?\ntry: portolan ports list --help" },
        { "ports list --format jsn", 2, "portolan: --format jsn: did you mean json?\ntry: portolan ports list --help" },
        { "ports list --color purple", 2, "portolan: --color purple: one of auto, always, never\ntry: portolan ports list --help" },
        { "ports catalog 5007 --formt csv", 2, "portolan: unknown option --formt: did you mean --format?\ntry: portolan ports catalog --help" },
        { "ports catalog -- --formt", 0, "" },
        { "import --sorce x y", 2, "portolan: unknown option --sorce: did you mean --source?" },
        { "tail --nothing-like-it", 2, "portolan: unknown option: --nothing-like-it\ntry: portolan tail --help" },
        { "ports list surplus", 2, "portolan: one argument too many: surplus\ntry: portolan ports list --help" },
        { "ports list @file", 2, "portolan: one argument too many: @file\ntry: portolan ports list --help" },
        { "ports list --set port-offset=x", 2, "portolan: --set: port-offset = x: right would be number: 0 to 65535" },
        { "ports list --port-offset 65530 --data /nowhere", 2, "portolan: --port-offset: endpoints.syslog-udp.port = 514 + 65530: " },
        { "ports list --json", 0, "" },
        { "ports catalog 1", 0, "" },
        { "ports catalog --role consol", 2, "portolan: no role \"consol\": did you mean console?" },
        { "config explain store.retentoin", 2, "portolan: no key store.retentoin: did you mean store.retention?" },
        { "config explain store.retention --set store.retention=x", 0, "" },
        { "config explain store.retention --format csv", 0, "" },
        { "parse --format csv", 2, "portolan: --format csv: one of json, jsonl" },
        { "parse --json", 0, "" },
        { "completion tcsh", 2, "portolan: no completion for tcsh: only bash, zsh and fish are known" },
        { "reference fields", 0, "" },
        { "reference man", 0, "" },
        { "reference fild", 2, "portolan: no reference fild: there are configuration, aql, fields, cli and man" },
        { "search --fields", 0, "" },
        { "search", 2, "portolan: no AQL: a search needs its text" },
        { "search --explain SELEC", 2, "portolan: AQL: expected SELECT, found 'SELEC' at 1:1; did you mean SELECT?" },
        { "search --explain SELECT+nosuchfield+FROM+events", 1, "portolan: AQL: unknown field 'nosuchfield' at 1:8" },
        { "search --explain SELECT+usernam+FROM+events", 1, "portolan: AQL: unknown field 'usernam' at 1:8; did you mean username?" },
        { "search --explain SELECT+LOWR(username)+FROM+events", 1, "portolan: AQL: unknown function 'LOWR' at 1:8; did you mean LOWER?" },
        { "search --explain SELECT+*+FROM+event", 1, "portolan: AQL: unknown table 'event' at 1:15; did you mean events?" },
        { "search --explain SELECT+*+FROM+events --data /nowhere", 0, "" },
        { "search --explain SELECT+*+FROM+events --since 2h --until 1h", 0, "" },
        { "search --explain SELECT+*+FROM+events+LAST+1+HOURS --since 2h", 2, "portolan: two times are asked for: " },
        { "search SELECT+*+FROM+events --data /nowhere", 2, "portolan: no data in /nowhere: there is no such directory" },
        { "tail --data /nowhere", 2, "portolan: no data in /nowhere: " },
        { "may 10.0.0.1 10.0.0.2 443 --data /nowhere", 2, "portolan: no data in /nowhere: " },
        { "serch x", 2, "portolan: unknown command serch: did you mean search?" },
        { "--version", 0, "" },
        { "ports --help", 0, "" },
        { "ports catalog --json --help", 0, "" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Ends(string line, int code, string error)
    {
        var run = await Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a.Replace('+', ' ')).ToArray());
        Assert.Equal((code, true, error.Length > 0),
            (run.Code, run.Error.StartsWith(error, StringComparison.Ordinal), run.Error.Length > 0));
    }

    static IEnumerable<Command> Walk(Command command) => command.Subcommands.SelectMany(Walk).Prepend(command);

    [Fact]
    public async Task Every_command_has_help_with_examples_and_the_examples_parse()
    {
        var root = Program.Tree(new Terminal(Stream.Null, Stream.Null, TextWriter.Null));
        foreach (var command in Walk(root).Skip(1))
        {
            var verb = Assert.IsType<Verb>(command);
            Assert.NotEmpty(verb.Examples);
            foreach (string example in verb.Examples)
            {
                // What follows the program's name, up to where the shell takes over.
                string line = example[(example.IndexOf("portolan ", StringComparison.Ordinal) + 9)..]
                    .Split([" > ", " | ", " < ", " && "], 2, StringSplitOptions.None)[0];
                if (example.Contains("(portolan ", StringComparison.Ordinal)) line = line.TrimEnd(')');
                var parsed = root.Parse(line);
                Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join("; ", parsed.Errors.Select(e => e.Message))}");
            }
            var names = new List<string>();
            for (Command? at = command; at is not null and not RootCommand; at = at.Parents.OfType<Command>().FirstOrDefault())
                names.Insert(0, at.Name);
            var (code, help, _) = await Run([.. names, "--help"]);
            Assert.Equal(0, code);
            Assert.Contains("Examples:\n  " + verb.Examples[0], help);
        }
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Completion_names_every_command(string shell)
    {
        var (code, script, _) = await Run("completion", shell);
        Assert.Equal(0, code);
        var root = Program.Tree(new Terminal(Stream.Null, Stream.Null, TextWriter.Null));
        Assert.All(Walk(root).Skip(1), c => Assert.Contains(c.Name, script));
        Assert.Contains("catalog", script);
    }

    [Fact]
    public async Task Ports_list_shows_where_syslog_listens()
    {
        var (_, list, _) = await Run("ports", "list", "--format", "csv", "--port-offset", "10000", "--data", "/nowhere");
        Assert.Contains("\r\nsyslog-udp,10514,udp,syslog,on,true,*,", list);
    }
}
