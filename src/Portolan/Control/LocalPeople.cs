using Portolan.Configuration;
using Portolan.Engine;
using Portolan.Store.Files;
using Portolan.Store.State;
using Portolan.Web.Api.Ariel;
using Portolan.Web.Api.Saved;
using Portolan.Web.Auth;

namespace Portolan.Control;

/// <summary>The people of a data directory: asked of its running server, else changed in the directory itself.</summary>
static class LocalPeople
{
    public static async Task<IPeopleApi> OpenAsync(Config config, CancellationToken cancel)
    {
        string data = config.Get(Settings.Data);
        if (await ControlClient.TryConnectAsync(data, cancel) is { } running) return running;
        Directory.CreateDirectory(data);
        if (!DataLock.TryTake(data, out var taken, out int owner))
            throw new CommandFault($"the data directory {data} is in use", $"process {owner} owns it and does not answer yet", "the same again in a moment");
        StateDatabase? state = null;
        try
        {
            var opened = state = StateDatabase.Open(Parts.StateFile(data), Parts.Migrations);
            var people = new People(state, TimeProvider.System) { CheckScope = scope => Server.WrongScope(Planner.Without(config), scope) };
            // What is to end when someone is barred ends here too, and what a server forgets is forgotten.
            _ = new Sessions(state, people, new(config.Get(Settings.SessionIdle), config.Get(Settings.SessionLife)));
            people.Changed += name =>
            {
                var now = people.Bearer(name);
                if (now == null && people.Find(name) == null)
                {
                    KeptTable.SavedSearches(opened, TimeProvider.System).Forget(name);
                    KeptTable.Dashboards(opened, TimeProvider.System).Forget(name);
                }
                SearchJobs.ForgetIn(SearchJobs.FolderIn(data), name, now);
            };
            return new PeopleApi(people, Environment.UserName, Audit.None, null, Release);
        }
        catch
        {
            Release();
            throw;
        }

        void Release()
        {
            state?.Dispose();
            taken!.Dispose();
        }
    }
}
