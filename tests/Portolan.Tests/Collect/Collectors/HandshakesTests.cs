using Portolan.Collect.Collectors.SyslogTls;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.Collect.Collectors;

/// <summary>Places for unfinished handshakes: a share for each sender, and the oldest goes when others wait.</summary>
public class HandshakesTests
{
    sealed class GivenClock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    static readonly TimeSpan Long = TimeSpan.FromHours(1);

    static Address Sender(int n) => Address.TryParse($"192.0.2.{n}", out Address a) ? a : default;

    readonly GivenClock _clock = new();

    [Fact]
    public void OneSenderGetsHisShareAndNoMore()
    {
        var all = new Handshakes(_clock, places: 8, share: 2);
        var first = all.Begin(Sender(1), Long, default)!;
        Assert.NotNull(all.Begin(Sender(1), Long, default));
        Assert.Null(all.Begin(Sender(1), Long, default));
        Assert.NotNull(all.Begin(Sender(2), Long, default));
        first.Dispose();
        Assert.NotNull(all.Begin(Sender(1), Long, default));
        Assert.Equal(3, all.Count);
    }

    [Fact]
    public void WhenAllPlacesAreTakenTheOldestGoesUnlessItIsYoung()
    {
        var all = new Handshakes(_clock, places: 3, share: 3);
        var turns = Enumerable.Range(1, 3).Select(n => all.Begin(Sender(n), Long, default)!).ToList();
        // The host is merely busy.
        Assert.Null(all.Begin(Sender(4), Long, default));
        _clock.Seconds = 1;
        turns[0].Done();
        turns.Add(all.Begin(Sender(4), Long, default)!);
        turns.Add(all.Begin(Sender(5), Long, default)!);
        Assert.Equal([false, true, false, false, false], turns.Select(t => t.IsPushedOut));
        Assert.True(turns[1].Token.IsCancellationRequested);
        Assert.False(turns[2].Token.IsCancellationRequested);
        Assert.Equal(3, all.Count);
        turns.ForEach(t => t.Dispose());
        Assert.Equal(0, all.Count);
    }

    [Fact]
    public void ASenderWhoseOldestMadeRoomIsCountedRight()
    {
        var all = new Handshakes(_clock, places: 2, share: 2);
        Assert.NotNull(all.Begin(Sender(1), Long, default));
        Assert.NotNull(all.Begin(Sender(2), Long, default));
        _clock.Seconds = 5;
        Assert.NotNull(all.Begin(Sender(1), Long, default)); // in place of his own
        _clock.Seconds = 10;
        Assert.NotNull(all.Begin(Sender(1), Long, default)); // in place of the other's
        Assert.Null(all.Begin(Sender(1), Long, default));
        Assert.Equal(2, all.Count);
    }

    [Fact]
    public void AStopEndsEveryTurn()
    {
        using var stop = new CancellationTokenSource();
        using var turn = new Handshakes(_clock).Begin(Sender(1), Long, stop.Token)!;
        stop.Cancel();
        Assert.True(turn.Token.IsCancellationRequested);
        Assert.False(turn.IsPushedOut);
    }
}
