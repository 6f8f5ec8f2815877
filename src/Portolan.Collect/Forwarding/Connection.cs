using System.Net;
using System.Net.Sockets;
using Portolan.Model;

namespace Portolan.Collect.Forwarding;

/// <summary>One way to a receiver, from connecting until it breaks. What it cannot go on from is an <see cref="IOException"/>. For one thread.</summary>
abstract class Connection : IDisposable
{
    /// <summary>Where it goes in fact: address and port.</summary>
    public abstract string Peer { get; }

    /// <summary>Bytes given to the system so far.</summary>
    public abstract long Written { get; }

    /// <summary>Enough was added: time to <see cref="Flush"/>.</summary>
    public abstract bool IsFull { get; }

    /// <summary>Messages sent with our own address though the sender's was asked for.</summary>
    public long SenderNotKept { get; protected set; }

    public abstract void Add(ReadOnlySpan<byte> message, Address sender);

    public abstract void Flush();

    /// <summary>How many bytes the receiver's system has, and how many of them its program may not have read.</summary>
    public abstract (long Acknowledged, long Unread) Delivered();

    /// <summary>Throws when the other side has closed or the connection broke; to be called when there is nothing to send.</summary>
    public abstract void ThrowIfEnded();

    /// <summary>After it broke: the receiver closed, having read all that its system had acknowledged.</summary>
    public abstract bool HasReadAll();

    /// <summary>Says good-bye and waits until the receiver has read everything and does the same; false when he does not.</summary>
    public abstract bool Finish(TimeSpan patience);

    public abstract void Dispose();

    /// <summary>The addresses that the name has now.</summary>
    protected static IPAddress[] Resolve(Receiver receiver, TimeSpan patience, CancellationToken stop)
    {
        if (IPAddress.TryParse(receiver.Host, out var given)) return [given];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(patience);
        try
        {
            return Dns.GetHostAddressesAsync(receiver.Host, limit.Token).GetAwaiter().GetResult() is { Length: > 0 } found ? found
                : throw new IOException($"{receiver.Host} has no address");
        }
        catch (SocketException e)
        {
            throw new IOException($"{receiver.Host} cannot be resolved: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new IOException($"{receiver.Host} cannot be resolved: no answer within {patience.TotalSeconds:0} s");
        }
    }
}
