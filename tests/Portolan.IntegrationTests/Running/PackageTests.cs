using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Running;

/// <summary>The Debian package: what is in it, that the same program gives the same bytes, and (the long form) its life in a fresh Debian.</summary>
public class PackageTests
{
    static readonly string Top = FindTop();

    static string FindTop()
    {
        var d = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(d.FullName, "Portolan.slnx"))) d = d.Parent!;
        return d.FullName;
    }

    static async Task<string> Run(string program, params string[] arguments)
    {
        var (exit, output, error) = await PortolanProcess.Run(program, arguments);
        return exit == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {exit}:\n{output}\n{error}");
    }

    // As packaging/package.sh does; LEVEL=1 is quick.
    static Task<string> Pack(string program, string to, string version) =>
        Run("/usr/bin/env", "LEVEL=1", Path.Combine(Top, "packaging/package.sh"), program, to, version);

    [Fact]
    public async Task ThePackageHoldsWhatItShouldAndIsReproducible()
    {
        var folder = Directory.CreateTempSubdirectory("portolan-package-");
        try
        {
            // A program that only completes: the packing is looked at, not the program.
            string program = Path.Combine(folder.FullName, "program");
            Directory.CreateDirectory(Path.Combine(program, "content/sources"));
            await File.WriteAllTextAsync(Path.Combine(program, "portolan"), "#!/bin/sh\necho complete -F _portolan portolan\n");
            await Run("chmod", "755", Path.Combine(program, "portolan"));
            await File.WriteAllTextAsync(Path.Combine(program, "libcoreclr.so"), "");
            await File.WriteAllTextAsync(Path.Combine(program, "content/sources/linux.yml"), "x: y\n");
            await Pack(program, Path.Combine(folder.FullName, "a"), "1.2.3");
            // Another time, other times of files, another umask: the same bytes.
            foreach (string f in Directory.EnumerateFiles(program, "*", SearchOption.AllDirectories)) File.SetLastWriteTimeUtc(f, new(2031, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            await Run("chmod", "600", Path.Combine(program, "content/sources/linux.yml"));
            await Pack(program, Path.Combine(folder.FullName, "b"), "1.2.3");
            foreach (string name in (string[])["portolan_1.2.3_amd64.deb", "portolan-1.2.3-linux-x64.tar.gz"])
                Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "a", name)), await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "b", name)));

            string deb = Path.Combine(folder.FullName, "a/portolan_1.2.3_amd64.deb");
            string list = await Run("dpkg-deb", "-c", deb);
            string[] lines = list.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.All(lines, l => Assert.Contains(" root/root ", l));
            foreach (var (mode, path) in ((string, string)[])[
                ("-rwxr-xr-x", "./usr/lib/portolan/portolan"), ("-rw-r--r--", "./usr/lib/portolan/content/sources/linux.yml"),
                ("lrwxrwxrwx", "./usr/bin/portolan -> ../lib/portolan/portolan"), ("-rw-r--r--", "./etc/portolan/portolan.yml"),
                ("-rw-r--r--", "./usr/lib/systemd/system/portolan.service"), ("-rw-r--r--", "./usr/lib/sysusers.d/portolan.conf"),
                ("-rw-r--r--", "./usr/lib/sysctl.d/50-portolan.conf"), ("-rw-r--r--", "./usr/share/doc/portolan/copyright"),
                ("-rw-r--r--", "./usr/share/doc/portolan/changelog.gz"), ("-rw-r--r--", "./usr/share/man/man1/portolan.1.gz"), ("-rw-r--r--", "./usr/share/bash-completion/completions/portolan")])
                Assert.Contains(lines, l => l.StartsWith(mode) && l.EndsWith(" " + path));
            Assert.Equal("1.2.3", (await Run("dpkg-deb", "-f", deb, "Version")).Trim());
            string depends = await Run("dpkg-deb", "-f", deb, "Depends");
            Assert.Contains("libzstd1", depends);
            Assert.Contains("libsqlite3-0", depends);
            string control = Path.Combine(folder.FullName, "control");
            await Run("dpkg-deb", "-e", deb, control);
            Assert.Equal("/etc/portolan/portolan.yml\n", await File.ReadAllTextAsync(Path.Combine(control, "conffiles")));
            foreach (string script in (string[])["postinst", "prerm", "postrm"]) await Run("sh", "-n", Path.Combine(control, script));
            await Run("dpkg-deb", "-x", deb, Path.Combine(folder.FullName, "root"));
            await Run("sh", "-c", $"cd '{folder.FullName}/root' && md5sum --quiet -c ../control/md5sums");
        }
        finally
        {
            folder.Delete(true);
        }
    }

    /// <summary>Needs root, the mirrors of Debian and what <c>./dev package</c> made.</summary>
    [Fact, Trait("lane", "full")]
    public async Task ThePackageInstallsReceivesUpgradesAndGoes()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1", "the long form: PORTOLAN_FULL=1, after ./dev package");
        var folder = Directory.CreateTempSubdirectory("portolan-install-");
        string root = Path.Combine(folder.FullName, "root");
        try
        {
            string program = Path.Combine(Top, "artifacts/package/program");
            if (!Directory.Exists(program)) throw new InvalidOperationException("artifacts/package is missing; try: ./dev package");
            await Pack(program, folder.FullName, "0.0.1");
            await Pack(program, folder.FullName, "0.0.2");
            await Run("perl", Peers.At("usr/bin/mmdebstrap"), "--variant=essential", "--include=passwd,tzdata,ca-certificates,libssl3,libsqlite3-0,libzstd1,libstdc++6,libgcc-s1", "bookworm", root);
            string[] before = Files(root);

            await Run("dpkg", $"--root={root}", "-i", Path.Combine(folder.FullName, "portolan_0.0.1_amd64.deb"));
            Assert.StartsWith("portolan:", (await Run("chroot", root, "getent", "passwd", "portolan")));
            Assert.Contains("\n.SS portolan search\n", await Run("gzip", "-dc", Path.Combine(root, "usr/share/man/man1/portolan.1.gz")));
            Assert.Equal("750 portolan", (await Run("chroot", root, "stat", "-c", "%a %U", "/var/lib/portolan")).Trim());
            await File.AppendAllTextAsync(Path.Combine(root, "etc/portolan/portolan.yml"), "store:\n  retention: 7d\n");
            await WhileRunning(root, async inside =>
            {
                await inside("logger", "--server", "127.0.0.1", "--port", "514", "--tcp", "--octet-count", "the first event");
                await Finds(inside, 1);
                string listens = await inside("cat", "/var/lib/portolan/run/endpoints.json");
                Assert.Contains("\"port\":443", listens.Replace(" ", ""));
            });

            await Run("dpkg", $"--root={root}", "-i", Path.Combine(folder.FullName, "portolan_0.0.2_amd64.deb"));
            Assert.Contains("retention: 7d", await File.ReadAllTextAsync(Path.Combine(root, "etc/portolan/portolan.yml")));
            await WhileRunning(root, async inside =>
            {
                await Finds(inside, 1);
                await inside("logger", "--server", "127.0.0.1", "--port", "514", "--udp", "the second event");
                await Finds(inside, 2);
            });

            await Run("dpkg", $"--root={root}", "-r", "portolan");
            Assert.False(Directory.Exists(Path.Combine(root, "usr/lib/portolan")));
            Assert.True(Directory.Exists(Path.Combine(root, "var/lib/portolan/journal")));
            Assert.True(File.Exists(Path.Combine(root, "etc/portolan/portolan.yml")));
            await Run("dpkg", $"--root={root}", "-P", "portolan");
            Assert.Equal(before, Files(root));
        }
        finally
        {
            folder.Delete(true);
        }
    }

    delegate Task<string> Inside(params string[] command);

    static async Task Finds(Inside inside, int events)
    {
        string found = "";
        for (int i = 0; i < 100; i++)
        {
            found = await inside("portolan", "search", "--format", "jsonl", "SELECT UTF8(payload) AS p FROM events WHERE UTF8(payload) LIKE '%event%' LAST 1 HOURS");
            if (found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == events) return;
            await Task.Delay(100);
        }
        Assert.Fail($"{events} events were expected:\n{found}");
    }

    // What dpkg writes for itself and the backups of the user database are no leftovers of a package.
    static string[] Files(string root) =>
    [
        .. Directory.EnumerateFileSystemEntries(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Select(f => f[root.Length..]).Where(f => !f.StartsWith("/var/lib/dpkg/") && !f.StartsWith("/var/log/") && !f.StartsWith("/proc/") && !f.StartsWith("/etc/.pwd")
                && !(f.StartsWith("/etc/") && f.EndsWith('-'))).Order(StringComparer.Ordinal),
    ];

    /// <summary>Runs ExecStart of the unit with its user and capabilities, in a network of its own with the standard ports, until READY=1; SIGTERM must end it with 0.</summary>
    static async Task WhileRunning(string root, Func<Inside, Task> act)
    {
        string[] unit = await File.ReadAllLinesAsync(Path.Combine(root, "usr/lib/systemd/system/portolan.service"));
        string Of(string key) => unit.Single(l => l.StartsWith(key + "="))[(key.Length + 1)..];
        string caps = Of("AmbientCapabilities").ToLowerInvariant().Replace("cap_", "");
        string socket = Path.Combine(root, "run/notify");
        File.Delete(socket);
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        manager.Bind(new UnixDomainSocketEndPoint(socket));
        await Run("chmod", "666", socket);
        string script = $"ip link set lo up && mount -t proc proc '{root}/proc' && exec chroot '{root}' setpriv --reuid={Of("User")} --regid={Of("Group")} --init-groups "
            + $"--inh-caps=-all,+{caps} --ambient-caps=-all,+{caps} --bounding-set=-all,+{caps} --no-new-privs env NOTIFY_SOCKET=/run/notify {Of("Environment")} {Of("ExecStart")}";
        var info = new ProcessStartInfo("unshare") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string a in (string[])["--mount", "--net", "sh", "-c", script]) info.ArgumentList.Add(a);
        using var server = Process.Start(info)!;
        var said = server.StandardError.ReadToEndAsync();
        var listed = server.StandardOutput.ReadToEndAsync();
        try
        {
            var buffer = new byte[4096];
            string message;
            try
            {
                do message = Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer));
                while (!message.StartsWith("READY=1", StringComparison.Ordinal));
            }
            catch (SocketException) when (server.HasExited)
            {
                throw new InvalidOperationException($"it ended with {server.ExitCode}: {await said}{await listed}");
            }
            await act(command => Run("nsenter", ["--target", $"{server.Id}", "--mount", "--net", "chroot", root, .. command]));
            await Run("kill", "-TERM", $"{server.Id}");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await server.WaitForExitAsync(limit.Token);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    [Fact, Trait("lane", "full")]
    public async Task TheUnitIsSoundAndHardened()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1", "the long form: PORTOLAN_FULL=1");
        string unit = Path.Combine(Top, "packaging/portolan.service");
        string report = await Analyze("security", "--offline=true", "--no-pager", "--threshold=20", unit);
        // docs/install.md quotes its last line.
        var level = System.Text.RegularExpressions.Regex.Match(report, "Overall exposure level for portolan.service: [0-9.]+ OK");
        Assert.True(level.Success, report);
        Assert.Contains(level.Value, await File.ReadAllTextAsync(Path.Combine(Top, "docs/install.md")));
        // Not installed here: another program stands for it.
        var folder = Directory.CreateTempSubdirectory("portolan-unit-");
        try
        {
            string copy = Path.Combine(folder.FullName, "portolan.service");
            await File.WriteAllLinesAsync(copy, (await File.ReadAllLinesAsync(unit)).Select(l => l.StartsWith("ExecStart=", StringComparison.Ordinal) ? "ExecStart=/bin/true" : l));
            Assert.Equal("", await Analyze("verify", "--man=no", "--recursive-errors=no", copy));
        }
        finally
        {
            folder.Delete(true);
        }
    }

    // A fault is on standard error, and ends it with 1.
    static Task<string> Analyze(params string[] arguments) => Run("/usr/bin/env",
        [$"LD_LIBRARY_PATH={Peers.At("usr/lib/x86_64-linux-gnu/systemd")}:{Peers.Libraries}", Peers.At("usr/bin/systemd-analyze"), .. arguments]);
}
