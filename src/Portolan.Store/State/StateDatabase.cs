using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Portolan.Store.State;

/// <summary>
/// The embedded state database: what people edit and look up, on the system's libsqlite3 in WAL mode with synchronous=FULL. Opening it
/// brings it up to date with the numbered migrations of the given projects. One process owns a data directory, so one writer is enough:
/// <see cref="Write"/>.
/// </summary>
public sealed class StateDatabase : IDisposable
{
    static readonly Lock ProviderLock = new();
    static bool _provider;
    readonly SqliteConnection _writer;
    readonly Lock _writing = new();
    readonly string _connection;

    readonly string? _copy;

    StateDatabase(string connection, string? copy = null)
    {
        _connection = connection;
        _copy = copy;
        _writer = Connect();
    }

    /// <summary>
    /// Opens a copy of the database in a temporary directory, which goes when this is disposed: reading a database in WAL mode may write beside it, and who only
    /// reads, maybe from a medium that cannot be written, must not.
    /// </summary>
    /// <exception cref="StateException">As of <see cref="Open(string, Assembly[])"/>, or the copy cannot be made.</exception>
    public static StateDatabase OpenCopy(string path, params Assembly[] migrations)
    {
        string? copy = null;
        try
        {
            copy = Directory.CreateTempSubdirectory("portolan-").FullName;
            string file = Path.Combine(copy, Path.GetFileName(path));
            // The log first: what a checkpoint moves meanwhile is then in both and not in neither.
            foreach (string end in (string[])["-wal", ""])
            {
                if (!File.Exists(path + end)) continue;
                using var from = File.OpenRead(path + end);
                using var to = File.Create(file + end);
                from.CopyTo(to);
            }
            return Open(file, copy, migrations);
        }
        catch (Exception e)
        {
            if (Directory.Exists(copy)) Directory.Delete(copy, true);
            if (e is IOException or UnauthorizedAccessException)
                throw new StateException($"{path} is read through a copy in {Path.GetTempPath()}, which cannot be made: {e.Message}; try: TMPDIR=DIR with room", e);
            throw;
        }
    }

    /// <summary>Writes what a database holds at one moment into a new file, whoever writes to it meanwhile.</summary>
    /// <exception cref="StateException">The file is no database.</exception>
    /// <exception cref="IOException">It is in use for too long, or the copy cannot be written.</exception>
    public static void CopyOf(string path, string to)
    {
        UseSystemLibrary();
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadWrite }.ToString());
            connection.Open();
            Migrations.Copy(connection, to);
        }
        catch (SqliteException e)
        {
            const int notADatabase = 26, corrupt = 11;
            if (e.SqliteErrorCode is notADatabase or corrupt) throw new StateException($"{path}: {e.Message}", e);
            throw new IOException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Opens or makes the database file, its directory included, and runs what is missing of each project's migrations, in the
    /// order given.</summary>
    /// <param name="migrations">Assemblies with embedded <c>Migrations/NNNN_name.sql</c>, in floor order.</param>
    /// <exception cref="StateException">The file is no database, is newer than this program, or a migration was changed after it
    /// ran.</exception>
    public static StateDatabase Open(string path, params Assembly[] migrations) => Open(path, null, migrations);

    static StateDatabase Open(string path, string? copy, Assembly[] migrations)
    {
        UseSystemLibrary();
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory) Directory.CreateDirectory(directory);
        StateDatabase? database = null;
        try
        {
            database = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString(), copy);
            Migrations.Run(database._writer, migrations);
            return database;
        }
        catch (Exception e)
        {
            database?.Dispose();
            if (e is SqliteException s) throw new StateException($"{path}: {s.Message}", s);
            throw;
        }
    }

    /// <summary>A connection for reading, the caller's to dispose.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connection);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000;";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs the work in one transaction on the only writing connection; on return it is on disk.</summary>
    /// <exception cref="IOException">The disk is full or refuses: nothing was written, and the work may be tried again.</exception>
    public void Write(Action<SqliteConnection> work)
    {
        const int ioError = 10, full = 13; // SQLITE_IOERR, SQLITE_FULL
        lock (_writing)
        {
            try
            {
                using var transaction = _writer.BeginTransaction();
                work(_writer);
                transaction.Commit();
            }
            catch (SqliteException e) when (e.SqliteErrorCode is ioError or full)
            {
                throw new IOException($"{_writer.DataSource}: {e.Message}", e);
            }
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        if (_copy != null) Directory.Delete(_copy, true);
    }

    static void UseSystemLibrary()
    {
        lock (ProviderLock)
        {
            if (_provider) return;
            NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly,
                (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0") : 0);
            SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
            _provider = true;
        }
    }
}

/// <summary>The state database cannot be used as it is; the message says why.</summary>
public sealed class StateException(string message, Exception? inner = null) : Exception(message, inner);
