using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Portolan.Engine;

/// <summary>
/// Who started us and wants to know how we are: systemd's notification protocol (sd_notify(3)), datagrams of <c>NAME=value</c> lines to the Unix socket
/// named by NOTIFY_SOCKET, an abstract one when it begins with @. Without it nothing happens. A manager that does not listen is not waited for.
/// </summary>
/// <param name="socket">The value of NOTIFY_SOCKET.</param>
sealed class ServiceManager(string? socket)
{
    public static ServiceManager OfProcess() => new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

    /// <summary>Started, or done with reading the configuration again.</summary>
    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>Reads the configuration again; <see cref="Ready"/> follows.</summary>
    public void Reloading()
    {
        // CLOCK_MONOTONIC in microseconds, so that the manager can tell this reload from an earlier one.
        long monotonic = (long)(Stopwatch.GetTimestamp() * (1e6 / Stopwatch.Frequency));
        Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={monotonic}"));
    }

    public void Stopping() => Send("STOPPING=1\nSTATUS=storing what has arrived");

    public void Status(string status) => Send($"STATUS={status}");

    /// <summary>Still alive; a manager with WatchdogSec= restarts who does not say so in time.</summary>
    public void Alive() => Send("WATCHDOG=1");

    void Send(string lines)
    {
        if (string.IsNullOrEmpty(socket) || socket[0] is not ('/' or '@')) return;
        try
        {
            using var to = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            to.SendTo(Encoding.UTF8.GetBytes(lines), new UnixDomainSocketEndPoint(socket[0] == '@' ? '\0' + socket[1..] : socket));
        }
        catch (SocketException)
        {
            // Whoever does not listen to us we cannot tell so.
        }
    }
}
