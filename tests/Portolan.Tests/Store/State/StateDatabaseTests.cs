using Microsoft.Data.Sqlite;
using Portolan.Collect.LogSources;
using Portolan.Store.State;
using Xunit;

namespace Portolan.Tests.Store.State;

public sealed class StateDatabaseTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("portolan-state-").FullName;

    string File => Path.Combine(_folder, "sub", "state.db");

    public void Dispose() => Directory.Delete(_folder, true);

    static object? Ask(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    StateDatabase Open() => StateDatabase.Open(File, typeof(LogSourceRegistry).Assembly);

    [Fact]
    public void MigrationsRunOnceAndEveryConnectionIsDurable()
    {
        for (int i = 0; i < 2; i++)
        {
            using var state = Open();
            using var connection = state.Connect();
            Assert.Equal("wal", Ask(connection, "PRAGMA journal_mode"));
            Assert.Equal(2L, Ask(connection, "PRAGMA synchronous"));
            Assert.Equal(1L, Ask(connection, "SELECT count(*) FROM migration WHERE project = 'Portolan.Collect' AND number = 1 AND name = '0001_log_sources'"));
            Assert.Equal(0L, Ask(connection, "SELECT count(*) FROM log_source"));
        }
    }

    [Fact]
    public void AWriteThatThrowsLeavesNothing()
    {
        using var state = Open();
        Assert.Throws<InvalidOperationException>(() => state.Write(c =>
        {
            Ask(c, "INSERT INTO log_source (id, listener, sender, host, first_seen) VALUES (1, 1, 'x', '', 0)");
            throw new InvalidOperationException();
        }));
        using var connection = state.Connect();
        Assert.Equal(0L, Ask(connection, "SELECT count(*) FROM log_source"));
    }

    [Theory]
    [InlineData("INSERT INTO migration VALUES ('Portolan.Collect', 9999, '9999_later', 'x')", "newer program")]
    [InlineData("UPDATE migration SET digest = 'other'", "changed after it ran")]
    public void ADatabaseThatDoesNotFitIsRefused(string change, string why)
    {
        using (var state = Open()) state.Write(c => Ask(c, change));
        Assert.Contains(why, Assert.Throws<StateException>(Open).Message);
    }

    [Fact]
    public void AFileThatIsNoDatabaseIsRefused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, new string('x', 4096));
        Assert.Contains(File, Assert.Throws<StateException>(Open).Message);
    }
}
