using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Portolan.Store.State;

/// <summary>
/// Numbered SQL files, the only truth about the schema: <c>Migrations/NNNN_name.sql</c> embedded in each project, numbered from 0001
/// within it without gaps. What ran is written down with its digest; each runs once, in its own transaction. Before the first of them changes a database
/// that others had run in, it is copied beside itself, as <c>NAME.before-N</c>, N being how many had run.
/// </summary>
static class Migrations
{
    sealed record Migration(string Project, int Number, string Name, string Sql)
    {
        public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
    }

    public static void Run(SqliteConnection connection, IEnumerable<Assembly> projects)
    {
        Execute(connection, """
            CREATE TABLE IF NOT EXISTS migration (
                project TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (project, number))
            """);
        var all = projects.ToList();
        if (all.Any(p => Done(connection, p.GetName().Name!).Count is var done && done < Load(p).Count)) CopyBefore(connection);
        foreach (var project in all)
        {
            var known = Load(project);
            var done = Done(connection, project.GetName().Name!);
            if (done.Count > known.Count)
                throw new StateException($"the state database was written by a newer program: {project.GetName().Name} migration {done.Count} is unknown here");
            foreach (var migration in known)
            {
                if (migration.Number <= done.Count)
                {
                    if (done[migration.Number - 1] != migration.Digest)
                        throw new StateException($"migration {migration.Project}/{migration.Name} changed after it ran");
                    continue;
                }
                using var transaction = connection.BeginTransaction();
                Execute(connection, migration.Sql);
                using var insert = connection.CreateCommand();
                insert.CommandText = "INSERT INTO migration (project, number, name, digest) VALUES ($project, $number, $name, $digest)";
                insert.Parameters.AddWithValue("$project", migration.Project);
                insert.Parameters.AddWithValue("$number", migration.Number);
                insert.Parameters.AddWithValue("$name", migration.Name);
                insert.Parameters.AddWithValue("$digest", migration.Digest);
                insert.ExecuteNonQuery();
                transaction.Commit();
            }
        }
    }

    // Whoever is killed over the copy makes it again; one that is there is of the same state, and stays.
    static void CopyBefore(SqliteConnection connection)
    {
        using var count = connection.CreateCommand();
        count.CommandText = "SELECT COUNT(*) FROM migration";
        long ran = (long)count.ExecuteScalar()!;
        string copy = $"{connection.DataSource}.before-{ran}";
        if (ran == 0 || File.Exists(copy)) return;
        File.Delete(copy + ".tmp");
        Copy(connection, copy + ".tmp");
        File.Move(copy + ".tmp", copy);
    }

    public static void Copy(SqliteConnection connection, string to)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout=5000; VACUUM INTO $to";
        command.Parameters.AddWithValue("$to", to);
        command.ExecuteNonQuery();
    }

    static List<Migration> Load(Assembly project)
    {
        var found = new List<Migration>();
        foreach (string resource in project.GetManifestResourceNames().Where(n =>
            n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            // The resource name is Namespace.Migrations.NNNN_name.sql.
            string name = resource[(resource.LastIndexOf('.', resource.Length - 5) + 1)..^4];
            if (name.Length < 6 || name[4] != '_' || !int.TryParse(name.AsSpan(0, 4), out int number) || number != found.Count + 1)
                throw new StateException($"migration {resource}: expected number {found.Count + 1:0000}_");
            using var reader = new StreamReader(project.GetManifestResourceStream(resource)!);
            found.Add(new(project.GetName().Name!, number, name, reader.ReadToEnd()));
        }
        return found;
    }

    static List<string> Done(SqliteConnection connection, string project)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT digest FROM migration WHERE project = $project ORDER BY number";
        command.Parameters.AddWithValue("$project", project);
        using var reader = command.ExecuteReader();
        var digests = new List<string>();
        while (reader.Read()) digests.Add(reader.GetString(0));
        return digests;
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
