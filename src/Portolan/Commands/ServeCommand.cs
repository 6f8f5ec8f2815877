using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using Portolan.Configuration;
using Portolan.Engine;
using Portolan.Fleet.Pki;
using Portolan.Model;
using Portolan.Output;
using Portolan.Web.Auth;

namespace Portolan.Commands;

/// <summary>Runs the server until <paramref name="stop"/>, then drains and seals; an exit code.</summary>
/// <param name="reread">Reads the configuration again, for SIGHUP; throws <see cref="CommandFault"/> with all faults.</param>
/// <param name="listening">Called once, when every endpoint is bound, with the certificate of those that speak TLS.</param>
/// <param name="log">The server's log.</param>
delegate Task<int> RunServer(
    Config config, Func<Config> reread, Action<IReadOnlyList<(Endpoint Endpoint, IPEndPoint At)>, ServerCertificate> listening, ServerLog log, CancellationToken stop);

/// <summary><c>portolan serve</c>.</summary>
static class ServeCommand
{
    public static Command Create(Terminal terminal, RunServer run)
    {
        var command = new Verb("serve", "Runs the server: listens, stores, answers. Makes the data directory; needs no configuration.",
            "portolan serve",
            "portolan serve --data /var/lib/portolan --config portolan.yml",
            "portolan serve --data data --port-offset 10000 --set store.retention=7d")
        {
            // Drains the journal and seals.
            Patience = TimeSpan.FromSeconds(30),
        };
        var config = new ConfigOptions(withPortOffset: true);
        config.AddTo(command);
        command.SetAction(async (result, cancel) =>
        {
            var loaded = config.Load(result);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
            {
                context.Cancel = true;
                stop.Cancel();
            });
            using var log = new ServerLog(terminal.Error, loaded.Get(Settings.LogFormat), TimeProvider.System);
            return await run(loaded, () => config.Load(result), (bound, certificate) => Tell(loaded, bound, certificate, terminal), log, stop.Token);
        });
        return command;
    }

    static void Tell(Config config, IReadOnlyList<(Endpoint Endpoint, IPEndPoint At)> bound, ServerCertificate certificate, Terminal terminal)
    {
        terminal.WriteLine($"data       {config.Get(Settings.Data)}");
        foreach (var (endpoint, at) in bound)
        {
            bool all = at.Address.Equals(IPAddress.IPv6Any) || at.Address.Equals(IPAddress.Any);
            string address = all ? "all addresses" : at.Address.ToString();
            terminal.WriteLine($"listening  {at.Port}/{endpoint.Transport.ToString().ToLowerInvariant()}  {endpoint.Id} on {address}");
        }
        string whose = certificate.Authority is null ? config.Get(Settings.TlsCertificate) : $"{Reload.Pki(config).Folder}/ca.pem";
        terminal.WriteLine($"TLS        SHA-256 fingerprint of {whose}");
        terminal.WriteLine($"           {certificate.Fingerprint}");
        if (bound.FirstOrDefault(b => b.Endpoint == Endpoints.Https).At is { } console) SignIn(config.Get(Settings.Data), console, terminal);
        terminal.WriteLine("ready");
        terminal.Out.Flush();
    }

    // A log keeps what it is told: the first secret is shown to a person's eyes only.
    static void SignIn(string data, IPEndPoint console, Terminal terminal)
    {
        string url = $"https://{(console.Address.Equals(IPAddress.IPv6Any) || console.Address.Equals(IPAddress.Any) ? Environment.MachineName : new IPEndPoint(console.Address, 0).ToString()[..^2])}{(console.Port == 443 ? "" : $":{console.Port}")}/";
        string secret = AdminSecret.PathIn(data);
        string how = !File.Exists(secret) ? "" : terminal.OutIsTerminal ? $" as {AdminSecret.Admin} with {File.ReadAllText(secret).Trim()}" : $" as {AdminSecret.Admin} with what is in {secret}";
        terminal.WriteLine($"sign in    {url}{how}");
    }
}
