using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using Portolan.Web.Auth;
using Portolan.Web.Control;

namespace Portolan.Control;

/// <summary>Asks a running server: through the control socket of its data directory, or from anywhere by HTTPS. Both answer alike.</summary>
sealed class ControlClient : ILocalApi, IPeopleApi
{
    readonly HttpClient _http;
    readonly string _remedy;

    /// <param name="http">Its base address is where <c>search</c> and the others lie.</param>
    /// <param name="remedy">What helps when there is no answer.</param>
    public ControlClient(HttpClient http, string remedy)
    {
        (_http, _remedy) = (http, remedy);
        _http.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>The server of the directory; null when none runs.</summary>
    public static async Task<ControlClient?> TryConnectAsync(string data, CancellationToken cancel)
    {
        if (!File.Exists(ControlSocket.PathIn(data))) return null;
        var server = ControlSocket.EndPoint(data);
        try
        {
            (await ConnectAsync(server, cancel)).Dispose();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            // Left behind by a server that was killed.
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new CommandFault($"cannot reach the server of {data}", "only the user that runs it may",
                "the same command as that user, or as root");
        }
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, stop) => new NetworkStream(await ConnectAsync(server, stop), ownsSocket: true),
        };
        return new(new HttpClient(handler) { BaseAddress = new("http://portolan/api/portolan/") }, "portolan check");
    }

    static async Task<Socket> ConnectAsync(UnixDomainSocketEndPoint server, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(server, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task<ResultSet> SearchAsync(string aql, Period period, CancellationToken cancel) =>
        PostAsync(Query("search", period), new StringContent(aql), cancel);

    public Task<ResultSet> ExplainAsync(string aql, Period period, CancellationToken cancel) =>
        PostAsync(Query("explain", period), new StringContent(aql), cancel);

    public Task<ResultSet> TailAsync(string? condition, CancellationToken cancel) =>
        PostAsync("tail", new StringContent(condition ?? ""), cancel);

    public Task<ResultSet> LedgerAsync(long? since, CancellationToken cancel) => GetAsync("ledger", cancel, ("since", Text(since)));

    public Task<ResultSet> SourcesAsync(CancellationToken cancel) => GetAsync("sources", cancel);

    public Task<ResultSet> WhoAsync(string subject, long? at, CancellationToken cancel) =>
        GetAsync("who", cancel, ("subject", subject), ("at", Text(at)));

    public Task<ResultSet> WhatAsync(string subject, long? at, CancellationToken cancel) =>
        GetAsync("what", cancel, ("subject", subject), ("at", Text(at)));

    public async Task<MayAnswer> MayAsync(string source, string destination, int port, int protocol, CancellationToken cancel)
    {
        await using var result = await GetAsync("may", cancel, ("source", source), ("destination", destination), ("port", Text(port)),
            ("protocol", Text(protocol)));
        MayAnswer? answer = null;
        await foreach (var row in result.Rows.WithCancellation(cancel)) answer = new((string)row[0]!, (string?)row[1]);
        return answer!;
    }

    public Task<ResultSet> ImportAsync(string name, string? sourceType, Stream bytes, CancellationToken cancel) =>
        PostAsync(Query("import", [("name", name), ("source", sourceType)]), new StreamContent(bytes), cancel);

    public Task<ResultSet> StatusAsync(CancellationToken cancel) => GetAsync("status", cancel);

    public Task<ResultSet> UsersAsync(CancellationToken cancel) => GetAsync("users", cancel);

    public Task<ResultSet> AddUserAsync(UserChange user, CancellationToken cancel) => PostAsync("users", JsonContent.Create(
        new { user.Name, Role = Word(user.Role), user.Password, user.Scope, user.Enabled, user.MustSetPassword }), cancel);

    public Task<ResultSet> SetUserAsync(UserChange user, CancellationToken cancel) => PostAsync("users/" + Uri.EscapeDataString(user.Name), JsonContent.Create(
        new { Role = Word(user.Role), user.Password, user.Scope, user.Enabled, user.MustSetPassword }), cancel);

    public Task<ResultSet> RemoveUserAsync(string name, CancellationToken cancel) => DeleteAsync("users/" + Uri.EscapeDataString(name), cancel);

    public Task<ResultSet> TokensAsync(CancellationToken cancel) => GetAsync("tokens", cancel);

    public Task<ResultSet> CreateTokenAsync(NewToken token, CancellationToken cancel) => PostAsync("tokens", JsonContent.Create(
        new { token.Name, Role = Word(token.Role), Days = token.Life?.TotalDays, token.Scope }), cancel);

    public Task<ResultSet> RevokeTokenAsync(string name, CancellationToken cancel) => DeleteAsync("tokens/" + Uri.EscapeDataString(name), cancel);

    static string? Word(Role? role) => role?.ToString().ToLowerInvariant();

    Task<ResultSet> GetAsync(string path, CancellationToken cancel, params (string, string?)[] query) =>
        SendAsync(new(HttpMethod.Get, Query(path, query)), cancel);

    Task<ResultSet> PostAsync(string path, HttpContent body, CancellationToken cancel) =>
        SendAsync(new(HttpMethod.Post, path) { Content = body }, cancel);

    Task<ResultSet> DeleteAsync(string path, CancellationToken cancel) => SendAsync(new(HttpMethod.Delete, path), cancel);

    async Task<ResultSet> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException e)
        {
            throw new ApiException(FaultKind.Unavailable, "the server does not answer", e.InnerException?.Message ?? e.Message, _remedy);
        }
        // What stands between us and the server has words of its own.
        if (!response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType is not "application/x-ndjson")
        {
            using (response)
                throw new ApiException(FaultKind.Unavailable, "the server does not answer", $"{(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd(), _remedy);
        }
        return await ResultLines.ReadAsync(await response.Content.ReadAsStreamAsync(cancel), () =>
        {
            response.Dispose();
            return default;
        }, cancel);
    }

    static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    static string Query(string path, Period period) => Query(path, [("from", Text(period.From)), ("to", Text(period.To))]);

    static string Query(string path, IEnumerable<(string Name, string? Value)> parts) =>
        path + "?" + string.Join('&', parts.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return default;
    }
}
