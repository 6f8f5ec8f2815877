using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Senders;

/// <summary>What "add a source" tells to paste: rsyslog and syslog-ng find it right, and with it they send.</summary>
public class SetupTests
{
    const string Input = "module(load=\"imfile\" mode=\"polling\" pollingInterval=\"1\")";

    static ProcessStartInfo Peer(string path, string[] arguments)
    {
        var info = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (k, v) in Peers.Environment) info.Environment[k] = v;
        return info;
    }

    static async Task Accepts(string path, string[] arguments)
    {
        using var p = Process.Start(Peer(path, arguments))!;
        var said = Task.WhenAll(p.StandardOutput.ReadToEndAsync(), p.StandardError.ReadToEndAsync());
        await p.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(p.ExitCode == 0, string.Concat(await said));
    }

    static HttpClient Admin(PortolanProcess product)
    {
        string secret = File.ReadAllText(Path.Combine(product.Data, "admin-secret")).Trim();
        var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator })
        {
            BaseAddress = new($"https://127.0.0.1:{product.HttpsPort}"),
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{secret}")));
        return http;
    }

    [Fact]
    public async Task TheLinesToPasteMakeRsyslogAndSyslogNgSend()
    {
        await using var product = await new PortolanProcess().Start();
        using var http = Admin(product);
        using var answer = JsonDocument.Parse(await http.GetStringAsync("/api/portolan/setup?type=linux-os&address=127.0.0.1"));
        var work = Directory.CreateTempSubdirectory("portolan-setup-");
        string At(string name) => Path.Combine(work.FullName, name);
        await File.WriteAllTextAsync(At("ca.pem"), await http.GetStringAsync("/api/portolan/authority"));
        var running = new List<Process>();
        var sent = new List<string>();
        try
        {
            foreach (var setup in answer.RootElement.GetProperty("types")[0].GetProperty("setups").EnumerateArray())
            {
                string program = setup.GetProperty("name").GetString()!, way = $"{program}-{setup.GetProperty("over").GetString()}";
                string text = setup.GetProperty("text").GetString()!, config = At($"{way}.conf"), input = At($"{way}.log");
                if (setup.TryGetProperty("authority", out var authority))
                {
                    // What the page says to put there stands elsewhere here, where nobody needs to be root.
                    Assert.Contains($"\"{authority.GetString()}\"", text);
                    text = text.Replace(authority.GetString()!, At("ca.pem"));
                }
                Assert.Equal(way.EndsWith("tls"), setup.TryGetProperty("authority", out _));
                string line = $"hello from {way}";
                sent.Add(line);
                if (program == "rsyslog")
                {
                    Directory.CreateDirectory(At(way));
                    await File.WriteAllTextAsync(input, line + "\n");
                    await File.WriteAllTextAsync(config, $"""
                        global(workDirectory="{At(way)}" net.enableDNS="off")
                        {Input}
                        input(type="imfile" File="{input}" Tag="greeting:")
                        {text}
                        """);
                    string[] common = ["-f", config, "-M", Peers.Environment["RSYSLOG_MODDIR"]];
                    await Accepts(Peers.At("usr/sbin/rsyslogd"), ["-N1", .. common]);
                    running.Add(Process.Start(Peer(Peers.At("usr/sbin/rsyslogd"), ["-n", "-i", At($"{way}.pid"), .. common]))!);
                }
                else
                {
                    await File.WriteAllTextAsync(input, $"<13>Nov 21 10:00:00 quay01 greeting: {line}\n");
                    await File.WriteAllTextAsync(config, $$"""
                        @version: 3.35
                        options { use-dns(no); stats-freq(0); };
                        source s_src { file("{{input}}" follow-freq(1) read-old-records(yes)); };
                        {{text}}
                        """);
                    string[] common = ["--no-caps", "-f", config, "-R", At($"{way}.persist"), "-c", At($"{way}.ctl"), $"--module-path={Peers.At("usr/lib/syslog-ng/3.38")}"];
                    await Accepts(Peers.At("usr/sbin/syslog-ng"), ["-s", .. common]);
                    running.Add(Process.Start(Peer(Peers.At("usr/sbin/syslog-ng"), ["-F", "-p", At($"{way}.pid"), .. common]))!);
                }
            }
            Assert.Equal(6, sent.Count);
            Assert.True(await product.ReachesCount(sent.Count, "WHERE UTF8(payload) LIKE '%hello from %'"), product.Output);
            var rows = await product.Search("SELECT UTF8(payload) AS p FROM events WHERE UTF8(payload) LIKE '%hello from %' LAST 1 HOURS");
            Assert.Equal(sent.Order(), rows.Select(r => r.GetProperty("p").GetString()!).Select(p => p[p.IndexOf("hello", StringComparison.Ordinal)..].TrimEnd()).Order());
        }
        finally
        {
            foreach (var p in running)
            {
                p.Kill();
                await p.WaitForExitAsync();
                p.Dispose();
            }
            work.Delete(true);
        }
    }
}
