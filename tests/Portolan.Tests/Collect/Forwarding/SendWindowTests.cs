using Portolan.Collect.Forwarding;
using Portolan.Store.Journal;
using Xunit;

namespace Portolan.Tests.Collect.Forwarding;

public class SendWindowTests
{
    static JournalPosition At(long sequence) => new(1, sequence);

    static Passed Of(long messages) => new(messages, 0, 0, 0, 0);

    // Ten messages of 100 bytes each from record 1 on.
    static SendWindow Sent()
    {
        var window = new SendWindow(At(1), At(1));
        window.Connected();
        for (int i = 1; i <= 10; i++) window.Sent(100 * i, At(i + 1), Of(1));
        return window;
    }

    [Theory]
    // acknowledged, of them maybe unread → counted, safe
    [InlineData(0, 0, 0, 1)]
    [InlineData(99, 0, 0, 1)] // the half of a message is no message
    [InlineData(100, 0, 1, 2)]
    [InlineData(555, 0, 5, 6)]
    [InlineData(555, 250, 5, 4)]
    [InlineData(1000, 1000, 10, 1)]
    [InlineData(1000, 5000, 10, 1)] // more room than was ever sent
    [InlineData(1000, 0, 10, 11)]
    public void WhatIsAcknowledgedIsCountedAndWhatIsReadIsSafe(long acknowledged, long unread, long counted, long safe)
    {
        var window = Sent();
        Assert.Equal(Of(counted), window.Acknowledged(acknowledged, unread));
        Assert.Equal((At(safe), At(counted + 1), At(11)), (window.Safe, window.Counted, window.Read));
        Assert.Equal(default, window.Acknowledged(acknowledged, unread)); // nothing twice
    }

    [Theory]
    [InlineData(false, 3)] // a reset: what was acknowledged and maybe not read goes out again
    [InlineData(true, 6)] // an orderly end: only what was not acknowledged
    public void AfterABreakReadingGoesOnWhereTheReceiverIsSure(bool readAll, long next)
    {
        var window = Sent();
        window.Acknowledged(500, 300);
        window.Broke(readAll);
        Assert.Equal((At(next), At(next), At(6), At(11)), (window.Read, window.Safe, window.Counted, window.SentUpTo));

        // The next connection counts its bytes from 0, and messages that were counted not again.
        window.Connected();
        for (long r = next; r <= 10; r++) window.Sent(100 * (r - next + 1), At(r + 1), r < 6 ? default : Of(1));
        Assert.Equal(Of(5), window.Acknowledged(100 * (11 - next), 0));
        Assert.Equal((At(11), At(11)), (window.Safe, window.Counted));
    }

    [Fact]
    public void ASecondBreakGoesBackNoFurtherThanTheFirst()
    {
        var window = Sent();
        window.Acknowledged(1000, 800);
        window.Broke(readAll: false);
        window.Connected();
        window.Sent(100, At(4), default);
        window.Broke(readAll: true); // an orderly end before anything of this connection was acknowledged says nothing of the last one
        Assert.Equal((At(3), At(3), At(11)), (window.Read, window.Safe, window.Counted));
    }

    [Fact]
    public void StretchesWithoutAMessageAreThroughWithWhatCameBefore()
    {
        var window = new SendWindow(At(1), At(1));
        window.Connected();
        window.Sent(0, At(500), new(0, 499, 0, 0, 0));
        Assert.Equal(new(0, 499, 0, 0, 0), window.Acknowledged(0, 0));
        Assert.Equal(At(500), window.Safe);
        window.Sent(100, At(501), Of(1));
        window.Sent(100, At(900), new(0, 399, 0, 0, 0));
        Assert.Equal(default, window.Acknowledged(99, 0));
        Assert.Equal(new(1, 399, 0, 0, 0), window.Acknowledged(100, 0));
        Assert.Equal(At(900), window.Safe);
    }

    [Fact]
    public void TheLastRunsCountsAreNotCountedAgain()
    {
        var window = new SendWindow(At(10), At(40));
        Assert.Equal((At(10), At(40), At(40)), (window.Read, window.Counted, window.SentUpTo));
        window.Connected();
        window.Sent(100, At(20), default);
        window.Acknowledged(100, 0);
        Assert.Equal((At(20), At(40)), (window.Safe, window.Counted));
    }
}
