using System.CommandLine;
using Portolan.Configuration;
using Portolan.Control;
using Portolan.Output;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary>What the commands that ask a data directory have in common: which one, in what form the answer comes, in whose time.</summary>
sealed class ApiVerb
{
    readonly ConfigOptions _config = new();
    readonly RemoteOptions _remote = new();
    readonly FormatOptions _format;
    readonly ZoneOption _zone = new();
    readonly Terminal _terminal;
    readonly OpenApi _open;

    public ApiVerb(Verb command, Terminal terminal, OpenApi open, string format = "table")
    {
        (Command, _terminal, _open, _format) = (command, terminal, open, new(format));
        _config.AddTo(command);
        _remote.AddTo(command);
        _format.AddTo(command);
        _zone.AddTo(command);
    }

    public Verb Command { get; }

    /// <summary>Whether a server elsewhere is asked.</summary>
    public bool IsRemote(ParseResult result) => _remote.Given(result);

    /// <summary>Runs the command: asks, writes the answer's rows; a partial answer ends with 1.</summary>
    /// <param name="live">Rows are shown as they come.</param>
    /// <param name="forPeople">What a table shows of the answer, where that is not the answer itself.</param>
    /// <param name="instead">An answer that needs no data directory; null to go on and ask.</param>
    public void Ask(Func<ILocalApi, ParseResult, TimeZoneInfo, CancellationToken, Task<ResultSet>> ask, bool live = false,
        Func<ResultSet, CancellationToken, Task<ResultSet>>? forPeople = null,
        Func<Config, ParseResult, TimeZoneInfo, CancellationToken, Task<ResultSet?>>? instead = null) =>
        Command.SetAction(async (result, cancel) =>
        {
            var config = _config.Load(result);
            var zone = _zone.Use(result, config, _terminal);
            if (instead is not null && await instead(config, result, zone, cancel) is { } own)
            {
                await RowWriter.Of(_format.Of(result), _terminal).WriteAsync(own, cancel);
                return ExitCode.Done;
            }
            await using var api = _remote.Open(result) ?? await _open(config, cancel);
            await using var answer = await ask(api, result, zone, cancel);
            var format = _format.Of(result);
            var shown = format == RowFormat.Table && forPeople != null ? await forPeople(answer, cancel) : answer;
            var end = await RowWriter.Of(format, _terminal).WriteAsync(shown, cancel, live);
            return end.Partial ? ExitCode.No : ExitCode.Done;
        });

    /// <summary>Runs the command with its own ending; <paramref name="run"/> gives rows and exit code.</summary>
    public void Ask(Func<ILocalApi, ParseResult, CancellationToken, Task<(ResultSet Answer, int Code)>> run) =>
        Command.SetAction(async (result, cancel) =>
        {
            var config = _config.Load(result);
            _zone.Use(result, config, _terminal);
            await using var api = _remote.Open(result) ?? await _open(config, cancel);
            var (answer, code) = await run(api, result, cancel);
            await RowWriter.Of(_format.Of(result), _terminal).WriteAsync(answer, cancel);
            return code;
        });
}
