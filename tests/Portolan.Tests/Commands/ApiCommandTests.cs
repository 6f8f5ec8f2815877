using System.Text;
using Portolan.Commands;
using Portolan.Control;
using Portolan.Tests.Web.Control;
using Portolan.Web.Control;
using Xunit;

namespace Portolan.Tests.Commands;

/// <summary>The commands that ask a data directory, over one that gives what the test says.</summary>
public class ApiCommandTests
{
    static async Task<(int Code, string Out, string Error)> Run(GivenApi api, string input, params string[] args)
    {
        var output = new MemoryStream();
        var error = new StringWriter();
        var terminal = new Terminal(new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error) { Zone = TimeZoneInfo.Utc };
        OpenApi open = (_, _) => Task.FromResult<ILocalApi>(api);
        var tree = CommandLine.Tree(terminal,
            SearchCommand.Create(terminal, open, (_, aql, _, _) => Task.FromResult(ResultSet.Of([new("plan")], [["of " + aql]]))),
            LedgerCommand.Create(terminal, open), SourcesCommand.Create(terminal, open),
            WhoCommand.Create(terminal, open), WhatCommand.Create(terminal, open), MayCommand.Create(terminal, open),
            ImportCommand.Create(terminal, open));
        int code = await CommandLine.RunAsync(tree, [.. args, "--data", "/nowhere"], terminal);
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    [Fact]
    public async Task Search_writes_what_it_gets()
    {
        var api = new GivenApi { Search = _ => ResultSet.Of([new("host"), new("n")], [["web", 3L]]) };
        Assert.Equal((0, "{\"host\":\"web\",\"n\":3}\n", ""), await Run(api, "", "search", "SELECT 1", "--format", "jsonl"));
        Assert.Equal((0, "host,n\r\nweb,3\r\n", ""), await Run(api, "SELECT 2", "search", "-", "--format", "csv"));
        Assert.Equal(["search SELECT 1", "search SELECT 2"], api.Asked);
    }

    [Fact]
    public async Task Explain_asks_nobody()
    {
        var api = new GivenApi();
        Assert.Equal((0, "plan\r\nof SELECT 1\r\n", ""), await Run(api, "", "search", "--explain", "SELECT 1", "--format", "csv"));
        Assert.Empty(api.Asked);
    }

    const string Login = "<38>Nov 21 14:40:01 web01 sshd[811]: Failed password for alice from 10.1.2.3 port 5022 ssh2\n";
    const string Foreign = "nothing that a type claims\n";

    [Theory]
    [InlineData("sources test", Login, 0, "1,linux-os,parsed,SSH login failed,<38>", "")]
    [InlineData("sources test", Login + Foreign, 1, "2,,unparsed,Unknown,nothing", "note: 1 of 2 lines are not parsed\n")]
    [InlineData("sources test linux-os", Login, 0, "1,linux-os,parsed,SSH login failed,<38>", "")]
    [InlineData("sources test linux-os", Foreign, 1, "1,,partial,", "note: 1 of 1 lines are not parsed\n")]
    [InlineData("sources test", "", 0, "line,claimedby,parsestatus,eventname,payload\r\n", "")]
    [InlineData("sources test linuxos", Login, 2, "", "portolan: no source type linuxos: did you mean linux-os?\n")]
    [InlineData("sources test /no/such.yml", Login, 2, "", "portolan: cannot read /no/such.yml: no such file\n")]
    public async Task Sources_test_shows_what_claims_a_line(string line, string input, int code, string output, string error)
    {
        var run = await Run(new GivenApi(), input, [.. line.Split(' '), "--format", "csv"]);
        Assert.Equal(code, run.Code);
        Assert.Contains(output, run.Out);
        Assert.StartsWith(error, run.Error);
        if (error.Length == 0) Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Sources_test_reads_the_file_of_a_type_in_the_making()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, file = Path.Combine(folder, "linux-os.yml");
        await File.WriteAllTextAsync(file, "id: [", TestContext.Current.CancellationToken);
        var run = await Run(new GivenApi(), Login, "sources", "test", file);
        Assert.Equal((2, ""), (run.Code, run.Out));
        Assert.StartsWith($"portolan: {file}:", run.Error);
        File.Copy(Path.Combine(Portolan.Collect.LogSources.ContentFolders.Shipped, "sources", "linux-os.yml"), file, overwrite: true);
        run = await Run(new GivenApi(), Login, "sources", "test", file, "--format", "csv");
        Directory.Delete(folder, recursive: true);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("1,linux-os,parsed,", run.Out);
    }

    [Theory]
    [InlineData(FaultKind.Syntax, 2)]
    [InlineData(FaultKind.Unanswerable, 1)]
    [InlineData(FaultKind.Unavailable, 2)]
    public async Task A_refusal_ends_with_the_code_of_its_kind(FaultKind kind, int code)
    {
        var api = new GivenApi { Search = _ => throw new ApiException(kind, "what", "why", "this") };
        Assert.Equal((code, "", "portolan: what: why\ntry: this\n"), await Run(api, "", "search", "x"));
    }

    [Fact]
    public async Task What_another_server_says_does_nothing_to_the_terminal()
    {
        const string evil = "a\u001b[2Jb";
        var refuses = new GivenApi { Search = _ => throw new ApiException(FaultKind.Syntax, evil, evil, evil) };
        var answers = new GivenApi { Search = _ => ResultSet.Of([new(evil)], [[evil]], partial: true, [evil]) };
        foreach (var api in (GivenApi[])[refuses, answers])
        {
            foreach (string format in (string[])["table", "csv", "json", "jsonl"])
            {
                var run = await Run(api, "", "search", "x", "--format", format);
                // CSV holds what there is, for programs.
                Assert.DoesNotContain('\u001b', format == "csv" ? run.Error : run.Out + run.Error);
            }
        }
    }

    [Fact]
    public async Task A_partial_answer_is_written_and_told()
    {
        var api = new GivenApi { Search = _ => ResultSet.Of([new("n")], [[1L]], partial: true, ["one host is silent"]) };
        Assert.Equal((1, "[\n{\"n\":1}\n]\n", "note: one host is silent\n"), await Run(api, "", "search", "x", "--json"));
    }

    [Theory]
    [InlineData("permitted", "443", 0, "may 10.0.0.1 10.0.0.2 443 6")]
    [InlineData("not permitted", "53/udp", 1, "may 10.0.0.1 10.0.0.2 53 17")]
    [InlineData("not declared", "0/47", 1, "may 10.0.0.1 10.0.0.2 0 47")]
    public async Task May_ends_with_its_verdict(string verdict, string port, int code, string asked)
    {
        var api = new GivenApi { Verdict = verdict };
        var run = await Run(api, "", "may", "10.0.0.1", "10.0.0.2", port, "--format", "jsonl");
        Assert.Equal(code, run.Code);
        Assert.Contains($"\"verdict\":\"{verdict}\"", run.Out);
        Assert.Equal([asked], api.Asked);
    }

    [Theory]
    [InlineData("may 10.0.0.1 10.0.0.2 99999", "portolan: port 99999: not PORT or PORT/PROTO")]
    [InlineData("may 10.0.0.1 10.0.0.2 5/xyz", "portolan: port 5/xyz: not PORT or PORT/PROTO")]
    [InlineData("search q --since noon", "portolan: --since noon: no time I know")]
    [InlineData("search q --since today --until 2026-01-01", "portolan: --since and --until: the end lies before the beginning")]
    [InlineData("who a --at noon", "portolan: --at noon: no time I know")]
    [InlineData("who a --tz Mars", "portolan: --tz Mars: right would be local, UTC")]
    [InlineData("import /no/such/file", "portolan: cannot import /no/such/file: no such file")]
    public async Task What_cannot_be_asked_is_not(string line, string error)
    {
        var api = new GivenApi();
        var run = await Run(api, "", line.Split(' '));
        Assert.Equal(2, run.Code);
        Assert.StartsWith(error, run.Error);
        Assert.Empty(api.Asked);
    }

    [Fact]
    public async Task Times_are_read_in_the_zone_asked_for()
    {
        var api = new GivenApi();
        await Run(api, "", "who", "a", "--at", "2026-11-20T09:00", "--tz", "Asia/Tokyo");
        await Run(api, "", "ledger", "--since", "1970-01-01T00:00:01Z");
        await Run(api, "", "what", "h");
        await Run(api, "", "sources", "list");
        await Run(api, "", "search", "q", "--since", "1970-01-01T00:00:01Z", "--until", "1970-01-01T00:00:02Z");
        Assert.Equal(["who a 1795132800000000", "ledger 1000000", "what h ", "sources",
            "search q from 1000000 to 2000000"], api.Asked);
    }

    [Fact]
    public async Task A_ledger_for_people_has_a_line_a_source_and_entrances_first()
    {
        var api = new GivenApi
        {
            Ledger =
            [
                ["fw1", "received", 7L, "events"], ["fw1", "stored", 7L, "events"], ["fw1", "too-many-sources", 2L, "events"],
                ["syslog-udp", "received", 10L, "messages"], ["syslog-udp", "dropped-by-kernel", 3L, "messages"],
                ["syslog-udp", "stored", 6L, "messages"], ["syslog-udp", "waiting", 1L, "messages"], ["syslog-udp", "residual", 0L, "messages"],
            ],
        };
        var run = await Run(api, "", "ledger", "--format", "table");
        Assert.Equal((0, """
            source      counted   received  stored  dropped-by-kernel  too-many-sources  waiting  residual
            syslog-udp  messages        10       6                  3                          1         0
            fw1         events           7       7                                    2

            """, ""), (run.Code, string.Concat(run.Out.Split('\n').Select(l => l.TrimEnd() + "\n"))[..^1], run.Error));
        run = await Run(api, "", "ledger", "--format", "jsonl");
        Assert.StartsWith("{\"source\":\"fw1\",\"reason\":\"received\",\"count\":7,\"counted\":\"events\"}\n", run.Out);
    }

    [Fact]
    public async Task Import_takes_files_and_standard_input()
    {
        var api = new GivenApi();
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "three\n", TestContext.Current.CancellationToken);
        var run = await Run(api, "piped", "import", file, "-", "--source", "linux-os", "--format", "csv");
        File.Delete(file);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal([$"import {Path.GetFileName(file)} linux-os 6", "import - linux-os 5"], api.Asked);
        Assert.StartsWith("file,asked\r\n", run.Out);
    }
}
