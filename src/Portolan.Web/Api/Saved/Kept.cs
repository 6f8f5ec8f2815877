using Microsoft.Data.Sqlite;
using Portolan.Store.State;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Portolan.Web.Server;

namespace Portolan.Web.Api.Saved;

/// <summary>Something that a person keeps under a name, to be seen by its owner and, when shared, by everyone. Times are microseconds.</summary>
/// <param name="Text">What it is: an AQL text, or the panels of a dashboard as JSON.</param>
public sealed record Kept(long Id, string Name, string? Description, string Owner, bool Shared, string Text, long Created, long Changed);

/// <summary>What a person gives to be kept.</summary>
public sealed record Keep(string Name, string? Description, bool Shared, string Text);

/// <summary>
/// Saved searches, or dashboards: one table of the state database each. A change is on disk when it returns. Only the owner or an admin changes or removes;
/// nobody else learns that something not shared exists. Safe for several threads.
/// </summary>
public sealed class KeptTable
{
    /// <summary>Of one owner.</summary>
    public const int Most = 1000;

    const int MostName = 200, MostDescription = 2000, MostText = 256 << 10;
    readonly StateDatabase _state;
    readonly TimeProvider _clock;
    readonly string _table, _text;

    KeptTable(StateDatabase state, TimeProvider clock, string table, string text) => (_state, _clock, _table, _text) = (state, clock, table, text);

    public static KeptTable SavedSearches(StateDatabase state, TimeProvider clock) => new(state, clock, "saved_search", "aql");

    public static KeptTable Dashboards(StateDatabase state, TimeProvider clock) => new(state, clock, "dashboard", "panels");

    /// <summary>What the caller may see, by name.</summary>
    public IReadOnlyList<Kept> SeenBy(Caller caller) =>
        Read("WHERE owner = $owner OR shared = 1 ORDER BY name, id", ("$owner", caller.Name));

    /// <summary>Null when there is none that the caller may see.</summary>
    public Kept? Find(long id, Caller caller) =>
        Read("WHERE id = $id AND (owner = $owner OR shared = 1 OR $admin)", ("$id", id), ("$owner", caller.Name), ("$admin", caller.Role == Role.Admin)) is [var kept] ? kept : null;

    /// <exception cref="ApiException">A name or text that cannot be kept, or too many.</exception>
    /// <exception cref="HttpFault">It is to be shared, and the caller may not.</exception>
    public Kept Add(Keep keep, Caller caller)
    {
        Check(keep);
        MayShare(keep, caller);
        long now = Now, id = 0;
        _state.Write(connection =>
        {
            Room(connection, caller.Name);
            using var insert = Command(connection, $"INSERT INTO {_table} (name, description, owner, shared, {_text}, created, changed) "
                + "VALUES ($name, $description, $owner, $shared, $text, $now, $now) RETURNING id", [.. Values(keep), ("$owner", caller.Name), ("$now", now)]);
            id = (long)insert.ExecuteScalar()!;
        });
        return new(id, keep.Name, keep.Description, caller.Name, keep.Shared, keep.Text, now, now);
    }

    /// <summary>Null when there is none that the caller may see.</summary>
    /// <param name="owner">Whose it is to be from now on; null: it stays. Only an admin gives it to another.</param>
    /// <exception cref="HttpFault">It is another's, or is to be shared from now on, and the caller may not.</exception>
    /// <exception cref="ApiException">A name or text that cannot be kept, or too many of the new owner.</exception>
    public Kept? Change(long id, Keep keep, Caller caller, string? owner = null)
    {
        if (Own(id, caller) is not { } kept) return null;
        Check(keep);
        // Others see it already: who might share once may still rename it, and take it back.
        if (!kept.Shared) MayShare(keep, caller);
        owner ??= kept.Owner;
        if (owner != kept.Owner && caller.Role != Role.Admin) throw new HttpFault(403, 1009, "only an admin gives this to another", null, "to share it, and the other copies it");
        long now = Now;
        _state.Write(connection =>
        {
            if (owner != kept.Owner) Room(connection, owner);
            Command(connection, $"UPDATE {_table} SET name = $name, description = $description, owner = $owner, shared = $shared, {_text} = $text, changed = $now WHERE id = $id",
                [.. Values(keep), ("$owner", owner), ("$now", now), ("$id", id)]).ExecuteNonQuery();
        });
        return kept with { Owner = owner, Name = keep.Name, Description = keep.Description, Shared = keep.Shared, Text = keep.Text, Changed = now };
    }

    /// <summary>False when there is none that the caller may see.</summary>
    /// <exception cref="HttpFault">It is another's.</exception>
    public bool Remove(long id, Caller caller)
    {
        if (Own(id, caller) == null) return false;
        _state.Write(connection => Command(connection, $"DELETE FROM {_table} WHERE id = $id", ("$id", id)).ExecuteNonQuery());
        return true;
    }

    /// <summary>What a name kept for itself goes with it, so that nobody finds it who bears the name later. What it shared stays.</summary>
    public void Forget(string owner) =>
        _state.Write(connection => Command(connection, $"DELETE FROM {_table} WHERE owner = $owner AND shared = 0", ("$owner", owner)).ExecuteNonQuery());

    void Room(SqliteConnection connection, string owner)
    {
        using var count = Command(connection, $"SELECT COUNT(*) FROM {_table} WHERE owner = $owner", ("$owner", owner));
        if ((long)count.ExecuteScalar()! >= Most) throw new ApiException(FaultKind.Unanswerable, "no more can be kept", $"{owner} keeps {Most}", "to remove one that is not needed any more");
    }

    Kept? Own(long id, Caller caller) => Find(id, caller) is not { } kept ? null
        : kept.Owner == caller.Name || caller.Role == Role.Admin ? kept
        : throw new HttpFault(403, 1009, $"this belongs to {kept.Owner}", null, "a copy under a name of your own");

    /// <summary>Every change by a person is in the audit log.</summary>
    internal static void Say(HttpCall call, string what, string name) =>
        call.Web.Authenticator.Audit.Say(what, call.Caller!.Name, call.Context.Connection.RemoteIpAddress, ("object", name));

    static void MayShare(Keep keep, Caller caller)
    {
        if (keep.Shared && !caller.May(Permission.Share)) throw new HttpFault(403, 1009, $"{caller.Name} may not share this", $"it needs the permission {Permission.Share}", "to keep it unshared");
    }

    static void Check(Keep keep)
    {
        if (string.IsNullOrWhiteSpace(keep.Name) || keep.Name.Length > MostName) throw new ApiException(FaultKind.Syntax, "a name is needed", $"1 to {MostName} characters");
        if (keep.Description?.Length > MostDescription) throw new ApiException(FaultKind.Syntax, "the description is too long", $"{MostDescription} characters are the most");
        if (keep.Text.Length > MostText) throw new ApiException(FaultKind.Syntax, "this is too long to be kept", $"{MostText} characters are the most");
    }

    static (string, object?)[] Values(Keep keep) => [("$name", keep.Name), ("$description", keep.Description), ("$shared", keep.Shared ? 1L : 0L), ("$text", keep.Text)];

    IReadOnlyList<Kept> Read(string where, params (string, object?)[] values)
    {
        using var connection = _state.Connect();
        using var command = Command(connection, $"SELECT id, name, description, owner, shared, {_text}, created, changed FROM {_table} {where}", values);
        using var row = command.ExecuteReader();
        var kept = new List<Kept>();
        while (row.Read())
            kept.Add(new(row.GetInt64(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetString(3), row.GetInt64(4) != 0, row.GetString(5), row.GetInt64(6), row.GetInt64(7)));
        return kept;
    }

    static SqliteCommand Command(SqliteConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    long Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
}
