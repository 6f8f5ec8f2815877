using System.Net;
using System.Text;
using Portolan.Collect.Pipeline;
using Portolan.Configuration;
using Portolan.Engine;
using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Tests.Web.Server;
using Portolan.Web.Api;
using Portolan.Web.Api.Live;
using Portolan.Web.Control;

namespace Portolan.Tests.Web.Api;

/// <summary>A running engine over a data directory of its own, without listeners: a test appends messages to its journal.</summary>
sealed class GivenEngine : IAsyncDisposable
{
    static readonly string Contract = """
        contract: 1
        ends:
          - {name: office, addresses: [10.1.0.0/16]}
          - {name: db, addresses: [10.2.0.10]}
        permit:
          - {id: office-to-db, from: office, to: db, ports: [5432/tcp]}
        """;

    readonly string _data = Directory.CreateTempSubdirectory("portolan-engine-").FullName;
    Config _config = null!;
    JournalWriter _journal = null!;
    Pipeline _pipeline = null!;
    long _appended;

    public GivenEngine() => Open();

    public Parts Parts { get; private set; } = null!;

    public ServerApi Api { get; private set; } = null!;

    public LiveHub Live { get; private set; } = null!;

    public EngineView View { get; private set; } = null!;

    public static long Now => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;

    void Open()
    {
        string contract = Path.Combine(_data, "contract.yml");
        File.WriteAllText(contract, Contract);
        _config = ConfigLoader.Load(new(null, new Dictionary<string, string>(), [], [("data", _data, "--data"), ("contract.file", contract, "--set")]), out _);
        Parts = new(_config, _ => { }, readOnly: false);
        _journal = JournalWriter.Open(Parts.Files, new() { Directory = Parts.JournalFolder, Known = Parts.Store.Sealed });
        _pipeline = new(_journal.OpenReader(Parts.Store.Sealed), _journal, Parts.Store, Parts.Stages, Parts.Count, Parts.Ledger, _ => { });
        _pipeline.Start();
        Api = new(Parts, _journal, _pipeline, () => [], () => { });
        Live = HealthOfServer.Live(Parts, _journal, _pipeline);
        View = new HealthOfServer(_config, Parts, _journal, _pipeline, Now).View(Live, [(Endpoints.SyslogUdp, new(IPAddress.IPv6Any, 10514)), (Endpoints.SyslogTcp, new(IPAddress.IPv6Any, 10515))], _ => { });
        using var append = _journal.BeginAppend();
        _appended = append.LastSequence;
    }

    /// <summary>A syslog message from an address, received at a time (microseconds).</summary>
    public GivenEngine Add(string sender, long time, string message)
    {
        Address.TryParse(sender, out var address);
        using (var append = _journal.BeginAppend()) append.Add(new(time, (ushort)Endpoints.SyslogTcp.Number, 0, address, 5140, 0), Encoding.UTF8.GetBytes(message));
        _appended++;
        return this;
    }

    /// <summary>Waits until all that was added can be searched.</summary>
    public void Settle()
    {
        if (!_pipeline.WaitProcessed(_appended, TimeSpan.FromMinutes(1), default)) throw new TimeoutException("the pipeline does not come through");
    }

    /// <summary>The process ends and begins anew on the same directory.</summary>
    public void Restart()
    {
        Close();
        Open();
    }

    public async Task<IReadOnlyList<object?[]>> Rows(string aql)
    {
        var found = await Found.Of(Api, aql, default);
        return found.Fault == null ? found.Rows : throw new InvalidOperationException($"{aql}: {found.Fault}");
    }

    public Task<GivenServer> Serve() => GivenServer.Start(Api, View);

    void Close()
    {
        Live.Dispose();
        _pipeline.Dispose();
        Parts.Dispose();
        _journal.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Close();
        Directory.Delete(_data, true);
        return default;
    }
}
