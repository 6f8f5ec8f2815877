using System.Net;
using Portolan.Model;
using Portolan.Model.Joints;
using Portolan.Store.Journal;

namespace Portolan.Engine;

/// <summary>Puts events of our own into the journal, named as what they are: nobody else's record can claim to be one.</summary>
sealed class JournalInject(JournalWriter journal, Parts parts) : IInject
{
    static readonly Address Here = Address.From(IPAddress.Loopback);
    readonly uint _type = (uint)parts.Types.All.ToList().FindIndex(t => t.Id == Collect.LogSources.SourceTypes.OwnId) + 1;

    public void Submit(ReadOnlySpan<byte> message)
    {
        string entrance = Endpoints.Entrance(Endpoints.OwnListener);
        long now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;
        bool taken;
        using (var append = journal.BeginAppend())
        {
            taken = append.Add(new RecordHeader(now, Endpoints.OwnListener, RecordFlags.None, Here, 0, _type), message);
            parts.Ledger.Count(entrance, LedgerReasons.Received, 1, LedgerPart.Arrival);
        }
        if (!taken) parts.Ledger.Count(entrance, LedgerReasons.JournalFull, 1, LedgerPart.Arrival);
    }
}
