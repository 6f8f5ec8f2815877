using Portolan.Control;
using Portolan.Web;
using Portolan.Web.Auth;
using Portolan.Web.Control;
using Xunit;

namespace Portolan.Tests.Web.Control;

/// <summary>Server and client of the control socket, on a real socket.</summary>
public sealed class ControlTests : IAsyncDisposable
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    readonly string _data = Directory.CreateTempSubdirectory("portolan-control-").FullName;
    readonly List<string> _told = [];
    ControlServer? _server;

    async Task<ControlClient> Connect(GivenApi api)
    {
        _server = await ControlServer.StartAsync(_data, api, _told.Add, null, Stop);
        return Assert.IsType<ControlClient>(await ControlClient.TryConnectAsync(_data, Stop));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    static async Task<List<object?[]>> All(ResultSet result)
    {
        await using (result) return await result.Rows.ToListAsync(Stop);
    }

    [Fact]
    public async Task Every_kind_of_cell_arrives_as_it_was_sent()
    {
        object?[][] rows =
        [
            [long.MaxValue, 20615.0, 1e300, "日本 \u0085\u2028\"\\\0", true, new byte[] { 0, 255 }, null],
            [long.MinValue, -0.1, 5e-324, "", false, Array.Empty<byte>(), "x"],
        ];
        ResultColumn[] columns = [new("n"), new("time", ColumnKind.Time), new("c"), new("d"), new("e"), new("f"), new("g")];
        await using var client = await Connect(new() { Search = _ => ResultSet.Of(columns, rows, partial: true, ["two of three hosts"]) });
        var result = await client.SearchAsync("SELECT 1", default, Stop);
        Assert.Equal(columns, result.Columns);
        Assert.Equal(rows, await All(result));
        Assert.Equal((2, true, "two of three hosts"), (result.End.Rows, result.End.Partial, result.End.Notes!.Single()));
    }

    [Fact]
    public async Task Much_arrives_whole()
    {
        const int many = 50_000;
        object?[][] sent = [.. Enumerable.Range(0, many).Select(i => new object?[] { (long)i, "text" })];
        await using var client = await Connect(new() { Search = _ => ResultSet.Of([new("n"), new("t")], sent) });
        var rows = await All(await client.SearchAsync("", default, Stop));
        Assert.Equal(many, rows.Count);
        Assert.Equal(many - 1L, rows[^1][0]);
    }

    [Fact]
    public async Task Every_question_reaches_the_api()
    {
        var api = new GivenApi();
        await using var client = await Connect(api);
        await All(await client.SearchAsync("SELECT '日本'", default, Stop));
        await All(await client.ExplainAsync("x", new(1, 2), Stop));
        await All(await client.LedgerAsync(5, Stop));
        await All(await client.LedgerAsync(null, Stop));
        await All(await client.SourcesAsync(Stop));
        await All(await client.WhoAsync("DOMAIN\\a&b=c d", -1, Stop));
        await All(await client.WhatAsync("2001:db8::1", null, Stop));
        Assert.Equal(new MayAnswer("permitted", "row 7"), await client.MayAsync("10.0.0.1", "10.0.0.2", 443, 6, Stop));
        await All(await client.ImportAsync("/var/log/x y", "linux-os", new MemoryStream(new byte[3 << 20]), Stop));
        await All(await client.StatusAsync(Stop));
        Assert.Equal(
        [
            "search SELECT '日本'", "explain x from 1 to 2", "ledger 5", "ledger ", "sources", "who DOMAIN\\a&b=c d -1", "what 2001:db8::1 ",
            "may 10.0.0.1 10.0.0.2 443 6", $"import x y linux-os {3 << 20}", "status",
        ], api.Asked);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task A_refusal_is_the_same_refusal_on_the_other_side()
    {
        await using var client = await Connect(new() { Search = _ => throw new ApiException(FaultKind.Syntax, "AQL", "no", "SELECT") });
        var refusal = await Assert.ThrowsAsync<ApiException>(() => client.SearchAsync("", default, Stop));
        Assert.Equal((FaultKind.Syntax, "AQL", "no", "SELECT"), (refusal.Kind, refusal.What, refusal.Why, refusal.Try));
    }

    [Fact]
    public async Task A_refusal_amid_the_rows_comes_after_them()
    {
        static async IAsyncEnumerable<object?[]> Rows()
        {
            yield return [1L];
            await Task.Yield();
            throw new ApiException(FaultKind.Unanswerable, "memory limit");
        }

        await using var client = await Connect(new() { Search = _ => new([new("n")], Rows()) });
        await using var result = await client.SearchAsync("", default, Stop);
        var rows = result.Rows.GetAsyncEnumerator(Stop);
        Assert.True(await rows.MoveNextAsync());
        await Assert.ThrowsAsync<ApiException>(async () => await rows.MoveNextAsync());
    }

    [Fact]
    public async Task A_bug_behind_the_api_is_told_on_both_sides_and_ends_nothing()
    {
        await using var client = await Connect(new()
        {
            Search = aql => aql == "bug" ? throw new InvalidOperationException("a bug") : ResultSet.Of([], []),
        });
        var refusal = await Assert.ThrowsAsync<ApiException>(() => client.SearchAsync("bug", default, Stop));
        Assert.Equal("internal error", refusal.What);
        Assert.Contains("a bug", Assert.Single(_told));
        Assert.Empty(await All(await client.SearchAsync("fine", default, Stop)));
    }

    [Fact]
    public async Task Live_rows_come_at_once_and_the_server_ends_them_when_it_stops()
    {
        await using var client = await Connect(new());
        await using var result = await client.TailAsync(null, Stop);
        var rows = result.Rows.GetAsyncEnumerator(Stop);
        for (long n = 1; n <= 3; n++)
        {
            Assert.True(await rows.MoveNextAsync());
            Assert.Equal(n, rows.Current[0]);
        }
        await _server!.DisposeAsync();
        _server = null;
        var broken = await Assert.ThrowsAsync<ApiException>(async () => await rows.MoveNextAsync());
        Assert.Equal("the answer broke off", broken.What);
    }

    [Fact]
    public async Task Only_the_owner_may_enter()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var client = await Connect(new());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.Combine(_data, "run")));
    }

    [Fact]
    public async Task Nobody_answers_where_no_server_runs()
    {
        Assert.Null(await ControlClient.TryConnectAsync(_data, Stop));
        // What a killed server leaves behind is no server, and the next one takes its place.
        await using (await Connect(new()))
        {
        }
        await _server!.DisposeAsync();
        Assert.False(File.Exists(ControlSocket.PathIn(_data)));
        using (var dead = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0))
            dead.Bind(ControlSocket.EndPoint(_data));
        await File.WriteAllTextAsync(ControlSocket.PathIn(_data) + "x", "", Stop);
        Assert.Null(await ControlClient.TryConnectAsync(_data, Stop));
        await using var client = await Connect(new());
        Assert.Single(await All(await client.StatusAsync(Stop)));
    }

    [Fact]
    public void A_long_path_is_shortened_or_refused_with_a_remedy()
    {
        Assert.Throws<ApiException>(() => ControlSocket.EndPoint("/" + new string('d', 120)));
        string deep = Path.Combine(Directory.GetCurrentDirectory(), new string('d', 80));
        Assert.True(ControlSocket.EndPoint(deep).ToString()!.Length < 108);
    }

    [Fact]
    public void Every_route_has_its_own_path_and_a_permission_that_fits_its_method()
    {
        Assert.Equal(Routes.Control.Count, Routes.Control.Select(r => (r.Method, r.Path)).Distinct().Count());
        Assert.All(Routes.Control, r => Assert.True(r.Permission != Permission.WriteEvents || r.Method == "POST", r.Path));
    }
}
