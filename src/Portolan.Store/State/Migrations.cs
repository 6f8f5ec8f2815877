using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Portolan.Store.State;

/// <summary>
/// Numbered SQL files, the only truth about the schema: <c>Migrations/NNNN_name.sql</c> embedded in each project, numbered from 0001
/// within it without gaps. What ran is written down with its digest; each runs once, in its own transaction.
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
        foreach (var project in projects)
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
