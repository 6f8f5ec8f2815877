using Portolan.IntegrationTests.Product;
using Portolan.Store.State;
using Xunit;

namespace Portolan.IntegrationTests.Faults;

/// <summary>A record that ends the process whenever it is sealed: a state database that refuses one log source stands for a bug there.</summary>
public sealed class PoisonTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("portolan-poison-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public async Task ARecordThatEndsTheProcessIsSetAside()
    {
        await using var product = new PortolanProcess(_folder);
        string[] settings = ["--set", "store.seal-after=1s"];
        await product.Start(settings);
        Assert.Equal(0, await product.Stop());
        using (var state = StateDatabase.Open(Path.Combine(_folder, "state", "portolan.db")))
            state.Write(connection =>
            {
                using var trigger = connection.CreateCommand();
                trigger.CommandText = "CREATE TRIGGER poison BEFORE INSERT ON log_source WHEN NEW.host = 'poison' BEGIN SELECT RAISE(ABORT, 'boom'); END";
                trigger.ExecuteNonQuery();
            });
        await product.Start(settings);
        await SyslogSender.Send(product.Tcp, Enumerable.Range(0, 200).Select(i =>
            System.Text.Encoding.ASCII.GetBytes($"<13>Nov 21 10:00:00 {(i == 150 ? "poison" : "h")} test: message {i}")), Framing.Lines, 1);
        for (int end = 1; end <= 3; end++)
        {
            if (end > 1) await Restart(product, settings);
            Assert.Equal(1, await product.WaitForExit());
            Assert.True(product.Output.Contains($"{end} of 3"), product.Output);
        }
        await product.Start(settings);
        Assert.Contains("SET ASIDE", product.Output);
        Assert.True(await product.ReachesCount(190));
        var (_, ledger, _) = await PortolanProcess.Run(PortolanProcess.Program, "ledger", "--data", product.Data, "--format", "csv");
        Assert.Contains("syslog-tcp,received,200,", ledger);
        Assert.Contains("syslog-tcp,set-aside,", ledger);
        Assert.Contains("syslog-tcp,residual,0,", ledger);
        var (exit, check, _) = await PortolanProcess.Run(PortolanProcess.Program, "check", "--data", product.Data, "--format", "csv");
        Assert.Equal(1, exit);
        Assert.Contains("were set aside", check);
        Assert.Equal(0, await product.Stop());
    }

    // It may end before it says that it listens.
    static async Task Restart(PortolanProcess product, string[] settings)
    {
        try
        {
            await product.Start(settings);
        }
        catch (InvalidOperationException e) when (e.Message.StartsWith("serve ended with 1", StringComparison.Ordinal))
        {
        }
    }
}
