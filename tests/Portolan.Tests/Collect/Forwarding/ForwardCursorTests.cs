using Portolan.Collect.Forwarding;
using Portolan.Model;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Portolan.Tests.Store.Files;
using Xunit;

namespace Portolan.Tests.Collect.Forwarding;

public class ForwardCursorTests
{
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        var files = new MemoryFiles();
        ForwardCursor.MakeFolder(files, "/data/forward");
        Assert.Equal(AtomicFileState.Missing, ForwardCursor.Read(files, "/data/forward", "siem", out _));
        new ForwardCursor(new(3, 77), new(3, 99), [("forwarded", 12), ("repeated", 1)]).Write(files, "/data/forward", "siem");
        Assert.Equal(AtomicFileState.Read, ForwardCursor.Read(files, "/data/forward", "siem", out var cursor));
        Assert.Equal((new JournalPosition(3, 77), new JournalPosition(3, 99)), (cursor.Safe, cursor.Counted));
        var ledger = new Ledger();
        ForwardCursor.CountAll(files, "/data/forward", ledger);
        Assert.Equal([new(LedgerPart.Receiver, "forward siem", "forwarded", 12), new(LedgerPart.Receiver, "forward siem", "repeated", 1)], ledger.Snapshot());
        // What a receiver counts is no part of an entrance's balance.
        Assert.Equal(2, LedgerBalance.Of(ledger.Snapshot(), 0).Count);

        AtomicFile.Write(files, "/data/forward/siem", [1, 0, 0, 0, 9, 9]);
        Assert.Equal(AtomicFileState.Damaged, ForwardCursor.Read(files, "/data/forward", "siem", out _));
    }

    [Fact]
    public void ACursorSurvivesAPowerCutAtAnyOperation() => PowerCutRun.Many(PowerCutRun.Seeds / 3, () => new CursorLoad());

    [Theory]
    [InlineData("ForwardCursor.MakeFolder/SyncDirectory")]
    public void Every_sync_is_needed(string leftOut) => Assert.Throws<PowerCutFailure>(() => PowerCutRun.Many(3000, () => new CursorLoad(), leftOut));

    /// <summary>A cursor that was written is never gone and never older.</summary>
    sealed class CursorLoad : IPowerCutLoad
    {
        const string Folder = "/data/forward";
        long _written, _tried;

        public void Live(PowerCutFiles disk, Random random)
        {
            ForwardCursor.MakeFolder(disk, Folder);
            var state = ForwardCursor.Read(disk, Folder, "siem", out var cursor);
            Assert.True(state == (_written > 0 ? AtomicFileState.Read : state), $"the cursor is {state}");
            Assert.NotEqual(AtomicFileState.Damaged, state);
            if (state == AtomicFileState.Read)
            {
                Assert.InRange(cursor.Safe.Sequence, _written, _tried);
                Assert.Equal(cursor.Safe.Sequence + 5, cursor.Counted.Sequence);
                Assert.Equal([("forwarded", cursor.Safe.Sequence * 2)], cursor.Counts);
            }
            while (!disk.Cut.IsCancellationRequested)
            {
                _tried++;
                new ForwardCursor(new(1, _tried), new(1, _tried + 5), [("forwarded", _tried * 2)]).Write(disk, Folder, "siem");
                _written = _tried;
            }
        }
    }
}
