using System.CommandLine;
using Portolan.Web.Auth;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary><c>portolan user list | add | set | remove</c>.</summary>
static class UserCommand
{
    public static Command Create(Terminal terminal, OpenPeople open)
    {
        var list = new PeopleVerb(new("list", "The users, their roles and when they last signed in.",
            "portolan user list",
            "portolan user list --json"), terminal, open);
        list.Ask((api, _, cancel) => api.UsersAsync(cancel));
        var remove = new PeopleVerb(new("remove", "Removes a user; what it has open ends at once.",
            "portolan user remove alice"), terminal, open);
        var gone = Name(remove.Command);
        remove.Ask((api, result, cancel) => api.RemoveUserAsync(result.GetRequiredValue(gone), cancel));
        return new Verb("user", "Users: who may sign in, and what each may do.",
            "portolan user list",
            "portolan user add alice --role analyst")
        {
            list.Command, Add(terminal, open), Set(terminal, open), remove.Command,
        };
    }

    static Argument<string> Name(Verb command)
    {
        var name = new Argument<string>("name") { HelpName = "NAME", Description = "The name, as it is typed at sign-in; upper and lower case are the same." };
        command.Add(name);
        return name;
    }

    static Verb Add(Terminal terminal, OpenPeople open)
    {
        var verb = new PeopleVerb(new("add", "Adds a user; the password is asked for, or read from a file.",
            "portolan user add alice --role analyst",
            "portolan user add bob --role viewer --password-file bob.txt --must-set-password",
            "portolan user add branch --role viewer --scope \"INCIDR('10.1.0.0/16', sourceip)\""), terminal, open);
        var name = Name(verb.Command);
        var (role, scope, file, must) = (PeopleVerb.RoleOption(), PeopleVerb.ScopeOption(), PasswordFile(), MustSet());
        verb.Command.Add(role);
        verb.Command.Add(file);
        verb.Command.Add(must);
        verb.Command.Add(scope);
        verb.Ask(async (IPeopleApi api, ParseResult result, CancellationToken cancel) => await api.AddUserAsync(new(
            result.GetRequiredValue(name), PeopleVerb.RoleOf(result.GetValue(role)), await Password(result.GetValue(file), terminal, cancel),
            result.GetValue(scope), MustSetPassword: result.GetValue(must)), cancel));
        return verb.Command;
    }

    static Verb Set(Terminal terminal, OpenPeople open)
    {
        var verb = new PeopleVerb(new("set", "Changes a user: what is not named stays. A new password and --disable end what it has open.",
            "portolan user set alice --role admin",
            "portolan user set alice --password",
            "portolan user set bob --disable",
            "portolan user set branch --scope ''"), terminal, open);
        var name = Name(verb.Command);
        var (role, scope, file, must) = (PeopleVerb.RoleOption(), PeopleVerb.ScopeOption(), PasswordFile(), MustSet());
        var password = new Option<bool>("--password") { Description = "Ask for a new password on the terminal." };
        var enable = new Option<bool>("--enable") { Description = "May sign in again." };
        var disable = new Option<bool>("--disable") { Description = "May not sign in any more; what it is stays known." };
        foreach (var option in (Option[])[role, password, file, must, enable, disable, scope]) verb.Command.Add(option);
        verb.Command.Validators.Add(result =>
        {
            if (result.GetValue(enable) && result.GetValue(disable)) result.AddError("--enable and --disable: one of the two");
        });
        verb.Ask(async (IPeopleApi api, ParseResult result, CancellationToken cancel) =>
        {
            bool asked = result.GetValue(password) || result.GetValue(file) is not null;
            return await api.SetUserAsync(new(
                result.GetRequiredValue(name), PeopleVerb.RoleOf(result.GetValue(role)), asked ? await Password(result.GetValue(file), terminal, cancel) : null,
                result.GetValue(scope), result.GetValue(enable) ? true : result.GetValue(disable) ? false : null, result.GetValue(must)), cancel);
        });
        return verb.Command;
    }

    static Option<string> PasswordFile() => new("--password-file") { Description = "The password is the first line of this file; - is standard input.", HelpName = "FILE" };

    static Option<bool> MustSet() => new("--must-set-password") { Description = "The password is for the first sign-in, which asks for another." };

    static async Task<string> Password(string? file, Terminal terminal, CancellationToken cancel)
    {
        if (file is not null)
        {
            if (file != "-" && !File.Exists(file)) throw new CommandFault($"cannot read {file}", "no such file", null);
            using var reader = new StreamReader(file == "-" ? terminal.In : File.OpenRead(file), leaveOpen: file == "-");
            return await reader.ReadLineAsync(cancel) ?? "";
        }
        string first = terminal.Secret("password: ")
            ?? throw new CommandFault("no password", "there is no terminal to ask on", "--password-file FILE");
        return terminal.Secret("again: ") == first ? first : throw new CommandFault("no password", "the two differ", "the same again");
    }
}
