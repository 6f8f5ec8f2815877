using System.Net.Sockets;
using System.Text;
using Portolan.IntegrationTests.Product;
using Xunit;

namespace Portolan.IntegrationTests.Crash;

/// <summary>kill -9 while messages arrive: the journal is valid by its document, and what it holds is what the server answers after the next start.</summary>
public class KillTests
{
    static int Rounds => Environment.GetEnvironmentVariable("PORTOLAN_FULL") == "1" ? 20 : 3;

    [Fact]
    public async Task AfterAKillTheJournalIsValidAndEveryRecordInItIsStoredOnce()
    {
        string data = Directory.CreateTempSubdirectory("portolan-kill-").FullName;
        try
        {
            var random = new Random(7);
            int sent = 0;
            var promised = new HashSet<int>();
            for (int round = 0; round < Rounds; round++)
            {
                await using var product = await new PortolanProcess(data).Start();
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(product.Tcp);
                var until = DateTime.UtcNow.AddMilliseconds(random.Next(50, 600));
                int before = sent;
                while (DateTime.UtcNow < until)
                {
                    var lines = new StringBuilder();
                    for (int i = 0; i < 50; i++) lines.Append($"<13>kill {++sent} {new string('x', sent % 300)}\n");
                    await socket.SendAsync(Encoding.ASCII.GetBytes(lines.ToString()));
                    await Task.Delay(1);
                }
                await product.Kill();

                var content = JournalFileReader.Read(Path.Combine(data, "journal"));
                Assert.Empty(content.Faults);
                // What came over one connection is a run of what was sent, each message once and whole, from its first on.
                var here = content.Entries.Select(e => Encoding.ASCII.GetString(e.Message)).Where(m => m.StartsWith("<13>kill ")).ToList();
                var now = here.Where(m => Number(m) > before).ToList();
                Assert.Equal(Enumerable.Range(before + 1, now.Count).Select(n => $"<13>kill {n} {new string('x', n % 300)}"), now);
                promised.UnionWith(here.Select(Number));

                await using var again = await new PortolanProcess(data).Start();
                var rows = await again.Search("SELECT payload FROM events ORDER BY eventid LIMIT 1000000 LAST 1 HOURS");
                var stored = rows.Select(r => Encoding.ASCII.GetString(r.GetProperty("payload").GetBytesFromBase64()))
                    .Where(m => m.StartsWith("<13>kill ")).Select(Number).ToList();
                Assert.Equal(promised.Order(), stored.Order());
                Assert.Equal(0, await again.Stop());
            }
            Assert.NotEmpty(promised);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    static int Number(string message) => int.Parse(message.Split(' ')[1]);
}
