using System.Diagnostics;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Clients;

/// <summary>The Ariel API of the built program, asked as public QRadar clients ask it: over TLS, by Python, byte for byte what they send.</summary>
public sealed class ArielClientTests
{
    const int Events = 25;

    [Fact]
    public async Task Public_clients_find_what_they_expect()
    {
        Assert.True(File.Exists("/usr/bin/python3"), "there is no /usr/bin/python3; try: apt-get install python3");
        await using var product = await new PortolanProcess().Start();
        using (var sender = new System.Net.Sockets.TcpClient())
        {
            await sender.ConnectAsync(product.Tcp);
            var text = new StringBuilder();
            for (int i = 0; i < Events; i++)
                text.Append($"<86>{DateTime.UtcNow:MMM dd HH:mm:ss} web01 sshd[{4000 + i}]: Failed password for dave from 192.0.2.{i + 1} port {50000 + i} ssh2\n");
            await sender.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text.ToString()));
        }
        await Arrived(product);
        string script = Path.Combine(Root(), "tests", "Portolan.IntegrationTests", "Clients", "ariel_clients.py");
        var python = new ProcessStartInfo("/usr/bin/python3", [script, product.HttpsPort.ToString(), Path.Combine(product.Data, "pki", "ca.pem"), Events.ToString()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PORTOLAN_PASSWORD"] = (await File.ReadAllTextAsync(Path.Combine(product.Data, "admin-secret"))).Trim() },
        };
        using var clients = Process.Start(python)!;
        var (output, errors) = (clients.StandardOutput.ReadToEndAsync(), clients.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await clients.WaitForExitAsync(patience.Token);
        Assert.True(clients.ExitCode == 0, await output + await errors);
    }

    static async Task Arrived(PortolanProcess product)
    {
        for (int i = 0; i < 300; i++)
        {
            var (_, found, _) = await PortolanProcess.Run(PortolanProcess.Program, "search", "SELECT COUNT(*) AS n FROM events WHERE username = 'dave' LAST 5 MINUTES", "--data", product.Data, "--format", "csv");
            if (found.Contains($"\n{Events}.0")) return;
            await Task.Delay(100);
        }
        Assert.Fail("the events did not arrive");
    }

    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Portolan.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
