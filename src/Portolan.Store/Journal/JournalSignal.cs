namespace Portolan.Store.Journal;

/// <summary>A number that only rises, and those who wait for it to reach a value, blocking or not.</summary>
sealed class JournalSignal(long start)
{
    readonly object _gate = new();
    readonly List<(long Target, TaskCompletionSource<bool> Done)> _waiting = [];
    long _value = start;
    bool _closed;

    public long Value => Volatile.Read(ref _value);

    public void Raise(long value)
    {
        lock (_gate)
        {
            if (value <= _value) return;
            Volatile.Write(ref _value, value);
            Monitor.PulseAll(_gate);
            for (int i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Target > value) continue;
                _waiting[i].Done.TrySetResult(true);
                _waiting.RemoveAt(i);
            }
        }
    }

    /// <summary>The value will rise no more: all who wait for more get false.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
            foreach (var w in _waiting) w.Done.TrySetResult(false);
            _waiting.Clear();
        }
    }

    /// <summary>True when the value was reached; false on time-out, cancel or close.</summary>
    public bool Wait(long target, TimeSpan timeout, CancellationToken cancel)
    {
        if (Value >= target) return true;
        long deadline = timeout < TimeSpan.Zero ? long.MaxValue : Environment.TickCount64 + (long)Math.Min(timeout.TotalMilliseconds, int.MaxValue);
        using var _ = cancel.UnsafeRegister(static s =>
        {
            lock (((JournalSignal)s!)._gate) Monitor.PulseAll(((JournalSignal)s)._gate);
        }, this);
        lock (_gate)
        {
            while (_value < target)
            {
                if (_closed || cancel.IsCancellationRequested) return false;
                long left = deadline == long.MaxValue ? int.MaxValue : deadline - Environment.TickCount64;
                if (left <= 0) return false;
                Monitor.Wait(_gate, (int)left);
            }
            return true;
        }
    }

    /// <summary>True when the value was reached; false on close. Throws <see cref="OperationCanceledException"/> on cancel.</summary>
    public ValueTask<bool> WaitAsync(long target, CancellationToken cancel)
    {
        if (Value >= target) return new(true);
        TaskCompletionSource<bool> done;
        lock (_gate)
        {
            if (_value >= target) return new(true);
            if (_closed) return new(false);
            done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((target, done));
        }
        return cancel.CanBeCanceled ? new(done.Task.WaitAsync(cancel)) : new(done.Task);
    }
}
