using System.Text;
using Portolan.Collect.Forwarding;
using Portolan.Model;
using Portolan.Store;
using Portolan.Store.Files;
using Portolan.Store.Journal;
using Xunit;

namespace Portolan.Tests.Collect.Forwarding;

/// <summary>The whole of a forwarder but the network: receivers that acknowledge, read, refuse and break as a test tells them.</summary>
public sealed class ForwarderTests : IDisposable
{
    readonly ForwardStore _store = new();
    readonly Ledger _ledger = new();
    readonly List<string> _told = [];
    readonly FakeReceiver _receiver = new();
    static readonly Receiver Siem = new("siem", ReceiverTransport.Tcp, "siem.example.com", 514, null, ReceiverFraming.Lf, null, null, null, null, false);

    public void Dispose() => _store.Dispose();

    Forwarder Start()
    {
        var work = new ForwardWork(_store.Store, SystemFiles.Instance, _store.Cursors, _ledger, TimeProvider.System, () => _store.Visible, () => _store.Visible, line =>
        {
            lock (_told) _told.Add(line);
        });
        var forwarder = new Forwarder(work, Siem, null, (_, _, waiting, _) => _receiver.Connect(waiting));
        forwarder.Start();
        return forwarder;
    }

    /// <summary>Ends a forwarder as the server does: there is time to say good-bye.</summary>
    sealed class Ended(Forwarder forwarder, TimeSpan? patience = null) : IDisposable
    {
        public Forwarder Forwarder => forwarder;

        public void Dispose()
        {
            forwarder.Finish();
            forwarder.Join(patience ?? TimeSpan.FromSeconds(20));
            forwarder.Dispose();
        }
    }

    long Count(string reason) => _ledger.Cell(Siem.LedgerSource, reason, LedgerPart.Receiver).Value;

    static void Until(Func<bool> done)
    {
        Assert.True(SpinWait.SpinUntil(done, TimeSpan.FromSeconds(30)));
    }

    static IEnumerable<string> Numbers(int from, int to) => Enumerable.Range(from, to - from).Select(n => $"<13>message {n}");

    [Fact]
    public void WhatArrivesFromNowOnIsForwardedAndARestartGoesOn()
    {
        _store.AddMany(1, 10); // before it was ever there
        using (new Ended(Start()))
        {
            _store.AddMany(11, 5000);
            Until(() => Count(LedgerReasons.Forwarded) == 5000);
        }
        _store.AddMany(5011, 10);
        using (new Ended(Start())) Until(() => Count(LedgerReasons.Forwarded) == 5010);
        Assert.Equal(Numbers(11, 5021), _receiver.Got);
        Assert.Equal((0, 0), (Count(LedgerReasons.Repeated), Count(LedgerReasons.NotStored)));
    }

    [Theory]
    [InlineData(true)] // read all that was acknowledged: an orderly end
    [InlineData(false)]
    public void ABrokenConnectionLosesNothing(bool readAll)
    {
        using var ended = new Ended(Start());
        var forwarder = ended.Forwarder;
        _receiver.Takes = 3000;
        _receiver.Room = 10_000; // bytes, more than 500 messages
        _store.AddMany(1, 6000);
        Until(() => _receiver.Got.Count == 6000);
        // Of what is written, some is acknowledged, and of that the last may be unread: a program that dies takes it along.
        _receiver.Break(readAll, lost: readAll ? 3000 : 3500);
        _receiver.Takes = int.MaxValue;
        Until(() => Count(LedgerReasons.Forwarded) == 6000);
        Assert.Equal(Numbers(1, 6001), _receiver.Got.Distinct().OrderBy(m => int.Parse(m.Split(' ')[1])));
        Assert.True(_receiver.Got.Count >= 6000);
        Assert.InRange(Count(LedgerReasons.Repeated), readAll ? 3000 : 3500, readAll ? 3010 : 4000);
        Assert.Equal(1, Count(LedgerReasons.FailedAttempts));
    }

    [Fact]
    public void AKilledProcessRepeatsFromItsCursor()
    {
        _receiver.Room = 100;
        var killed = Start();
        _store.AddMany(1, 2000);
        Until(() => Count(LedgerReasons.Forwarded) == 2000);
        Until(() => ForwardCursor.Read(SystemFiles.Instance, _store.Cursors, "siem", out var c) == AtomicFileState.Read && c.Counted == new JournalPosition(1, 2001));
        // What is on the disk now is what the next process finds.
        byte[] cursor = File.ReadAllBytes(Path.Combine(_store.Cursors, "siem"));
        new Ended(killed).Dispose();
        File.WriteAllBytes(Path.Combine(_store.Cursors, "siem"), cursor);
        int before = _receiver.Got.Count;
        using (new Ended(Start()))
        {
            _store.AddMany(2001, 1);
            Until(() => Count(LedgerReasons.Forwarded) == 2001);
        }
        var again = _receiver.Got.Skip(before).ToList();
        Assert.Equal("<13>message 2001", again[^1]);
        Assert.True(again.Count > 1);
        Assert.Equal(Numbers(2002 - again.Count, 2002), again);
    }

    [Fact]
    public void AnAbsentReceiverIsToldOnceAndCostsNothingButItsMessagesWait()
    {
        _receiver.Refuses = "connection refused";
        using var ended = new Ended(Start());
        var forwarder = ended.Forwarder;
        _store.AddMany(1, 100);
        Until(() => Count(LedgerReasons.FailedAttempts) >= 2);
        Assert.Equal(100, forwarder.Waiting.Records);
        Assert.StartsWith("tcp://siem.example.com:514, failing since", forwarder.State);
        _receiver.Refuses = null;
        Until(() => Count(LedgerReasons.Forwarded) == 100);
        Until(() => forwarder.State.Contains("connected to fake since"));
        Assert.Equal(0, forwarder.Waiting.Records);
        lock (_told)
        {
            Assert.Collection(_told,
                l => Assert.StartsWith("forward siem: tcp://siem.example.com:514: connection refused; messages wait in the store", l),
                l => Assert.StartsWith("<5>forward siem: tcp://siem.example.com:514: connected to fake again after", l));
        }
    }

    [Fact]
    public void AReceiverThatReadsNothingHoldsUpNoStop()
    {
        _receiver.Blocks = true;
        var forwarder = Start();
        _store.AddMany(1, 100);
        Until(() => _receiver.IsWaiting);
        new Ended(forwarder, TimeSpan.FromMilliseconds(100)).Dispose();
        Assert.Equal(0, Count(LedgerReasons.Forwarded));
        _receiver.Blocks = false;
        using (new Ended(Start())) Until(() => Count(LedgerReasons.Forwarded) == 100);
    }

    [Fact]
    public void WhatTheStoreLetGoIsNamed()
    {
        _receiver.Refuses = "away";
        using var ended = new Ended(Start());
        var forwarder = ended.Forwarder;
        _store.Pass(new(1, 1001));
        _store.AddMany(1001, 10);
        Until(() => Count(LedgerReasons.FailedAttempts) >= 1);
        _receiver.Refuses = null;
        Until(() => Count(LedgerReasons.Forwarded) == 10);
        Assert.Equal(1000, Count(LedgerReasons.NotStored));
        lock (_told) Assert.Contains(_told, l => l.StartsWith("<3>forward siem: 1000 records had waited longer than the store keeps them", StringComparison.Ordinal));
    }

    [Fact]
    public void ADamagedCursorBeginsAnewAndSaysSo()
    {
        File.WriteAllText(Path.Combine(_store.Cursors, "siem"), "no cursor");
        _store.AddMany(1, 10);
        using (new Ended(Start()))
        {
            _store.AddMany(11, 1);
            Until(() => Count(LedgerReasons.Forwarded) == 1);
        }
        Assert.Equal(["<13>message 11"], _receiver.Got);
        Assert.Contains("is damaged", _told[0]);
    }

    /// <summary>A program and its kernel: messages reach it at once; what of the bytes is acknowledged, tests say.</summary>
    sealed class FakeReceiver
    {
        readonly List<string> _got = [];
        FakeConnection? _now;

        public volatile string? Refuses;
        public volatile bool Blocks;
        public volatile bool IsWaiting;

        /// <summary>Messages that are acknowledged on a connection.</summary>
        public volatile int Takes = int.MaxValue;

        /// <summary>Bytes that may be unread.</summary>
        public volatile int Room;

        public List<string> Got
        {
            get
            {
                lock (_got) return [.. _got];
            }
        }

        public Connection Connect(Action waiting) => Refuses is { } why ? throw new IOException(why) : _now = new FakeConnection(this, waiting);

        /// <summary>The connection ends, and the last messages were never read.</summary>
        public void Break(bool readAll, int lost)
        {
            lock (_got)
            {
                _got.RemoveRange(_got.Count - lost, lost);
                _now!.Taken = Math.Min(Takes, _now.Flushed);
                (_now.ReadAll, _now.Broken) = (readAll, true);
            }
        }

        sealed class FakeConnection(FakeReceiver at, Action waiting) : Connection
        {
            readonly List<(string Text, long End)> _messages = [];
            int _flushed;
            long _added, _written;
            public volatile bool Broken, ReadAll;
            public int? Taken;
            public int Flushed => _flushed;

            public override string Peer => "fake";
            public override long Written => _written;
            public override bool IsFull => _messages.Count - _flushed >= 10;

            public override void Add(ReadOnlySpan<byte> message, Address sender)
            {
                Assert.Equal(ForwardStore.Sender, sender);
                _messages.Add((Encoding.UTF8.GetString(message), _added += message.Length));
            }

            public override void Flush()
            {
                while (at.Blocks)
                {
                    at.IsWaiting = true;
                    waiting();
                    Thread.Sleep(10);
                }
                lock (at._got)
                {
                    ThrowIfEnded();
                    at._got.AddRange(_messages.Skip(_flushed).Select(m => m.Text));
                }
                _flushed = _messages.Count;
                _written = _added;
            }

            public override (long, long) Delivered()
            {
                int taken = Taken ?? Math.Min(at.Takes, _flushed);
                return (taken == 0 ? 0 : _messages[taken - 1].End, at.Room);
            }

            public override void ThrowIfEnded()
            {
                if (Broken) throw new IOException("broken");
            }

            public override bool HasReadAll() => ReadAll;
            public override bool Finish(TimeSpan patience) => Delivered().Item1 == _written;

            public override void Dispose()
            {
            }
        }
    }
}
