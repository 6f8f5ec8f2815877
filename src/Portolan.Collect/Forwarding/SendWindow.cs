using Portolan.Store.Journal;

namespace Portolan.Collect.Forwarding;

/// <summary>What a stretch that was read holds, for the ledger.</summary>
/// <param name="Messages">Of those sent: never acknowledged before.</param>
public readonly record struct Passed(long Messages, long NotSelected, long NotStored, long Empty, long SenderNotKept)
{
    public static Passed operator +(Passed a, Passed b) => new(a.Messages + b.Messages, a.NotSelected + b.NotSelected, a.NotStored + b.NotStored,
        a.Empty + b.Empty, a.SenderNotKept + b.SenderNotKept);
}

/// <summary>
/// Which records a receiver has, worked out from bytes: what was written to a connection, what of it the receiver's system acknowledged, and how much of
/// that its program may not have read yet. Messages themselves are not kept: what has to go out again is read from the store again.
/// </summary>
public sealed class SendWindow
{
    readonly record struct Mark(long End, JournalPosition Next, Passed Passed);

    readonly List<Mark> _marks = []; // of this connection, ascending; those before _acknowledged are acknowledged
    int _acknowledged;
    JournalPosition _delivered; // of this connection: records before it are acknowledged

    /// <param name="safe">Where the last run was sure.</param>
    /// <param name="counted">Where it had counted to.</param>
    public SendWindow(JournalPosition safe, JournalPosition counted)
    {
        Safe = Read = _delivered = safe;
        Counted = SentUpTo = counted > safe ? counted : safe;
    }

    /// <summary>The next record to be read and sent.</summary>
    public JournalPosition Read { get; private set; }

    /// <summary>Records before it need never be sent again: what is kept across restarts.</summary>
    public JournalPosition Safe { get; private set; }

    /// <summary>Records before it were acknowledged once, and counted: they are not counted again.</summary>
    public JournalPosition Counted { get; private set; }

    /// <summary>Records before it were sent once, whether or not they arrived.</summary>
    public JournalPosition SentUpTo { get; private set; }

    /// <summary>A new connection: its bytes are counted from 0.</summary>
    public void Connected()
    {
        _marks.Clear();
        _acknowledged = 0;
        Read = _delivered = Safe;
    }

    /// <summary>Bytes of the connection up to <paramref name="end"/> hold all that is to be sent of the records before <paramref name="next"/>.</summary>
    public void Sent(long end, JournalPosition next, Passed passed)
    {
        _marks.Add(new(end, next, passed));
        Read = next;
        if (next > SentUpTo) SentUpTo = next;
    }

    /// <summary>The receiver's system has so many bytes; its program may not have read the last <paramref name="unread"/> of them.</summary>
    /// <returns>What is acknowledged now and was never before.</returns>
    public Passed Acknowledged(long bytes, long unread)
    {
        Passed passed = default;
        for (; _acknowledged < _marks.Count && _marks[_acknowledged].End <= bytes; _acknowledged++)
        {
            passed += _marks[_acknowledged].Passed;
            _delivered = _marks[_acknowledged].Next;
            if (_delivered > Counted) Counted = _delivered;
        }
        int safe = 0;
        while (safe < _acknowledged && _marks[safe].End <= bytes - unread) safe++;
        if (safe > 0)
        {
            Safe = _marks[safe - 1].Next;
            _marks.RemoveRange(0, safe);
            _acknowledged -= safe;
        }
        return passed;
    }

    /// <summary>The connection is gone. Who closed it after reading all he had acknowledged gets only the rest again.</summary>
    public void Broke(bool readAll)
    {
        if (readAll && _delivered > Safe) Safe = _delivered;
        Connected();
    }
}
