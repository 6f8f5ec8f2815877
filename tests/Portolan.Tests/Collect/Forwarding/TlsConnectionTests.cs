using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portolan.Collect.Forwarding;
using Xunit;

namespace Portolan.Tests.Collect.Forwarding;

/// <summary>How a connection over TLS ends: what the receiver's program has not read must not be taken for read.</summary>
public sealed class TlsConnectionTests : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly string _ca = Path.GetTempFileName();
    readonly X509Certificate2 _certificate;

    public TlsConnectionTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=siem.example.com", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("siem.example.com");
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_ca, _certificate.ExportCertificatePem());
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
        File.Delete(_ca);
    }

    // The receiver sends its session tickets with the handshake; nobody asks for them.
    async Task<(StreamConnection Here, TcpClient Socket, SslStream There)> Connect()
    {
        var receiver = new Receiver("tls", ReceiverTransport.Tls, "127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, null, ReceiverFraming.OctetCounting, _ca, "siem.example.com", null, null, false);
        var connecting = Task.Run(() => StreamConnection.Connect(receiver, TimeSpan.FromSeconds(20), () => { }, CancellationToken.None));
        var socket = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var there = new SslStream(socket.GetStream());
        await there.AuthenticateAsServerAsync(_certificate);
        return (await connecting, socket, there);
    }

    static void Send(StreamConnection to, int messages)
    {
        for (int i = 0; i < messages; i++)
        {
            to.Add(new byte[1000], default);
            if (to.IsFull) to.Flush();
        }
        to.Flush();
        Assert.True(SpinWait.SpinUntil(() => to.Delivered().Item1 == to.Written, TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AReceiverThatSaysGoodByeHasReadAllOnlyWhenItHas(bool hasReadAll)
    {
        var (here, socket, there) = await Connect();
        using (here)
        using (socket)
        {
            Send(here, 50);
            var buffer = new byte[1000];
            for (int left = hasReadAll ? 50 * 1005 : 1000, n; left > 0; left -= n) n = await there.ReadAsync(buffer, TestContext.Current.CancellationToken);
            await there.ShutdownAsync();
            socket.Close();
            Assert.True(SpinWait.SpinUntil(() => Ended(here), TimeSpan.FromSeconds(20)));
            Assert.Equal(hasReadAll, here.HasReadAll());
        }
    }

    static bool Ended(StreamConnection connection)
    {
        try
        {
            connection.ThrowIfEnded();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    [Fact]
    public async Task AReceiverThatWaitsForOurGoodByeIsNoticedAndGetsIt()
    {
        var (here, socket, there) = await Connect();
        using (here)
        using (socket)
        {
            await there.ShutdownAsync();
            Assert.True(SpinWait.SpinUntil(() => Ended(here), TimeSpan.FromSeconds(20)));
            var end = there.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask();
            var readAll = Task.Run(here.HasReadAll);
            Assert.Equal(0, await end);
            socket.Close();
            await readAll;
        }
    }

    [Fact]
    public async Task WhatWasSentIsThereWhenWeGo()
    {
        var (here, socket, there) = await Connect();
        using (socket)
        {
            for (int i = 0; i < 50; i++) here.Add(new byte[1000], default);
            here.Flush();
            var reading = Task.Run(async () =>
            {
                long all = 0;
                var buffer = new byte[1000];
                for (int n; (n = await there.ReadAsync(buffer)) > 0; all += n) await Task.Yield();
                socket.Close();
                return all;
            }, TestContext.Current.CancellationToken);
            Assert.True(here.Finish(TimeSpan.FromSeconds(20)));
            here.Dispose();
            Assert.Equal(50 * 1005, await reading);
        }
    }
}
