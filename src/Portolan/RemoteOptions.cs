using System.CommandLine;
using Portolan.Control;

namespace Portolan;

/// <summary><c>--url</c>, <c>--ca</c> and <c>--token-file</c>: a server elsewhere instead of a data directory.</summary>
sealed class RemoteOptions
{
    readonly Option<string> _url = new("--url") { Description = "A server elsewhere, instead of --data; portolan login makes it known.", HelpName = "URL" };
    readonly Option<string> _authority = new("--ca") { Description = "The authority that vouches for that server, PEM; otherwise what portolan login kept, else the system's.", HelpName = "FILE" };
    readonly Option<string> _token = new("--token-file") { Description = "The token for that server; otherwise PORTOLAN_TOKEN, else what portolan login kept.", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Add(_url);
        command.Add(_authority);
        command.Add(_token);
        command.Validators.Add(result =>
        {
            bool remote = result.GetResult(_url) is not null;
            if (remote && result.Children.OfType<System.CommandLine.Parsing.OptionResult>().Any(o => o is { Option.Name: "--data", Implicit: false }))
                result.AddError("--url and --data: one of the two");
            foreach (var option in (Option[])[_authority, _token])
                if (!remote && result.GetResult(option) is not null) result.AddError($"{option.Name} stands with --url only");
        });
    }

    /// <summary>Whether a server elsewhere is meant.</summary>
    public bool Given(ParseResult result) => result.GetValue(_url) is not null;

    /// <summary>The server elsewhere that is meant; null when it is a data directory.</summary>
    public ControlClient? Open(ParseResult result)
    {
        if (result.GetValue(_url) is not { } text) return null;
        var url = RemoteServer.Address(text);
        var saved = SavedContexts.Find(url);
        string token = Token(result.GetValue(_token)) ?? saved?.Token
            ?? throw new CommandFault($"no token for {url}", "the server must know who asks", $"portolan login {url}, --token-file FILE or PORTOLAN_TOKEN");
        return RemoteServer.Open(url, Authority(result.GetValue(_authority)) ?? saved?.Authority, token);
    }

    public static string? Authority(string? file) => file is null ? null : Read(file);

    /// <summary>From the file, else from the environment; a secret is never an argument.</summary>
    public static string? Token(string? file)
    {
        string? token = file is not null ? Read(file).Trim() : Environment.GetEnvironmentVariable("PORTOLAN_TOKEN")?.Trim();
        if (token is { Length: 0 } or null) return file is null ? null : throw new CommandFault($"no token in {file}", "the file is empty", "portolan token create > FILE");
        return token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? token
            : throw new CommandFault("this is no token", "a token has letters, digits, - and _ only", "the last line that portolan token create wrote");
    }

    static string Read(string file) => File.Exists(file) ? File.ReadAllText(file) : throw new CommandFault($"cannot read {file}", "no such file", null);
}
