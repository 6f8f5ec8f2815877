using System.Text;
using System.Text.Json;
using Portolan.Engine;
using Portolan.Model.Joints;
using Portolan.Output;
using Xunit;

namespace Portolan.Tests.Engine;

public sealed class OwnLogTests
{
    sealed class Taken : IInject
    {
        public List<string> Events { get; } = [];

        public Action? Submitting { get; set; }

        public void Submit(ReadOnlySpan<byte> message)
        {
            Events.Add(Encoding.UTF8.GetString(message));
            Submitting?.Invoke();
        }
    }

    sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    static List<string> Events(Action<OwnLog> say, Taken? taken = null)
    {
        taken ??= new();
        using (var log = new OwnLog(new Clock()))
        {
            say(log);
            log.Begin(taken);
        }
        return taken.Events;
    }

    static LogLine Line(string text, int severity = 4, long more = 0) => new(severity, text, more);

    [Theory]
    [InlineData(3, "journal: full", 0, """{"portolan":"log","event":"log-error","part":"journal","detail":"journal: full"}""")]
    [InlineData(4, "forward siem: tcp://192.0.2.1:514: refused", 7, """{"portolan":"log","event":"log-warning","part":"forward","count":7,"detail":"forward siem: tcp://192.0.2.1:514: refused"}""")]
    [InlineData(5, "no part named: \"x\"\nmore", 0, """{"portolan":"log","event":"log-notice","detail":"no part named: \"x\"\nmore"}""")]
    public void ALineIsAnEventWithItsPartSeverityAndNumber(int severity, string line, long more, string expected) =>
        Assert.Equal([expected], Events(log => log.Keep(Line(line, severity, more))));

    [Fact]
    public void WhatBelongsToAnOrdinaryDayIsNone() => Assert.Empty(Events(log => log.Keep(Line("forward siem: connected", 6))));

    [Fact]
    public void ALongLineIsCutAndStaysJson()
    {
        string taken = Assert.Single(Events(log => log.Keep(Line("x" + string.Concat(Enumerable.Repeat("🙂", 5000))))));
        string detail = JsonDocument.Parse(taken).RootElement.GetProperty("detail").GetString()!;
        Assert.Equal("x" + string.Concat(Enumerable.Repeat("🙂", 2047)), detail);
    }

    [Fact]
    public void AMinuteAndTheQueueHaveAnEndAndTheNextMinuteABegin()
    {
        var (taken, clock) = (new Taken(), new Clock());
        using (var log = new OwnLog(clock))
        {
            for (int i = 0; i < OwnLog.MostWaiting + 10; i++) log.Keep(Line($"journal: {i}"));
            // Time stands still until the bound is told; then it is a minute later.
            taken.Submitting = () => clock.Seconds += taken.Events[^1].Contains("log-not-listed") ? 60 : 0;
            log.Begin(taken);
        }
        Assert.Equal(OwnLog.MostWaiting + 1, taken.Events.Count);
        Assert.Equal("""{"portolan":"log","event":"log-not-listed","count":10,"detail":"10 lines came faster than they could be listed: the server's log has them"}""", taken.Events[^1]);
        Assert.Equal([OwnLog.MostAMinute - 1, 2 * OwnLog.MostAMinute - 1, OwnLog.MostWaiting], taken.Events.Index().Where(e => e.Item.Contains("log-not-listed")).Select(e => e.Index));
    }

    [Fact]
    public void WhoSpeaksNeverWaitsForTheJournal()
    {
        using var stuck = new ManualResetEventSlim();
        var taken = new Taken { Submitting = () => stuck.Wait() };
        using var log = new OwnLog(new Clock());
        log.Begin(taken);
        for (int i = 0; i < 10 * OwnLog.MostWaiting; i++) log.Keep(Line($"journal: {i}"));
        stuck.Set();
    }

    [Fact]
    public void WhatAnEventItselfMakesTheLogSayComesToAnEnd()
    {
        OwnLog? own = null;
        var taken = new Taken { Submitting = () => own!.Keep(Line("journal: full")) };
        Assert.InRange(Events(log => (own = log).Keep(Line("store: first")), taken).Count, 1, OwnLog.MostAMinute);
    }
}
