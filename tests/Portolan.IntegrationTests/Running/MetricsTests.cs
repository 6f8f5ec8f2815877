using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Running;

/// <summary>What Prometheus reads from a running server, judged by its own promtool.</summary>
public class MetricsTests
{
    [Fact]
    public async Task PromtoolFindsNothingAmissAndTheNumbersAreTheLedgers()
    {
        await using var product = await new PortolanProcess().Start("--set", "endpoints.http.enabled=true", "--set", "endpoints.http.port=0", "--set", "endpoints.http.address=127.0.0.1");
        using var open = new TcpClient();
        await open.ConnectAsync(product.Tcp);
        for (int i = 0; i < 7; i++) await open.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"<13>Nov 21 10:00:00 h test: {i}\n"));
        Assert.True(await product.ReachesCount(7));

        using var http = new HttpClient();
        var response = await http.GetAsync($"http://127.0.0.1:{product.MetricsPort}/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        string text = await response.Content.ReadAsStringAsync();
        double Value(string sample) => double.Parse(text.Split('\n').Single(l => l.StartsWith(sample + " "))[(sample.Length + 1)..], CultureInfo.InvariantCulture);
        Assert.Equal(7, Value("portolan_received_messages_total{entrance=\"syslog-tcp\"}"));
        Assert.Equal(7, Value("portolan_stored_messages_total{entrance=\"syslog-tcp\"}"));
        Assert.Equal(7, Value("portolan_stored_events_total"));
        Assert.Equal(1, Value("portolan_connections{endpoint=\"syslog-tcp\"}"));
        Assert.Equal(1, Value("portolan_connections{endpoint=\"metrics\"}"));
        Assert.Equal(1, Value("portolan_journal_accepts"));
        Assert.Equal(0, Value("portolan_pipeline_lag_records"));
        Assert.True(Value("portolan_searches_total") >= 1);
        Assert.Equal(0, Value("portolan_searches_running"));
        Assert.True(Value("portolan_process_resident_memory_bytes") > 1 << 20);
        Assert.Equal(product.TcpPort, Value("portolan_endpoint_port{endpoint=\"syslog-tcp\"}"));

        var info = new ProcessStartInfo(Peers.At("usr/bin/promtool"), ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        using var judge = Process.Start(info)!;
        await judge.StandardInput.WriteAsync(text);
        judge.StandardInput.Close();
        string said = await judge.StandardOutput.ReadToEndAsync() + await judge.StandardError.ReadToEndAsync();
        await judge.WaitForExitAsync();
        Assert.Equal("", said);
        Assert.Equal(0, judge.ExitCode);
    }
}
