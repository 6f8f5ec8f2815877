using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Portolan.Formats.Tls;
using Portolan.Model;

namespace Portolan.Collect.Collectors.SyslogTls;

/// <summary>What becomes of a client that a handshake's validation turns away: a reason of <see cref="LedgerReasons"/>, and words for people.</summary>
public delegate void RefuseClient(string reason, string why);

/// <summary>Options for one handshake, with the certificate in force now; the validation of a client's certificate says there whom it refuses, and why.</summary>
public delegate SslServerAuthenticationOptions TlsTerms(RefuseClient refuse);

/// <summary>A connection whose handshake is done.</summary>
/// <param name="Peer">SHA-256 of the client's certificate; empty without one.</param>
readonly record struct SecureStream(SslStream Stream, byte[] Peer);

/// <summary>
/// Makes a TLS stream of an accepted connection, or refuses it, counted and told. Who does not speak TLS, does not come to an end with the handshake, or
/// keeps many open at once is named each by a reason of its own.
/// </summary>
sealed class TlsEntrance(Endpoint endpoint, Reception to)
{
    const int LongestGreeting = 4096;

    readonly Handshakes _handshakes = new(to.Clock);

    public int Waiting => _handshakes.Count;

    /// <summary>Null when the connection was refused; the caller closes the socket in any case.</summary>
    public async Task<SecureStream?> Open(Socket socket, Address sender, TimeSpan longest, CancellationToken stop)
    {
        using var turn = _handshakes.Begin(sender, longest, stop);
        if (turn == null)
        {
            Refuse(LedgerReasons.TooManyHandshakes, sender, "has too many unfinished TLS handshakes");
            return null;
        }
        string reason = LedgerReasons.HandshakeFailed, why = "the TLS handshake failed";
        var terms = to.Tls((r, w) => (reason, why) = (r, w));
        SslStream? stream = null;
        try
        {
            // Who connects and leaves without a word is a probe of a balancer or a monitor.
            if (await Greet(socket, turn.Token) is not { } greeting) return null;
            if (greeting == Greeting.Other)
            {
                Refuse(LedgerReasons.NotTls, sender, "does not speak TLS; try: TLS in the sender's settings, or the port of plain syslog");
                return null;
            }
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            AvoidTickets(terms, greeting);
            await stream.AuthenticateAsServerAsync(terms, turn.Token);
            turn.Done();
            return new(stream, stream.RemoteCertificate is { } peer ? SHA256.HashData(peer.GetRawCertData()) : []);
        }
        catch (OperationCanceledException)
        {
            if (turn.IsPushedOut) Refuse(LedgerReasons.TooManyHandshakes, sender, "did not finish its TLS handshake while others waited");
            else if (!stop.IsCancellationRequested) Refuse(LedgerReasons.HandshakeTimeout, sender, $"did not finish its TLS handshake within {longest.TotalSeconds} s");
        }
        // Whatever a stranger's bytes make the TLS library throw.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (reason == LedgerReasons.HandshakeFailed) why = $"{why}: {(e.InnerException ?? e).Message}";
            Refuse(reason, sender, why);
        }
        if (stream != null) await stream.DisposeAsync();
        return null;
    }

    // Senders write and do not read. With TLS 1.3 the library sends two session tickets behind every handshake; when they lie unread while the sender closes, its
    // kernel resets the connection and drops what it still had to send: half of a burst of 20,000 messages. With 1.2 there are none if we want none.
    static void AvoidTickets(SslServerAuthenticationOptions terms, Greeting greeting)
    {
        terms.AllowTlsResume = false;
        if (greeting == Greeting.Tls12) terms.EnabledSslProtocols = SslProtocols.Tls12;
    }

    // Looks without taking. What a sender says in several pieces is waited for a little; not to know all of it does no harm.
    static async ValueTask<Greeting?> Greet(Socket socket, CancellationToken end)
    {
        byte[] first = ArrayPool<byte>.Shared.Rent(LongestGreeting);
        try
        {
            for (int tries = 0; ; tries++)
            {
                int n = await socket.ReceiveAsync(first.AsMemory(0, LongestGreeting), SocketFlags.Peek, end);
                if (n == 0) return null;
                var greeting = ClientHello.Look(first.AsSpan(0, n));
                if (greeting != Greeting.Incomplete || n == LongestGreeting || tries == 10) return greeting;
                await Task.Delay(20, end);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(first);
        }
    }

    void Refuse(string reason, Address sender, string why)
    {
        to.Ledger.Count(endpoint.Id, reason, 1, LedgerPart.Arrival);
        to.Tell($"{endpoint.Id}: {sender} {why}");
    }
}
