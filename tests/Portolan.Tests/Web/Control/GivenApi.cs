using System.Runtime.CompilerServices;
using System.Text;
using Portolan.Web.Control;

namespace Portolan.Tests.Web.Control;

/// <summary>A data directory that gives what the test says, and writes down what it was asked.</summary>
sealed class GivenApi : ILocalApi
{
    public List<string> Asked { get; } = [];
    public IReadOnlyList<object?[]> Ledger { get; init; } = [];

    public Func<string, ResultSet> Search { get; init; } = _ => ResultSet.Of([new("a")], [[1L]]);
    public string Verdict { get; init; } = "permitted";

    public Task<ResultSet> SearchAsync(string aql, Period period, CancellationToken cancel)
    {
        Asked.Add($"search {aql}{Shown(period)}");
        return Task.FromResult(Search(aql));
    }

    public Task<ResultSet> ExplainAsync(string aql, Period period, CancellationToken cancel) => Rows($"explain {aql}{Shown(period)}");

    static string Shown(Period period) => period == default ? "" : $" from {period.From} to {period.To}";

    public Task<ResultSet> TailAsync(string? condition, CancellationToken cancel)
    {
        Asked.Add($"tail {condition}");
        return Task.FromResult(new ResultSet([new("n")], Endless()));

        static async IAsyncEnumerable<object?[]> Endless([EnumeratorCancellation] CancellationToken stop = default)
        {
            for (long n = 1; n <= 3; n++) yield return [n];
            await Task.Delay(Timeout.Infinite, stop);
        }
    }

    public Task<ResultSet> LedgerAsync(long? since, CancellationToken cancel)
    {
        Asked.Add($"ledger {since}");
        return Task.FromResult(ResultSet.Of([new("source"), new("reason"), new("count"), new("counted")], Ledger));
    }

    public Task<ResultSet> SourcesAsync(CancellationToken cancel) => Rows("sources");

    public Task<ResultSet> WhoAsync(string subject, long? at, CancellationToken cancel) => Rows($"who {subject} {at}");

    public Task<ResultSet> WhatAsync(string subject, long? at, CancellationToken cancel) => Rows($"what {subject} {at}");

    public Task<MayAnswer> MayAsync(string source, string destination, int port, int protocol, CancellationToken cancel)
    {
        Asked.Add($"may {source} {destination} {port} {protocol}");
        return Task.FromResult(new MayAnswer(Verdict, Verdict == "not declared" ? null : "row 7"));
    }

    public async Task<ResultSet> ImportAsync(string name, string? sourceType, Stream bytes, CancellationToken cancel)
    {
        string text = await new StreamReader(bytes, Encoding.UTF8).ReadToEndAsync(cancel);
        return await Rows($"import {Path.GetFileName(name)} {sourceType} {text.Length}");
    }

    public Task<ResultSet> StatusAsync(CancellationToken cancel) => Rows("status");

    Task<ResultSet> Rows(string asked)
    {
        Asked.Add(asked);
        return Task.FromResult(ResultSet.Of([new("asked")], [[asked]]));
    }

    public ValueTask DisposeAsync() => default;
}
