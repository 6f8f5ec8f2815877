using System.Net;
using System.Net.Sockets;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Crash;

/// <summary>
/// kill -9 at random moments, again and again on one data directory: what a dead process's journal held are the rows of the next one, each once. Small blocks
/// in every other round let kills fall into sealing; small journal files let old ones go between rounds.
/// </summary>
public class KillTests
{
    const int Connections = 4;

    static bool Full => Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1";

    [Fact]
    public async Task WhatTheJournalHeldIsThereOnceAfterEveryKill()
    {
        var random = new Random(20_261_121);
        // By sequence; the first start begins epoch 1 with sequence 1, and no kill may begin another.
        var expected = new Dictionary<long, string>();
        long last = 0;
        await using var product = new PortolanProcess();
        int kills = Full ? 20 : 5;
        for (int kill = 1; kill <= kills; kill++)
        {
            string[] settings = kill % 2 == 0
                ? ["--set", "store.seal-rows=300", "--set", "journal.file-size=1MiB"]
                : ["--set", "store.seal-after=1s", "--set", "journal.file-size=1MiB"];
            await product.Start(settings);
            long before = JournalBytes(product);
            using var stop = new CancellationTokenSource();
            var sending = Enumerable.Range(0, Connections).Select(c => Send(product.Tcp, $"round {kill} connection {c}", stop.Token)).ToList();
            await PortolanProcess.Until(() => JournalBytes(product) > before, $"no message reached the journal in round {kill}");
            await Task.Delay(random.Next(50, 1500));
            await product.Kill();
            await stop.CancelAsync();
            await Task.WhenAll(sending);
            var content = JournalFileReader.Read(Path.Combine(product.Data, "journal"));
            Assert.Empty(content.Faults);
            var records = content.Entries;
            Assert.All(records, r => Assert.Equal((1, 1), (r.Host, r.Epoch)));
            // Old files may be gone, their rows are in segments; what is left has no gap.
            Assert.Equal(Enumerable.Range(0, records.Count).Select(i => records[0].Sequence + i), records.Select(r => r.Sequence));
            Assert.True(records[^1].Sequence > last, $"no message reached the journal in round {kill}");
            foreach (var r in records) expected[r.Sequence] = Encoding.ASCII.GetString(r.Message);
            last = records[^1].Sequence;

            // Half of the time the dead directory is searched as it lies there.
            if (kill % 2 == 0) await Compare(product, expected, last, $"stopped after kill {kill}");
            await product.Start(settings);
            long sent = await Compare(product, expected, last, $"running after kill {kill}");
            var (_, ledger, _) = await PortolanProcess.Run(PortolanProcess.Program, "ledger", "--data", product.Data, "--format", "csv");
            Assert.Contains($"kill.example,stored,{sent}", ledger);
            Assert.Contains($"kill.example,received,{sent}", ledger);
            // Every third round that one ends in order, the others by the next kill, while it replays or seals what it replayed.
            if (kill % 3 == 0) Assert.Equal(0, await product.Stop());
            else await product.Kill();
        }
    }

    /// <summary>How many of them a connection brought: the others are what the server said of the kill before.</summary>
    static async Task<long> Compare(PortolanProcess product, Dictionary<long, string> expected, long last, string when)
    {
        var rows = await product.Search("SELECT eventid, UTF8(payload) AS p FROM events LIMIT 100000000 LAST 1 DAYS");
        var found = rows.Select(r => (Id: r.GetProperty("eventid").GetString()!, Payload: r.GetProperty("p").GetString()!)).ToList();
        var twice = found.GroupBy(f => f.Id).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        Assert.True(twice.Count == 0, $"{when}: {twice.Count} twice: {string.Join(' ', twice.Take(5))}\n{product.Output}");
        var byId = found.ToDictionary(f => f.Id, f => f.Payload);
        var missing = Enumerable.Range(1, (int)last).Where(sequence => !byId.ContainsKey($"1-1-{sequence}-0")).ToList();
        Assert.True(missing.Count == 0, $"{when}: {missing.Count} of {last} missing: {string.Join(' ', missing.Take(5))}\n{product.Output}");
        // What it says of this start came after all the others.
        found.RemoveAll(f => long.Parse(f.Id.Split('-')[2]) > last && f.Payload.StartsWith("{\"portolan\":\"log\"", StringComparison.Ordinal));
        Assert.Equal(last, found.Count);
        Assert.All(expected, e => Assert.Equal(e.Value, byId[$"1-1-{e.Key}-0"]));
        // A connection's messages arrive without a gap: message N of a connection means that all before it are there.
        var sent = found.Where(f => f.Payload.StartsWith("<13>", StringComparison.Ordinal)).ToList();
        foreach (var connection in sent.GroupBy(f => f.Payload[..f.Payload.LastIndexOf(' ')]))
            Assert.Equal(Enumerable.Range(0, connection.Count()), connection.Select(f => int.Parse(f.Payload[(f.Payload.LastIndexOf(' ') + 1)..])).Order());
        return sent.Count;
    }

    // Of the newest file: older ones may go meanwhile.
    static long JournalBytes(PortolanProcess product)
    {
        var newest = new DirectoryInfo(Path.Combine(product.Data, "journal")).GetFiles("*.journal").MaxBy(f => f.Name, StringComparer.Ordinal);
        return newest == null ? 0 : long.Parse(newest.Name[11..30]) * 1_000_000 + newest.Length;
    }

    // Goes on until the peer dies.
    static async Task Send(IPEndPoint to, string name, CancellationToken stop)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(to, stop);
            for (int i = 0; !stop.IsCancellationRequested;)
            {
                var lines = new StringBuilder();
                for (int n = 0; n < 20; n++) lines.Append($"<13>Nov 21 10:00:00 kill.example test: {name} number {i++}\n");
                await socket.SendAsync(Encoding.ASCII.GetBytes(lines.ToString()), stop);
                await Task.Delay(10, stop);
            }
        }
        catch (SocketException)
        {
        }
        catch (OperationCanceledException)
        {
        }
    }
}
