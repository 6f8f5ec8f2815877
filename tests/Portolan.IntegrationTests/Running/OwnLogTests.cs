using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Running;

/// <summary>What the server logs is found among the events; on a quiet day it says nothing.</summary>
public sealed class OwnLogTests
{
    const string Own = "WHERE LOGSOURCETYPENAME(devicetype) = 'Portolan'";

    [Fact]
    public async Task AQuietDayHasNoEventsOfItsOwnAndALineOfTheLogIsOneWithPartAndSeverity()
    {
        await using var receiver = SyslogReceiver.Rsyslog().Start();
        await using var product = new PortolanProcess();
        string folder = Directory.CreateDirectory(Path.Combine(product.Data, "configuration")).FullName, file = Path.Combine(folder, "forward.yml");
        await File.WriteAllTextAsync(file, $"receivers:\n  - {{name: outside, to: \"tcp://127.0.0.1:{receiver.Port}\"}}\n  - {{name: inside, to: \"udp://127.0.0.1:{receiver.Port}\", internal: true, when: \"qid > 900000100\"}}\n");
        string[] settings = ["--set", $"forward.file={file}"];
        await product.Start(settings);
        await SyslogSender.Send(product.Tcp, Enumerable.Range(0, 1000).Select(i => Encoding.ASCII.GetBytes($"<13>Nov 21 10:00:00 host app: {i}")), Framing.Lines, seed: 1);
        await PortolanProcess.Until(() => receiver.Lines.Length == 1000, product.Output);
        Assert.Equal(0, await product.Stop());
        await product.Start(settings);
        Assert.Equal((0, 1000), (await product.Count(Own), await product.Count("")));

        await PortolanProcess.Run("kill", "-HUP", product.Pid.ToString());
        const string notice = Own + " AND QIDNAME(qid) = 'Server log: notice'";
        Assert.True(await product.ReachesCount(1, notice), product.Output);
        var row = Assert.Single(await product.Search($"SELECT severity, eventcount, CATEGORYNAME(category) AS category, \"Part\" AS part, \"Detail\" AS detail FROM events {notice} LAST 1 HOURS"));
        Assert.StartsWith("""{"severity":2,"eventcount":1,"category":"Notice","part":"configuration","detail":"configuration: read again;""", row.GetRawText());
        // Only who asks for it is sent what we say ourselves.
        await PortolanProcess.Until(() => receiver.Lines.Length == 1001, product.Output);
        Assert.StartsWith("{\"portolan\":\"log\",\"event\":\"log-notice\",\"part\":\"configuration\",\"detail\":\"configuration: read again;", receiver.Lines[^1]);
        Assert.Equal(0, await product.Stop());
    }
}
