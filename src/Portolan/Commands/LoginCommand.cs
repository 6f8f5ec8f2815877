using System.CommandLine;
using System.Text.Json;
using Portolan.Control;

namespace Portolan.Commands;

/// <summary><c>portolan login URL</c>: makes a server known, so that <c>--url URL</c> suffices.</summary>
static class LoginCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Verb("login", "Makes a server elsewhere known: shows whose word vouches for it, keeps that and a token. --url then finds both.",
            "portolan login https://portolan.example.net",
            "portolan login https://portolan.example.net --ca ca.pem --token-file soar.token");
        var address = new Argument<string>("url") { HelpName = "URL", Description = "Where its console is." };
        var authority = new Option<string>("--ca") { Description = "The authority that vouches for it, PEM; without it the fingerprint is shown, and you say whether it is the right one.", HelpName = "FILE" };
        var tokenFile = new Option<string>("--token-file") { Description = "The token; otherwise PORTOLAN_TOKEN, else it is asked for.", HelpName = "FILE" };
        command.Add(address);
        command.Add(authority);
        command.Add(tokenFile);
        command.SetAction(async (result, cancel) =>
        {
            var url = RemoteServer.Address(result.GetRequiredValue(address));
            string? pem = RemoteOptions.Authority(result.GetValue(authority)) ?? await Trusted(url, terminal, cancel);
            string token = RemoteOptions.Token(result.GetValue(tokenFile)) ?? terminal.Secret("token: ")?.Trim()
                ?? throw new CommandFault("no token", "there is no terminal to ask on", "--token-file FILE or PORTOLAN_TOKEN");
            string who = await WhoAsync(url, pem, token, cancel);
            SavedContexts.Save(new(url.ToString(), pem, token));
            terminal.WriteLine($"signed in to {url} as {Output.Visible.Text(who)}; kept in {SavedContexts.File}");
            return ExitCode.Done;
        });
        return command;
    }

    // Null: an authority that the system trusts already.
    static async Task<string?> Trusted(Uri url, Terminal terminal, CancellationToken cancel)
    {
        try
        {
            if (await RemoteServer.AuthorityAsync(url, cancel) is not var (pem, fingerprint)) return null;
            terminal.Error.WriteLine($"{url} is vouched for by a certificate with the SHA-256 fingerprint");
            terminal.Error.WriteLine($"  {fingerprint}");
            string? answer = terminal.Line("is it the one that portolan serve tells there? [yes/no] ");
            if (answer is null) throw new CommandFault("nobody to ask", "there is no terminal, and no authority that this machine trusts", "--ca FILE, the server's pki/ca.pem");
            return answer.Trim().ToLowerInvariant() is "y" or "yes" ? pem
                : throw new CommandFault("not signed in", "the fingerprint is not the right one", null, ExitCode.No);
        }
        catch (Exception e) when (e is HttpRequestException or System.Security.Cryptography.CryptographicException)
        {
            throw new CommandFault($"cannot reach {url}", e.InnerException?.Message ?? e.Message, "the address that portolan serve tells");
        }
    }

    static async Task<string> WhoAsync(Uri url, string? authority, string token, CancellationToken cancel)
    {
        using var http = RemoteServer.Client(url, authority, token);
        try
        {
            using var answer = await http.GetAsync("session", cancel);
            if (!answer.IsSuccessStatusCode)
                throw new CommandFault("not signed in", (int)answer.StatusCode == 401 ? "the server does not know this token" : $"{(int)answer.StatusCode} {answer.ReasonPhrase}",
                    "a token that portolan token create made there", ExitCode.No);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(cancel));
            return $"{json.RootElement.GetProperty("name").GetString()}, {json.RootElement.GetProperty("role").GetString()}";
        }
        catch (HttpRequestException e)
        {
            throw new CommandFault($"cannot reach {url}", e.InnerException?.Message ?? e.Message, "the address and the authority of that server");
        }
    }
}
