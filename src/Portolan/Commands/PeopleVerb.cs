using System.CommandLine;
using Portolan.Configuration;
using Portolan.Control;
using Portolan.Output;
using Portolan.Web.Auth;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary>Gives the one who manages the people of the configured data directory.</summary>
delegate Task<IPeopleApi> OpenPeople(Config config, CancellationToken cancel);

/// <summary>What the commands for users and tokens have in common.</summary>
sealed class PeopleVerb
{
    readonly ConfigOptions _config = new();
    readonly RemoteOptions _remote = new();
    readonly FormatOptions _format = new();
    readonly ZoneOption _zone = new();
    readonly Terminal _terminal;
    readonly OpenPeople _open;

    public PeopleVerb(Verb command, Terminal terminal, OpenPeople open)
    {
        (Command, _terminal, _open) = (command, terminal, open);
        _config.AddTo(command);
        _remote.AddTo(command);
        _format.AddTo(command);
        _zone.AddTo(command);
    }

    public Verb Command { get; }

    /// <summary>Asks, then writes the rows.</summary>
    public void Ask(Func<IPeopleApi, ParseResult, CancellationToken, Task<ResultSet>> ask) => Ask(async (api, result, cancel) =>
    {
        await using var answer = await ask(api, result, cancel);
        await RowWriter.Of(_format.Of(result), _terminal).WriteAsync(answer, cancel);
    });

    /// <summary>Asks, and says itself what came of it.</summary>
    public void Ask(Func<IPeopleApi, ParseResult, CancellationToken, Task> run) => Command.SetAction(async (result, cancel) =>
    {
        var config = _config.Load(result);
        _zone.Use(result, config, _terminal);
        await using var api = _remote.Open(result) ?? await _open(config, cancel);
        try
        {
            await run(api, result, cancel);
        }
        catch (PeopleException e)
        {
            throw new ApiException(FaultKind.Unanswerable, e.What, e.Why, e.Try);
        }
        return ExitCode.Done;
    });

    public static Option<string> RoleOption(bool required = false)
    {
        var option = CommonOptions.Choice("--role", "What it may do: a viewer reads, an analyst works, an admin manages.", "admin", "analyst", "viewer");
        option.Required = required;
        return option;
    }

    public static Role? RoleOf(string? word) => word is null ? null : Enum.Parse<Role>(word, ignoreCase: true);

    public static Option<string> ScopeOption() => new("--scope") { Description = "An AQL condition that every row it sees must meet.", HelpName = "AQL condition" };
}
