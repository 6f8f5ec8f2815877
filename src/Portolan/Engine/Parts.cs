using Portolan.Collect.Forwarding;
using Portolan.Backup;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Collect.Qid;
using Portolan.Configuration;
using Portolan.Formats.Syslog;
using Portolan.Identity;
using Portolan.Identity.Mappings;
using Portolan.Inventory.Networks;
using Portolan.Inventory.Passive;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Ports.Check;
using Portolan.Store;
using Portolan.Store.Aql;
using Portolan.Store.Files;
using Portolan.Store.State;
using Portolan.Web.Auth;

namespace Portolan.Engine;

/// <summary>
/// What a data directory is made of, put together: the stages in their order, what they look things up in, the store and the searches over it. The same
/// parts stand behind a running server and behind a stopped directory.
/// </summary>
sealed class Parts : IDisposable
{
    public static readonly SystemFiles Files = new();

    /// <summary>The projects that keep something in the state database, in floor order.</summary>
    public static readonly System.Reflection.Assembly[] Migrations = [typeof(LogSourceRegistry).Assembly, typeof(People).Assembly];

    public static string StateFile(string data) => Path.Combine(data, "state", "portolan.db");

    /// <exception cref="CommandFault">Configured files with faults, all of them.</exception>
    public Parts(Config config, Action<string> tell, bool readOnly)
    {
        Config = config;
        Data = config.Get(Settings.Data);
        DataFormat.Check(Data);
        Properties = new();
        Ledger = new();
        Types = SourceTypes.Load(ContentFolders.Beside(Data), Properties);
        var faults = new List<string>();
        Networks = new(ReadNetworks(config, faults));
        Contract = new(ReadContract(config, faults));
        // Nobody forwards from a directory that is only read.
        if (!readOnly) Receivers = ReadReceivers(config, faults);
        Refuse(faults);
        // Who only reads makes nothing.
        string state = StateFile(Data);
        State = !readOnly ? StateDatabase.Open(state, Migrations) : File.Exists(state) ? StateDatabase.OpenCopy(state, Migrations) : null;
        Sources = new(Ledger, config.Get(Settings.Relays), State, Types.Find);
        Names = new(Types, Sources);
        Users = new(config.Get(Settings.MappingLife));
        Hosts = new();
        Activity = new();
        Count = new(Ledger, Activity);
        var users = new UserStage(Users);
        Stages =
        [
            new Normalizer(Types, Sources, new DeviceZone(config.Get(Settings.TimeZone))) { Named = origin => origin > 0 && origin <= Types.All.Count ? Types.All[(int)origin - 1] : null },
            new OwnTimeStage(),
            new NetworkStage(Networks),
            users,
            new AssetStage(Hosts),
            new ContractStage(Contract),
        ];
        Store = new(Files, Path.Combine(Data, "store"), new StoreOptions
        {
            SealRows = (int)config.Get(Settings.SealRows),
            SealBytes = config.Get(Settings.SealSize),
            SealAfter = config.Get(Settings.SealAfter),
            KeepFor = config.Get(Settings.Retention),
            KeepImportFor = config.Get(Settings.ImportRetention),
            DiskPercent = config.Get(Settings.DiskShare),
        }, Properties, TimeProvider.System, [Users, Hosts, Count, Activity], tell, readOnly, users);
        // A store from before there were counts by time.
        if (!Activity.IsLoaded && Store.SegmentTotals.Rows > 0) Activity.BeginNow();
        // Ids that sealed rows carry must not be given to another source after a crash.
        Store.Sealing += Sources.Flush;
        Context = new()
        {
            Names = Names,
            Users = Users,
            Assets = Hosts,
            Networks = Networks,
            Properties = Properties,
            Zone = config.Get(Settings.TimeZone),
        };
        Searches = new(Store, Context);
    }

    static NetworkHierarchy ReadNetworks(Config config, List<string> faults) =>
        config.Get(Settings.Networks) is { Length: > 0 } file ? NetworkFile.Read(file, faults) ?? NetworkHierarchy.Default : NetworkHierarchy.Default;

    static Contract ReadContract(Config config, List<string> faults) =>
        config.Get(Settings.Contract) is { Length: > 0 } file ? ContractFile.Read(file, faults) ?? Portolan.Ports.Check.Contract.Empty : Portolan.Ports.Check.Contract.Empty;

    IReadOnlyList<Receiver> ReadReceivers(Config config, List<string> faults)
    {
        if (config.Get(Settings.Forward) is not { Length: > 0 } file) return [];
        // No row is read to say what is wrong with a condition.
        var engine = new AqlEngine(new Planner(), new AqlContext { Properties = Properties, Zone = config.Get(Settings.TimeZone) });
        return ReceiverFile.Read(file, condition =>
        {
            try
            {
                engine.CompileCondition(condition);
                return null;
            }
            catch (AqlException e)
            {
                return e.Message;
            }
        }, (transport, host, port) => OwnListeners.At(config, transport, host, port), faults) ?? [];
    }

    static void Refuse(List<string> faults)
    {
        if (faults.Count > 0)
            throw new CommandFault("faults in configured files", string.Join("\n  ", ["", .. faults]), "docs/networks.md, docs/contract.md and docs/forward.md describe them");
    }

    /// <summary>Takes over what may change while the server runs: networks, contract and receivers (their files are read again), and how long data is kept.</summary>
    /// <exception cref="CommandFault">Configured files with faults, all of them; then nothing has changed.</exception>
    public void Change(Config config)
    {
        var faults = new List<string>();
        var (networks, contract) = (ReadNetworks(config, faults), ReadContract(config, faults));
        var receivers = ReadReceivers(config, faults);
        Refuse(faults);
        (Networks.Now, Contract.Now, Receivers) = (networks, contract, receivers);
        Store.Keep(config.Get(Settings.Retention), config.Get(Settings.ImportRetention), config.Get(Settings.DiskShare));
    }

    public Config Config { get; }
    public string Data { get; }

    /// <summary>Null only where there is none and nothing may be made.</summary>
    public StateDatabase? State { get; }
    public string JournalFolder => Path.Combine(Data, "journal");
    public PropertyCatalogue Properties { get; }
    public Ledger Ledger { get; }
    public SourceTypes Types { get; }
    public LogSourceRegistry Sources { get; }
    public CatalogNames Names { get; }
    public NetworksInForce Networks { get; }
    public ContractInForce Contract { get; }
    public IReadOnlyList<Receiver> Receivers { get; private set; } = [];
    public UserMappings Users { get; }
    public HostSightings Hosts { get; }
    public SourceActivity Activity { get; }
    public LedgerStage Count { get; }
    public IReadOnlyList<IStage> Stages { get; }
    public EventStore Store { get; }
    public AqlContext Context { get; }
    public AqlEngine Searches { get; }

    public void Dispose()
    {
        Store.Dispose();
        State?.Dispose();
    }
}
