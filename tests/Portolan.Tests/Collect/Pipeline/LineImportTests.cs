using System.Text;
using Portolan.Collect.Pipeline;
using Portolan.Model;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Portolan.Tests.Store.Journal;
using Xunit;

namespace Portolan.Tests.Collect.Pipeline;

/// <summary>All lines of a file get into the journal, however much a read gives at once.</summary>
public sealed class LineImportTests
{
    /// <summary>Gives at most so many bytes a read.</summary>
    sealed class Reads(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default) => new(base.Read(buffer.Span[..Math.Min(most, buffer.Length)]));
    }

    [Theory]
    [InlineData(int.MaxValue)] // fills the buffer at the first read
    [InlineData(1 << 20)]
    [InlineData(100_000)]
    [InlineData(3)]
    public async Task Nothing_is_left_out(int mostPerRead)
    {
        int lines = mostPerRead < 10 ? 200 : 12_000;
        byte[] file = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, lines).Select(i => $"<38>1 2026-11-21T12:00:00Z old.example sshd {i} - - {new string('x', i % 500)}{(i % 2 == 0 ? "\r\n" : "\n")}")));
        using var journal = JournalWriter.Open(new MemoryFiles(), JournalSample.Options());
        var import = new LineImport(journal, new Ledger(), "old.log", 0);
        await import.Run(new Reads(file, mostPerRead), TestContext.Current.CancellationToken);
        Assert.Equal((lines, file.Length, 0), (import.Lines, import.Bytes, import.Cut));
    }
}
