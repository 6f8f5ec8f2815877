using System.Runtime.CompilerServices;
using System.Diagnostics;
using Portolan.Store.Files;

namespace Portolan.Store.Journal;

/// <summary>The commit thread: the only one that touches the files that are being written.</summary>
public sealed partial class JournalWriter
{
    const int NoSpace = 28, QuotaReached = 122; // ENOSPC, EDQUOT

    readonly object _publishing = new();
    IFile? _file;
    long _end; // of the durable part of the file
    long _fileFirst;
    string _path = "";
    bool _needsFile;
    long _lookedAt;

    void Run()
    {
        long interval = (long)(_options.CommitInterval.TotalSeconds * Stopwatch.Frequency), started = 0;
        while (true)
        {
            int used;
            long first, last;
            lock (_gate)
            {
                _resting = true;
                while (_used == 0 && !_closing)
                {
                    // While there is no room nobody appends, and nobody else would look whether there is some again.
                    if (!NoRoom) Monitor.Wait(_gate);
                    else
                    {
                        Monitor.Wait(_gate, _options.RetryInterval);
                        if (LookAtRoom()) MoreRoom();
                    }
                }
                _resting = false;
                if (_used == 0) return;
                _pacing = true;
                long left;
                while (!_closing && _used <= _active.Length / 2 && (left = started + interval - Stopwatch.GetTimestamp()) > 0)
                    Monitor.Wait(_gate, (int)(left * 1000 / Stopwatch.Frequency) + 1); // whole milliseconds; less would spin
                _pacing = false;
                started = Stopwatch.GetTimestamp();
                (_active, _spare) = (_spare, _active);
                (used, first, last) = (_used, _first, _next - 1);
                _used = 0;
                _first = _next;
                _inFlight = used;
                if (Stopwatch.GetElapsedTime(_lookedAt) >= _options.RetryInterval) LookAtRoom();
            }
            MoreRoom();
            if (!CommitUntilDone(first, _spare.AsSpan(0, used))) return;
            Publish(last, used);
        }
    }

    /// <summary>False when the journal closes and the disk still refuses.</summary>
    bool CommitUntilDone(long first, ReadOnlySpan<byte> records)
    {
        while (true)
        {
            bool lastTry;
            lock (_gate) lastTry = _closing;
            try
            {
                Commit(first, records);
                bool recovered;
                lock (_gate)
                {
                    recovered = _fault != null;
                    _fault = null;
                }
                if (recovered) MoreRoom();
                return true;
            }
            catch (IOException e)
            {
                bool full = e.HResult is NoSpace or QuotaReached;
                lock (_gate)
                {
                    _fault = full
                        ? (JournalState.NoRoom, $"nothing more is accepted: the disk of {_options.Directory} is full", "free disk space; it goes on by itself")
                        : (JournalState.Failing, $"nothing more is accepted: {_options.Directory} cannot be written: {e.Message}",
                            "see the system's log for disk errors; it goes on by itself");
                    if (lastTry) return false;
                    if (!_closing) Monitor.Wait(_gate, _options.RetryInterval);
                }
            }
        }
    }

    // Not inlined: the power-cut test leaves out single syncs by the method that asks for them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    void Commit(long first, ReadOnlySpan<byte> records)
    {
        if (_needsFile || _end >= _options.FileBytes) Rotate(first);
        // After a failed sync the kernel may think pages clean that the disk does not have: every attempt writes all of it again.
        _file!.Write(_end, records);
        _file.Sync();
        _end += records.Length;
    }

    void Rotate(long first)
    {
        string path = Path.Combine(_options.Directory, JournalFormat.FileName(_epoch, first));
        _file?.Dispose();
        _file = null;
        _needsFile = true;
        if (_files.Exists(path)) _files.Delete(path); // an attempt that failed
        Span<byte> header = stackalloc byte[JournalFormat.FileHeaderSize];
        JournalFormat.WriteFileHeader(header, new(_options.Host, _epoch, _salt, first));
        var file = _files.Create(path);
        try
        {
            file.Write(0, header);
            file.Sync();
            _files.SyncDirectory(_options.Directory);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        _file = file;
        _path = path;
        _fileFirst = first;
        _end = header.Length;
        _needsFile = false;
    }

    void Publish(long last, int used)
    {
        lock (_publishing)
        {
            var file = new JournalFile(_path, _epoch, _fileFirst, _end);
            var all = _extent.Files;
            bool same = all is [.., var newest] && newest.Path == _path;
            Volatile.Write(ref _extent, new([.. same ? all[..^1] : all, file], _epoch, last));
            if (!same) used += JournalFormat.FileHeaderSize;
        }
        lock (_gate)
        {
            _inFlight = 0;
            _onDisk += used;
            Commits++;
        }
        _committed.Raise(last);
    }

    /// <summary>Takes stock of the disk; true when there is room.</summary>
    bool LookAtRoom()
    {
        _lookedAt = Stopwatch.GetTimestamp();
        try
        {
            var (free, total) = _files.Space(_options.Directory);
            long share = (long)(total * _options.MaxShare);
            long left = _onDisk + free - (long)(total * (1 - _options.DiskFullAt));
            _limit = Math.Min(Math.Min(_options.MaxBytes, share), left);
            _limitReason = _limit == left ? $"the disk of {_options.Directory} is {_options.DiskFullAt:p0} full"
                : $"the journal has reached its limit of {_limit >> 20} MB";
        }
        catch (IOException)
        {
            _limit = _options.MaxBytes; // a disk that cannot tell its room is judged by its writes
            _limitReason = "the journal has reached its limit";
        }
        return !NoRoom;
    }
}
