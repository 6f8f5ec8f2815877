using System.Net;
using Portolan.Collect.LogSources;
using Portolan.Configuration;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.Configuration;

public sealed class ConfigTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("portolan-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string File(string text)
    {
        string path = Path.Combine(_folder, "portolan.yml");
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    static Config Load(out IReadOnlyList<ConfigFault> faults, string? file = null, Dictionary<string, string>? environment = null,
        params string[] sets) =>
        ConfigLoader.Load(new(file, environment ?? [], ["data=/nowhere", .. sets], []), out faults);

    [Fact]
    public void Nothing_said_gives_the_defaults()
    {
        var config = Load(out var faults);
        Assert.Empty(faults);
        Assert.Equal(65536, config.Get(Settings.MaxMessage));
        Assert.Equal(20, config.Get(Settings.JournalShare));
        Assert.Equal(30, config.Get(Settings.Retention).TotalDays);
        Assert.Equal(256_000_000, config.Get(Settings.SealSize));
        Assert.Empty(config.Get(Settings.Relays));
        var syslog = config.For(Endpoints.SyslogUdp);
        Assert.True(syslog.Enabled);
        Assert.Equal(514, syslog.Port);
        Assert.Equal(IPAddress.IPv6Any, syslog.Address);
    }

    [Fact]
    public void Set_is_stronger_than_environment_than_file_than_default()
    {
        string file = File("""
            journal: {max-share: 10%, file-size: 64MiB}
            store:
              seal-rows: 1000
            syslog:
              relays: [10.0.0.0/8, "2001:db8::/32"]
            networks.file: nets.yml
            """);
        var config = Load(out var faults, file, new() { ["PORTOLAN_JOURNAL__MAX_SHARE"] = "11%", ["PORTOLAN_STORE__SEAL_ROWS"] = "2000" },
            "store.seal-rows=3000", "endpoints.syslog-udp.allow=192.0.2.1, 10.0.0.0/8");
        Assert.Empty(faults);
        Assert.Equal(64 << 20, config.Get(Settings.JournalFileSize));
        Assert.Equal(11, config.Get(Settings.JournalShare));
        Assert.Equal(3000, config.Get(Settings.SealRows));
        Assert.Equal(2, config.Get(Settings.Relays).Count);
        Assert.Equal(Path.Combine(_folder, "nets.yml"), config.Get(Settings.Networks));
        Assert.Equal(2, config.For(Endpoints.SyslogUdp).Allow.Count);

        var origins = config.Entries.ToDictionary(e => e.Setting.Key);
        Assert.Equal((SettingOrigin.File, $"{file}:1"), (origins["journal.file-size"].Origin, origins["journal.file-size"].Where));
        Assert.Equal((SettingOrigin.Environment, "PORTOLAN_JOURNAL__MAX_SHARE"),
            (origins["journal.max-share"].Origin, origins["journal.max-share"].Where));
        Assert.Equal(SettingOrigin.Set, origins["store.seal-rows"].Origin);
        Assert.Equal(SettingOrigin.Default, origins["store.retention"].Origin);
    }

    [Fact]
    public void All_faults_are_told_at_once_with_their_place_and_remedy()
    {
        string file = File("""
            jornal:
              max-share: 10%
            store:
              retention: forever
            endpoints:
              syslog-udp: {prot: 5514}
            """);
        Load(out var faults, file, new() { ["PORTOLAN_SYSLOG__MAX_MESSAGE"] = "12" }, "time-zone=Mars/Olympus");
        Assert.Equal(
        [
            $"{file}:2: jornal.max-share: no such key; did you mean journal.max-share?",
            $"{file}:4: store.retention = forever: right would be duration: 1d to 3650d; ms, s, m, h, d",
            $"{file}:6: endpoints.syslog-udp.prot: no such key; did you mean endpoints.syslog-udp.port or endpoints.syslog-tcp.port?",
            "PORTOLAN_SYSLOG__MAX_MESSAGE: syslog.max-message = 12: right would be size: 480 to 1MiB; B, KiB, MiB, GiB, KB, MB, GB",
            "--set: time-zone = Mars/Olympus: right would be time zone: local, UTC or an IANA name such as Asia/Tokyo",
        ], faults.Select(f => f.ToString()));
    }

    [Theory]
    [InlineData("store: [1, 2]", "store: ")]
    [InlineData("- a", "?: ")]
    [InlineData("just a text", "?: ")]
    [InlineData("store:\n  seal-rows: {a: 1}", "store.seal-rows.a: ")]
    [InlineData("store:\n  seal-rows: [1, 2]", "store.seal-rows = 1, 2: ")]
    [InlineData("store:\n  seal-rows:", "store.seal-rows = (nothing): ")]
    [InlineData("nothing-of-ours:", "nothing-of-ours: ")]
    [InlineData("store: {seal-rows: 5}\nstore.seal-rows: 6", "store.seal-rows = 6: the key stands twice")]
    [InlineData("store: {seal-rows: 5", "YAML: ")]
    [InlineData("a: 1\na: 2", "YAML: ")]
    [InlineData("a: &x {b: *x}", "")]
    public void Odd_files_are_faults(string text, string expected)
    {
        Load(out var faults, File(text));
        Assert.Contains(": " + expected, Assert.Single(faults).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("store:\n  # seal-rows: 5\n")]
    public void Empty_files_and_sections_are_fine(string text)
    {
        Load(out var faults, File(text));
        Assert.Empty(faults);
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_fault()
    {
        Load(out var faults, Path.Combine(_folder, "none.yml"));
        Assert.StartsWith(Path.Combine(_folder, "none.yml") + ": file: ", Assert.Single(faults).ToString());
    }

    [Fact]
    public void The_file_in_the_data_directory_is_read_and_cannot_name_it()
    {
        File("data: /elsewhere\nstore.seal-rows: 7");
        var config = ConfigLoader.Load(new(null, new Dictionary<string, string>(), [], [("data", _folder, "--data")]), out var faults);
        Assert.Equal(7, config.Get(Settings.SealRows));
        Assert.Equal("data", Assert.Single(faults).Key);
    }

    [Fact]
    public void What_container_platforms_put_into_the_environment_is_not_ours()
    {
        Load(out var faults, environment: new()
        {
            ["PORTOLAN_PORT"] = "tcp://10.0.0.1:443",
            ["PORTOLAN_SERVICE_HOST"] = "10.0.0.1",
            ["PORTOLAN_TOKEN"] = "x"
        });
        Assert.Empty(faults);
        Load(out faults, environment: new() { ["PORTOLAN_PORT_OFSET"] = "5" });
        Assert.Contains("did you mean port-offset?", Assert.Single(faults).ToString());
    }

    [Fact]
    public void Ports_pushed_too_high_and_ports_taken_twice_are_told_together()
    {
        Load(out var faults, sets: ["port-offset=65100"]);
        Assert.Equal(Endpoints.All.Where(e => e.Default is ListenDefault.On or ListenDefault.OnLoopback && e.Port + 65100 > 65535).Select(e => $"endpoints.{e.Id}.port"), faults.Select(f => f.Key));
        Assert.Contains("the port is 65614", faults[0].ToString());

        var config = Load(out faults, sets: ["port-offset=65100", "endpoints.syslog-udp.port=0",
            .. Endpoints.All.Where(e => e != Endpoints.SyslogUdp).Select(e => $"endpoints.{e.Id}.enabled=false")]);
        Assert.Empty(faults);
        Assert.Equal(0, config.For(Endpoints.SyslogUdp).Port);
    }

    [Fact]
    public void Every_key_can_be_said_in_the_environment()
    {
        foreach (var setting in Settings.All.Where(s => s.Default.Length > 0 && s != Settings.Data))
        {
            var config = Load(out var faults, environment: new() { [ConfigReference.Variable(setting.Key)] = setting.Default });
            Assert.Empty(faults);
            Assert.Equal(SettingOrigin.Environment, config.Entries.Single(e => e.Setting == setting).Origin);
        }
    }

    [Fact]
    public void The_reference_in_docs_is_the_one_the_table_gives() =>
        Assert.Equal(ConfigReference.Markdown(),
            System.IO.File.ReadAllText(Path.Combine(ContentFolders.Shipped, "..", "docs", "configuration.md")));
}
