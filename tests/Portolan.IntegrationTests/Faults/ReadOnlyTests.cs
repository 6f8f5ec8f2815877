using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Faults;

/// <summary>A data directory on a medium that cannot be written answers as before, after a stop and after a kill. Mounting needs root.</summary>
public class ReadOnlyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AReadOnlyDirectoryAnswers(bool killed)
    {
        Assert.SkipUnless(Environment.UserName == "root" || Environment.GetEnvironmentVariable("CI") == "true", "mounting needs root");
        await using var product = await new PortolanProcess().Start("--set", "store.seal-after=1s");
        await SyslogSender.Send(product.Tcp, Enumerable.Range(0, 50).Select(i => System.Text.Encoding.ASCII.GetBytes($"<86>Nov 21 10:00:00 web{i % 3} sshd[{i}]: Accepted password for bob from 192.0.2.{i} port 22 ssh2")), Framing.Lines, 1);
        Assert.True(await product.ReachesCount(50));
        string[][] asked =
        [
            ["search", "--format", "csv", "SELECT LOGSOURCENAME(logsourceid) AS s, COUNT(*) AS n FROM events GROUP BY logsourceid ORDER BY s LAST 2 DAYS"],
            ["sources", "list", "--format", "csv"], ["who", "192.0.2.7", "--format", "csv"], ["what", "192.0.2.7", "--format", "csv"],
        ];
        await PortolanProcess.Until(() => product.Segments.Count > 0, "nothing is sealed");
        if (killed) await product.Kill();
        else Assert.Equal(0, await product.Stop());
        var before = Directory.EnumerateFiles(product.Data, "*", SearchOption.AllDirectories).Order().ToList();
        foreach (string[] words in (string[][])[.. asked, ["ledger", "--format", "csv"]])
        {
            var (exit, output, error) = await OnReadOnly(product.Data, words);
            Assert.True(exit == 0, $"{words[0]} ended with {exit}: {error}");
            var writable = await PortolanProcess.Run(PortolanProcess.Program, [.. words, "--data", product.Data]);
            Assert.Equal(writable.Output, output);
            Assert.True(output.Split('\n').Length > 2 || words[0] is "what", $"{words[0]}: {output}");
        }
        Assert.Equal(before, Directory.EnumerateFiles(product.Data, "*", SearchOption.AllDirectories).Order());
    }

    static Task<(int Exit, string Output, string Error)> OnReadOnly(string data, string[] words) => PortolanProcess.Run("/usr/bin/unshare",
        ["-m", "sh", "-c", "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"", data, PortolanProcess.Program, .. words, "--data", data]);
}
