using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Portolan.IntegrationTests.Product;

/// <summary>A real syslog server of somebody else that writes each message, as it came, into a file; it can be stopped and started again.</summary>
sealed class SyslogReceiver : IAsyncDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portolan-receiver-");
    readonly string _program;
    readonly string[] _arguments;
    Process? _process;

    SyslogReceiver(string program, string configuration, Func<string, string[]> arguments)
    {
        _program = program;
        Port = Peers.FreePort();
        string file = Path.Combine(_folder.FullName, "receiver.conf");
        File.WriteAllText(file, configuration.Replace("PORT", Port.ToString()).Replace("FOLDER", _folder.FullName));
        _arguments = arguments(_folder.FullName);
    }

    public int Port { get; }
    public string Folder => _folder.FullName;
    string OutFile => Path.Combine(_folder.FullName, "out");

    public bool Runs => _process is { HasExited: false };

    /// <param name="template">What is written of a message.</param>
    public static SyslogReceiver Rsyslog(string template = "%rawmsg%") => new(Peers.At("usr/sbin/rsyslogd"), $$"""
        global(workDirectory="FOLDER" net.enableDNS="off" parser.escapeControlCharactersOnReceive="off" maxMessageSize="64k")
        main_queue(queue.type="direct")
        module(load="imtcp")
        module(load="imudp")
        input(type="imtcp" address="127.0.0.1" port="PORT")
        input(type="imudp" address="127.0.0.1" port="PORT")
        template(name="received" type="string" string="{{template}}\n")
        action(type="omfile" file="FOLDER/out" template="received")
        """, folder => ["-n", "-f", $"{folder}/receiver.conf", "-i", $"{folder}/pid", "-M", Peers.Environment["RSYSLOG_MODDIR"]]);

    /// <summary>Over TLS, with FOLDER/ca.pem, server.pem and server.key.</summary>
    /// <param name="driver">Whose TLS: <c>ossl</c> (OpenSSL) or <c>gtls</c> (GnuTLS).</param>
    public static SyslogReceiver RsyslogTls(string driver) => new(Peers.At("usr/sbin/rsyslogd"), $$"""
        global(workDirectory="FOLDER" net.enableDNS="off" parser.escapeControlCharactersOnReceive="off" maxMessageSize="64k"
               defaultNetstreamDriver="{{driver}}" defaultNetstreamDriverCAFile="FOLDER/ca.pem" defaultNetstreamDriverCertFile="FOLDER/server.pem"
               defaultNetstreamDriverKeyFile="FOLDER/server.key")
        main_queue(queue.type="direct")
        module(load="imtcp" streamDriver.name="{{driver}}" streamDriver.mode="1" streamDriver.authMode="anon")
        input(type="imtcp" address="127.0.0.1" port="PORT")
        template(name="received" type="string" string="%rawmsg%\n")
        action(type="omfile" file="FOLDER/out" template="received")
        """, folder => ["-n", "-f", $"{folder}/receiver.conf", "-i", $"{folder}/pid", "-M", Peers.Environment["RSYSLOG_MODDIR"]]);

    /// <param name="source">The driver, with PORT for the port and FOLDER for a folder of its own.</param>
    public static SyslogReceiver SyslogNg(string source) => new(Peers.At("usr/sbin/syslog-ng"), $$"""
        @version: 3.35
        options { use-dns(no); keep-hostname(yes); stats-freq(0); log-msg-size(65536); };
        source s { {{source}}; };
        destination d { file("FOLDER/out" template("$MSG\n")); };
        log { source(s); destination(d); flags(flow-control); };
        """, folder => ["-F", "--no-caps", "-f", $"{folder}/receiver.conf", "-R", $"{folder}/persist", "-c", $"{folder}/ctl", "-p", $"{folder}/pid",
            $"--module-path={Peers.At("usr/lib/syslog-ng/3.38")}"]);

    public SyslogReceiver Start()
    {
        var info = new ProcessStartInfo(_program);
        foreach (string a in _arguments) info.ArgumentList.Add(a);
        foreach (var (k, v) in Peers.Environment) info.Environment[k] = v;
        _process = Process.Start(info)!;
        return this;
    }

    /// <summary>SIGTERM, and the end of it.</summary>
    public async Task Stop()
    {
        if (_process is null) return;
        await PortolanProcess.Run("kill", "-TERM", _process.Id.ToString());
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        _process = null;
    }

    /// <summary>What it has written so far.</summary>
    public string[] Lines
    {
        get
        {
            if (!File.Exists(OutFile)) return [];
            using var file = new FileStream(OutFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _folder.Delete(true);
    }
}
