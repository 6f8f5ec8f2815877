using Portolan.Model;
using Xunit;

namespace Portolan.Tests;

public class LedgerBalanceTests
{
    // received = stored + each named loss + what waits; what is then left is shown.
    [Theory]
    [InlineData(100, 100, 0, 0, 0, 0, 0)]
    [InlineData(100, 60, 30, 10, 0, 0, 0)]
    [InlineData(100, 60, 30, 0, 10, 10, 0)]
    [InlineData(100, 60, 30, 0, 4, 4, 6)]
    [InlineData(100, 90, 0, 0, 0, 0, 10)]
    [InlineData(100, 110, 0, 0, 5, 0, -10)]
    public void An_entrance(long received, long stored, long kernel, long full, long inJournal, long waiting, long residual)
    {
        var ledger = new Ledger();
        ledger.Count("e", LedgerReasons.Received, received, LedgerPart.Arrival);
        ledger.Count("e", LedgerReasons.KernelDrop, kernel, LedgerPart.Arrival);
        ledger.Count("e", LedgerReasons.JournalFull, full, LedgerPart.Arrival);
        ledger.Count("e", LedgerReasons.Truncated, 7, LedgerPart.Arrival); // cut and stored: no loss of a message
        ledger.Count("e", LedgerReasons.Stored, stored, LedgerPart.Entrance);
        // A device may call itself like an entrance.
        ledger.Count("e", LedgerReasons.Stored, 1_000_000);
        var rows = LedgerBalance.Of(ledger.Snapshot(), inJournal);
        Assert.Equal(waiting, Assert.Single(rows, r => r.Reason == LedgerReasons.Waiting).Count);
        Assert.Equal(residual, Assert.Single(rows, r => r.Reason == LedgerReasons.Residual).Count);
    }
}
