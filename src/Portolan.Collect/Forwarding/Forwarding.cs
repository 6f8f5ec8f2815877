using System.Globalization;
using Portolan.Model;
using Portolan.Store.Aql;

namespace Portolan.Collect.Forwarding;

/// <summary>Passes on what was received, as it was received, to other receivers: so that Portolan can run beside another system. See docs/forward.md.</summary>
public sealed class Forwarding(ForwardWork work, Func<string, AqlCondition> compile) : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    readonly Lock _one = new();
    List<Forwarder> _all = [];
    bool _isThere;

    /// <summary>Takes over whom to forward to; who stays as he was is not disturbed. A name that comes again goes on where it was.</summary>
    public void Change(IReadOnlyList<Receiver> receivers)
    {
        lock (_one)
        {
            var gone = _all.FindAll(f => !receivers.Contains(f.Receiver));
            End(gone);
            if (receivers.Count > 0 && !_isThere)
            {
                ForwardCursor.MakeFolder(work.Files, work.Folder);
                _isThere = true;
            }
            _all = [.. receivers.Select(r => _all.Find(f => f.Receiver == r) ?? Begin(r))];
        }
    }

    Forwarder Begin(Receiver receiver)
    {
        var forwarder = new Forwarder(work, receiver, receiver.When is { } when ? compile(when) : null);
        forwarder.Start();
        return forwarder;
    }

    /// <summary>For <c>status</c>: a line for each receiver.</summary>
    public IReadOnlyList<(string Name, string State)> States
    {
        get
        {
            lock (_one) return [.. _all.Select(f => (f.Receiver.LedgerSource, Of(f)))];
        }
    }

    static string Of(Forwarder f) => f.Waiting is { Records: > 0 } w
        ? string.Create(CultureInfo.InvariantCulture, $"{f.State}; {w.Records} records wait, the oldest for {w.Lag.TotalSeconds:0} s") : f.State;

    /// <summary>What waits for each receiver now, as rows of the ledger.</summary>
    public IReadOnlyList<LedgerRow> Waiting()
    {
        lock (_one) return [.. _all.SelectMany(Rows)];

        static IEnumerable<LedgerRow> Rows(Forwarder f)
        {
            var (records, lag) = f.Waiting;
            yield return new(LedgerPart.Receiver, f.Receiver.LedgerSource, LedgerReasons.Waiting, records);
            yield return new(LedgerPart.Receiver, f.Receiver.LedgerSource, LedgerReasons.Lag, (long)lag.TotalSeconds);
        }
    }

    /// <summary>Sends what has arrived so far to whoever takes it at once, and ends.</summary>
    public void Dispose()
    {
        lock (_one)
        {
            End(_all);
            _all = [];
        }
    }

    // All have the same seconds.
    void End(List<Forwarder> gone)
    {
        gone.ForEach(f => f.Finish());
        long began = work.Clock.GetTimestamp();
        foreach (var f in gone)
        {
            var left = Patience - work.Clock.GetElapsedTime(began);
            f.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            f.Dispose();
        }
    }
}
