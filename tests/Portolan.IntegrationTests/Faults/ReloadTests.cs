using System.Net.Sockets;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Faults;

/// <summary>SIGHUP reads the configuration again: what can change does, what needs a restart is told, and a fault keeps the old.</summary>
public class ReloadTests
{
    [Fact]
    public async Task SighupTakesOverWhatCanChange()
    {
        await using var product = new PortolanProcess();
        // Not in the data directory, where other commands would read its faults too.
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(product.Data, "configuration")).FullName, "portolan.yml");
        await File.WriteAllTextAsync(file, "endpoints:\n  syslog-udp:\n    allow: [192.0.2.0/24]\n");
        await product.Start("--config", file);
        using var udp = new UdpClient();
        async Task<bool> Taken()
        {
            await udp.SendAsync("<13>Nov 21 10:00:00 h test: x"u8.ToArray(), product.Udp);
            await Task.Delay(200);
            return await product.Count() > 0;
        }
        Assert.False(await Taken());

        // A fault: all stays.
        await File.WriteAllTextAsync(file, "endpoints:\n  syslog-udp:\n    allow: [127.0.0.0/8]\nsyslog:\n  max-conections: 7\n");
        await HangUp(product, "everything stays as it was");
        Assert.Contains("max-connections", product.Output);
        Assert.False(await Taken());

        await File.WriteAllTextAsync(file, "endpoints:\n  syslog-udp:\n    allow: [127.0.0.0/8]\nstore:\n  retention: 7d\n  seal-after: 5s\n");
        await HangUp(product, "only a restart brings");
        Assert.Contains("endpoints.syslog-udp.allow = 127.0.0.0/8", product.Output);
        Assert.Contains("store.retention = 7d", product.Output);
        Assert.Contains("only a restart brings store.seal-after = 5s", product.Output);
        bool taken = false;
        for (int i = 0; i < 100 && !taken; i++) taken = await Taken();
        Assert.True(taken, product.Output);
        Assert.Equal(0, await product.Stop());
    }

    static async Task HangUp(PortolanProcess product, string until)
    {
        await PortolanProcess.Run("kill", "-HUP", product.Pid.ToString());
        await PortolanProcess.Until(() => product.Output.Contains(until), $"not told: {until}");
    }
}
