using Portolan.Configuration;
using Portolan.Web.Control;

namespace Portolan.Control;

/// <summary>
/// Gives the one who answers for the configured data directory: its running server, or the directory itself opened read-only.
/// </summary>
delegate Task<ILocalApi> OpenApi(Config config, CancellationToken cancel);

static class LocalApi
{
    /// <param name="stopped">Opens the directory of a server that does not run.</param>
    public static OpenApi RunningOr(Func<Config, ILocalApi> stopped) => async (config, cancel) =>
    {
        string data = config.Get(Settings.Data);
        if (await ControlClient.TryConnectAsync(data, cancel) is { } running) return running;
        if (!Directory.Exists(data))
            throw new CommandFault($"no data in {data}", "there is no such directory", "--data DIR, or portolan serve to make one");
        return stopped(config);
    };
}
