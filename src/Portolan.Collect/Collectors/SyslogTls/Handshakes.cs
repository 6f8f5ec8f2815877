using Portolan.Model;

namespace Portolan.Collect.Collectors.SyslogTls;

/// <summary>
/// Bounds the handshakes under way in time and number, so that clients that never finish theirs starve nobody: one sender has a share of the places, and
/// when all are taken the oldest one goes, unless it is so young that the host is merely busy.
/// </summary>
sealed class Handshakes(TimeProvider clock, int places = 1024, int share = 128)
{
    static readonly TimeSpan Young = TimeSpan.FromSeconds(1);

    readonly LinkedList<Turn> _open = new(); // the oldest first
    readonly Dictionary<Address, int> _bySender = [];

    public int Count
    {
        get
        {
            lock (_open) return _open.Count;
        }
    }

    /// <summary>A place for <paramref name="longest"/> at most; null when there is none.</summary>
    public Turn? Begin(Address sender, TimeSpan longest, CancellationToken stop)
    {
        Turn? oldest = null;
        Turn turn;
        lock (_open)
        {
            int own = _bySender.GetValueOrDefault(sender);
            if (own >= share) return null;
            if (_open.Count >= places)
            {
                oldest = _open.First!.Value;
                if (clock.GetElapsedTime(oldest.Began) < Young) return null;
                Remove(oldest);
            }
            // Asked for again: the oldest may have been the sender's own.
            _bySender[sender] = _bySender.GetValueOrDefault(sender) + 1;
            turn = new Turn(this, sender, clock, longest, stop);
            turn.Place = _open.AddLast(turn);
        }
        // Not under the lock: what waits for the token may run here.
        oldest?.PushOut();
        return turn;
    }

    void Remove(Turn turn)
    {
        if (turn.Place == null) return;
        _open.Remove(turn.Place);
        turn.Place = null;
        if (--_bySender[turn.Sender] == 0) _bySender.Remove(turn.Sender);
    }

    public sealed class Turn : IDisposable
    {
        readonly Handshakes _all;
        readonly CancellationTokenSource _time;
        readonly CancellationTokenSource _end;

        internal Turn(Handshakes all, Address sender, TimeProvider clock, TimeSpan longest, CancellationToken stop)
        {
            (_all, Sender, Began) = (all, sender, clock.GetTimestamp());
            _time = new(longest, clock);
            _end = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, stop);
        }

        internal Address Sender { get; }
        internal long Began { get; }
        internal LinkedListNode<Turn>? Place { get; set; }

        /// <summary>Ends when the time is up, when the place is needed by others, or when the listener stops.</summary>
        public CancellationToken Token => _end.Token;

        public bool IsPushedOut { get; private set; }

        internal void PushOut()
        {
            IsPushedOut = true;
            try
            {
                _end.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // Just then it was over.
            }
        }

        public void Done()
        {
            lock (_all._open) _all.Remove(this);
        }

        public void Dispose()
        {
            Done();
            _end.Dispose();
            _time.Dispose();
        }
    }
}
