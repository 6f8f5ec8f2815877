using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Runtime.InteropServices;
using System.Text.Json;
using Portolan.Backup;
using Portolan.Collect.Collectors;
using Portolan.Collect.Forwarding;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Configuration;
using Portolan.Fleet.Pki;
using Portolan.Model;
using Portolan.Output;
using Portolan.Store.Aql;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Web.Api.Ariel;
using Portolan.Web.Api.Live;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Engine;

/// <summary>A running server, from taking the data directory to the last seal.</summary>
static class Server
{
    /// <summary>Runs until <paramref name="stop"/>; the exit code. Everything that hinders the start is told at once.</summary>
    public static async Task<int> Run(Config config, Func<Config> reread, Action<IReadOnlyList<(Endpoint Endpoint, IPEndPoint At)>, ServerCertificate> listening, ServerLog log, CancellationToken stop)
    {
        Action<string> tell = log.Tell;
        using var own = new OwnLog(TimeProvider.System);
        log.Said = own.Keep;
        string data = config.Get(Settings.Data);
        var service = ServiceManager.OfProcess();
        long started = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;
        using var ownership = Own(data);
        DataFormat.Settle(data);
        bool restored = File.Exists(Path.Combine(data, DataFormat.Restored));
        if (File.Exists(RunFile(data))) File.Delete(RunFile(data));
        var (certificate, clients) = Certificates(config, tell);
        using var parts = new Parts(config, tell, readOnly: false);
        using var journal = JournalWriter.Open(Parts.Files, new JournalOptions
        {
            Directory = parts.JournalFolder,
            FileBytes = config.Get(Settings.JournalFileSize),
            MaxShare = config.Get(Settings.JournalShare) / 100.0,
            Known = parts.Store.Sealed,
            // The server that the backup was made of went on numbering events after it: its numbers are not given again.
            NewEpoch = restored,
        });
        if (restored) File.Delete(Path.Combine(data, DataFormat.Restored));
        Tell(journal.Recovery, tell);
        parts.Store.SealedUpTo += sealedUpTo => journal.DropBefore(sealedUpTo);
        var arrivals = new Arrivals(Parts.Files, parts.JournalFolder, parts.Ledger, journal);
        arrivals.Recover(parts.Store.Sealed);
        var trouble = new ReplayTrouble(Parts.Files, parts.JournalFolder, parts.Store.Sealed, new(journal.Epoch, journal.CommittedSequence + 1), tell);
        using var reader = journal.OpenReader(parts.Store.Sealed);
        using var pipeline = new Pipeline(reader, journal, parts.Store, parts.Stages, parts.Count, parts.Ledger, tell,
            JournalQuarantine.Ranges(Parts.Files, parts.JournalFolder), trouble);
        using var failed = new CancellationTokenSource();
        pipeline.Failed += e =>
        {
            tell($"{LogSeverity.Error}pipeline: {e}");
            failed.Cancel();
        };
        var (collectors, web) = Bind(config, new(journal, parts.Ledger, TimeProvider.System, tell, refuse => clients.Ask(certificate.Options(), (reason, why) => refuse(reason, why))),
            certificate.Options);
        (Endpoint Endpoint, IPEndPoint At)[] bound = [.. collectors.Select(c => (c.Endpoint, c.Bound)), .. web.Select(w => (w.Endpoint, w.Bound))];
        using var forwarding = new Forwarding(new(parts.Store, Parts.Files, ForwardCursor.Folder(data), parts.Ledger, TimeProvider.System,
            () => pipeline.Processed < 0 ? null : new(journal.Epoch, pipeline.Processed + 1), () => new(journal.Epoch, journal.CommittedSequence + 1), tell, parts.Types.Find(SourceTypes.OwnId)?.DeviceType),
            c => parts.Searches.CompileCondition(c));
        forwarding.Change(parts.Receivers);
        var api = new ServerApi(parts, journal, pipeline,
            () => [.. collectors.Select(c => new object?[] { c.Endpoint.Id, $"{c.Bound}, {c.Note}" }), .. web.Select(w => new object?[] { w.Endpoint.Id, $"{w.Bound}" })],
            CountKernelDrops, forwarding);
        void CountKernelDrops() => collectors.ForEach(c => c.CountKernelDrops());
        var reload = new Reload(config, parts, collectors, web, certificate, clients, forwarding, tell);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            service.Reloading();
            reload.Run(reread);
            service.Ready("running");
        });
        using var live = HealthOfServer.Live(parts, journal, pipeline);
        pipeline.Start();
        foreach (var c in collectors)
        {
            c.Start();
            if (c.Note.Contains("try: ")) tell($"{LogSeverity.Info}{c.Endpoint.Id}: {c.Note}");
        }
        var inject = new JournalInject(journal, parts);
        own.Begin(inject);
        var audit = new Audit(inject, TimeProvider.System);
        await using var searches = new SearchJobs(caller => new CallersApi(api, caller, audit), SearchJobs.FolderIn(data), TimeProvider.System, tell);
        var health = new HealthOfServer(config, parts, journal, pipeline, started);
        var webParts = new WebParts(caller => new CallersApi(api, caller, audit), Door(config, parts, audit), Path.Combine(AppContext.BaseDirectory, "console"), TimeProvider.System, tell)
        {
            Searches = searches,
            Authority = () => certificate.Authority?.ExportCertificatePem(),
            OnlyOverTls = () => certificate.Authority == null,
            Engine = health.View(live, bound, tell),
        };
        webParts.FollowPeople();
        await using (await ControlServer.StartAsync(data, api, tell, webParts, stop))
        await using (await WebServer.StartAsync([.. web.Where(w => w.Endpoint == Endpoints.Https || w.Endpoint == Endpoints.HttpProxy)], webParts, stop))
        await using (await PlainServer.StartAsync(Plain(web, new(parts, journal, pipeline, api, collectors, web)), tell, stop))
        await using (await WebServer.StartAsync([.. web.Where(w => w.Endpoint == Endpoints.Live)], webParts, stop, LiveRoutes.Programs))
        {
            WriteRunFile(data, bound);
            listening(bound, certificate);
            service.Ready("running");
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, failed.Token);
            bool inPlace = true;
            var saving = Every(TimeSpan.FromSeconds(1), () =>
            {
                bool was = inPlace;
                inPlace = ownership.IsInPlace;
                if (!inPlace && !was) Abandon(data, tell);
                CountKernelDrops();
                // Seen missing once, it is looked for once more, and nothing is written meanwhile.
                if (inPlace) arrivals.Save();
                service.Alive();
            }, either.Token);
            await Housekeeping(parts, api, health.Losses, certificate, webParts.Authenticator, tell, either.Token);
            await saving;
            service.Stopping();
            foreach (var c in collectors) c.Dispose();
            own.Dispose();
            if (!failed.IsCancellationRequested) Drain(journal, pipeline, tell);
            forwarding.Dispose();
            arrivals.Save();
            health.Losses.Remember((DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10);
        }
        File.Delete(RunFile(data));
        return failed.IsCancellationRequested ? ExitCode.No : ExitCode.Done;
    }

    // Who may come in: admin with the first secret, until there are passwords.
    static Authenticator Door(Config config, Parts parts, Audit audit)
    {
        var people = new People(parts.State, TimeProvider.System) { CheckScope = scope => WrongScope(parts.Searches, scope) };
        people.Begin();
        var sessions = new Sessions(parts.State!, people, new(config.Get(Settings.SessionIdle), config.Get(Settings.SessionLife)));
        return new Authenticator(parts.Data, people, sessions, TimeProvider.System) { Audit = audit }.WithFirstSecret();
    }

    /// <summary>Why a condition cannot be a scope; null when it can.</summary>
    internal static string? WrongScope(AqlEngine searches, string scope)
    {
        try
        {
            searches.CompileCondition("TRUE", scope);
            return null;
        }
        catch (AqlException e)
        {
            return e.Message;
        }
    }

    // An orderly end seals and saves, and would do so in a directory that is not ours. A kill is safe at any time.
    static void Abandon(string data, Action<string> tell)
    {
        tell($"{LogSeverity.Error}data: {data} was moved, removed or replaced under the running server, which ends so as not to write into what lies there now");
        Process.GetCurrentProcess().Kill();
    }

    static DataLock Own(string data)
    {
        Directory.CreateDirectory(data);
        if (DataLock.TryTake(data, out var taken, out int owner)) return taken!;
        throw new CommandFault($"the data directory {data} is in use", $"process {owner} owns it",
            "--data OTHER, or stop that process first; portolan search --data works beside it");
    }

    static (ServerCertificate, ClientCertificates) Certificates(Config config, Action<string> tell)
    {
        try
        {
            var certificate = ServerCertificate.Open(Reload.Pki(config), TimeProvider.System, tell);
            return (certificate, ClientCertificates.Open(Reload.Clients(config), () => certificate.Authority, TimeProvider.System));
        }
        catch (PkiException e)
        {
            throw Reload.Fault(e);
        }
    }

    static void Tell(JournalRecovery r, Action<string> tell)
    {
        if (r.CutBytes > 0) tell($"{LogSeverity.Notice}journal: {r.CutBytes} bytes of an unfinished record were cut off; they were never acknowledged");
        if (r.DamagedBytes > 0) tell($"{LogSeverity.Error}journal: {r.DamagedBytes} bytes in {r.DamagedStretches} places are damaged and passed over");
        foreach (string file in r.Quarantined) tell($"{LogSeverity.Error}journal: {file} cannot be read and was set aside");
        if (r.EpochReason.Length > 0) tell($"journal: a new epoch begins: {r.EpochReason}");
    }

    // All ports that cannot be had are told together.
    static (List<ICollector> Collectors, List<WebListener> Web) Bind(Config config, Reception reception, Func<SslServerAuthenticationOptions> tls)
    {
        var limits = Reload.Limits(config);
        var (collectors, web) = (new List<ICollector>(), new List<WebListener>());
        var faults = new List<PortException>();
        foreach (var endpoint in Endpoints.All.Select(config.For).Where(e => e.Enabled))
        {
            try
            {
                var where = new ListenOn(endpoint.Address, endpoint.Port, endpoint.Allow);
                if (Catalog.Serves(endpoint.Endpoint)) collectors.Add(Catalog.Bind(endpoint.Endpoint, where, limits, reception));
                else web.Add(new(endpoint.Endpoint, where, endpoint.Endpoint.Transport == Transport.Tls ? tls : null, endpoint.Endpoint == Endpoints.HttpProxy ? config.Get(Settings.Proxies) : null));
            }
            catch (PortException e)
            {
                faults.Add(e);
            }
        }
        if (faults.Count == 0) return (collectors, web);
        foreach (var c in collectors) c.Dispose();
        foreach (var w in web) w.Dispose();
        throw new CommandFault("cannot listen", string.Join("\n  ", faults.Select(f => f.Message)), string.Join("\n  ", faults.Select(f => f.Remedy).Distinct()));
    }

    static Dictionary<WebListener, Microsoft.AspNetCore.Http.RequestDelegate> Plain(IReadOnlyList<WebListener> web, ServerMetrics metrics)
    {
        int console = web.FirstOrDefault(w => w.Endpoint == Endpoints.Https)?.Bound.Port ?? Endpoints.Https.Port;
        return web.Where(w => w.Endpoint == Endpoints.Metrics || w.Endpoint == Endpoints.Http)
            .ToDictionary(w => w, w => w.Endpoint == Endpoints.Metrics ? PlainServer.Metrics(metrics.Read) : PlainServer.Redirect(console));
    }

    static async Task Every(TimeSpan period, Action action, CancellationToken until)
    {
        using var timer = new PeriodicTimer(period);
        try
        {
            while (await timer.WaitForNextTickAsync(until)) action();
        }
        catch (OperationCanceledException)
        {
        }
    }

    static async Task Housekeeping(Parts parts, ServerApi api, LossHistory losses, ServerCertificate certificate, Authenticator door, Action<string> tell, CancellationToken until)
    {
        try
        {
            while (true)
            {
                try
                {
                    parts.Store.Expire();
                }
                catch (IOException e)
                {
                    tell($"store: segments could not be expired: {e.Message}");
                }
                api.Minute();
                losses.Remember((DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10);
                certificate.Tend();
                door.Tend();
                await Task.Delay(TimeSpan.FromMinutes(1), until);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    // What the collectors took is made durable, understood and stored; sealing follows when the parts are disposed.
    static void Drain(JournalWriter journal, Pipeline pipeline, Action<string> tell)
    {
        long last;
        using (var append = journal.BeginAppend()) last = append.LastSequence;
        if (journal.WaitCommitted(last, TimeSpan.FromSeconds(5))) pipeline.WaitProcessed(last, TimeSpan.FromSeconds(20), default);
        else tell($"{LogSeverity.Error}journal: {last - journal.CommittedSequence} records that had arrived could not be written and are lost: {journal.Health.Message}");
    }

    static string RunFile(string data) => Path.Combine(data, "run", "endpoints.json");

    // Written beside and moved, so that who waits for it never reads half of it.
    static void WriteRunFile(string data, IEnumerable<(Endpoint Endpoint, IPEndPoint At)> bound)
    {
        string path = RunFile(data), draft = path + ".tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (var file = File.Create(draft))
        using (var json = new Utf8JsonWriter(file))
        {
            json.WriteStartObject();
            json.WriteNumber("pid", Environment.ProcessId);
            json.WriteStartArray("endpoints");
            foreach (var (endpoint, at) in bound)
            {
                json.WriteStartObject();
                json.WriteString("id", endpoint.Id);
                json.WriteString("transport", endpoint.Transport.ToString().ToLowerInvariant());
                json.WriteString("address", at.Address.ToString());
                json.WriteNumber("port", at.Port);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        File.Move(draft, path, overwrite: true);
    }
}
