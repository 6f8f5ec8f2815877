using Portolan.Configuration;
using Portolan.Control;
using Portolan.Engine;
using Portolan.Store.State;
using Portolan.Tests.Web.Control;
using Portolan.Web.Api.Ariel;
using Portolan.Web.Api.Saved;
using Portolan.Web.Auth;
using Xunit;

namespace Portolan.Tests.Control;

/// <summary>Users and tokens of a data directory whose server is stopped.</summary>
public sealed class LocalPeopleTests : IDisposable
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    readonly string _data = Directory.CreateTempSubdirectory("portolan-local-").FullName;

    public void Dispose() => Directory.Delete(_data, true);

    async Task Change(Func<IPeopleApi, Task> change)
    {
        await using var people = await LocalPeople.OpenAsync(ConfigLoader.Load(new(null, new Dictionary<string, string>(), [], [("data", _data, "--data")]), out _), Stop);
        await change(people);
    }

    void Keep(Action<KeptTable> with)
    {
        using var state = StateDatabase.Open(Parts.StateFile(_data), Parts.Migrations);
        with(KeptTable.SavedSearches(state, TimeProvider.System));
        with(KeptTable.Dashboards(state, TimeProvider.System));
    }

    SearchJobs Jobs() => new(_ => new GivenApi(), SearchJobs.FolderIn(_data), TimeProvider.System, Assert.Fail);

    [Fact]
    public async Task What_a_name_kept_goes_with_it_or_with_what_it_may_see_as_when_a_server_runs()
    {
        string[] users = ["ann", "bob", "carol", "dan"];
        Caller root = new("root", Role.Admin), carol = new("carol", Role.Analyst);
        Caller[] all = [.. users.Append("grafana").Select(n => new Caller(n, Role.Analyst))];
        await Change(async people =>
        {
            foreach (string name in users) await people.AddUserAsync(new(name, Role.Analyst), Stop);
            await people.CreateTokenAsync(new("grafana", Role.Analyst), Stop);
        });
        await using (var jobs = Jobs())
        {
            foreach (var caller in all) await (await jobs.StartAsync(caller, $"SELECT qid FROM events INTO of_{caller.Name}", Stop)).Ending;
            // A search has ended a moment before its files are written.
            for (int i = 0; i < 3000 && jobs.Of(root).Any(j => !File.Exists(j.StoredAt)); i++) await Task.Delay(10, Stop);
        }
        Keep(table =>
        {
            foreach (var caller in all)
            {
                table.Add(new("own", null, false, "x"), caller);
                table.Add(new("for all", null, true, "x"), caller);
            }
        });
        await Change(async people =>
        {
            await people.RemoveUserAsync("ann", Stop);
            await people.SetUserAsync(new("bob", Scope: "sourceport = 1"), Stop);
            await people.SetUserAsync(new("dan", Enabled: false), Stop);
            await people.RevokeTokenAsync("grafana", Stop);
        });
        Assert.Equal(2, Directory.GetFiles(SearchJobs.FolderIn(_data)).Length);
        await using (var jobs = Jobs())
        {
            Assert.Equal(["of_carol"], jobs.Of(root).Select(j => j.Id));
            Assert.Single(jobs.Find(carol, "of_carol")!.Rows.Read(0, 9));
        }
        Keep(table =>
        {
            Assert.Equal(["bob", "carol", "dan"], all.Where(c => table.SeenBy(c).Any(k => k.Name == "own")).Select(c => c.Name));
            Assert.Equal(5, table.SeenBy(carol).Count(k => k.Shared));
        });
    }
}
