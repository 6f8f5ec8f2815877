using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Model;
using Portolan.Store.State;
using Xunit;

namespace Portolan.Tests.Collect.Pipeline;

public sealed class LossHistoryTests : IDisposable
{
    const long Minute = 60_000_000, Day = 24 * 60 * Minute;
    readonly string _folder = Directory.CreateTempSubdirectory("portolan-losses-").FullName;
    StateDatabase? _state;
    Ledger _ledger = new();

    public void Dispose()
    {
        _state?.Dispose();
        Directory.Delete(_folder, true);
    }

    /// <summary>A process that finds the ledger as the last one left it, or as it was saved before a crash.</summary>
    LossHistory Start(long now, params (string Reason, long Count)[] ledger)
    {
        _state?.Dispose();
        _state = StateDatabase.Open(Path.Combine(_folder, "portolan.db"), typeof(LogSourceRegistry).Assembly);
        _ledger = new();
        foreach (var (reason, count) in ledger) Lose(reason, count);
        return new(_state, _ledger, now);
    }

    void Lose(string reason, long n) => _ledger.Count("syslog-udp", reason, n, reason == LedgerReasons.SetAside ? LedgerPart.Entrance : LedgerPart.Arrival);

    static string Since(LossHistory history, long time) => string.Join(", ", history.Since(time).Select(l => $"{l.Reason} {l.Count}"));

    [Fact]
    public void LossesOfADayAreKnownOverARestart()
    {
        const long begin = 1000 * Day;
        // What was there before anybody looked is nobody's today.
        var history = Start(begin, (LedgerReasons.KernelDrop, 7));
        Assert.Equal(("", begin), (Since(history, 0), history.Begins));
        Lose(LedgerReasons.KernelDrop, 10);
        _ledger.Count("syslog-udp", LedgerReasons.Received, 1000, LedgerPart.Arrival); // no loss
        Assert.Equal("dropped-by-kernel 10", Since(history, begin)); // at once
        history.Remember(begin + 5 * Minute);
        Lose(LedgerReasons.JournalFull, 3); // in the last minute, seen at the next start

        history = Start(begin + Day / 2, (LedgerReasons.KernelDrop, 17), (LedgerReasons.JournalFull, 3));
        Assert.Equal((begin, ""), (history.Begins, Since(history, begin + Day / 2)));
        Assert.Equal("dropped-by-kernel 10, journal-full 3", Since(history, begin + 4 * Minute));
        Assert.Equal("journal-full 3", Since(history, begin + 5 * Minute));
        Lose(LedgerReasons.KernelDrop, 1);
        history.Remember(begin + Day);
        Assert.Equal("dropped-by-kernel 1", Since(history, begin + Day / 2));
        Assert.Equal("dropped-by-kernel 11, journal-full 3", Since(history, begin));
    }

    [Fact]
    public void WhatACrashMakesTheLedgerCountOnceMoreIsNoNewLoss()
    {
        var history = Start(1);
        Lose(LedgerReasons.SetAside, 5);
        history.Remember(Minute);
        history = Start(2 * Minute, (LedgerReasons.SetAside, 2)); // the last seal
        Assert.Equal("", Since(history, 2 * Minute));
        Lose(LedgerReasons.SetAside, 3); // replayed
        history.Remember(3 * Minute);
        Assert.Equal("", Since(history, 2 * Minute));
        Lose(LedgerReasons.SetAside, 1);
        Assert.Equal("set-aside 1", Since(history, 2 * Minute));
    }

    [Fact]
    public void AMonthIsKeptAndWhatItIsCountedFrom()
    {
        var history = Start(Day);
        for (int day = 2; day <= 100; day++)
        {
            Lose(LedgerReasons.NotAllowed, 1);
            history.Remember(day * Day);
        }
        Assert.InRange(history.Kept, 30, 35);
        history = Start(100 * Day, (LedgerReasons.NotAllowed, 99));
        Assert.InRange(history.Kept, 30, 35);
        Assert.Equal("sender-not-allowed 1", Since(history, 99 * Day));
        Assert.Equal("sender-not-allowed 30", Since(history, 70 * Day));
        using var connection = _state!.Connect();
        using var count = connection.CreateCommand();
        count.CommandText = "SELECT COUNT(*) FROM loss";
        Assert.InRange((long)count.ExecuteScalar()!, 30, 35);
    }

    [Fact]
    public void WhatWasLostLongAgoIsNoLossOfThisMonth()
    {
        var history = Start(Day);
        foreach (int day in new[] { 2, 60, 90 })
        {
            Lose(LedgerReasons.NotAllowed, 5);
            history.Remember(day * Day);
        }
        Assert.Equal("sender-not-allowed 10", Since(history, 59 * Day));
        history = Start(90 * Day, (LedgerReasons.NotAllowed, 15));
        Assert.Equal("sender-not-allowed 10", Since(history, 59 * Day));
    }
}
