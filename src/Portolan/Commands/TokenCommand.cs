using System.CommandLine;
using Portolan.Web.Auth;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary><c>portolan token create | list | revoke</c>.</summary>
static class TokenCommand
{
    public static Command Create(Terminal terminal, OpenPeople open)
    {
        var list = new PeopleVerb(new("list", "The tokens, when they expire and when they were last used; never their secrets.",
            "portolan token list"), terminal, open);
        list.Ask((api, _, cancel) => api.TokensAsync(cancel));
        var revoke = new PeopleVerb(new("revoke", "Ends a token at once.",
            "portolan token revoke grafana"), terminal, open);
        var name = new Argument<string>("name") { HelpName = "NAME", Description = "The token's name." };
        revoke.Command.Add(name);
        revoke.Ask((api, result, cancel) => api.RevokeTokenAsync(result.GetRequiredValue(name), cancel));
        return new Verb("token", "Tokens: what programs show instead of a password, as header SEC.",
            "portolan token create --name grafana --role viewer",
            "portolan token list")
        {
            Create(terminal, open, "create"), list.Command, revoke.Command,
        };
    }

    static Verb Create(Terminal terminal, OpenPeople open, string word)
    {
        var verb = new PeopleVerb(new(word, "Makes a token and prints it once, as the last line; nothing can show it again.",
            "portolan token create --name grafana --role viewer",
            "portolan token create --name soar --role analyst --expires 30d | tail -n 1 > soar.token"), terminal, open);
        var name = new Option<string>("--name") { Description = "What the program is called.", HelpName = "NAME", Required = true };
        var role = PeopleVerb.RoleOption(required: true);
        var expires = new Option<string>("--expires") { Description = $"How long it is good (default {People.TokenLife.TotalDays}d).", HelpName = "DURATION" };
        expires.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !Times.TryDuration(text, out _)) result.AddError($"--expires {text}: right would be 12h or 90d");
        });
        var scope = PeopleVerb.ScopeOption();
        foreach (var option in (Option[])[name, role, expires, scope]) verb.Command.Add(option);
        verb.Ask(async (IPeopleApi api, ParseResult result, CancellationToken cancel) =>
        {
            TimeSpan? life = result.GetValue(expires) is { } text && Times.TryDuration(text, out var duration) ? duration : null;
            await using var made = await api.CreateTokenAsync(new(result.GetRequiredValue(name), PeopleVerb.RoleOf(result.GetRequiredValue(role))!.Value, life, result.GetValue(scope)), cancel);
            var columns = made.Columns.Select(c => c.Name).ToList();
            await foreach (var row in made.Rows.WithCancellation(cancel))
            {
                var until = DateTimeOffset.FromUnixTimeMilliseconds((long)row[columns.IndexOf("expires")]!);
                terminal.Error.WriteLine($"{row[0]}: {row[1]}, until {TimeZoneInfo.ConvertTime(until, terminal.Zone):yyyy-MM-dd HH:mm zzz}; shown this once");
                terminal.WriteLine((string)row[columns.IndexOf("token")]!);
            }
        });
        return verb.Command;
    }
}
